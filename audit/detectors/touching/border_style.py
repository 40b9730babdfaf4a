"""Touching objects drawn in several styles: some share a border, some leave a gap of a pixel, some overlap.

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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import PairKind, classify_pairs, flag_same_category
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson_interval
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements
from audit.touching.candidate_pairs import MIN_CONTACT_PX
from audit.touching.learned import list_batches

SEVERITY = Severity.INFO
IMPORTANCE = 0.1
_STYLES = ("border", "gap", "overlap")
_NONE = -1


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_pairs: int = option(50, unit="count", help="least close pairs of a category or batch")
    min_share: float = option(0.1, unit="share", help="least share of pairs in another style (lower bound)")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield categories with mixed styles and batches with a style of their own.

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
    pair_style = classify_border_styles(measurements)
    category = measurements.instances["category"].to_numpy()[measurements.pairs["a"].to_numpy()]
    is_known = pair_style != _NONE
    for category_row in sort_unique(category[is_known & (category >= 0)]).tolist():
        style_counts = np.bincount(pair_style[is_known & (category == category_row)], minlength=len(_STYLES))
        total, usual = int(style_counts.sum()), int(style_counts.argmax())
        if (
            total < options.min_pairs
            or wilson_interval(np.array([total - style_counts[usual]]), np.array([total]))[0][0]
            < options.min_share
        ):
            continue
        name = measurements.categories["name"][category_row]
        yield Hit(
            f"Of {total:,} close pairs of “{name}”, {_in_words(style_counts)}.",
            score=float(1 - style_counts[usual] / total),
            categories=(category_row,),
            evidence=_evidence(style_counts),
        )
    for batch in list_batches(measurements):
        inside = batch.images[measurements.pairs["image"].to_numpy()]
        batch_counts, counts_elsewhere = (
            np.bincount(pair_style[is_known & is_chosen], minlength=3) for is_chosen in (inside, ~inside)
        )
        if (
            min(batch_counts.sum(), counts_elsewhere.sum()) < options.min_pairs
            or batch_counts.argmax() == counts_elsewhere.argmax()
        ):
            continue
        yield Hit(
            f"In {batch.kind} {batch.name}, of {int(batch_counts.sum()):,} close pairs "
            f"{_in_words(batch_counts)}; elsewhere "
            f"{_in_words(counts_elsewhere)}.",
            score=float(batch_counts.max() / batch_counts.sum()),
            evidence={**_evidence(batch_counts), "batch": batch.name, "batch_kind": batch.kind},
            severity=Severity.WARNING,
        )


def classify_border_styles(measurements: Measurements) -> NDArray[np.int64]:
    """Say for each pair how its border is drawn: 0 = border, 1 = gap, 2 = overlap, -1 = not close or alike.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> classify_border_styles(empty_measurements()).tolist()
    []
    """
    pair_kinds, gap_px = classify_pairs(measurements), measurements.pairs["gap_px"].to_numpy()
    has_contact = np.zeros(len(measurements.pairs), dtype=bool)
    has_contact[measurements.unions["pair"].to_numpy()] = (
        measurements.unions["seam_px"].to_numpy() >= MIN_CONTACT_PX
    )
    is_apart = (pair_kinds == PairKind.APART) & has_contact & flag_same_category(measurements)
    is_overlapping = (pair_kinds == PairKind.SLIVER) | (pair_kinds == PairKind.PARTIAL)
    is_overlapping &= flag_same_category(measurements)
    conditions = [is_apart & (gap_px == 0), is_apart & (gap_px == 1), is_overlapping]
    return np.select(conditions, [0, 1, 2], default=_NONE)


def _in_words(style_counts: NDArray[np.int64]) -> str:
    border, gap_px, overlap = (format_percent(float(value)) for value in style_counts / style_counts.sum())
    return f"{border} share a border, {gap_px} leave a gap of one pixel and {overlap} overlap"


def _evidence(style_counts: NDArray[np.int64]) -> dict[str, int]:
    return {
        f"{pair_style}_pairs": int(value) for pair_style, value in zip(_STYLES, style_counts, strict=True)
    }
