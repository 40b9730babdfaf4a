"""A mask inside another: nearly all of its pixels belong to a larger mask as well.

What it finds
-------------
Pairs of which the smaller mask shares at least ``min_ioa`` of its pixels with the larger one (IoA),
while the IoU stays below ``max_iou``, where `overlap.duplicate` takes over. Crowd regions are left
out, and so are masks that lie in a hole (`overlap.fills_hole`) and the category pairs of ``allow``.

A mask inside more than 5 others is named once, with the smallest of them. Where at least 12 masks of a
category lie one in another in an image, so that each has more than 5 such partners, one finding says so
for the image.

Two different categories may belong on each other (a cap on its bottle). What overlaps habitually is learned
and said once, by `overlap.habitual`, and other pairs are infos: a straw lies on a wrapper, and whether the
wrapper was to be cut out there is a matter of the guide. Within one category it is a warning, but for
datasets that draw objects in pieces (at least 1 % of all masks have several real parts close together), as
photographs need it: there one banana lies on the others, and it is an info.

Where more than ``once_above`` of a category's masks lie inside another of it, as whole, part and subpart of
automatic masks do, one warning says so for the category, in place of one a mask.

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

from collections.abc import Generator, Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import MIN_ANNOTATIONS, SharedTrait, aggregate_above_option, aggregate_hit
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.category_overlap_rates import MIN_IMAGES, MIN_RATE, flag_habitual_pairs
from audit.detectors.classify_pairs import (
    CONTAINED_IOA,
    DUPLICATE_IOU,
    PairKind,
    PairThresholds,
    classify_pairs,
    flag_allowed_pairs,
)
from audit.detectors.describe_pairs import (
    IntArray,
    PairColumns,
    code_category_names,
    order_by_area,
    split_pairs,
)
from audit.detectors.drawn_in_pieces import draws_pieces
from audit.detectors.overlap._repeats import MAX_LISTED, keep_first_pairs
from audit.detectors.overlap._stacks import find_stacks, report_stack
from audit.findings.finding import Severity
from audit.findings.text_columns import code_decimals, code_percents, fill_template
from audit.geometry.sort_keys import sort_unique
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
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every mask that lies inside a larger one, the inner one first.

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
    thresholds = PairThresholds(duplicate_iou=options.max_iou, contained_ioa=options.min_ioa)
    is_chosen = (classify_pairs(measurements, thresholds) == PairKind.CONTAINED) & ~flag_allowed_pairs(
        measurements, options.allow
    )
    if not is_chosen.any():
        return
    stacks, stack_of_pair = find_stacks(measurements, thresholds)
    is_habitual, _ = flag_habitual_pairs(measurements, thresholds, options.habit_images, options.habit_rate)
    if options.learn_habits:
        is_chosen &= ~is_habitual
    is_nested_category = yield from _report_nested(measurements, is_chosen, options.once_above)
    is_chosen &= ~is_nested_category
    has_pieces = draws_pieces(measurements)
    severity = Severity.INFO if has_pieces else Severity.WARNING
    for stack in sort_unique(stack_of_pair[is_chosen & (stack_of_pair >= 0)]).tolist():
        yield report_stack(measurements, stacks[stack], "lie one in another", severity)
    is_chosen &= stack_of_pair < 0
    # The innermost of many masks around it is named.
    rows = np.flatnonzero(is_chosen)
    smaller, larger = order_by_area(measurements, rows)
    is_listed, n_around = keep_first_pairs(smaller, measurements.instances["area_px"].to_numpy()[larger])
    is_chosen[rows[~is_listed]] = False
    n_masks = np.zeros(len(is_chosen), dtype=np.int64)
    n_masks[rows] = n_around
    for is_among_many in (False, True):
        for pairs in split_pairs(measurements, is_chosen & ((n_masks > MAX_LISTED) == is_among_many)):
            yield _report_pairs(
                measurements, pairs, n_masks[pairs.row] if is_among_many else None, not has_pieces
            )


def _report_pairs(
    measurements: Measurements, pairs: PairColumns, n_masks: IntArray | None, is_clear: bool
) -> HitTable:
    """Report pairs; ``n_masks`` are how many masks lie around the inner ones, where that is worth saying."""
    around = "a larger mask" if n_masks is None else "{n_masks} larger masks, the smallest of them"
    message = fill_template(
        f"This {{inner_name}} lies inside {around}, {{outer_name}}: {{share}} of its {{smaller_px}} pixels "
        "belong to both, though the IoU is only {iou}.",
        {
            "inner_name": code_category_names(measurements, pairs.smaller),
            "n_masks": pairs.row if n_masks is None else n_masks,
            "outer_name": code_category_names(measurements, pairs.larger),
            "share": code_percents(pairs.share),
            "smaller_px": pairs.smaller_px,
            "iou": code_decimals(pairs.iou, 3),
        },
    )
    return HitTable(
        message,
        np.stack([pairs.smaller, pairs.larger], axis=1),
        pairs.share,
        {
            "ioa": pairs.share,
            "iou": pairs.iou,
            "intersection_px": pairs.intersection_px,
            "depth_px": pairs.depth_px,
            **({} if n_masks is None else {"masks": n_masks}),
        },
        np.where(pairs.same & is_clear, Severity.WARNING, Severity.INFO),
    )


def _report_nested(
    measurements: Measurements, is_chosen: NDArray[np.bool_], once_above: float
) -> Generator[Hit, None, NDArray[np.bool_]]:
    """Yield one hit for each category whose masks are nested; return the pairs that it speaks for."""
    category, area_px = (measurements.instances[name].to_numpy() for name in ("category", "area_px"))
    a, b = measurements.pairs["a"].to_numpy(), measurements.pairs["b"].to_numpy()
    is_same = is_chosen & (category[a] == category[b])
    smaller = np.where(area_px[a] < area_px[b], a, b)
    is_inside = np.zeros(len(category), dtype=np.bool_)
    is_inside[smaller[is_same]] = True
    is_mask = (area_px > 0) & ~measurements.instances["iscrowd"].to_numpy()
    # A category at a time, the unknown one (-1) first: of several, one may be nested and the others not.
    n_groups = len(measurements.categories) + 1
    n_inside = np.bincount(category[is_inside] + 1, minlength=n_groups)
    n_masks = np.bincount(category[is_mask] + 1, minlength=n_groups)
    is_shared = (n_inside >= MIN_ANNOTATIONS) & (n_inside > once_above * n_masks)
    is_nested = np.zeros(len(is_chosen), dtype=np.bool_)
    for row in (np.flatnonzero(is_shared) - 1).tolist():
        is_nested |= is_same & (category[a] == row)
        rows = np.flatnonzero(is_inside & (category == row))
        yield aggregate_hit(
            measurements,
            SharedTrait(rows, int(n_masks[row + 1]), row),
            "lie inside a larger mask of it, as whole, part and subpart of automatic masks do: "
            "training takes each for an object",
            Severity.WARNING,
        )
    return is_nested
