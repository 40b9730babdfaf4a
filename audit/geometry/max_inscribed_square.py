"""How deep masks are: the largest square of pixels that fits into each, all masks at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, RunArray, Runs, expand_ranges, group_starts, merge_runs


def largest_inscribed_square(runs: Runs) -> IntArray:
    """Measure the side of the largest square of pixels that fits into each mask.

    Parameters
    ----------
    runs : Runs

    Returns
    -------
    (count,) int64
        Pixels; 0 for a mask without pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> largest_inscribed_square(dense_to_runs(np.ones((1, 3, 5), dtype=bool))).tolist()
    [3]
    >>> largest_inscribed_square(no_runs(2)).tolist()
    [0, 0]
    """
    forked = _forked(runs)
    if not forked.any():
        return _of_columns(runs)
    # Most forks are thin: the tallest runs alone hold a square that no other run is as high as.
    side = _of_columns(_tallest(runs))
    rest = runs.keep(forked[runs.mask])
    rest = rest.keep(rest.y1 - rest.y0 > side[rest.mask])
    still = _forked(rest)[rest.mask]
    np.maximum(side, _of_columns(rest.keep(~still)), out=side)
    return np.maximum(side, _of_runs(rest.keep(still)), out=side)


def _forked(runs: Runs) -> NDArray[np.bool_]:
    """Tell which masks have several runs in a column."""
    forked = np.zeros(runs.count, dtype=bool)
    forked[runs.mask[1:][(runs.mask[1:] == runs.mask[:-1]) & (runs.x[1:] == runs.x[:-1])]] = True
    return forked


def _tallest(runs: Runs) -> Runs:
    """Keep the tallest run of each column of each mask."""
    head = np.r_[True, (runs.mask[1:] != runs.mask[:-1]) | (runs.x[1:] != runs.x[:-1])]
    first = np.flatnonzero(head)
    height = runs.y1 - runs.y0
    tallest = np.repeat(np.maximum.reduceat(height, first), np.diff(np.r_[first, len(runs)]))
    chosen = np.flatnonzero(height == tallest)
    column = np.cumsum(head)[chosen]
    return runs.keep(chosen[np.r_[True, column[1:] != column[:-1]]])


def _of_columns(runs: Runs) -> IntArray:
    """Measure masks with at most one run a column.

    A square of side s stands on s neighbouring columns whose lowest begin and highest end are at least
    s apart. For windows of 1, 2, 4 ... columns these are had from two windows of half the size; then
    every mask adds smaller and smaller windows to the largest that holds a square.
    """
    side = np.zeros(runs.count, dtype=np.int64)
    if len(runs) == 0:
        return side
    first = group_starts(runs.mask)
    size = np.diff(np.r_[first, len(runs)])
    own: RunArray = np.ones(len(first), dtype=np.int32)
    room = _columns_ahead(runs)
    # Per window size: the rows that all its columns have, and whether a square fits, by the first column.
    low, high = runs.y0, runs.y1
    windows = [(low, high)]
    fits = [np.ones(len(runs), dtype=bool)]
    step = 1
    while True:
        double = 2 * step
        low, high = np.maximum(low[:-step], low[step:]), np.minimum(high[:-step], high[step:])
        fit = np.zeros(len(runs), dtype=bool)
        fit[: len(low)] = (high - low >= double) & (room[: len(low)] >= double)
        grown = np.logical_or.reduceat(fit, first)
        if not grown.any():
            break
        own[grown] = double
        windows.append((low, high))
        fits.append(fit)
        step = double
    reached = np.repeat(own, size)
    starts = [np.flatnonzero(fit & (reached == 1 << level)) for level, fit in enumerate(fits)]
    side[runs.mask[first]] = _add_windows(own, np.repeat(np.arange(len(own)), size), room, windows, starts)
    return side


def _columns_ahead(runs: Runs) -> RunArray:
    """Count the columns without a gap from each run on, its own included."""
    ends = np.flatnonzero((runs.mask[1:] != runs.mask[:-1]) | (runs.x[1:] != runs.x[:-1] + 1)) + 1
    ends = np.r_[ends, len(runs)].astype(np.int32)
    ahead: RunArray = np.repeat(ends, np.diff(ends, prepend=0))
    ahead -= np.arange(len(runs), dtype=np.int32)
    return ahead


def _add_windows(
    side: RunArray,
    mask: IntArray,
    room: RunArray,
    windows: list[tuple[RunArray, RunArray]],
    starts: list[IntArray],
) -> RunArray:
    """Add windows of half the size and less to the windows of each mask's side, whose squares fit.

    ``starts`` lists, for every window size, where the squares of the masks of this side begin.
    """
    at = np.concatenate([starts[0][:0], *starts[1:]])
    held = [(low[begin], high[begin]) for (low, high), begin in zip(windows, starts, strict=True)]
    top = np.concatenate([held[0][0][:0], *(low for low, _ in held[1:])])
    bottom = np.concatenate([held[0][1][:0], *(high for _, high in held[1:])])
    owner = mask[at]
    for level in range(len(windows) - 2, -1, -1):
        more = 1 << level
        low, high = windows[level]
        own = side[owner]
        wanted = own + more
        tried = np.flatnonzero((own > more) & (np.minimum(bottom - top, room[at]) >= wanted))
        after = at[tried] + own[tried]
        new_top, new_bottom = np.maximum(top[tried], low[after]), np.minimum(bottom[tried], high[after])
        fits = np.flatnonzero(new_bottom - new_top >= wanted[tried])
        if len(fits) == 0:
            continue
        fitting = tried[fits]
        top[fitting], bottom[fitting] = new_top[fits], new_bottom[fits]
        side[owner[fitting]] = wanted[fitting]
        # Masks that grew go on with the places that held the larger square, the others with all of theirs.
        stay = side[owner] == own
        stay[fitting] = True
        kept = np.flatnonzero(stay)
        at, owner, top, bottom = at[kept], owner[kept], top[kept], bottom[kept]
    return side


def _of_runs(runs: Runs) -> IntArray:
    """Measure any masks.

    The corners at which a square of side s + t fits (t <= s) are those at which squares of side s fit
    there, t further right, t further down, and both. So each mask doubles its s while it can, then
    adds halves: about 2 log2(side) steps for all masks together.
    """
    side = np.zeros(runs.count, dtype=np.int64)
    side[runs.mask] = 1
    step = side.copy()
    doubling = side > 0
    corners = runs
    while len(corners):
        grown = _shift_and_meet(corners, step)
        fits = np.zeros(runs.count, dtype=bool)
        fits[grown.mask] = True
        side[fits] += step[fits]
        doubling &= fits
        step = np.where(doubling, side, step // 2)
        old = corners.keep(~fits[corners.mask] & (step[corners.mask] > 0))
        corners = merge_runs(grown.keep(step[grown.mask] > 0), old)
    return side


def _shift_and_meet(runs: Runs, step: IntArray) -> Runs:
    """Intersect each mask with itself moved by its step left, up, and both."""
    by = step[runs.mask]
    y1 = runs.y1 - by
    some = np.flatnonzero(y1 > runs.y0)
    runs, y1, by = runs.keep(some), y1[some], by[some]
    if len(runs) == 0:
        return runs
    tall = np.int64(y1.max()) + 1
    wide = np.int64(runs.x.max()) + 1 + by.max()  # a step never leads into the next mask's columns
    column = (runs.mask * wide + runs.x) * tall
    begin, end = column + runs.y0, column + y1
    first = np.searchsorted(end, begin + by * tall, side="right")
    number = np.searchsorted(begin, end + by * tall, side="left") - first
    i, j = np.repeat(np.arange(len(runs)), number), expand_ranges(first, number)
    y0 = np.maximum(runs.y0[i], runs.y0[j])
    return Runs(runs.mask[i], runs.x[i], y0, np.minimum(y1[i], y1[j]).astype(np.int32), runs.count)
