"""Masks as outlines: pixel-exact loops traced from runs, the area that masks share, and SVG path data.

A mask is what its pixels are, so an outline follows the pixels' edges: corner ``(x, y)`` is the upper
left corner of pixel ``(row y, column x)``. Loops are meant for the even-odd rule, under which holes
need no orientation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from audit.geometry.runs import Runs, take_masks

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OutlineLoops:
    """Closed outlines of some masks; loop k has the corners ``start[k]:start[k + 1]`` of ``xy``."""

    mask: IntArray
    """(k,) the mask that each loop belongs to, ascending."""
    start: IntArray
    """(k + 1,)"""
    xy: IntArray
    """(corners, 2), pixel corners; the closing corner is not repeated."""

    def __len__(self) -> int:
        return len(self.mask)


def trace_outlines(runs: Runs) -> OutlineLoops:
    """Trace the pixel-exact outlines of many masks at once.

    A corner is where an odd number of run ends meet. On each grid line consecutive corners are joined,
    so every corner has one vertical and one horizontal neighbour, and walking them alternately closes
    a loop. Where two pixels touch only diagonally the loop crosses itself, which the even-odd rule
    fills correctly.

    Parameters
    ----------
    runs : Runs
        Masks as runs of columns; runs of one column may touch but not overlap.

    Returns
    -------
    Loops
        Sorted by mask, then leftmost topmost corner.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> trace_outlines(dense_to_runs(np.ones((1, 2, 3), dtype=bool))).xy.tolist()
    [[0, 0], [0, 2], [3, 2], [3, 0]]
    >>> len(trace_outlines(no_runs(0)))
    0
    """
    mask, x, y = _corners(runs)
    vertical, horizontal = _neighbours(mask, x, y)
    first, rank = _orbits(horizontal[vertical])
    # Every loop is walked by two orbits, one in each direction: keep the one with the first corner.
    keep = np.flatnonzero(first < first[vertical])
    keep = keep[np.lexsort((rank[keep], first[keep]))]
    corners = np.stack([keep, vertical[keep]], axis=1).ravel()
    new = np.flatnonzero(np.r_[True, np.diff(first[keep]) != 0]) if len(keep) else keep
    start = np.r_[2 * new, len(corners)].astype(np.int64)
    return OutlineLoops(mask[keep[new]], start, np.stack([x[corners], y[corners]], axis=1))


def _corners(runs: Runs) -> tuple[IntArray, IntArray, IntArray]:
    """Return (mask, x, y) of the grid points at which an outline turns, sorted by mask, x, y."""
    mask = np.tile(runs.mask.astype(np.int64), 4)
    left = runs.x.astype(np.int64)
    x = np.concatenate([left, left, left + 1, left + 1])
    ends = np.concatenate([runs.y0, runs.y1]).astype(np.int64)
    y = np.concatenate([ends, ends])
    order = np.lexsort((y, x, mask))
    mask, x, y = mask[order], x[order], y[order]
    if not len(mask):
        return mask, x, y
    is_new = np.r_[True, (np.diff(mask) != 0) | (np.diff(x) != 0) | (np.diff(y) != 0)]
    changes = np.flatnonzero(is_new)
    odd = changes[np.diff(np.r_[changes, len(mask)]) % 2 == 1]
    return mask[odd], x[odd], y[odd]


def _neighbours(mask: IntArray, x: IntArray, y: IntArray) -> tuple[IntArray, IntArray]:
    """Join consecutive corners of every vertical and of every horizontal grid line."""
    vertical = np.arange(len(mask)) ^ 1
    order = np.lexsort((x, y, mask))
    horizontal = np.empty(len(mask), dtype=np.int64)
    horizontal[order[0::2]] = order[1::2]
    horizontal[order[1::2]] = order[0::2]
    return vertical, horizontal


def _orbits(step: IntArray) -> tuple[IntArray, IntArray]:
    """Return for every element of a permutation its orbit's least element and the steps from there.

    Both by pointer doubling, in log2(longest orbit) rounds over flat arrays.
    """
    first = np.arange(len(step))
    jump = step
    while True:
        lower = np.minimum(first, first[jump])
        if np.array_equal(lower, first) and np.array_equal(first, first[step]):
            break
        first, jump = lower, jump[jump]
    here = np.arange(len(step))
    last = step == first
    jump = np.where(last, here, step)
    to_end = (~last).astype(np.int64)
    while not np.array_equal(jump, jump[jump]):
        to_end += to_end[jump]
        jump = jump[jump]
    return first, to_end[first] - to_end if len(step) else to_end


def simplify_outlines(loops: OutlineLoops, tolerance: float) -> OutlineLoops:
    """Drop corners so that no outline moves by more than ``tolerance`` (Douglas and Peucker, shapely).

    Parameters
    ----------
    loops : Loops
    tolerance : float
        Pixels; 0 changes nothing.

    Returns
    -------
    Loops
        The same loops with fewer corners; one that would collapse to a line stays as it is.

    Examples
    --------
    >>> import numpy as np
    >>> square = OutlineLoops(np.array([0]), np.array([0, 4]), np.array([[0, 0], [0, 9], [9, 9], [9, 0]]))
    >>> len(simplify_outlines(square, 0.5).xy)
    4
    >>> len(simplify_outlines(OutlineLoops(square.mask[:0], square.start[:1], square.xy[:0]), 0.5))
    0
    """
    if tolerance <= 0 or not len(loops):
        return loops
    size = np.diff(loops.start)
    number = np.repeat(np.arange(len(loops)), size + 1)
    inside = np.arange(len(number)) - np.repeat(loops.start[:-1] + np.arange(len(loops)), size + 1)
    closed = loops.xy[loops.start[number] + inside % size[number]]
    lines = shapely.linestrings(closed.astype(np.float64), indices=number)
    thin = shapely.simplify(lines, tolerance, preserve_topology=False)
    thin = np.where(shapely.get_num_coordinates(thin) < 4, lines, thin)
    xy, number = shapely.get_coordinates(thin, return_index=True)
    not_closing = np.r_[number[1:] == number[:-1], False]
    start = np.r_[0, np.cumsum(np.bincount(number) - 1)].astype(np.int64)
    return OutlineLoops(loops.mask, start, xy[not_closing].astype(np.int64))


def write_svg_paths(loops: OutlineLoops, count: int) -> list[str]:
    """Write loops as SVG path data, one text a mask.

    Parameters
    ----------
    loops : Loops
    count : int
        Number of masks.

    Returns
    -------
    list of str
        ``count`` texts; empty where a mask has no loop.

    Examples
    --------
    >>> import numpy as np
    >>> square = OutlineLoops(np.array([1]), np.array([0, 4]), np.array([[2, 3], [2, 4], [5, 4], [5, 3]]))
    >>> write_svg_paths(square, 2)
    ['', 'M2 3v1h3v-1z']
    >>> write_svg_paths(OutlineLoops(square.mask[:0], square.start[:1], square.xy[:0]), 0)
    []
    """
    paths = [""] * count
    steps = np.diff(loops.xy, axis=0, prepend=0).tolist()
    xy = loops.xy.tolist()
    bounds = loops.start.tolist()
    for mask, begin, end in zip(loops.mask.tolist(), bounds[:-1], bounds[1:], strict=True):
        text = [f"M{xy[begin][0]} {xy[begin][1]}"]
        for dx, dy in steps[begin + 1 : end]:
            text.append(f"v{dy}" if dx == 0 else f"h{dx}" if dy == 0 else f"l{dx} {dy}")
        paths[mask] += "".join(text) + "z"
    return paths


def group_masks(runs: Runs, groups: list[tuple[int, ...]]) -> Runs:
    """Collect the runs of several masks a group: group g becomes mask g.

    Parameters
    ----------
    runs : Runs
    groups : list of tuple of int
        Masks of each group.

    Returns
    -------
    Runs
        Of ``len(groups)`` masks; runs of one group may overlap and are in no order within it.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> pixel = dense_to_runs(np.ones((1, 1, 1), dtype=bool))
    >>> group_masks(pixel, [(), (0,)]).mask.tolist()
    [1]
    >>> len(group_masks(pixel, []))
    0
    """
    group = np.repeat(
        np.arange(len(groups), dtype=np.int32), [len(members_of_group) for members_of_group in groups]
    )
    members = take_masks(
        runs, np.array([mask for members_of_group in groups for mask in members_of_group], dtype=np.int64)
    )
    return Runs(group[members.mask], members.x, members.y0, members.y1, len(groups))


def find_shared_pixels(runs: Runs) -> Runs:
    """Find the pixels that at least two runs of the same mask cover: the overlap of a group.

    Parameters
    ----------
    runs : Runs
        As `group_masks` returns them.

    Returns
    -------
    Runs
        Sorted by mask, x, y0; consecutive runs may touch.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> two = dense_to_runs(np.array([[[1], [1], [0]], [[0], [1], [1]]], dtype=bool))
    >>> both = find_shared_pixels(group_masks(two, [(0, 1)]))
    >>> both.y0.tolist(), both.y1.tolist()
    ([1], [2])
    >>> len(find_shared_pixels(no_runs(0)))
    0
    """
    mask = np.tile(runs.mask, 2)
    x = np.tile(runs.x, 2)
    y = np.concatenate([runs.y0, runs.y1])
    steps = np.repeat([1, -1], len(runs))
    order = np.lexsort((y, x, mask))
    mask, x, y = mask[order], x[order], y[order]
    depth = np.cumsum(steps[order])
    shared = np.flatnonzero((depth[:-1] >= 2) & (y[:-1] < y[1:]))
    return Runs(mask[shared], x[shared], y[shared], y[shared + 1], runs.count)
