"""Outlines as SVG path data, simplified as far as a page's size asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import Runs
from audit.report.mask_outlines import OutlineLoops, choose_step, scale_loops, trace_coarsely

FREE_CORNERS = 8_000
"""Up to here outlines stay pixel-exact; above, they are simplified first by half a pixel."""
_BYTES_PER_CORNER = 2  # at least, as in h1
_BYTES_PER_LOOP = 9  # at least, as in M0 0h1v1z: no loop vanishes, however much it is simplified
MAX_TOLERANCE = 64.0
"""Pixels; an outline that is simplified further shows nothing any more."""


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
    import shapely  # late: most outlines are drawn as they are

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


class LayerOutlines:
    """Outlines of the masks of one layer: traced once, written as coarsely as is asked for.

    Parameters
    ----------
    runs : Runs
    scale : int
        Pixels of the image that a pixel of ``runs`` stands for, as of `sample_runs`.
    """

    def __init__(self, runs: Runs, scale: int = 1) -> None:
        self.runs = runs
        self.scale = scale
        self._traced: tuple[int, OutlineLoops] | None = None

    def _trace(self, step: int) -> OutlineLoops:
        # A page writes a layer coarsely for all and finely for readers who zoom in: both begin with the same
        # loops. Only the last are kept, since those of noise take hundreds of megabytes.
        if self._traced is None or self._traced[0] != step:
            self._traced = None
            self._traced = step, scale_loops(trace_coarsely(self.runs, step), self.scale)
        return self._traced[1]

    def write_within_size(
        self, max_bytes: int, tolerance: float = 0.0, free_corners: int = FREE_CORNERS
    ) -> tuple[list[str], float]:
        """Write masks as SVG paths; where these would weigh too much, simplify until they do not.

        Parameters
        ----------
        max_bytes : int
            Of all paths together.
        tolerance : float
            Pixels that outlines may be shifted by to begin with; 0 = not at all, as long as they have at
            most ``free_corners`` corners.
        free_corners : int

        Returns
        -------
        list of str
            One path a mask.
        float
            Pixels that an outline is shifted by at most.

        Examples
        --------
        >>> from audit.geometry.runs import dense_to_runs, no_runs
        >>> LayerOutlines(dense_to_runs(np.ones((1, 2, 3), dtype=bool))).write_within_size(100)
        (['M0 0v2h3v-2z'], 0.0)
        >>> LayerOutlines(no_runs(0)).write_within_size(100)
        ([], 0.0)
        """
        step = choose_step(self.runs)
        while True:
            loops = self._trace(step)
            is_last = step > MAX_TOLERANCE
            if _BYTES_PER_LOOP * len(loops) > max_bytes and not is_last:
                step *= 2
                continue
            if not tolerance and len(loops.xy) > free_corners:
                tolerance = 0.5
            svg_paths, shift = _simplify_to_size(loops, self.runs.count, max_bytes, tolerance)
            if sum(map(len, svg_paths)) <= max_bytes or is_last:
                return svg_paths, max(shift, step * self.scale if step * self.scale > 1 else 0.0)
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
