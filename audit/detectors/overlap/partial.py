"""Two masks overlap in part: pixels that belong to two objects at once.

What it finds
-------------
Pairs that overlap and are none of the other kinds: not duplicates (``max_iou``), not one inside the
other (``max_ioa``), and more than a sliver, so deeper than ``min_depth_px`` or with more than
``sliver_share`` of the smaller mask. Crowd regions and the category pairs of ``allow`` are left out.

Findings are graded. A warning shares at least ``warn_share`` of the smaller mask; less is an info.
Two different categories may belong on each other: what overlaps habitually is learned and said once
by `overlap.habitual`, and only a pair that the dataset rarely overlaps is a warning. The score is
the geometric mean of the share and of the depth relative to the smaller mask's size.

Why it matters
--------------
In a picture every pixel shows one object. Labels that give it to two teach the model to predict
masks that run into each other, which is what overlapping predictions are made of.

When it is wrong
----------------
Transparent objects, and amodal labels that draw hidden parts on purpose.

Example
-------
`cell` 4 and `cell` 9 share 412 pixels, 38 % of the smaller one, up to 9 px deep.

Reference
---------
Kirillov et al., "Panoptic Segmentation", 2019, section 3.1 (segments that may not overlap).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.base import Hit, option
from audit.detectors.category_overlap_rates import MIN_IMAGES, MIN_RATE, pair_habit
from audit.detectors.classify_pairs import (
    CONTAINED_IOA,
    DUPLICATE_IOU,
    SLIVER_DEPTH_PX,
    SLIVER_SHARE,
    Bounds,
    Overlap,
    PairKind,
    allowed,
    overlaps,
    pair_kinds,
    quoted_names,
)
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_depth_px: int = option(
        SLIVER_DEPTH_PX + 1, unit="px", help="least depth; below it only a large share counts"
    )
    sliver_share: float = option(
        SLIVER_SHARE, unit="share", help="share of the smaller mask that makes up for depth"
    )
    warn_share: float = option(
        0.1, unit="share", help="share of the smaller mask from which on it is a warning"
    )
    max_ioa: float = option(
        CONTAINED_IOA, unit="share", help="share from which on the smaller lies inside instead"
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


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every pair that overlaps in part."""
    bounds = Bounds(o.max_iou, o.max_ioa, o.min_depth_px - 1, o.sliver_share)
    chosen = (pair_kinds(m, bounds) == PairKind.PARTIAL) & ~allowed(m, o.allow)
    if not chosen.any():
        return
    habitual, unusual = pair_habit(m, bounds, o.habit_images, o.habit_rate)
    if o.learn_habits:
        chosen &= ~habitual
    name = quoted_names(m)
    for pair in overlaps(m, chosen):
        one, other = sorted((name[pair.a], name[pair.b]))
        warn = pair.share >= o.warn_share and unusual[pair.row]
        yield Hit(
            f"The outlines of this {one} and this {other} share "
            f"{pair.intersection_px} pixels, {format_percent(pair.share)} of the smaller one, "
            f"up to {pair.depth_px} px deep.",
            score=_score(pair),
            instances=(pair.a, pair.b),
            evidence={
                "intersection_px": pair.intersection_px,
                "share_of_smaller": pair.share,
                "iou": pair.iou,
                "depth_px": pair.depth_px,
            },
            severity=Severity.WARNING if warn else Severity.INFO,
        )


def _score(pair: Overlap) -> float:
    """Return the geometric mean of the share and of the depth relative to a square of the smaller's area."""
    return math.sqrt(pair.share * min(pair.depth_px / math.sqrt(pair.smaller_px), 1.0))
