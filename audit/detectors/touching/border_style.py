"""Touching objects: some share a border, some leave a gap of a pixel, some overlap.

What it finds
-------------
One finding a category in which no style holds for nearly all neighbours: at least ``min_share`` of the
close pairs are drawn otherwise than most. And one for every batch (an input file or a folder) whose usual
style is another one than the rest's. The styles: *border* = neighbouring pixels, *gap* = one pixel
between, *overlap* = shared pixels along the border.

Why it matters
--------------
The style decides what the model learns at the very place where instances must be told apart, and what
metrics count as overlap. Mixed styles come from several tools or conversions in one dataset.

When it is wrong
----------------
Where objects come close by chance, a gap of one pixel is no style.

Example
-------
Of 612 close pairs of `cell`, 61 % share a border, 38 % leave a gap of one pixel and 1 % overlap.

Reference
---------
None: counted from the pairs table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import PairKind, pair_kinds, same_category
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson_interval
from audit.measure.schema import Measurements
from audit.touching.evidence import MIN_CONTACT_PX
from audit.touching.learned import list_batches

SEVERITY = Severity.INFO
_STYLES = ("border", "gap", "overlap")
_NONE = -1


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_pairs: int = option(50, unit="count", help="least close pairs of a category or batch")
    min_share: float = option(0.1, unit="share", help="least share of pairs in another style (lower bound)")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield categories with mixed styles and batches with a style of their own."""
    style = styles(m)
    category = m.instances["category"].to_numpy()[m.pairs["a"].to_numpy()]
    known = style != _NONE
    for k in np.unique(category[known & (category >= 0)]).tolist():
        number = np.bincount(style[known & (category == k)], minlength=len(_STYLES))
        n, usual = int(number.sum()), int(number.argmax())
        if (
            n < o.min_pairs
            or wilson_interval(np.array([n - number[usual]]), np.array([n]))[0][0] < o.min_share
        ):
            continue
        name = m.categories["name"][k]
        yield Hit(
            f"Of {n:,} close pairs of “{name}”, {_in_words(number)}.",
            score=float(1 - number[usual] / n),
            categories=(k,),
            evidence=_evidence(number),
        )
    for batch in list_batches(m):
        inside = batch.images[m.pairs["image"].to_numpy()]
        here, there = (np.bincount(style[known & part], minlength=3) for part in (inside, ~inside))
        if min(here.sum(), there.sum()) < o.min_pairs or here.argmax() == there.argmax():
            continue
        yield Hit(
            f"In {batch.kind} {batch.name}, of {int(here.sum()):,} close pairs {_in_words(here)}; elsewhere "
            f"{_in_words(there)}.",
            score=float(here.max() / here.sum()),
            evidence={**_evidence(here), "batch": batch.name, "batch_kind": batch.kind},
            severity=Severity.WARNING,
        )


def styles(m: Measurements) -> NDArray[np.int64]:
    """Say for each pair how its border is drawn: 0 = border, 1 = gap, 2 = overlap, -1 = not close or alike.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> styles(empty_measurements()).tolist()
    []
    """
    kinds, gap = pair_kinds(m), m.pairs["gap_px"].to_numpy()
    meets = np.zeros(len(m.pairs), dtype=bool)
    meets[m.unions["pair"].to_numpy()] = m.unions["seam_px"].to_numpy() >= MIN_CONTACT_PX
    apart = (kinds == PairKind.APART) & meets & same_category(m)
    overlapping = np.isin(kinds, (PairKind.SLIVER, PairKind.PARTIAL)) & same_category(m)
    chosen = [apart & (gap == 0), apart & (gap == 1), overlapping]
    return np.select(chosen, [0, 1, 2], default=_NONE)


def _in_words(number: NDArray[np.int64]) -> str:
    border, gap, overlap = (format_percent(float(v)) for v in number / number.sum())
    return f"{border} share a border, {gap} leave a gap of one pixel and {overlap} overlap"


def _evidence(number: NDArray[np.int64]) -> dict[str, int]:
    return {f"{style}_pairs": int(v) for style, v in zip(_STYLES, number, strict=True)}
