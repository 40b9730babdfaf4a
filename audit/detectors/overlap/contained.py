"""A mask inside another: nearly all of its pixels belong to a larger mask as well.

What it finds
-------------
Pairs of which the smaller mask shares at least ``min_ioa`` of its pixels with the larger one (IoA),
while the IoU stays below ``max_iou``, where `overlap.duplicate` takes over. Crowd regions are left
out, and so are masks that lie in a hole (`overlap.fills_hole`) and the category pairs of ``allow``.

A mask inside more than 5 others is named once, with the smallest of them.

Two different categories may belong on each other (a cap on its bottle). What overlaps habitually is
learned and said once, by `overlap.habitual`; a pair that the dataset rarely overlaps is a warning,
and one that too few images hold to tell is an info. Within one category it is always a warning.

Why it matters
--------------
Tools that only look at the IoU do not see it: a speck inside a cell has an IoU near 0. The model
learns to predict a small mask on top of a large one, and NMS by IoU does not remove it either.

When it is wrong
----------------
Parts that are annotated on top of their whole, and objects seen through glass.

Example
-------
`cell` 31 (37 px) lies inside `cell` 12 (910 px): 100 % of it is shared, the IoU is 0.04.

Reference
---------
IoA is `pycocotools.mask.iou` with ``iscrowd = 1`` (COCO API): the intersection over one mask's area.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit, option
from audit.detectors.category_overlap_rates import MIN_IMAGES, MIN_RATE, flag_habitual_pairs
from audit.detectors.classify_pairs import (
    CONTAINED_IOA,
    DUPLICATE_IOU,
    PairKind,
    PairThresholds,
    classify_pairs,
    describe_pairs,
    flag_allowed_pairs,
    quote_category_names,
)
from audit.detectors.overlap._repeats import MAX_LISTED, keep_first_pairs
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.4


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_ioa: float = option(
        CONTAINED_IOA, unit="share", help="least share of the smaller mask that is shared"
    )
    max_iou: float = option(
        DUPLICATE_IOU, unit="IoU", help="IoU from which on the pair is a duplicate instead"
    )
    allow: tuple[tuple[str, str], ...] = option((), unit="-", help="pairs of category names that may overlap")
    learn_habits: bool = option(True, unit="-", help="leave out category pairs that overlap habitually")
    habit_images: int = option(
        MIN_IMAGES, unit="count", help="least images with an overlap that make a habit"
    )
    habit_rate: float = option(
        MIN_RATE, unit="share", help="least rate (lower 95 % bound) that makes a habit"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask that lies inside a larger one, the inner one first.

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
    thresholds = PairThresholds(duplicate_iou=options.max_iou, contained_ioa=options.min_ioa)
    is_chosen = (classify_pairs(measurements, thresholds) == PairKind.CONTAINED) & ~flag_allowed_pairs(
        measurements, options.allow
    )
    if not is_chosen.any():
        return
    is_habitual, is_unusual = flag_habitual_pairs(
        measurements, thresholds, options.habit_images, options.habit_rate
    )
    if options.learn_habits:
        is_chosen &= ~is_habitual
    names = quote_category_names(measurements)
    # The innermost of many masks around it is named.
    pairs = list(describe_pairs(measurements, is_chosen))
    smaller = np.array([pair.smaller for pair in pairs], dtype=np.int64)
    is_listed, n_around = keep_first_pairs(
        smaller, np.array([pair.larger_px for pair in pairs], dtype=np.int64)
    )
    for pair, listed, n_masks in zip(pairs, is_listed.tolist(), n_around.tolist(), strict=True):
        if not listed:
            continue
        inside = "a larger mask" if n_masks <= MAX_LISTED else f"{n_masks} larger masks, the smallest of them"
        yield Hit(
            f"This {names[pair.smaller]} lies inside {inside}, {names[pair.larger]}: "
            f"{format_percent(pair.share)} of its {pair.smaller_px} pixels belong to both, "
            f"though the IoU is only {pair.iou:.3f}.",
            score=pair.share,
            instances=(pair.smaller, pair.larger),
            evidence={
                "ioa": pair.share,
                "iou": pair.iou,
                "intersection_px": pair.intersection_px,
                "depth_px": pair.depth_px,
                **({} if n_masks <= MAX_LISTED else {"masks": n_masks}),
            },
            severity=Severity.WARNING if is_unusual[pair.row] else Severity.INFO,
        )
