"""Touching objects are drawn sometimes as one and sometimes as several.

What it finds
-------------
One finding a category in which at least ``min_share`` of the contacts are drawn against the habit: one
annotation over several objects, or several annotations on one. And one finding for every batch (an
input file or a folder of pictures) that draws contacts otherwise than the rest: both shares with their
Wilson intervals, which must not overlap.

A contact is a touching pair, or an annotation that seems to be several objects. Counted is what is more
likely wrong than not (``min_score``, lower than that of `touching.merged` and `touching.split`): false
ones and misses even out, so the share is the true one. Between batches, an annotation counts that is more
like several than like one.
Where too few objects touch or stand alone, or where the form of objects does not tell one from several
(people, litter), one finding says that nothing could be learned. What was learned from fewer than 50 touching
pairs of a category is an info.

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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent, format_percent_range
from audit.findings.rates import wilson_interval
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements
from audit.touching.learned import LIKELY_SCORE, SURE_FROM_PAIRS, Contacts, list_batches, list_contacts

SEVERITY = Severity.WARNING
IMPORTANCE = 0.9
_WORST = 10  # images that are named


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(LIKELY_SCORE, unit="probability", help="score from which on a contact is odd")
    min_share: float = option(0.02, unit="share", help="least share of odd contacts (lower 95 % bound)")
    min_contacts: int = option(30, unit="count", help="least contacts of a category or batch")
    min_ratio: float = option(2.0, unit="ratio", help="how much more often a batch must do it than the rest")
    confidence: float = option(0.999, unit="probability", help="of the intervals that batches are told by")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield categories and batches that are drawn in a mixed way, and those that cannot be judged.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    contacts = list_contacts(measurements, options.min_score)
    for category in sort_unique(contacts.category[contacts.category >= 0]).tolist():
        yield from _category(measurements, contacts, category, options)
    yield from _batches(
        measurements, list_contacts(measurements, options.min_score, likely_merged=True), options
    )
    yield from _unknown(measurements, options)


def _category(
    measurements: Measurements, contacts: Contacts, category: int, options: Options
) -> Iterator[Hit]:
    is_category = contacts.category == category
    is_odd = is_category & (contacts.merged | contacts.split)
    total = int(is_category.sum())
    if total < options.min_contacts:
        return
    lower_bound, upper_bound = wilson_interval(np.array([is_odd.sum()]), np.array([total]))
    if lower_bound[0] < options.min_share:
        return
    drawn_as_one, drawn_as_two = (
        int(contacts.merged[is_category].sum()),
        int(contacts.split[is_category].sum()),
    )
    worst_images = _worst_images(measurements, contacts.image[is_odd])
    name = measurements.categories["name"][category]
    conventions = measurements.conventions
    pairs_of_category = int(conventions["pairs"][conventions["category"] == category].sum())
    yield Hit(
        f"Of {total:,} places where objects of “{name}” touch, {drawn_as_one:,} are drawn as one "
        "annotation and "
        f"{drawn_as_two:,} cut one object in two: {format_percent(float(is_odd.sum() / total))} against "
        "the habit of this "
        f"dataset ({format_percent_range(float(lower_bound[0]), float(upper_bound[0]))}).",
        score=float(is_odd.sum() / total),
        categories=(category,),
        evidence={
            "contacts": total,
            "drawn_as_one": drawn_as_one,
            "one_drawn_as_two": drawn_as_two,
            "odd_share": float(is_odd.sum() / total),
            "low": float(lower_bound[0]),
            "high": float(upper_bound[0]),
            "worst_images": worst_images,
        },
        severity=Severity.INFO if pairs_of_category < SURE_FROM_PAIRS else None,
    )


def _worst_images(measurements: Measurements, image: NDArray[np.int64]) -> list[str]:
    """Name the images with most odd contacts."""
    image_rows, odd_counts = np.unique(image[image >= 0], return_counts=True)
    names = measurements.images["file_name"].to_numpy()
    return [str(names[image_rows[position]]) for position in np.lexsort((image_rows, -odd_counts))[:_WORST]]


def _batches(measurements: Measurements, contacts: Contacts, options: Options) -> Iterator[Hit]:
    for batch in list_batches(measurements):
        is_inside = np.r_[batch.images, False][contacts.image]
        total, total_elsewhere = int(is_inside.sum()), int((~is_inside).sum())
        if min(total, total_elsewhere) < options.min_contacts:
            continue
        for fault_text, is_odd in (
            ("drawn as one annotation", contacts.merged),
            ("one object cut in two", contacts.split),
        ):
            odd_here, odd_elsewhere = int((is_odd & is_inside).sum()), int((is_odd & ~is_inside).sum())
            lower_bound, upper_bound = wilson_interval(
                np.array([odd_here, odd_elsewhere]), np.array([total, total_elsewhere]), options.confidence
            )
            if (
                lower_bound[0] <= upper_bound[1]
                or odd_here / total < options.min_ratio * odd_elsewhere / total_elsewhere
            ):
                continue
            yield Hit(
                f"In {batch.kind} {batch.name}, {format_percent(odd_here / total)} of {total:,} contacts "
                f"are {fault_text} "
                f"({format_percent_range(float(lower_bound[0]), float(upper_bound[0]))}), elsewhere "
                f"{format_percent(odd_elsewhere / total_elsewhere)} "
                f"({format_percent_range(float(lower_bound[1]), float(upper_bound[1]))}).",
                score=odd_here / total,
                evidence={
                    "batch": batch.name,
                    "batch_kind": batch.kind,
                    "what": fault_text,
                    "contacts": total,
                    "share": odd_here / total,
                    "low": float(lower_bound[0]),
                    "high": float(upper_bound[0]),
                    "elsewhere_share": odd_elsewhere / total_elsewhere,
                    "elsewhere_low": float(lower_bound[1]),
                    "elsewhere_high": float(upper_bound[1]),
                    "images": _worst_images(measurements, contacts.image[is_odd & is_inside]),
                },
            )


def _unknown(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Say for whom nothing could be learned, once."""
    columns = {name: values.to_numpy() for name, values in measurements.conventions.items()}
    is_unlearned = (
        (columns["pairs"] >= options.min_contacts) & ~columns["learned"] & (columns["category"] >= 0)
    )
    unlearned = {name: values[is_unlearned] for name, values in columns.items()}
    if not is_unlearned.any():
        return
    names = [f"“{measurements.categories['name'][row]}”" for row in unlearned["category"]]
    pairs = int(unlearned["pairs"].sum())
    yield Hit(
        f"How touching objects are drawn could not be learned for {', '.join(names[:5])}"
        f"{f' and {len(names) - 5} more' if len(names) > 5 else ''}: {unlearned['reason'][0]}. "
        f"{pairs:,} touching pairs were not judged.",
        score=0.0,
        categories=tuple(unlearned["category"].tolist()),
        evidence={"pairs": pairs, "sharpness": [float(value) for value in unlearned["auroc"]]},
        severity=Severity.INFO,
    )
