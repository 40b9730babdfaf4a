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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.detectors.aggregate import aggregate_above_option, aggregate_hit, split_shared_traits
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
    order_by_area,
    quote_category_names,
)
from audit.detectors.drawn_in_pieces import draws_pieces
from audit.detectors.overlap._repeats import MAX_LISTED, keep_first_pairs
from audit.detectors.overlap._stacks import find_stacks, report_stack
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
    once_above: float = aggregate_above_option()


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
    stacks, stack_of_pair = find_stacks(measurements, thresholds)
    is_habitual, _ = flag_habitual_pairs(measurements, thresholds, options.habit_images, options.habit_rate)
    if options.learn_habits:
        is_chosen &= ~is_habitual
    is_nested_category = yield from _report_nested(measurements, is_chosen, options.once_above)
    is_chosen &= ~is_nested_category
    names, has_pieces = quote_category_names(measurements), draws_pieces(measurements)
    severity = Severity.INFO if has_pieces else Severity.WARNING
    for stack in np.unique(stack_of_pair[is_chosen & (stack_of_pair >= 0)]).tolist():
        yield report_stack(measurements, stacks[stack], "lie one in another", severity)
    is_chosen &= stack_of_pair < 0
    # The innermost of many masks around it is named.
    rows = np.flatnonzero(is_chosen)
    smaller, larger = order_by_area(measurements, rows)
    is_listed, n_around = keep_first_pairs(smaller, measurements.instances["area_px"].to_numpy()[larger])
    is_chosen[rows[~is_listed]] = False
    pairs = describe_pairs(measurements, is_chosen)
    for pair, n_masks in zip(pairs, n_around[is_listed].tolist(), strict=True):
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
            severity=Severity.WARNING if pair.same and not has_pieces else Severity.INFO,
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
    # A category at a time: of several, one may be nested and the others not.
    traits = [
        trait
        for k in np.unique(category[is_inside]).tolist()
        for trait in split_shared_traits(
            is_inside & (category == k), is_mask & (category == k), category, once_above
        )[0]
    ]
    is_nested = np.zeros(len(is_chosen), dtype=np.bool_)
    for trait in traits:
        nested_category = int(category[trait.rows[0]])
        is_nested |= is_same & (category[a] == nested_category)
        yield aggregate_hit(
            measurements,
            replace(trait, category=nested_category),
            "lie inside a larger mask of it, as whole, part and subpart of automatic masks do: "
            "training takes each for an object",
            Severity.WARNING,
        )
    return is_nested
