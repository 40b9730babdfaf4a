"""Two masks overlap by a sliver: a thin strip along their shared border.

What it finds
-------------
Pairs whose overlap is at most ``max_depth_px`` deep and takes at most ``max_share`` of the smaller
mask. Hand-drawn polygons of neighbours nearly always share such a strip, so where slivers are the
dataset's habit (more than ``max_listed``, and at least ``habit_rate`` of all pairs that touch or
overlap) they are said once, with their number and rate, unless ``list_all`` is set.

Why it matters
--------------
Little for training. It matters where masks must not overlap at all (label images, panoptic formats,
counts by area): there somebody must decide which object gets the strip.

When it is wrong
----------------
Never as a measurement. For polygons it is the normal state of things.

Example
-------
`cell` 4 and `cell` 9 share 14 pixels along their border, 1 px deep.

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
from audit.detectors.classify_pairs import (
    SLIVER_DEPTH_PX,
    SLIVER_SHARE,
    PairKind,
    PairThresholds,
    classify_pairs,
    flag_allowed_pairs,
)
from audit.detectors.describe_pairs import PairColumns, code_sorted_names, split_pairs
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.text_columns import code_percents, code_texts, fill_template
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO
IMPORTANCE = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_depth_px: int = option(SLIVER_DEPTH_PX, unit="px", help="greatest depth of a sliver")
    max_share: float = option(SLIVER_SHARE, unit="share", help="greatest share of the smaller mask")
    max_listed: int = option(50, unit="count", help="more slivers than this may be a habit")
    habit_rate: float = option(0.05, unit="share", help="least share of touching pairs that makes a habit")
    list_all: bool = option(False, unit="-", help="list every sliver even where it is the habit")
    allow: tuple[tuple[str, str], ...] = option((), unit="-", help="pairs of category names that may overlap")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every sliver, or one hit for all of them where they are the habit.

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
    pair_kinds = classify_pairs(
        measurements, PairThresholds(sliver_depth=options.max_depth_px, sliver_share=options.max_share)
    )
    is_sliver = (pair_kinds == PairKind.SLIVER) & ~flag_allowed_pairs(measurements, options.allow)
    sliver_count = int(np.count_nonzero(is_sliver))
    touching_count = int(
        np.count_nonzero((measurements.pairs["gap_px"].to_numpy() == 0) & (pair_kinds != PairKind.CROWD))
    )
    if (
        not options.list_all
        and sliver_count > options.max_listed
        and sliver_count >= options.habit_rate * touching_count
    ):
        yield _habit(measurements, is_sliver, touching_count)
        return
    for pairs in split_pairs(measurements, is_sliver):
        yield _report_pairs(measurements, pairs)


def _report_pairs(measurements: Measurements, pairs: PairColumns) -> HitTable:
    """Report slivers one by one."""
    first_name, second_name = code_sorted_names(measurements, pairs)
    message = fill_template(
        "This {first_name} and this {second_name} share {intersection_px} {pixels} along their border, "
        "{share} of the smaller one, at most {depth_px} px deep.",
        {
            "first_name": first_name,
            "second_name": second_name,
            "intersection_px": pairs.intersection_px,
            "pixels": code_texts((pairs.intersection_px != 1).astype(np.int64), ["pixel", "pixels"]),
            "share": code_percents(pairs.share),
            "depth_px": pairs.depth_px,
        },
    )
    return HitTable(
        message,
        pairs.stack_masks(),
        pairs.share,
        {
            "intersection_px": pairs.intersection_px,
            "share_of_smaller": pairs.share,
            "depth_px": pairs.depth_px,
        },
    )


def _habit(measurements: Measurements, is_sliver: NDArray[np.bool_], touching_count: int) -> Hit:
    columns = ("image", "depth_px", "intersection_px")
    images, depth, shared = (measurements.pairs[name].to_numpy()[is_sliver] for name in columns)
    sliver_count, image_count = len(images), len(sort_unique(images))
    rate = sliver_count / touching_count
    return Hit(
        f"{sliver_count} pairs of neighbours in {image_count} images overlap by a thin strip along their "
        "border, "
        f"{format_percent(rate)} of all pairs that touch or overlap: how outlines are drawn in this dataset.",
        score=rate,
        evidence={
            "pairs": sliver_count,
            "images": image_count,
            "touching_pairs": touching_count,
            "rate": rate,
            "median_depth_px": float(np.median(depth)),
            "intersection_px": int(shared.sum()),
        },
    )
