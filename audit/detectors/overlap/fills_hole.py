"""A mask in the hole of another: one instance fills the gap that another leaves open.

What it finds
-------------
Pairs of which one mask covers at least ``min_hole_share`` of the other's hole pixels and lies in them
with at least half of its own. An info, and within one category a warning where this is most likely one
object drawn in two: where the hole is at least ``ring_hole`` of the ring around it, or where the filler is
a patch, smaller than ``patch_area`` of its category's median (learned from ``min_instances`` masks).

Why it matters
--------------
A ring of `cell` around a `cell` is nearly always one object cut in two, or a hole that was filled
with a new instance instead of being closed. COCO polygons cannot express holes, so the pair turns
into two overlapping masks as soon as the file is converted.

When it is wrong
----------------
Things that really show through others, or lie on them: a face in a window, a nut on a bolt, a stone on a
stone, a nucleus in a cell that is drawn without it. Small ones on large ones of their category are an info.

Example
-------
`cell` 12 covers 96 % of the 80 hole pixels of `cell` 11.

Reference
---------
COCO data format (polygons are filled, one after the other; only RLE can hold a hole).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import (
    HOLE_SHARE,
    PairKind,
    PairThresholds,
    classify_pairs,
    find_hole_filler,
    flag_allowed_pairs,
)
from audit.detectors.describe_pairs import QuotedCategoryNames, describe_pairs
from audit.detectors.robust_spread import robust_spread_by_category
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_hole_share: float = option(
        HOLE_SHARE, unit="share", help="least share of the hole pixels that are covered"
    )
    ring_hole: float = option(
        1.0, unit="share", help="least area of the hole, by that of the ring, that makes a ring of one object"
    )
    patch_area: float = option(
        0.05, unit="share", help="area of a filler, by the category's median, below which it is a patch"
    )
    min_instances: int = option(
        20, unit="count", help="masks of a category from which its usual area is learned"
    )
    allow: tuple[tuple[str, str], ...] = option((), unit="-", help="pairs of category names that may do this")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every pair of a mask and the one in its hole, the latter first.

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
    pair_kinds = classify_pairs(measurements, PairThresholds(hole_share=options.min_hole_share))
    is_chosen = (pair_kinds == PairKind.FILLS_HOLE) & ~flag_allowed_pairs(measurements, options.allow)
    if not is_chosen.any():
        return
    names = QuotedCategoryNames(measurements)
    a_fills = find_hole_filler(measurements, options.min_hole_share) == 0
    share_a, share_b = (measurements.pairs[column].to_numpy() for column in ("hole_share_a", "hole_share_b"))
    hole_px, area_px = (measurements.instances[column].to_numpy() for column in ("hole_px", "area_px"))
    usual_px, _ = robust_spread_by_category(
        measurements.instances["category"].to_numpy(),
        area_px.astype(np.float64),
        (area_px > 0) & ~measurements.instances["iscrowd"].to_numpy(),
        options.min_instances,
    )
    is_patch = area_px < options.patch_area * np.where(np.isfinite(usual_px), usual_px, 0.0)
    is_thin_ring = hole_px >= options.ring_hole * area_px
    for pair in describe_pairs(measurements, is_chosen):
        filler, ring = (pair.a, pair.b) if a_fills[pair.row] else (pair.b, pair.a)
        covered_share = float((share_b if a_fills[pair.row] else share_a)[pair.row])
        ring_hole_px = int(hole_px[ring])
        yield Hit(
            f"This {names[filler]} lies in a hole of this {names[ring]} and covers "
            f"{format_percent(covered_share)} of its {ring_hole_px} hole pixels.",
            score=covered_share,
            instances=(filler, ring),
            evidence={
                "hole_share": covered_share,
                "hole_px": ring_hole_px,
                "intersection_px": pair.intersection_px,
            },
            severity=Severity.WARNING
            if pair.same and (is_thin_ring[ring] or is_patch[filler])
            else Severity.INFO,
        )
