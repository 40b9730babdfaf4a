"""What two masks of one image are to each other: every pair gets one kind, so one finding.

The rules of the family ``overlap`` divide the pairs among them. The first line that holds decides:

==============  ==================================================================================
crowd           one of the two is a crowd region
duplicate       IoU at least ``duplicate_iou``
fills hole      one lies in the other's hole and fills it
contained       at least ``contained_ioa`` of the smaller one is shared
sliver          no deeper than ``sliver_depth`` px, at most ``sliver_share`` of the smaller one
partial         any other overlap
==============  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.measure.schema import Measurements

DUPLICATE_IOU = 0.8
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


class Overlap(NamedTuple):
    """One pair, as a rule writes about it. Rows are rows of the instances table."""

    row: int
    """Row of the pairs table."""
    a: int
    b: int
    smaller: int
    """The one with fewer pixels; a where they have equally many."""
    larger: int
    smaller_px: int
    larger_px: int
    share: float
    """Intersection / area of the smaller one."""
    same: bool
    """Both have one category."""
    intersection_px: int
    iou: float
    depth_px: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where one kind ends and the next begins; a rule puts its options here."""

    duplicate_iou: float = DUPLICATE_IOU
    contained_ioa: float = CONTAINED_IOA
    sliver_depth: int = SLIVER_DEPTH_PX
    sliver_share: float = SLIVER_SHARE
    hole_share: float = HOLE_SHARE


def pair_kinds(m: Measurements, bounds: Bounds | None = None) -> NDArray[np.uint8]:
    """Say for every pair what it is.

    Parameters
    ----------
    m : Measurements
    bounds : Bounds, optional
        Thresholds; the defaults where none are given.

    Returns
    -------
    (n,) uint8
        Values of `PairKind`, one a row of ``m.pairs``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> pair_kinds(empty_measurements()).tolist()
    []
    """
    limit = bounds or Bounds()
    pairs = m.pairs
    shared = pairs["intersection_px"].to_numpy() > 0
    larger_share = np.maximum(pairs["ioa_a"].to_numpy(), pairs["ioa_b"].to_numpy())
    thin = (pairs["depth_px"].to_numpy() <= limit.sliver_depth) & (larger_share <= limit.sliver_share)
    kinds = np.select(
        [
            _crowded(m),
            pairs["iou"].to_numpy() >= limit.duplicate_iou,
            (hole_filler(m, limit.hole_share) >= 0),
            shared & (larger_share >= limit.contained_ioa),
            shared & thin,
            shared,
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
    return kinds.astype(np.uint8)


def hole_filler(m: Measurements, hole_share: float = HOLE_SHARE) -> NDArray[np.int8]:
    """Say which of two masks lies in a hole of the other and fills it.

    Both must hold: the filler covers at least ``hole_share`` of the other's hole pixels, and at
    least half of the filler lies in them. So a pinhole under a large neighbour does not count.

    Returns
    -------
    (n,) int8
        0 = a lies in a hole of b, 1 = b lies in a hole of a, -1 = neither.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> hole_filler(empty_measurements()).tolist()
    []
    """
    area = m.instances["area_px"].to_numpy()
    hole = m.instances["hole_px"].to_numpy()
    a, b = m.pairs["a"].to_numpy(), m.pairs["b"].to_numpy()
    share_a, share_b = m.pairs["hole_share_a"].to_numpy(), m.pairs["hole_share_b"].to_numpy()
    a_fills = (share_b > 0) & (share_b >= hole_share) & (share_b * hole[b] >= 0.5 * area[a])
    b_fills = (share_a > 0) & (share_a >= hole_share) & (share_a * hole[a] >= 0.5 * area[b])
    return np.select([a_fills, b_fills], [0, 1], default=-1).astype(np.int8)


def overlaps(m: Measurements, chosen: NDArray[np.bool_]) -> Iterator[Overlap]:
    """Describe some pairs one by one, in the order of ``m.pairs``.

    Parameters
    ----------
    m : Measurements
    chosen : (n,) bool
        The pairs that are wanted.

    Yields
    ------
    Overlap

    Examples
    --------
    >>> import numpy as np
    >>> from audit.measure.schema import empty_measurements
    >>> list(overlaps(empty_measurements(), np.zeros(0, dtype=bool)))
    []
    """
    rows = np.flatnonzero(chosen)
    area, category = (m.instances[name].to_numpy() for name in ("area_px", "category"))
    a, b = m.pairs["a"].to_numpy()[rows], m.pairs["b"].to_numpy()[rows]
    a_smaller = area[a] <= area[b]
    smaller, larger = np.where(a_smaller, a, b), np.where(a_smaller, b, a)
    share = np.maximum(m.pairs["ioa_a"].to_numpy()[rows], m.pairs["ioa_b"].to_numpy()[rows])
    given = (m.pairs[name].to_numpy()[rows] for name in ("intersection_px", "iou", "depth_px"))
    columns = (
        rows,
        a,
        b,
        smaller,
        larger,
        area[smaller],
        area[larger],
        share,
        category[a] == category[b],
        *given,
    )
    yield from map(Overlap, *(column.tolist() for column in columns))


def quoted_names(m: Measurements) -> list[str]:
    """Return for every instance the name of its category, in quotes, for messages.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> quoted_names(empty_measurements())
    []
    """
    names = np.array(
        [*(f"“{name}”" for name in m.categories["name"]), "object of no known category"], dtype=object
    )
    quoted: list[str] = names[m.instances["category"].to_numpy()].tolist()
    return quoted


def same_category(m: Measurements) -> NDArray[np.bool_]:
    """Say for every pair whether both masks have one category (two unknown ones count as one).

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> same_category(empty_measurements()).tolist()
    []
    """
    category = m.instances["category"].to_numpy()
    same: NDArray[np.bool_] = category[m.pairs["a"].to_numpy()] == category[m.pairs["b"].to_numpy()]
    return same


def allowed(m: Measurements, allow: Iterable[tuple[str, str]]) -> NDArray[np.bool_]:
    """Say for every pair whether its two category names may overlap.

    Parameters
    ----------
    m : Measurements
    allow : iterable of (str, str)
        Pairs of category names, in either order, spelled as in the file.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> allowed(empty_measurements(), [("plate", "dining table")]).tolist()
    []
    """
    category = m.instances["category"].to_numpy()
    of_a, of_b = category[m.pairs["a"].to_numpy()], category[m.pairs["b"].to_numpy()]
    names = m.categories["name"].to_numpy()
    fine = np.zeros(len(m.pairs), dtype=np.bool_)
    for one, other in allow:
        ones, others = np.flatnonzero(names == one), np.flatnonzero(names == other)
        fine |= np.isin(of_a, ones) & np.isin(of_b, others)
        fine |= np.isin(of_a, others) & np.isin(of_b, ones)
    return fine


def _crowded(m: Measurements) -> NDArray[np.bool_]:
    crowd = m.instances["iscrowd"].to_numpy()
    either: NDArray[np.bool_] = crowd[m.pairs["a"].to_numpy()] | crowd[m.pairs["b"].to_numpy()]
    return either
