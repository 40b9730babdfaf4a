"""The columns of tiles as spans of rows: what sums over cells are worked out from, without a cell.

Nearly every column of a shape is one span; the few others are listed apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.bitmask_tiles import Floats, Tiles
from audit.geometry.runs import IntArray, group_starts

_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True)
class Spans:
    """The cells of some tiles.

    Rows are whole numbers, kept as float32: all sums of them stay below 2 ** 24 and so are exact,
    whatever their order.
    """

    low: Floats
    """(n, columns) first row of the first span of each column; SIDE where there is none."""
    high: Floats
    """(n, columns) the row after its last."""
    tile: IntArray
    """(k,) tile of each further span, ascending."""
    column: IntArray
    """(k,) its column."""
    more_low: Floats
    """(k,) its first row."""
    more_high: Floats
    """(k,) the row after its last."""

    def totals(self) -> NDArray[np.float64]:
        """Sum over the cells of each tile: (n, 6) of 1, x, xx, y, xy and yy."""
        return self._totals(self.high, self.more_high)

    def totals_above(self, row: Floats) -> NDArray[np.float64]:
        """Sum over the cells above a row of each column.

        Parameters
        ----------
        row : (k, n, columns) float32
            Whole numbers: k rows for each column.

        Returns
        -------
        (k, n, 6) float64
        """
        cut: Floats = np.maximum(row, self.low)
        np.minimum(cut, self.high, out=cut)
        more = np.clip(row[:, self.tile, self.column], self.more_low, self.more_high)
        return self._totals(cut, more)

    def _totals(self, row: Floats, more: Floats) -> NDArray[np.float64]:
        """Sum up from where the spans begin to before a row of each."""
        across = np.arange(self.low.shape[1], dtype=np.float32)
        by_x = np.stack([np.ones_like(across), across, across * across], axis=1)
        ones, y, yy = (after - first for after, first in zip(_sums(row), _sums(self.low), strict=True))
        total = np.empty((*row.shape[:-1], 6))
        total[..., :3] = ones @ by_x
        total[..., 3:5] = y @ by_x[:, :2]
        total[..., 5] = yy.sum(axis=-1)
        if len(self.tile):
            parts = zip(_sums(more), _sums(self.more_low), strict=True)
            ones, y, yy = (after - first for after, first in parts)
            by_x = by_x[self.column]
            values = [ones * by_x[:, 0], ones * by_x[:, 1], ones * by_x[:, 2], y, y * by_x[:, 1], yy]
            first = group_starts(self.tile)
            sums = np.add.reduceat(np.stack(values, axis=-1), first, axis=-2)
            total[..., self.tile[first], :] += sums
        return total

    def between(self, first: Floats, after: Floats) -> Floats:
        """Count the cells of each tile from one row of each column to before another one.

        Parameters
        ----------
        first, after : (n, columns) float32
            Whole numbers.
        """
        inside = np.minimum(after, self.high)
        inside -= np.maximum(first, self.low)
        number: Floats = np.maximum(inside, 0, out=inside).sum(axis=1)
        if len(self.tile):
            at = self.tile, self.column
            more = np.minimum(after[at], self.more_high) - np.maximum(first[at], self.more_low)
            number += np.bincount(self.tile, np.maximum(more, 0), minlength=len(number))
        return number


def find_spans(words: Tiles) -> Spans:
    """Read the spans of tiles.

    Parameters
    ----------
    words : (n, columns) uint64

    Examples
    --------
    >>> found = find_spans(np.array([[6, 11]], dtype=np.uint64))
    >>> found.low.tolist(), found.high.tolist(), found.more_low.tolist(), found.more_high.tolist()
    ([[1.0, 0.0]], [[3.0, 2.0]], [3.0], [4.0])
    >>> found.totals()[0].tolist()
    [5.0, 3.0, 3.0, 7.0, 4.0, 15.0]
    >>> find_spans(np.zeros((0, 2), dtype=np.uint64)).totals().shape
    (0, 6)
    """
    low, high, rest = _first(words)
    none = np.zeros(0, dtype=np.uint8)
    places, firsts, afters = [np.zeros(0, dtype=np.int64)], [none], [none]
    at = np.flatnonzero(rest)
    left = rest.ravel()[at]
    while len(at):
        first, after, left = _first(left)
        places.append(at)
        firsts.append(first)
        afters.append(after)
        at, left = at[left != 0], left[left != 0]
    where = np.concatenate(places)
    order = np.argsort(where, kind="stable")
    tile, column = np.divmod(where[order], words.shape[1])
    further = (np.concatenate(v)[order].astype(np.float32) for v in (firsts, afters))
    return Spans(low.astype(np.float32), high.astype(np.float32), tile, column, *further)


def _first(words: Tiles) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Tiles]:
    """Find the first span of each word: first row, row after the last, and what else the word holds."""
    lowest = words & (~words + _ONE)
    # The carry runs through the span and ends in the row after it.
    carried = words + lowest
    low = np.bitwise_count(lowest - _ONE)
    high = np.bitwise_count((carried & (~carried + _ONE)) - _ONE)
    return low, high, words & carried


def _sums(row: Floats) -> tuple[Floats, Floats, Floats]:
    """Count all rows above each row, and sum their numbers and the squares of these."""
    y: Floats = row - 1
    y *= row
    y *= np.float32(0.5)
    yy: Floats = row * 2
    yy -= 1
    yy *= y
    yy *= np.float32(1 / 3)
    return row, y, np.rint(yy, out=yy)
