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

from audit.geometry.runs import Runs

IntArray = NDArray[np.int64]
FREE_CORNERS = 8_000
"""Up to here outlines stay pixel-exact; above, they are simplified first by half a pixel."""
MAX_RUNS = 2**19
"""Runs that are traced exactly; a page of a hundred masks has a tenth of them."""
_BYTES_PER_CORNER = 2  # at least, as in h1
_BYTES_PER_LOOP = 9  # at least, as in M0 0h1v1z: no loop vanishes, however much it is simplified
MAX_TOLERANCE = 64.0
"""Pixels; an outline that is simplified further shows nothing any more."""


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


def simplify_outlines(loops: OutlineLoops, tolerance: float | NDArray[np.float64]) -> OutlineLoops:
    """Drop corners so that no outline moves by more than ``tolerance`` (Douglas and Peucker, shapely).

    Parameters
    ----------
    loops : OutlineLoops
    tolerance : float or (k,) float64
        Pixels, of all loops or of each; 0 changes nothing.

    Returns
    -------
    OutlineLoops
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
    if not len(loops) or not np.any(np.asarray(tolerance) > 0):
        return loops
    loop_sizes = np.diff(loops.start)
    loop_number = np.repeat(np.arange(len(loops)), loop_sizes + 1)
    position_in_loop = np.arange(len(loop_number)) - np.repeat(
        loops.start[:-1] + np.arange(len(loops)), loop_sizes + 1
    )
    closed_corners = loops.xy[loops.start[loop_number] + position_in_loop % loop_sizes[loop_number]]
    line_strings = shapely.linestrings(closed_corners.astype(np.float64), indices=loop_number)
    simplified = shapely.simplify(line_strings, tolerance, preserve_topology=False)
    # A loop needs three corners: what would vanish is kept as it was.
    simplified = np.where(shapely.get_num_coordinates(simplified) < 4, line_strings, simplified)
    coordinates, loop_number = shapely.get_coordinates(simplified, return_index=True)
    not_closing = np.r_[loop_number[1:] == loop_number[:-1], False]
    loop_starts = np.r_[0, np.cumsum(np.bincount(loop_number) - 1)].astype(np.int64)
    return OutlineLoops(loops.mask, loop_starts, coordinates[not_closing].astype(np.int64))


def write_svg_paths(loops: OutlineLoops, count: int) -> list[str]:
    """Write loops as SVG path data, one text a mask.

    Parameters
    ----------
    loops : OutlineLoops
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
    svg_paths = [""] * count
    if not len(loops):
        return svg_paths
    # Exact outlines take few kinds of steps, so each kind is written once and not each corner.
    steps = np.diff(loops.xy, axis=0, prepend=0)
    codes, kind_of_corner = np.unique((steps[:, 0] << 32) + steps[:, 1], return_inverse=True)
    dy = ((codes + 2**31) & (2**32 - 1)) - 2**31  # the low half, signed
    dx = (codes - dy) >> 32
    kinds = np.array([_write_step(x, y) for x, y in zip(dx.tolist(), dy.tolist(), strict=True)], dtype=object)
    commands = kinds[kind_of_corner].tolist()
    loop_bounds = loops.start.tolist()
    first_corners = loops.xy[loops.start[:-1]].tolist()
    for mask_number, (x, y), loop_begin, loop_end in zip(
        loops.mask.tolist(), first_corners, loop_bounds[:-1], loop_bounds[1:], strict=True
    ):
        svg_paths[mask_number] += f"M{x} {y}{''.join(commands[loop_begin + 1 : loop_end])}z"
    return svg_paths


def _write_step(dx: int, dy: int) -> str:
    return f"v{dy}" if dx == 0 else f"h{dx}" if dy == 0 else f"l{dx} {dy}"


def trace_within_size(
    runs: Runs, max_bytes: int, tolerance: float = 0.0, free_corners: int = FREE_CORNERS, scale: int = 1
) -> tuple[list[str], float]:
    """Trace masks as SVG paths; where these would weigh too much, simplify until they do not.

    Parameters
    ----------
    runs : Runs
    max_bytes : int
        Of all paths together.
    tolerance : float
        Pixels that outlines may be shifted by to begin with; 0 = not at all, as long as they have at most
        ``free_corners`` corners.
    free_corners : int
    scale : int
        Pixels of the image that a pixel of ``runs`` stands for, as of `sample_runs`.

    Returns
    -------
    list of str
        One path a mask.
    float
        Pixels that an outline is shifted by at most.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> trace_within_size(dense_to_runs(np.ones((1, 2, 3), dtype=bool)), 100)[1]
    0.0
    >>> trace_within_size(no_runs(0), 100)
    ([], 0.0)
    """
    step = choose_step(runs)
    while True:
        loops = scale_loops(trace_coarsely(runs, step), scale)
        is_last = step > MAX_TOLERANCE
        if _BYTES_PER_LOOP * len(loops) > max_bytes and not is_last:
            step *= 2
            continue
        if not tolerance and len(loops.xy) > free_corners:
            tolerance = 0.5
        svg_paths, shift = _simplify_to_size(loops, runs.count, max_bytes, tolerance)
        if sum(map(len, svg_paths)) <= max_bytes or is_last:
            return svg_paths, max(shift, step * scale if step * scale > 1 else 0.0)
        # Thousands of loops of a few pixels, as noise has them, get no shorter: fewer pixels are traced.
        step *= 2


def _simplify_to_size(
    loops: OutlineLoops, count: int, max_bytes: int, tolerance: float
) -> tuple[list[str], float]:
    """Write loops, simplified until they are short enough or would show nothing any more."""
    while True:
        simplified = simplify_outlines(loops, tolerance)
        is_last = tolerance > MAX_TOLERANCE
        if _BYTES_PER_CORNER * len(simplified.xy) <= max_bytes or is_last:
            svg_paths = write_svg_paths(simplified, count)
            if sum(map(len, svg_paths)) <= max_bytes or is_last:
                return svg_paths, tolerance
        tolerance = max(0.5, 2 * tolerance)


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
