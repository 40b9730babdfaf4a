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

A dataset that draws objects in pieces (at least 1 % of all masks have several real parts close together) is
one of photographs, in which things hide others. There a warning shares a quarter to two fifths of the smaller
mask and at least 100 pixels, within one category: less is how exactly outlines are drawn, and more is an
object that was drawn whole behind another, on purpose or not.

Boxes given for masks (`mask.coarse_polygon`) overlap by construction. Where most masks of a category, or
of the dataset, are upright rectangles, their overlaps are one info; ``boxes_above`` = 1 lists them.

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

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.box_masks import RECTANGLES_ABOVE, flag_box_masks
from audit.detectors.category_overlap_rates import MIN_IMAGES, MIN_RATE, flag_habitual_pairs
from audit.detectors.classify_pairs import (
    CONTAINED_IOA,
    DUPLICATE_IOU,
    SLIVER_DEPTH_PX,
    SLIVER_SHARE,
    PairKind,
    PairThresholds,
    classify_pairs,
    flag_allowed_pairs,
)
from audit.detectors.describe_pairs import PairColumns, code_sorted_names, split_pairs
from audit.detectors.drawn_in_pieces import draws_pieces
from audit.findings.finding import Severity
from audit.findings.number_format import format_count
from audit.findings.text_columns import code_percents, fill_template
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.5
_PHOTO_SHARES = 0.25, 0.4
"""Of the smaller mask, in datasets that draw pieces: outlines that run along each other share up to .22
(people, cars), things drawn whole behind others from two fifths on."""
_PHOTO_PX = 100
"""Pixels, there: fewer lie within the width of a line on a contact sheet, and nobody agrees about them."""


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
        0.15, unit="share", help="share of the smaller mask from which on it is a warning"
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
    boxes_above: float = option(
        RECTANGLES_ABOVE, unit="share", help="share of upright rectangles from which masks are boxes"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every pair that overlaps in part.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit or HitTable
    """
    thresholds = PairThresholds(
        options.max_iou, options.max_ioa, options.min_depth_px - 1, options.sliver_share
    )
    is_chosen = (classify_pairs(measurements, thresholds) == PairKind.PARTIAL) & ~flag_allowed_pairs(
        measurements, options.allow
    )
    if not is_chosen.any():
        return
    is_habitual, is_unusual = flag_habitual_pairs(
        measurements, thresholds, options.habit_images, options.habit_rate
    )
    if options.learn_habits:
        is_chosen &= ~is_habitual
    has_box = _flag_pairs_of_boxes(measurements, options.boxes_above)
    if (is_chosen & has_box).any():
        yield _report_boxes(measurements, is_chosen & has_box)
    is_chosen &= ~has_box
    has_pieces = draws_pieces(measurements)
    for pairs in split_pairs(measurements, is_chosen):
        is_warning = (pairs.share >= options.warn_share) & is_unusual[pairs.row]
        if has_pieces:
            is_warning &= _is_clear_in_photographs(pairs)
        yield _report_pairs(measurements, pairs, is_warning)


def _report_pairs(measurements: Measurements, pairs: PairColumns, is_warning: NDArray[np.bool_]) -> HitTable:
    """Report pairs one by one."""
    first_name, second_name = code_sorted_names(measurements, pairs)
    message = fill_template(
        "The outlines of this {first_name} and this {second_name} share {intersection_px} pixels, "
        "{share} of the smaller one, up to {depth_px} px deep.",
        {
            "first_name": first_name,
            "second_name": second_name,
            "intersection_px": pairs.intersection_px,
            "share": code_percents(pairs.share),
            "depth_px": pairs.depth_px,
        },
    )
    return HitTable(
        message,
        pairs.stack_masks(),
        _score(pairs),
        {
            "intersection_px": pairs.intersection_px,
            "share_of_smaller": pairs.share,
            "iou": pairs.iou,
            "depth_px": pairs.depth_px,
        },
        np.where(is_warning, Severity.WARNING, Severity.INFO),
    )


def _is_clear_in_photographs(pairs: PairColumns) -> NDArray[np.bool_]:
    """Say which overlaps are slips where things hide others."""
    least, most = _PHOTO_SHARES
    return pairs.same & (least <= pairs.share) & (pairs.share <= most) & (pairs.intersection_px >= _PHOTO_PX)


def _flag_pairs_of_boxes(measurements: Measurements, boxes_above: float) -> NDArray[np.bool_]:
    """Say for every pair whether one of its two masks is a box."""
    is_box_mask = flag_box_masks(measurements, boxes_above)
    return np.asarray(
        is_box_mask[measurements.pairs["a"].to_numpy()] | is_box_mask[measurements.pairs["b"].to_numpy()]
    )


def _report_boxes(measurements: Measurements, is_chosen: NDArray[np.bool_]) -> Hit:
    """Say once that boxes overlap."""
    overlapping_count = int(is_chosen.sum())
    image_count = len(sort_unique(measurements.pairs["image"].to_numpy()[is_chosen]))
    near_count = len(measurements.pairs)
    return Hit(
        f"{format_count(overlapping_count, 'pair')} in {format_count(image_count, 'image')} overlap in part "
        "because boxes were given for masks: boxes overlap wherever objects are close. Said once; the masks "
        "are what has to be drawn.",
        score=overlapping_count / near_count,
        evidence={"pairs": overlapping_count, "images": image_count, "share": overlapping_count / near_count},
        severity=Severity.INFO,
    )


def _score(pairs: PairColumns) -> NDArray[np.float64]:
    """Return the geometric mean of the share and of the depth relative to a square of the smaller's area."""
    return np.sqrt(pairs.share * np.minimum(pairs.depth_px / np.sqrt(pairs.smaller_px), 1.0))
