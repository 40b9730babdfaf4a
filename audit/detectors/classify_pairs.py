"""What two masks of one image are to each other: every pair gets one kind, so one finding.

The rules of the family ``overlap`` divide the pairs among them. The first line that holds decides:

==============  ==================================================================================
crowd           one of the two is a crowd region
duplicate       IoU at least ``duplicate_iou``; ``small_duplicate_iou`` for two masks of one category of
                which the smaller has less than ``small_px``
fills hole      one lies in the other's hole and fills it
contained       at least ``contained_ioa`` of the smaller one is shared
sliver          no deeper than ``sliver_depth`` px, at most ``sliver_share`` of the smaller one
partial         any other overlap
==============  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.measure.schema import Measurements

DUPLICATE_IOU = 0.8
SMALL_DUPLICATE_IOU = 0.7
SMALL_PX = 200
"""Below it a shift of one pixel costs so much IoU that two drawings of one object agree less."""
CONTAINED_IOA = 0.9
SLIVER_DEPTH_PX = 3
SLIVER_SHARE = 0.25
HOLE_SHARE = 0.5


class PairKind(IntEnum):
    """What a pair is; the values order nothing."""

    APART = 0
    """No shared pixel."""
    CROWD = 1
    DUPLICATE = 2
    FILLS_HOLE = 3
    CONTAINED = 4
    SLIVER = 5
    PARTIAL = 6


@dataclass(frozen=True, slots=True)
class PairThresholds:
    """Where one kind ends and the next begins; a rule puts its options here."""

    duplicate_iou: float = DUPLICATE_IOU
    contained_ioa: float = CONTAINED_IOA
    sliver_depth: int = SLIVER_DEPTH_PX
    sliver_share: float = SLIVER_SHARE
    hole_share: float = HOLE_SHARE
    small_duplicate_iou: float = SMALL_DUPLICATE_IOU
    """Counts only where ``duplicate_iou`` is the default: a threshold that somebody chose is exact."""
    small_px: int = SMALL_PX


def classify_pairs(measurements: Measurements, thresholds: PairThresholds | None = None) -> NDArray[np.uint8]:
    """Say for every pair what it is; computed once for the same thresholds, as most rules have the same.

    Parameters
    ----------
    measurements : Measurements
    thresholds : PairThresholds, optional
        Thresholds; the defaults where none are given.

    Returns
    -------
    (n,) uint8
        Values of `PairKind`, one a row of ``measurements.pairs``; read-only.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> classify_pairs(empty_measurements()).tolist()
    []
    """
    limits = thresholds or PairThresholds()
    return measurements.derive(limits, lambda: _select_kinds(measurements, limits))


def _select_kinds(measurements: Measurements, limits: PairThresholds) -> NDArray[np.uint8]:
    pairs = measurements.pairs
    is_shared = pairs["intersection_px"].to_numpy() > 0
    larger_share = np.maximum(pairs["ioa_a"].to_numpy(), pairs["ioa_b"].to_numpy())
    is_thin = (pairs["depth_px"].to_numpy() <= limits.sliver_depth) & (larger_share <= limits.sliver_share)
    pair_kinds = np.select(
        [
            _crowded(measurements),
            pairs["iou"].to_numpy() >= _least_duplicate_iou(measurements, limits),
            (find_hole_filler(measurements, limits.hole_share) >= 0),
            is_shared & (larger_share >= limits.contained_ioa),
            is_shared & is_thin,
            is_shared,
        ],
        [
            PairKind.CROWD,
            PairKind.DUPLICATE,
            PairKind.FILLS_HOLE,
            PairKind.CONTAINED,
            PairKind.SLIVER,
            PairKind.PARTIAL,
        ],
        default=PairKind.APART,
    )
    return pair_kinds.astype(np.uint8)


def _least_duplicate_iou(measurements: Measurements, limits: PairThresholds) -> NDArray[np.float64]:
    """Return for every pair the IoU from which on it is a duplicate."""
    least_iou = np.full(len(measurements.pairs), limits.duplicate_iou)
    if limits.duplicate_iou == DUPLICATE_IOU:
        area_px = measurements.instances["area_px"].to_numpy()
        smaller_px = np.minimum(*(area_px[measurements.pairs[side].to_numpy()] for side in ("a", "b")))
        is_small = (smaller_px < limits.small_px) & flag_same_category(measurements)
        least_iou[is_small] = min(limits.small_duplicate_iou, limits.duplicate_iou)
    return least_iou


def find_hole_filler(measurements: Measurements, hole_share: float = HOLE_SHARE) -> NDArray[np.int8]:
    """Say which of two masks lies in a hole of the other and fills it.

    Both must hold: the filler covers at least ``hole_share`` of the other's hole pixels, and at
    least half of the filler lies in them. So a pinhole under a large neighbour does not count.

    Parameters
    ----------
    measurements : Measurements
    hole_share : float
        Least share of the hole pixels that are covered.

    Returns
    -------
    (n,) int8
        0 = a lies in a hole of b, 1 = b lies in a hole of a, -1 = neither.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> find_hole_filler(empty_measurements()).tolist()
    []
    """
    area_px = measurements.instances["area_px"].to_numpy()
    hole_px = measurements.instances["hole_px"].to_numpy()
    a, b = measurements.pairs["a"].to_numpy(), measurements.pairs["b"].to_numpy()
    share_a, share_b = (
        measurements.pairs["hole_share_a"].to_numpy(),
        measurements.pairs["hole_share_b"].to_numpy(),
    )
    a_fills = (share_b > 0) & (share_b >= hole_share) & (share_b * hole_px[b] >= 0.5 * area_px[a])
    b_fills = (share_a > 0) & (share_a >= hole_share) & (share_a * hole_px[a] >= 0.5 * area_px[b])
    return np.select([a_fills, b_fills], [0, 1], default=-1).astype(np.int8)


def flag_same_category(measurements: Measurements) -> NDArray[np.bool_]:
    """Say for every pair whether both masks have one category (two unknown ones count as one).

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> flag_same_category(empty_measurements()).tolist()
    []
    """
    return measurements.derive(flag_same_category, lambda: _compare_categories(measurements))


def _compare_categories(measurements: Measurements) -> NDArray[np.bool_]:
    category = measurements.instances["category"].to_numpy()
    is_same: NDArray[np.bool_] = (
        category[measurements.pairs["a"].to_numpy()] == category[measurements.pairs["b"].to_numpy()]
    )
    return is_same


def flag_allowed_pairs(measurements: Measurements, allow: Iterable[tuple[str, str]]) -> NDArray[np.bool_]:
    """Say for every pair whether its two category names may overlap.

    Parameters
    ----------
    measurements : Measurements
    allow : iterable of (str, str)
        Pairs of category names, in either order, spelled as in the file.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> flag_allowed_pairs(empty_measurements(), [("plate", "dining table")]).tolist()
    []
    """
    category = measurements.instances["category"].to_numpy()
    category_a, category_b = (
        category[measurements.pairs["a"].to_numpy()],
        category[measurements.pairs["b"].to_numpy()],
    )
    names = measurements.categories["name"].to_numpy()
    is_allowed = np.zeros(len(measurements.pairs), dtype=np.bool_)
    for first_name, second_name in allow:
        first_rows, second_rows = np.flatnonzero(names == first_name), np.flatnonzero(names == second_name)
        is_allowed |= np.isin(category_a, first_rows) & np.isin(category_b, second_rows)
        is_allowed |= np.isin(category_a, second_rows) & np.isin(category_b, first_rows)
    return is_allowed


def _crowded(measurements: Measurements) -> NDArray[np.bool_]:
    is_crowd = measurements.instances["iscrowd"].to_numpy()
    is_crowded: NDArray[np.bool_] = (
        is_crowd[measurements.pairs["a"].to_numpy()] | is_crowd[measurements.pairs["b"].to_numpy()]
    )
    return is_crowded
