"""Many small masks as tiles of bits: a column of pixels is one 64-bit word.

A tile holds one mask in a window of at most 64 x 64 cells; larger masks are sampled, every
``scale``-th pixel of every ``scale``-th column. Moving, growing and counting are a few operations on
whole words, so that thousands of shapes are looked at closely in the time that one takes as an array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs, group_starts

Tiles = NDArray[np.uint64]
Floats = NDArray[np.float32]
Cells = NDArray[np.int16]

SIDE = 64
"""Cells of a column: the bits of a word."""
MARGIN = 2
"""Free cells around every mask, so that it can grow by one and its neighbours are seen."""
ROOM = SIDE - 2 * MARGIN
"""Cells that a mask may be wide and high."""
FLAT = 1e-6
"""A normal with less of it downwards is level."""

_ONE = np.uint64(1)
_BELOW: Tiles = np.array([(1 << k) - 1 for k in range(SIDE + 1)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class TileWindow:
    """Where the cells of some tiles lie in their images.

    Examples
    --------
    >>> import numpy as np
    >>> window = TileWindow.around(np.array([[10, 20, 130, 5]]))
    >>> window.scale.tolist(), window.x.tolist(), window.y.tolist()
    ([3], [4], [14])
    >>> len(TileWindow.around(np.zeros((0, 4), dtype=int)).scale)
    0
    """

    x: IntArray
    """(n,) column of the first cell's first pixel; may be negative."""
    y: IntArray
    """(n,) row of the same."""
    scale: IntArray
    """(n,) pixels a cell, in both directions."""

    @staticmethod
    def around(boxes: IntArray) -> TileWindow:
        """Lay a window around xywh boxes, with a margin of `MARGIN` cells."""
        x, y, w, h = boxes.T
        scale = np.maximum(-(-np.maximum(w, h) // ROOM), 1)
        return TileWindow(x - MARGIN * scale, y - MARGIN * scale, scale)

    def take(self, rows: IntArray) -> TileWindow:
        """Select windows."""
        return TileWindow(self.x[rows], self.y[rows], self.scale[rows])


def draw_tiles(runs: Runs, window: TileWindow, columns: int = SIDE) -> Tiles:
    """Draw each mask into its window.

    Parameters
    ----------
    runs : Runs
        n masks.
    window : TileWindow
        n windows; what lies outside of them is left out.
    columns : int
        Words of a tile.

    Returns
    -------
    (n, columns) uint64

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> box = np.array([[0, 0, 2, 1]])
    >>> draw_tiles(dense_to_runs(np.ones((1, 1, 2), dtype=bool)), TileWindow.around(box), 5).tolist()
    [[0, 0, 4, 4, 0]]
    >>> draw_tiles(no_runs(0), TileWindow.around(box[:0]), 5).shape
    (0, 5)
    """
    words = np.zeros((runs.count, columns), dtype=np.uint64)
    scale = window.scale[runs.mask]
    across = runs.x - window.x[runs.mask]
    # The pixel in the middle of a cell stands for it.
    middle = scale >> 1
    top = -((window.y[runs.mask] + middle - runs.y0) // scale)
    bottom = -((window.y[runs.mask] + middle - runs.y1) // scale)
    np.clip(top, 0, SIDE, out=top)
    np.clip(bottom, 0, SIDE, out=bottom)
    kept = np.flatnonzero(
        (across % scale == middle) & (bottom > top) & (across >= 0) & (across < columns * scale)
    )
    place = runs.mask[kept].astype(np.int64) * columns + across[kept] // scale[kept]
    bits = _BELOW[bottom[kept]] ^ _BELOW[top[kept]]
    first = group_starts(place)
    if len(first):
        words.ravel()[place[first]] = np.bitwise_or.reduceat(bits, first)
    return words


def count_cells(words: Tiles) -> IntArray:
    """Count the cells of each tile.

    Examples
    --------
    >>> import numpy as np
    >>> count_cells(np.array([[3, 1]], dtype=np.uint64)).tolist()
    [3]
    >>> count_cells(np.zeros((0, 2), dtype=np.uint64)).tolist()
    []
    """
    cells: IntArray = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return cells


def dilate_tiles(words: Tiles) -> Tiles:
    """Add to each tile the eight neighbours of its cells, as far as the tile reaches.

    Examples
    --------
    >>> import numpy as np
    >>> dilate_tiles(np.array([[0, 2, 0]], dtype=np.uint64)).tolist()
    [[7, 7, 7]]
    >>> dilate_tiles(np.zeros((0, 2), dtype=np.uint64)).shape
    (0, 2)
    """
    tall: Tiles = words | (words << _ONE) | (words >> _ONE)
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide


def unite_tiles(a: Tiles, b: Tiles, taken: Tiles) -> Tiles:
    """Unite two masks and close the slit between them.

    The slit is every cell that neighbours both; where they still do not meet, also those that lie two
    away from both. ``taken`` cells belong to other masks and stay free.

    Parameters
    ----------
    a, b, taken : (n, columns) uint64

    Examples
    --------
    >>> import numpy as np
    >>> left, right, none = (np.array([row], dtype=np.uint64) for row in ([1, 0, 0], [0, 0, 1], [0, 0, 0]))
    >>> unite_tiles(left, right, none).tolist()
    [[1, 3, 1]]
    >>> unite_tiles(none[:0], none[:0], none[:0]).shape
    (0, 3)
    """
    near_a, near_b = dilate_tiles(a), dilate_tiles(b)
    slit = near_a & near_b
    apart = np.flatnonzero(~(near_a & b).any(axis=1) & ~slit.any(axis=1))
    if len(apart):
        slit[apart] = dilate_tiles(near_a[apart]) & dilate_tiles(near_b[apart])
    whole: Tiles = a | b | (slit & ~taken)
    return whole


def half_plane_tiles(x: Floats, y: Floats, nx: Floats, ny: Floats, columns: int) -> Tiles:
    """Mark the cells before a line: (cell - (x, y)) . (nx, ny) < 0.

    Parameters
    ----------
    x, y : (n,) float32
        A point of the line, in cells; cell (0, 0) has its centre at (0, 0).
    nx, ny : (n,) float32
        Its normal.
    columns : int

    Returns
    -------
    (n, columns) uint64

    Examples
    --------
    >>> import numpy as np
    >>> x, y, nx, ny = (np.array([v], dtype=np.float32) for v in (0, 1.5, 0, 1))
    >>> half_plane_tiles(x, y, nx, ny, 2).tolist()
    [[3, 3]]
    >>> half_plane_tiles(x[:0], y[:0], nx[:0], ny[:0], 2).shape
    (0, 2)
    """
    below = _BELOW.take(np.clip(first_row_behind(x, y, nx, ny, columns), 0, SIDE).astype(np.int64))
    return np.where((ny > -FLAT)[:, None], below, ~below)


def first_row_behind(x: Floats, y: Floats, nx: Floats, ny: Floats, columns: int) -> Floats:
    """Give the row of each column at which a line is crossed: the first cell on it or below it.

    Parameters
    ----------
    x, y, nx, ny : (..., n) float32
        As of `half_plane_tiles`.
    columns : int

    Returns
    -------
    (..., n, columns) float32
        Whole numbers; may lie outside the tile.

    Examples
    --------
    >>> import numpy as np
    >>> x, y, nx, ny = (np.array([v], dtype=np.float32) for v in (0, 1.5, 1, 1))
    >>> first_row_behind(x, y, nx, ny, 2).tolist()
    [[2.0, 1.0]]
    >>> first_row_behind(x[:0], y[:0], nx[:0], ny[:0], 2).shape
    (0, 2)
    """
    steep = np.where(np.abs(ny) < FLAT, np.float32(FLAT), ny)
    edge: Floats = np.arange(columns, dtype=np.float32) - x[..., None]
    edge *= -(nx / steep)[..., None]
    edge += y[..., None]
    return np.ceil(edge, out=edge)


def contour_cells(words: Tiles) -> tuple[Cells, Cells, int]:
    """Give the outermost cells of every column and row of each tile.

    Parameters
    ----------
    words : (n, columns) uint64

    Returns
    -------
    x, y : (p, n) int16
        Two cells a column, then two a row, as many rows as any tile has cells in. Counted from the
        middle of a full tile. Columns and rows without cells repeat a cell of the tile.
    ends : int
        Those of the columns, which alone span the convex hull.

    Examples
    --------
    >>> import numpy as np
    >>> x, y, ends = contour_cells(np.array([[0, 6]], dtype=np.uint64))
    >>> (x + 32).T.tolist(), (y + 32).T.tolist(), ends
    ([[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], [[1, 1, 1, 2, 1, 1, 2, 1, 1, 2]], 4)
    >>> contour_cells(np.zeros((0, 2), dtype=np.uint64))[0].shape
    (4, 0)
    """
    n, columns = words.shape
    tall = int(np.bitwise_or.reduce(words, axis=None)).bit_length()
    rows = transpose_tiles(words).T[:tall]
    x = np.empty((2 * columns + 2 * tall, n), dtype=np.int16)
    y, there = np.empty_like(x), np.empty(x.shape, dtype=bool)
    start = 0
    for tile, along, other in ((np.ascontiguousarray(words.T), x, y), (rows, y, x)):
        size = len(tile)
        for value in (_lowest(tile), _highest(tile)):
            part = slice(start, start + size)
            along[part] = np.arange(size)[:, None]
            other[part] = value
            np.not_equal(tile, 0, out=there[part])
            start += size
    some = there.argmax(axis=0), np.arange(n)
    for place in (x, y):
        np.copyto(place, place[some], where=~there)
        place -= SIDE // 2
    return x, y, 2 * columns


def _lowest(words: NDArray[np.unsignedinteger]) -> NDArray[np.uint8]:
    one = words.dtype.type(1)
    return np.bitwise_count((words & (~words + one)) - one)


def _highest(words: NDArray[np.unsignedinteger]) -> NDArray[np.int64]:
    # No bit follows the top one, so that rounding cannot raise the exponent.
    top = words & ~(words >> words.dtype.type(1))
    return (top.astype(np.float64).view(np.int64) >> 52) - 1023


def transpose_tiles(words: Tiles) -> NDArray[np.unsignedinteger]:
    """Swap rows and columns.

    Parameters
    ----------
    words : (n, columns) uint64

    Returns
    -------
    (n, SIDE) uint16, uint32 or uint64
        The rows as words, of ``columns`` bits or some more.

    Examples
    --------
    >>> import numpy as np
    >>> transpose_tiles(np.array([[0, 6]], dtype=np.uint64))[0, :4].tolist()
    [0, 2, 2, 0]
    >>> transpose_tiles(np.zeros((0, 2), dtype=np.uint64)).shape
    (0, 64)
    """
    n, columns = words.shape
    # Narrow tiles are squares of 16 or 32 cells on top of each other, which turn in fewer steps.
    side = next(size for size in (16, 32, SIDE) if columns <= size)
    full = np.zeros((side, n), dtype="<u8")
    full[:columns] = words.T
    tile = full.view(f"<u{side // 8}").reshape(side, n, SIDE // side).transpose(2, 0, 1).copy()
    # Squares of 32, 16, 8 ... cells change places with those across the diagonal (Warren, Hacker's
    # Delight, 7-3).
    step = side // 2
    mask = tile.dtype.type((1 << step) - 1)
    while step:
        pairs = tile.reshape(SIDE // (2 * step), 2, step, n)
        low, high = pairs[:, 0], pairs[:, 1]
        moved = low >> tile.dtype.type(step)
        moved ^= high
        moved &= mask
        high ^= moved
        moved <<= tile.dtype.type(step)
        low ^= moved
        step //= 2
        mask ^= mask << tile.dtype.type(step)
    return tile.reshape(SIDE, n).T
