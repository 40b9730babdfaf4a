"""Touching objects are drawn sometimes as one and sometimes as several.

What it finds
-------------
One finding a category in which at least ``min_share`` of the contacts are drawn against the habit: one
annotation over several objects, or several annotations on one. And one finding for every batch (an
input file or a folder of pictures) that draws contacts otherwise than the rest: both shares with their
Wilson intervals, which must not overlap.

A contact is a touching pair, or an annotation that seems to be several objects (`touching.merged`;
between batches, one that is more like several than like one).
Where too few objects touch or stand alone, or where the form of objects does not tell one from several
(people, litter), one finding says that nothing could be learned.

Why it matters
--------------
A model cannot learn a rule that its labels do not follow. One batch with another convention is cheaply
relabelled; single slips are found by `touching.merged` and `touching.split`.

When it is wrong
----------------
Batches with other objects: tissue that really grows together.

Example
-------
In batch_3.json, 31 % of 412 contacts are drawn as one object (27 to 36 %), elsewhere 2 % (1 to 3 %).

Reference
---------
Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent, format_percent_range
from audit.findings.rates import wilson_interval
from audit.measure.schema import Measurements
from audit.touching.learned import MIN_SCORE, Contacts, list_batches, list_contacts

SEVERITY = Severity.WARNING
_WORST = 10  # images that are named


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(MIN_SCORE, unit="probability", help="score from which on a contact is odd")
    min_share: float = option(0.02, unit="share", help="least share of odd contacts (lower 95 % bound)")
    min_contacts: int = option(30, unit="count", help="least contacts of a category or batch")
    min_ratio: float = option(2.0, unit="ratio", help="how much more often a batch must do it than the rest")
    confidence: float = option(0.999, unit="probability", help="of the intervals that batches are told by")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield categories and batches that are drawn in a mixed way, and those that cannot be judged."""
    contacts = list_contacts(m, o.min_score)
    for category in np.unique(contacts.category[contacts.category >= 0]).tolist():
        yield from _category(m, contacts, category, o)
    yield from _batches(m, list_contacts(m, o.min_score, likely_merged=True), o)
    yield from _unknown(m, o)


def _category(m: Measurements, c: Contacts, category: int, o: Options) -> Iterator[Hit]:
    mine = c.category == category
    odd = mine & (c.merged | c.split)
    n = int(mine.sum())
    if n < o.min_contacts:
        return
    low, high = wilson_interval(np.array([odd.sum()]), np.array([n]))
    if low[0] < o.min_share:
        return
    as_one, as_two = int(c.merged[mine].sum()), int(c.split[mine].sum())
    worst = _worst_images(m, c.image[odd])
    name = m.categories["name"][category]
    yield Hit(
        f"Of {n:,} places where objects of “{name}” touch, {as_one:,} are drawn as one annotation and "
        f"{as_two:,} cut one object in two: {format_percent(float(odd.sum() / n))} against the habit of this "
        f"dataset ({format_percent_range(float(low[0]), float(high[0]))}).",
        score=float(odd.sum() / n),
        categories=(category,),
        evidence={
            "contacts": n,
            "drawn_as_one": as_one,
            "one_drawn_as_two": as_two,
            "odd_share": float(odd.sum() / n),
            "low": float(low[0]),
            "high": float(high[0]),
            "worst_images": worst,
        },
    )


def _worst_images(m: Measurements, image: NDArray[np.int64]) -> list[str]:
    """Name the images with most odd contacts."""
    row, number = np.unique(image[image >= 0], return_counts=True)
    names = m.images["file_name"].to_numpy()
    return [str(names[row[k]]) for k in np.lexsort((row, -number))[:_WORST]]


def _batches(m: Measurements, c: Contacts, o: Options) -> Iterator[Hit]:
    for batch in list_batches(m):
        inside = np.r_[batch.images, False][c.image]
        n, rest = int(inside.sum()), int((~inside).sum())
        if min(n, rest) < o.min_contacts:
            continue
        for what, odd in (("drawn as one annotation", c.merged), ("one object cut in two", c.split)):
            here, there = int((odd & inside).sum()), int((odd & ~inside).sum())
            low, high = wilson_interval(np.array([here, there]), np.array([n, rest]), o.confidence)
            if low[0] <= high[1] or here / n < o.min_ratio * there / rest:
                continue
            yield Hit(
                f"In {batch.kind} {batch.name}, {format_percent(here / n)} of {n:,} contacts are {what} "
                f"({format_percent_range(float(low[0]), float(high[0]))}), elsewhere "
                f"{format_percent(there / rest)} ({format_percent_range(float(low[1]), float(high[1]))}).",
                score=here / n,
                evidence={
                    "batch": batch.name,
                    "batch_kind": batch.kind,
                    "what": what,
                    "contacts": n,
                    "share": here / n,
                    "low": float(low[0]),
                    "high": float(high[0]),
                    "elsewhere_share": there / rest,
                    "elsewhere_low": float(low[1]),
                    "elsewhere_high": float(high[1]),
                    "images": _worst_images(m, c.image[odd & inside]),
                },
            )


def _unknown(m: Measurements, o: Options) -> Iterator[Hit]:
    """Say for whom nothing could be learned, once."""
    table = m.conventions[(m.conventions["pairs"] >= o.min_contacts) & ~m.conventions["known"]]
    mine = table[table["category"] >= 0]
    if len(mine) == 0:
        return
    names = [f"“{m.categories['name'][k]}”" for k in mine["category"]]
    pairs = int(mine["pairs"].sum())
    yield Hit(
        f"How touching objects are drawn could not be learned for {', '.join(names[:5])}"
        f"{f' and {len(names) - 5} more' if len(names) > 5 else ''}: {mine['reason'].iloc[0]}. "
        f"{pairs:,} touching pairs were not judged.",
        score=0.0,
        categories=tuple(mine["category"].tolist()),
        evidence={"pairs": pairs, "sharpness": [float(v) for v in mine["sharpness"]]},
        severity=Severity.INFO,
    )
