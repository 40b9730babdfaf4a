"""One object annotated twice: two masks of one category that are nearly identical.

What it finds
-------------
Pairs of instances of the same category in one image whose masks agree almost pixel for pixel
(IoU at least ``min_iou``). Crowd regions are left out, and copied records,
which `annotation.duplicate` reports.

A mask that repeats more than 5 before it is named once, with the first of them. Where at least 12 masks
of a category repeat or hold one another in an image, so that each has more than 5 such partners, one
finding says so for the image.

Two drawings of a small object agree less: one pixel is a large share of it. So where the smaller mask has
less than ``small_px`` pixels, an IoU of ``small_min_iou`` is enough for a warning. A ``min_iou`` other than
the default is exact, whatever the size.

Why it matters
--------------
The second copy teaches the model to predict every object twice, and in evaluation one of the two
can never be matched: each duplicate is a certain false negative.

When it is wrong
----------------
Two flat objects exactly on top of each other (stacked plates seen from above) are really two.

Example
-------
Annotations 17 and 93 are both `cell` and share 412 of 415 pixels: IoU 0.99. Delete one.

Reference
---------
Lin et al., "Microsoft COCO: Common Objects in Context", 2014, section 4 (one mask an instance).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import (
    DUPLICATE_IOU,
    SMALL_DUPLICATE_IOU,
    SMALL_PX,
    PairKind,
    PairThresholds,
    classify_pairs,
    flag_same_category,
)
from audit.detectors.describe_pairs import QuotedCategoryNames, describe_pairs
from audit.detectors.overlap._repeats import keep_first_pairs
from audit.detectors.overlap._stacks import find_stacks, report_stack
from audit.findings.finding import Severity
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_iou: float = option(DUPLICATE_IOU, unit="IoU", help="least IoU of two masks that count as one object")
    small_min_iou: float = option(
        SMALL_DUPLICATE_IOU, unit="IoU", help="the same for small masks; counts where min_iou is the default"
    )
    small_px: int = option(SMALL_PX, unit="px", help="area of the smaller mask below which masks are small")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every pair of the same category with nearly the same mask.

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
    thresholds = PairThresholds(
        duplicate_iou=options.min_iou,
        small_duplicate_iou=options.small_min_iou,
        small_px=options.small_px,
    )
    is_duplicate = (classify_pairs(measurements, thresholds) == PairKind.DUPLICATE) & flag_same_category(
        measurements
    )
    if not is_duplicate.any():
        return
    stacks, stack_of_pair = find_stacks(measurements, thresholds)
    for stack in sort_unique(stack_of_pair[is_duplicate & (stack_of_pair >= 0)]).tolist():
        yield report_stack(measurements, stacks[stack], "repeat or hold one another", SEVERITY)
    names = QuotedCategoryNames(measurements)
    pairs = list(describe_pairs(measurements, is_duplicate & (stack_of_pair < 0)))
    rows = np.array([(pair.a, pair.b) for pair in pairs], dtype=np.int64).reshape(-1, 2)
    is_listed, _ = keep_first_pairs(rows.max(axis=1, initial=0), rows.min(axis=1, initial=0))
    for pair in compress(pairs, is_listed.tolist()):
        union_px = pair.smaller_px + pair.larger_px - pair.intersection_px
        agreement = (
            "the two masks are identical"
            if pair.intersection_px == union_px
            else f"the two masks share {pair.intersection_px} of {union_px} pixels"
        )
        yield Hit(
            f"One {names[pair.smaller]} seems to be annotated twice: {agreement} (IoU {pair.iou:.3f}).",
            score=pair.iou,
            instances=(pair.a, pair.b),
            evidence={"iou": pair.iou, "intersection_px": pair.intersection_px, "union_px": union_px},
            severity=None if pair.iou >= options.min_iou else Severity.WARNING,
        )
