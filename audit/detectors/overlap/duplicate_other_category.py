"""One object annotated under two categories: two nearly identical masks that are named differently.

What it finds
-------------
Pairs of instances of different categories in one image whose masks agree almost pixel for pixel
(IoU at least ``min_iou``). Crowd regions and the category pairs of ``allow`` are left out.

Why it matters
--------------
Most training code takes every mask as its own object, so the model is taught two answers for one
object and predicts both: two overlapping masks that per-category NMS never compares.

When it is wrong
----------------
Datasets that name one object on purpose by several categories (`bottle` and `alcohol`) do this
everywhere: put such pairs into ``allow``. A lid seen straight from above hides its cup.

Example
-------
Annotation 5 `truck` and annotation 8 `car` share 5210 of 5836 pixels: IoU 0.89. Keep one.

Reference
---------
Gupta et al., "LVIS: A Dataset for Large Vocabulary Instance Segmentation", 2019, section 2 (objects
that carry several categories, and what that does to evaluation).
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import (
    DUPLICATE_IOU,
    PairKind,
    PairThresholds,
    classify_pairs,
    flag_allowed_pairs,
    flag_same_category,
)
from audit.detectors.describe_pairs import QuotedCategoryNames, describe_pairs
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.8


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_iou: float = option(DUPLICATE_IOU, unit="IoU", help="least IoU of two masks that count as one object")
    allow: tuple[tuple[str, str], ...] = option(
        (), unit="-", help="pairs of category names that may share a mask"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every pair of different categories with nearly the same mask.

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
    is_duplicate = (
        classify_pairs(measurements, PairThresholds(duplicate_iou=options.min_iou)) == PairKind.DUPLICATE
    )
    names = QuotedCategoryNames(measurements)
    for pair in describe_pairs(
        measurements,
        is_duplicate & ~flag_same_category(measurements) & ~flag_allowed_pairs(measurements, options.allow),
    ):
        first_name, second_name = sorted((names[pair.a], names[pair.b]))
        union_px = pair.smaller_px + pair.larger_px - pair.intersection_px
        yield Hit(
            f"One object seems to be annotated both as {first_name} and as {second_name}: "
            f"the two masks share {pair.intersection_px} of {union_px} pixels (IoU {pair.iou:.3f}).",
            score=pair.iou,
            instances=(pair.a, pair.b),
            evidence={"iou": pair.iou, "intersection_px": pair.intersection_px, "union_px": union_px},
        )
