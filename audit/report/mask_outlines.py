"""Masks as outlines: pixel-exact loops traced from runs.

A mask is what its pixels are, so an outline follows the pixels' edges: corner ``(x, y)`` is the upper
left corner of pixel ``(row y, column x)``. Loops are meant for the even-odd rule, under which holes
need no orientation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.runs import Runs

IntArray = NDArray[np.int64]
MAX_RUNS = 2**19
"""Runs that are traced exactly; a page of a hundred masks has a tenth of them."""


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
    OutlineLoops
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
    corner_mask, corner_x, corner_y = _corners(runs)
    vertical_partner, horizontal_partner = _neighbours(corner_mask, corner_x, corner_y)
    loop_first, loop_rank = _orbits(horizontal_partner[vertical_partner])
    # Every loop is walked by two orbits, one in each direction: keep the one with the first corner.
    kept_corners = np.flatnonzero(loop_first < loop_first[vertical_partner])
    kept_corners = kept_corners[np.lexsort((loop_rank[kept_corners], loop_first[kept_corners]))]
    corner_order = np.stack([kept_corners, vertical_partner[kept_corners]], axis=1).ravel()
    loop_begins = (
        np.flatnonzero(np.r_[True, np.diff(loop_first[kept_corners]) != 0])
        if len(kept_corners)
        else kept_corners
    )
    loop_starts = np.r_[2 * loop_begins, len(corner_order)].astype(np.int64)
    return OutlineLoops(
        corner_mask[kept_corners[loop_begins]],
        loop_starts,
        np.stack([corner_x[corner_order], corner_y[corner_order]], axis=1),
    )


def _corners(runs: Runs) -> tuple[IntArray, IntArray, IntArray]:
    """Return (mask, x, y) of the grid points at which an outline turns, sorted by mask, x, y."""
    masks = np.tile(runs.mask.astype(np.int64), 4)
    left_edges = runs.x.astype(np.int64)
    grid_x = np.concatenate([left_edges, left_edges, left_edges + 1, left_edges + 1])
    run_ends = np.concatenate([runs.y0, runs.y1]).astype(np.int64)
    grid_y = np.concatenate([run_ends, run_ends])
    sort_order = np.lexsort((grid_y, grid_x, masks))
    masks, grid_x, grid_y = masks[sort_order], grid_x[sort_order], grid_y[sort_order]
    if not len(masks):
        return masks, grid_x, grid_y
    # Where two corners of runs coincide the outline goes straight on; an odd number is a turn.
    is_new = np.r_[True, (np.diff(masks) != 0) | (np.diff(grid_x) != 0) | (np.diff(grid_y) != 0)]
    group_starts = np.flatnonzero(is_new)
    odd_groups = group_starts[np.diff(np.r_[group_starts, len(masks)]) % 2 == 1]
    return masks[odd_groups], grid_x[odd_groups], grid_y[odd_groups]


def _neighbours(corner_mask: IntArray, corner_x: IntArray, corner_y: IntArray) -> tuple[IntArray, IntArray]:
    """Join consecutive corners of every vertical and of every horizontal grid line."""
    # Sorted by x, then y, the corners of a vertical line come in pairs: every second edge is an outline.
    vertical_partner = np.arange(len(corner_mask)) ^ 1
    row_order = np.lexsort((corner_x, corner_y, corner_mask))
    horizontal_partner = np.empty(len(corner_mask), dtype=np.int64)
    horizontal_partner[row_order[0::2]] = row_order[1::2]
    horizontal_partner[row_order[1::2]] = row_order[0::2]
    return vertical_partner, horizontal_partner


def _orbits(next_element: IntArray) -> tuple[IntArray, IntArray]:
    """Return for every element of a permutation its orbit's least element and the steps from there.

    Both by pointer doubling, in log2(longest orbit) rounds over flat arrays.
    """
    # Pointer doubling: each round looks twice as far, so a loop of n corners takes log n rounds, not n.
    least_element = np.arange(len(next_element))
    jump_target = next_element
    while True:
        lower_element = np.minimum(least_element, least_element[jump_target])
        if np.array_equal(lower_element, least_element) and np.array_equal(
            least_element, least_element[next_element]
        ):
            break
        least_element, jump_target = lower_element, jump_target[jump_target]
    # The same again, counting steps to the element before the least one, where the walk is cut open.
    elements = np.arange(len(next_element))
    is_last = next_element == least_element
    jump_target = np.where(is_last, elements, next_element)
    steps_to_end = (~is_last).astype(np.int64)
    while not np.array_equal(jump_target, jump_target[jump_target]):
        steps_to_end += steps_to_end[jump_target]
        jump_target = jump_target[jump_target]
    return least_element, steps_to_end[least_element] - steps_to_end if len(next_element) else steps_to_end


def choose_step(runs: Runs, max_runs: int | None = None) -> int:
    """Choose the least step for `trace_coarsely` at which some ``max_runs`` (`MAX_RUNS`) runs are left."""
    return max(1, int(np.ceil(np.sqrt(len(runs) / (max_runs or MAX_RUNS)))))


def scale_loops(loops: OutlineLoops, scale: int) -> OutlineLoops:
    """Draw loops so many times as large."""
    return loops if scale == 1 else OutlineLoops(loops.mask, loops.start, loops.xy * scale)


def sample_runs(runs: Runs, step: int) -> Runs:
    """Take every ``step``-th pixel of every ``step``-th column, as an image of that many fewer pixels.

    What masks share is sampled alike: it does not matter what is done first.

    Parameters
    ----------
    runs : Runs
    step : int
        Pixels; 1 = all.

    Returns
    -------
    Runs
        The same masks; runs of one column may touch.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> sample_runs(dense_to_runs(np.ones((1, 4, 6), dtype=bool)), 2).x.tolist()
    [0, 1, 2]
    >>> len(sample_runs(dense_to_runs(np.zeros((1, 4, 6), dtype=bool)), 2))
    0
    """
    if step == 1:
        return runs
    sampled = runs.keep(runs.x % step == 0)
    first_row, end_row = (-(-rows // np.int32(step)) for rows in (sampled.y0, sampled.y1))
    left = np.flatnonzero(first_row < end_row)
    return Runs(sampled.mask[left], sampled.x[left] // step, first_row[left], end_row[left], runs.count)


def trace_coarsely(runs: Runs, step: int) -> OutlineLoops:
    """Trace every ``step``-th pixel of every ``step``-th column, drawn ``step`` pixels large.

    Parameters
    ----------
    runs : Runs
    step : int
        Pixels; 1 = exactly.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> trace_coarsely(dense_to_runs(np.ones((1, 4, 6), dtype=bool)), 2).xy.tolist()
    [[0, 0], [0, 4], [6, 4], [6, 0]]
    >>> len(trace_coarsely(no_runs(0), 2))
    0
    """
    return scale_loops(trace_outlines(sample_runs(runs, step)), step)
