"""A crowd region covers what is annotated on its own, or another crowd region of its category.

What it finds
-------------
Pairs of one category with a crowd region (``iscrowd: 1``): a single instance with at least
``min_share`` of its pixels inside the region, or two regions of which the smaller one has as much
inside the other. From ``warn_share`` on it is a warning, below it an info. Pairs of different
categories (a bag inside a crowd of people) are only looked at with ``other_categories``, and are an info.

Where more than ``once_above`` of all masks are covered, one finding says so. A mask inside more than 5
regions is named once, with the smallest of them.

Why it matters
--------------
A crowd region stands for "more of these, not told apart", and evaluation ignores what is predicted
there. An instance inside it is wanted and ignored at once, and its pixels are counted twice.

When it is wrong
----------------
Regions that were drawn generously around single objects in front of a crowd.

Example
-------
`person` 12 lies with 93 % of its 1840 pixels inside the crowd region 900100.

Reference
---------
COCO API, `pycocotools.cocoeval` (how ``iscrowd`` is matched).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, aggregate_hit, split_shared_traits
from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import PairKind, classify_pairs, flag_same_category
from audit.detectors.describe_pairs import QuotedCategoryNames, describe_pairs
from audit.detectors.overlap._repeats import MAX_LISTED, keep_first_pairs
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_share: float = option(0.5, unit="share", help="least share of the instance inside the crowd region")
    warn_share: float = option(0.8, unit="share", help="share from which on it is a warning")
    other_categories: bool = option(False, unit="-", help="look at pairs of different categories as well")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every instance inside a crowd region, and overlapping regions, the covered one first.

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
    is_crowd, area_px = (
        measurements.instances["iscrowd"].to_numpy(),
        measurements.instances["area_px"].to_numpy(),
    )
    names = QuotedCategoryNames(measurements)
    pairs = list(describe_pairs(measurements, _candidates(measurements, options)))
    # The single instance is the covered one; of two regions the smaller.
    covered = np.array(
        [
            pair.smaller if is_crowd[pair.a] and is_crowd[pair.b] else pair.b if is_crowd[pair.a] else pair.a
            for pair in pairs
        ],
        dtype=np.int64,
    )
    covering = np.array([pair.a + pair.b for pair in pairs], dtype=np.int64) - covered
    is_covered = np.zeros(len(area_px), dtype=np.bool_)
    is_covered[covered] = True
    traits, single_rows = split_shared_traits(
        is_covered, area_px > 0, measurements.instances["category"].to_numpy(), options.once_above
    )
    for trait in traits:
        yield aggregate_hit(measurements, trait, "lie inside a crowd region", Severity.WARNING)
    is_single = np.isin(covered, single_rows)
    is_listed, n_regions = keep_first_pairs(covered, area_px[covering])
    for position in np.flatnonzero(is_single & is_listed).tolist():
        pair, inner, outer = pairs[position], int(covered[position]), int(covering[position])
        both_crowd = bool(is_crowd[pair.a] and is_crowd[pair.b])
        pixels, n_around = int(area_px[inner]), int(n_regions[position])
        share = pair.intersection_px / pixels
        inner_text = f"crowd region of {names[inner]}" if both_crowd else names[inner]
        outer_text = (
            "a crowd region" if n_around <= MAX_LISTED else f"{n_around} crowd regions, the smallest of them,"
        )
        category_text = "the same category" if pair.same else "another category"
        yield Hit(
            f"This {inner_text} has {format_percent(share)} of its {pixels} pixels "
            f"inside {outer_text} of {category_text}.",
            score=share,
            instances=(inner, outer),
            evidence={
                "share": share,
                "intersection_px": pair.intersection_px,
                "depth_px": pair.depth_px,
                "both_crowd": both_crowd,
                **({} if n_around <= MAX_LISTED else {"masks": n_around}),
            },
            severity=Severity.WARNING if pair.same and share >= options.warn_share else Severity.INFO,
        )


def _candidates(measurements: Measurements, options: Options) -> NDArray[np.bool_]:
    """Choose the pairs whose instance, or whose smaller region, is covered enough."""
    is_crowd = measurements.instances["iscrowd"].to_numpy()
    ioa_a, ioa_b = measurements.pairs["ioa_a"].to_numpy(), measurements.pairs["ioa_b"].to_numpy()
    crowd_a, crowd_b = (
        is_crowd[measurements.pairs["a"].to_numpy()],
        is_crowd[measurements.pairs["b"].to_numpy()],
    )
    share = np.where(crowd_a & crowd_b, np.maximum(ioa_a, ioa_b), np.where(crowd_a, ioa_b, ioa_a))
    is_covered: NDArray[np.bool_] = (
        (share > 0) & (share >= options.min_share) & (classify_pairs(measurements) == PairKind.CROWD)
    )
    return is_covered if options.other_categories else is_covered & flag_same_category(measurements)
