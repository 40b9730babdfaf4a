"""Which masks lie inside others, where that follows from few comparisons.

Thousands of masks that lie one inside the other make millions of overlapping pairs. But if a lies in b
and b lies in c then a lies in c: it is enough to compare each mask with one other that may hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.max_inscribed_square import largest_inscribed_square
from audit.geometry.runs import IntArray, Runs, split_batches, take_masks

_BATCH = 1 << 17
"""Runs whose depth is measured together."""


@dataclass(frozen=True, slots=True)
class ContainmentForest:
    """A forest of masks: every mask lies inside all masks above it."""

    enter: IntArray
    """(count,) when a walk around the forest comes to the mask."""
    leave: IntArray
    """(count,) when it has seen all that lie in it."""
    depth: IntArray
    """(count,) side of the largest square of each mask's pixels; 0 where it is known to lie in no other."""

    def inside(self, a: IntArray, b: IntArray) -> NDArray[np.bool_]:
        """Tell of which pairs it is known that ``a`` lies inside ``b`` (or is equal to it).

        Parameters
        ----------
        a, b : (k,) int64
            Numbers of masks.
        """
        # All that lies in a mask is entered and left while the walk is inside it.
        inside: NDArray[np.bool_] = (self.enter[b] <= self.enter[a]) & (self.enter[a] < self.leave[b])
        return inside


def build_containment(
    runs: Runs,
    area: IntArray,
    holder: IntArray,
    count_intersections: Callable[[IntArray, IntArray], IntArray],
) -> ContainmentForest:
    """Build the forest from one comparison a mask.

    Parameters
    ----------
    runs : Runs
    area : (count,) int64
        Pixels.
    holder : (count,) int64
        The mask that each may lie in: later in the order of (area, position); -1 where there is none.
    count_intersections : callable
        Counts the pixels that masks a and b share.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> runs = dense_to_runs(np.array([[[1, 0, 0]], [[1, 1, 0]], [[1, 1, 1]]], dtype=bool))
    >>> area, holder = np.array([1, 2, 3]), np.array([1, 2, -1])
    >>> found = build_containment(runs, area, holder, lambda a, b: np.array([1, 2]))
    >>> found.inside(np.array([0, 2]), np.array([2, 0])).tolist()
    [True, False]
    >>> none = np.array([], dtype=int)
    >>> len(build_containment(no_runs(0), none, none, lambda a, b: a).enter)
    0
    """
    inner = np.flatnonzero(holder >= 0)
    held = inner[count_intersections(inner, holder[inner]) == area[inner]]
    parent = np.full(len(area), -1)
    parent[held] = holder[held]
    enter, leave = _walk(parent, np.lexsort((np.arange(len(area)), area)))
    depth = np.zeros(len(area), dtype=np.int64)
    for part in split_batches(np.diff(runs.start)[held], _BATCH):
        depth[held[part]] = largest_inscribed_square(take_masks(runs, held[part]))
    return ContainmentForest(enter, leave, depth)


def _walk(parent: IntArray, order: IntArray) -> tuple[IntArray, IntArray]:
    """Number a forest from its roots down; ``order`` lists every mask before its parent."""
    size, taken = [1] * len(parent), [0] * len(parent)
    above = parent.tolist()
    ascending = order.tolist()
    for mask in ascending:
        if above[mask] >= 0:
            size[above[mask]] += size[mask]
    enter, roots = [0] * len(parent), 0
    for mask in reversed(ascending):
        if above[mask] < 0:
            enter[mask], roots = roots, roots + size[mask]
        else:
            enter[mask] = enter[above[mask]] + 1 + taken[above[mask]]
            taken[above[mask]] += size[mask]
    begin = np.array(enter, dtype=np.int64)
    return begin, begin + np.array(size, dtype=np.int64)
