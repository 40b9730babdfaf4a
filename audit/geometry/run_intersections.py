"""Which runs of two masks meet: the step that overlaps and contacts are measured by.

Pairs of masks are given; for each, the runs of one mask are looked up in the columns of the other. Most
masks have one run in every column of their box, so that a run's partner is found by counting columns;
only where both masks have forks or gaps it is searched for. Memory is bounded by batches of pairs, not
by the number of pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs, expand_ranges, split_batches

MAX_REACH = 8
"""Rows by which runs that count as meeting may miss each other at most."""

_BATCH = 1 << 16
"""Runs looked up together: few enough that what is found of them stays in the cache."""
_SEARCH = 8
"""A binary search costs as much as so many look-ups by column."""


@dataclass(frozen=True, slots=True)
class IndexedRuns:
    """Runs with what is needed to find those of one mask and column."""

    runs: Runs
    start: IntArray
    """(count + 1,) where each mask's runs begin."""
    first: IntArray
    """(count,) first column of each mask; 0 where it has no pixels."""
    last: IntArray
    """(count,) last column of each mask; -1 where it has no pixels."""
    plain: NDArray[np.bool_]
    """(count,) masks with exactly one run in every column from the first to the last."""
    wide: int
    """Columns that every mask has room for on the line of all masks' columns."""
    tall: int
    """Rows that every column has room for, `MAX_REACH` of them below its last run."""
    begin: IntArray
    """(r,) ascending: place of each run's first row on the line of all columns."""
    end: IntArray
    """(r,) ascending: place of the row after its last."""

    @staticmethod
    def of(runs: Runs) -> IndexedRuns:
        """Index the columns of runs.

        Examples
        --------
        >>> from audit.geometry.runs import no_runs
        >>> IndexedRuns.of(no_runs(2)).last.tolist()
        [-1, -1]
        """
        start = runs.start
        size = np.diff(start)
        some = np.flatnonzero(size)
        first, last = np.zeros(runs.count, dtype=np.int64), np.full(runs.count, -1)
        first[some], last[some] = runs.x[start[some]], runs.x[start[some + 1] - 1]
        plain = last - first + 1 == size
        same = runs.mask[1:] == runs.mask[:-1]
        plain[runs.mask[1:][same & (runs.x[1:] == runs.x[:-1])]] = False
        wide = int(last.max(initial=0)) + 1
        tall = int(runs.y1.max(initial=0)) + MAX_REACH
        column = (runs.mask * np.int64(wide) + runs.x) * tall
        return IndexedRuns(runs, start, first, last, plain, wide, tall, column + runs.y0, column + runs.y1)

    def runs_in(self, mask: IntArray, low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
        """Return where the runs of each mask in columns low <= x < high begin, and how many they are.

        Parameters
        ----------
        mask : (k,) int64
        low, high : (k,) int64
            Columns.
        """
        # A plain mask has one run in every column, so that counting finds it; the others are searched.
        begin, size = self.start[mask] + low - self.first[mask], high - low
        forked = np.flatnonzero(~self.plain[mask])
        if len(forked):
            column = mask[forked] * self.wide
            begin[forked] = np.searchsorted(self.begin, (column + low[forked]) * self.tall)
            size[forked] = np.searchsorted(self.begin, (column + high[forked]) * self.tall) - begin[forked]
        return begin, size


@dataclass(frozen=True, slots=True)
class RunIntersections:
    """Runs of some pairs that meet; sorted by pair, then by the place of the rows that they share."""

    pairs: IntArray
    """(p,) positions of the pairs looked at."""
    which: IntArray
    """(m,) position in ``pairs`` of each meeting, ascending."""
    i: IntArray
    """(m,) run of ``one``."""
    j: IntArray
    """(m,) run of ``other``."""


def intersect_runs(
    one: IndexedRuns,
    other: IndexedRuns,
    a: IntArray,
    b: IntArray,
    shift: IntArray | None = None,
    reach: int = 0,
) -> Iterator[RunIntersections]:
    """Find the runs of masks ``a`` of ``one`` and ``b`` of ``other`` that share rows, or nearly.

    Parameters
    ----------
    one, other : IndexedRuns
    a, b : (p,) int64
        Pairs: masks of ``one`` and of ``other``.
    shift : (p,) int64, optional
        How many columns further right the runs of ``b`` lie; 0 where it is left out.
    reach : int
        Rows by which they may miss each other, at most `MAX_REACH`: 0 = they share a row, 1 = they touch.

    Yields
    ------
    RunIntersections
        In batches of pairs; together every pair at most once.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> indexed = IndexedRuns.of(dense_to_runs(np.ones((2, 1, 3), dtype=bool)))
    >>> [m.i.tolist() for m in intersect_runs(indexed, indexed, np.array([0]), np.array([1]))]
    [[0, 1, 2]]
    >>> list(intersect_runs(indexed, indexed, np.array([], dtype=int), np.array([], dtype=int)))
    []
    """
    if shift is None:
        shift = np.zeros(len(a), dtype=np.int64)
    low = np.maximum(one.first[a], other.first[b] - shift)
    high = np.minimum(one.last[a], other.last[b] - shift) + 1
    side_by_side = np.flatnonzero(low < high)
    a, b, low, high, shift = (v[side_by_side] for v in (a, b, low, high, shift))
    begin_a, size_a = one.runs_in(a, low, high)
    begin_b, size_b = other.runs_in(b, low + shift, high + shift)
    in_b = other.plain[b] & (one.plain[a] | (size_a <= _SEARCH * size_b))
    in_a = ~in_b & one.plain[a] & (size_b <= _SEARCH * size_a)
    rest = ~in_b & ~in_a
    fewer_in_a = size_a <= size_b
    for look_up, in_other, in_one in (
        (_count, in_b, in_a),
        (_search, rest & fewer_in_a, rest & ~fewer_in_a),
    ):
        for chosen, begin, size in _cut(in_other, begin_a, size_a):
            met, i, j = look_up(one, begin, size, other, b[chosen], shift[chosen], reach)
            yield RunIntersections(side_by_side[chosen], met, i, j)
        for chosen, begin, size in _cut(in_one, begin_b, size_b):
            met, j, i = look_up(other, begin, size, one, a[chosen], -shift[chosen], reach)
            yield RunIntersections(side_by_side[chosen], met, i, j)


def _cut(
    chosen: NDArray[np.bool_], begin: IntArray, size: IntArray
) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Cut the chosen pairs, with where their runs begin and how many there are, into batches."""
    where = np.flatnonzero(chosen)
    begin, size = begin[where], size[where]
    for part in split_batches(size, _BATCH):
        yield where[part], begin[part], size[part]


_Found = tuple[IntArray, IntArray, IntArray]
"""Position of the pair (ascending), its run, and the partner of that."""


def _count(
    one: IndexedRuns, begin: IntArray, size: IntArray,
    other: IndexedRuns, mask: IntArray, shift: IntArray, reach: int,
) -> _Found:  # fmt: skip
    """Find the partners in plain masks: the run of the right column is the only one there.

    Of each pair, the runs ``begin ... begin + size - 1`` of one mask look for partners in ``mask``.
    """
    i = expand_ranges(begin, size)
    j = one.runs.x[i] + np.repeat(other.start[mask] - other.first[mask] + shift, size)
    top = np.maximum(one.runs.y0[i], other.runs.y0[j])
    bottom = np.minimum(one.runs.y1[i], other.runs.y1[j])
    met = np.flatnonzero(top < bottom + reach if reach else top < bottom)
    which = np.repeat(np.arange(len(size)), size)
    return which[met], i[met], j[met].astype(np.int64, copy=False)


def _search(
    one: IndexedRuns, begin: IntArray, size: IntArray,
    other: IndexedRuns, mask: IntArray, shift: IntArray, reach: int,
) -> _Found:  # fmt: skip
    """Find the partners in any masks by binary search."""
    i = expand_ranges(begin, size)
    column = (np.repeat(mask * other.wide + shift, size) + one.runs.x[i]) * other.tall
    # A run is longer by the reach, but never so long that it comes near another column.
    top = np.minimum(one.runs.y0[i] - reach, other.tall - MAX_REACH)
    bottom = np.minimum(one.runs.y1[i] + reach, other.tall)
    first = np.searchsorted(other.end, column + top, side="right")
    number = np.searchsorted(other.begin, column + bottom) - first
    which = np.repeat(np.arange(len(size)), size)
    return np.repeat(which, number), np.repeat(i, number), expand_ranges(first, number)
