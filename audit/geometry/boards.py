"""Many small masks as boards of bits: a column of pixels is one 64-bit word.

A board holds one mask in a window of at most 64 x 64 cells; larger masks are sampled, every
``scale``-th pixel of every ``scale``-th column. Moving, growing and counting are a few operations on
whole words, so that thousands of shapes are looked at closely in the time that one takes as an array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs, heads

Words = NDArray[np.uint64]
Floats = NDArray[np.float32]

SIDE = 64
"""Cells of a column: the bits of a word."""
MARGIN = 2
"""Free cells around every mask, so that it can grow by one and its neighbours are seen."""
ROOM = SIDE - 2 * MARGIN
"""Cells that a mask may be wide and high."""

_ONE = np.uint64(1)
_BELOW: Words = np.array([(1 << k) - 1 for k in range(SIDE + 1)], dtype=np.uint64)
_DIGITS: Words = np.array([sum(1 << y for y in range(SIDE) if y >> k & 1) for k in range(6)], dtype=np.uint64)
"""Bit y of word k is bit k of the number y: what sums of row numbers are counted by."""


@dataclass(frozen=True, slots=True)
class Window:
    """Where the cells of some boards lie in their images.

    Examples
    --------
    >>> import numpy as np
    >>> window = Window.around(np.array([[10, 20, 130, 5]]))
    >>> window.scale.tolist(), window.x.tolist(), window.y.tolist()
    ([3], [4], [14])
    >>> len(Window.around(np.zeros((0, 4), dtype=int)).scale)
    0
    """

    x: IntArray
    """(n,) column of the first cell's first pixel; may be negative."""
    y: IntArray
    """(n,) row of the same."""
    scale: IntArray
    """(n,) pixels a cell, in both directions."""

    @staticmethod
    def around(boxes: IntArray) -> Window:
        """Lay a window around xywh boxes, with a margin of `MARGIN` cells."""
        x, y, w, h = boxes.T
        scale = np.maximum(-(-np.maximum(w, h) // ROOM), 1)
        return Window(x - MARGIN * scale, y - MARGIN * scale, scale)

    def take(self, rows: IntArray) -> Window:
        """Select windows."""
        return Window(self.x[rows], self.y[rows], self.scale[rows])


def paint(runs: Runs, window: Window, columns: int = SIDE) -> Words:
    """Draw each mask into its window.

    Parameters
    ----------
    runs : Runs
        n masks.
    window : Window
        n windows; what lies outside of them is left out.
    columns : int
        Words of a board.

    Returns
    -------
    (n, columns) uint64

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import from_dense, no_runs
    >>> box = np.array([[0, 0, 2, 1]])
    >>> paint(from_dense(np.ones((1, 1, 2), dtype=bool)), Window.around(box), 5).tolist()
    [[0, 0, 4, 4, 0]]
    >>> paint(no_runs(0), Window.around(box[:0]), 5).shape
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
    first = heads(place)
    if len(first):
        words.ravel()[place[first]] = np.bitwise_or.reduceat(bits, first)
    return words


def count(words: Words) -> IntArray:
    """Count the cells of each board.

    Examples
    --------
    >>> import numpy as np
    >>> count(np.array([[3, 1]], dtype=np.uint64)).tolist()
    [3]
    >>> count(np.zeros((0, 2), dtype=np.uint64)).tolist()
    []
    """
    return np.bitwise_count(words).sum(axis=1, dtype=np.int64)


def grown(words: Words) -> Words:
    """Add to each board the eight neighbours of its cells, as far as the board reaches.

    Examples
    --------
    >>> import numpy as np
    >>> grown(np.array([[0, 2, 0]], dtype=np.uint64)).tolist()
    [[7, 7, 7]]
    >>> grown(np.zeros((0, 2), dtype=np.uint64)).shape
    (0, 2)
    """
    tall = words | (words << _ONE) | (words >> _ONE)
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide


def united(a: Words, b: Words, taken: Words) -> Words:
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
    >>> united(left, right, none).tolist()
    [[1, 3, 1]]
    >>> united(none[:0], none[:0], none[:0]).shape
    (0, 3)
    """
    near_a, near_b = grown(a), grown(b)
    slit = near_a & near_b
    apart = np.flatnonzero(~(near_a & b).any(axis=1) & ~slit.any(axis=1))
    if len(apart):
        slit[apart] = grown(near_a[apart]) & grown(near_b[apart])
    return a | b | (slit & ~taken)


def half_plane(x: Floats, y: Floats, nx: Floats, ny: Floats, columns: int) -> Words:
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
    >>> half_plane(x, y, nx, ny, 2).tolist()
    [[3, 3]]
    >>> half_plane(x[:0], y[:0], nx[:0], ny[:0], 2).shape
    (0, 2)
    """
    steep = np.where(np.abs(ny) < 1e-6, np.float32(1e-6), ny)
    edge = y[:, None] - (np.arange(columns, dtype=np.float32) - x[:, None]) * (nx / steep)[:, None]
    first = np.ceil(np.clip(edge, 0, SIDE)).astype(np.int64)
    below = _BELOW.take(first)
    return np.where((steep > 0)[:, None], below, ~below)


@dataclass(frozen=True, slots=True)
class Moments:
    """Size, centre and spread of each board, in cells."""

    area: Floats
    x: Floats
    y: Floats
    xx: Floats
    """Variance over x; a cell alone has 1/12."""
    xy: Floats
    yy: Floats

    @property
    def axes(self) -> tuple[Floats, Floats]:
        """Full lengths of the ellipse of equal moments: the longer, the shorter axis."""
        middle, half = (self.xx + self.yy) / 2, np.hypot((self.xx - self.yy) / 2, self.xy)
        return 4 * np.sqrt(middle + half), 4 * np.sqrt(np.maximum(middle - half, 0))

    @property
    def angle(self) -> Floats:
        """Direction of the longer axis, radians from x to y."""
        return np.arctan2(2 * self.xy, self.xx - self.yy) / 2


@dataclass(frozen=True, slots=True)
class Sums:
    """Plain sums over the cells of each board: those of a part and of the rest add up to the whole's."""

    n: NDArray[np.int64]
    """(n,)"""
    s: NDArray[np.float64]
    """(n, 5): x, y, xx, xy, yy."""

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.n - other.n, self.s - other.s)

    def moments(self) -> Moments:
        """Turn sums into moments; those of an empty board are zero."""
        n = np.maximum(self.n, 1)
        x, y, xx, xy, yy = self.s.T / n
        twelfth = np.where(self.n > 0, 1 / 12, 0)
        values = (self.n, x, y, xx - x * x + twelfth, xy - x * y, yy - y * y + twelfth)
        return Moments(*(v.astype(np.float32) for v in values))


def sums(words: Words) -> Sums:
    """Sum up the places of the cells of each board.

    Parameters
    ----------
    words : (n, columns) uint64

    Examples
    --------
    >>> import numpy as np
    >>> found = sums(np.array([[0, 6]], dtype=np.uint64))
    >>> found.n.tolist(), found.s.tolist()
    ([2], [[2.0, 3.0, 2.0, 3.0, 5.0]])
    >>> sums(np.zeros((0, 2), dtype=np.uint64)).n.tolist()
    []
    """
    across = np.arange(words.shape[1], dtype=np.float32)
    ones = np.bitwise_count(words)
    number, low = ones.astype(np.float32), _lowest(words)
    first = low.astype(np.float32)
    # Rows low ... low + n - 1, as nearly all columns have: sums of an arithmetic series.
    pairs = number * (number - 1)
    y = number * first + pairs * np.float32(0.5)
    yy = first * (number * first + pairs) + pairs * (2 * number - 1) * np.float32(1 / 6)
    forked = np.flatnonzero(words != (_BELOW.take(ones) << low))
    if len(forked):
        y.ravel()[forked], yy.ravel()[forked] = _sums_of_rows(words.ravel()[forked])
    columns = np.stack([across, across * across], axis=1)
    by_number, by_row = number @ columns, y @ across
    s = np.stack([by_number[:, 0], y.sum(axis=1), by_number[:, 1], by_row, yy.sum(axis=1)], axis=1)
    return Sums(number.sum(axis=1).astype(np.int64), s.astype(np.float64))


def _sums_of_rows(words: Words) -> tuple[Floats, Floats]:
    """Sum the row numbers in each word, and their squares, by the digits of their binary form."""
    y, yy = np.zeros(words.shape, dtype=np.float32), np.zeros(words.shape, dtype=np.float32)
    for k, digit in enumerate(_DIGITS):
        some = words & digit
        ones = np.bitwise_count(some).astype(np.float32)
        y += ones * np.float32(1 << k)
        yy += ones * np.float32(1 << 2 * k)
        for other in range(k):
            yy += np.bitwise_count(some & _DIGITS[other]) * np.float32(1 << (k + other + 1))
    return y, yy


def inside_ellipse(words: Words, m: Moments, area: Floats | None = None) -> IntArray:
    """Count the cells of each board inside an ellipse.

    Parameters
    ----------
    words : (n, columns) uint64
    m : Moments
        Centre and directions of the ellipse.
    area : (n,) float32, optional
        Its size in cells; that of the moments where it is left out.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[0, 14, 14, 14, 0]], dtype=np.uint64)
    >>> inside_ellipse(square, sums(square).moments()).tolist()
    [9]
    >>> inside_ellipse(square[:0], sums(square[:0]).moments()).tolist()
    []
    """
    size = m.area if area is None else area
    determinant = np.sqrt(np.maximum(m.xx * m.yy - m.xy * m.xy, 1e-6))
    wide = np.maximum(m.xx, 1e-3)
    squared = size / (np.float32(np.pi) * determinant)
    offset = np.arange(words.shape[1], dtype=np.float32) - m.x[:, None]
    middle = m.y[:, None] + (m.xy / wide)[:, None] * offset
    free = squared[:, None] - offset * offset / wide[:, None]
    half = np.sqrt(np.maximum(free, 0) * (determinant * determinant / wide)[:, None])
    low = np.ceil(np.clip(middle - half, 0, SIDE)).astype(np.int64)
    high = np.floor(np.clip(middle + half, -1, SIDE - 1)).astype(np.int64) + 1
    cells = _BELOW.take(high) & ~_BELOW.take(low)
    cells[free < 0] = 0
    return count(words & cells)


def misfit(words: Words, m: Moments) -> Floats:
    """Say how little each board is like an ellipse: 1 - IoU with that of equal area and moments.

    Parameters
    ----------
    words : (n, columns) uint64
    m : Moments
        Of these boards.

    Returns
    -------
    (n,) float32
        0 = an ellipse; 0 for an empty board.

    Examples
    --------
    >>> import numpy as np
    >>> square = np.array([[0, 14, 14, 14, 0]], dtype=np.uint64)
    >>> misfit(square, sums(square).moments()).tolist()
    [0.0]
    >>> misfit(square[:0], sums(square[:0]).moments()).tolist()
    []
    """
    shared = inside_ellipse(words, m).astype(np.float32)
    return 1 - np.where(m.area > 0, shared / np.maximum(2 * m.area - shared, 1), 1).astype(np.float32)


def outline_points(words: Words) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the outermost cells of every column and row of each board.

    Parameters
    ----------
    words : (n, columns) uint64

    Returns
    -------
    points : (n, p, 2) float32
        x, y; 2 * columns of them, then two a row, as many rows as any board has cells in.
    there : (n, p) bool
        False for columns and rows without cells.

    Examples
    --------
    >>> import numpy as np
    >>> points, there = outline_points(np.array([[0, 6]], dtype=np.uint64))
    >>> points[0][there[0]].tolist()
    [[1.0, 1.0], [1.0, 2.0], [1.0, 1.0], [1.0, 2.0], [1.0, 1.0], [1.0, 2.0]]
    >>> outline_points(np.zeros((0, 2), dtype=np.uint64))[0].shape
    (0, 4, 2)
    """
    n, columns = words.shape
    tall = int(_highest(np.bitwise_or.reduce(words, axis=None)[None])[0]) + 1 if words.any() else 0
    rows = transposed(words)[:, :tall]
    points = np.empty((n, 2 * columns + 2 * tall, 2), dtype=np.float32)
    there = np.empty(points.shape[:2], dtype=bool)
    start = 0
    for board, along, other in ((words, 0, 1), (rows, 1, 0)):
        size = board.shape[1]
        for value in (_lowest(board), _highest(board)):
            part = slice(start, start + size)
            points[:, part, along] = np.arange(size, dtype=np.float32)
            points[:, part, other] = value
            there[:, part] = board != 0
            start += size
    return points, there


def _lowest(words: Words) -> NDArray[np.uint8]:
    return np.bitwise_count((words & (~words + _ONE)) - _ONE)


def _highest(words: Words) -> NDArray[np.uint8]:
    filled = words.copy()
    for step in (1, 2, 4, 8, 16, 32):
        filled |= filled >> np.uint64(step)
    return np.bitwise_count(filled) - np.uint8(1)


def transposed(words: Words) -> Words:
    """Swap rows and columns.

    Parameters
    ----------
    words : (n, columns) uint64

    Returns
    -------
    (n, SIDE) uint64
        The rows as words, of ``columns`` bits.

    Examples
    --------
    >>> import numpy as np
    >>> transposed(np.array([[0, 6]], dtype=np.uint64))[0, :4].tolist()
    [0, 2, 2, 0]
    >>> transposed(np.zeros((0, 2), dtype=np.uint64)).shape
    (0, 64)
    """
    n, columns = words.shape
    board = np.zeros((n, SIDE), dtype=np.uint64)
    board[:, :columns] = words
    # Squares of 32, 16, 8 ... cells change places with those across the diagonal (Warren, Hacker's
    # Delight, 7-3).
    mask, step = np.uint64(0x00000000FFFFFFFF), 32
    while step:
        pairs = board.reshape(n, SIDE // (2 * step), 2, step)
        low, high = pairs[:, :, 0], pairs[:, :, 1]
        moved = ((low >> np.uint64(step)) ^ high) & mask
        high ^= moved
        low ^= moved << np.uint64(step)
        step //= 2
        mask ^= mask << np.uint64(step) if step else _ONE
    return board
