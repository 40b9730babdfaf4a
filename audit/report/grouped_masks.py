"""Masks of findings taken together, and the pixels that they share; no group costs more than a page shows.

A mask that is noise has millions of runs, and a page may have hundreds of findings about it. So only columns
are looked at in which something can be shared, and where these are too many, the largest groups are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.geometry.ranges import expand_ranges
from audit.geometry.runs import Runs

IntArray = NDArray[np.int64]
MAX_GROUPED_RUNS = 2**21
"""Runs of all groups of a page together; a page of a hundred findings has a hundredth of them."""


def group_masks(runs: Runs, groups: Sequence[Sequence[int]], max_runs: int = MAX_GROUPED_RUNS) -> Runs:
    """Collect the runs of several masks a group: group g becomes mask g.

    Parameters
    ----------
    runs : Runs
    groups : sequence of sequence of int
        Masks of each group.
    max_runs : int
        Of all groups; above, the largest groups get none.

    Returns
    -------
    Runs
        Of ``len(groups)`` masks; runs of one group may overlap and are in no order within it.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> pixel = dense_to_runs(np.ones((1, 1, 1), dtype=bool))
    >>> group_masks(pixel, [(), (0,)]).mask.tolist()
    [1]
    >>> len(group_masks(pixel, []))
    0
    """
    members = np.array([mask for group in groups for mask in group], dtype=np.int64)
    group_of_member = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return _collect(
        runs, group_of_member, runs.start[members], runs.start[members + 1], len(groups), max_runs
    )


def find_group_overlaps(
    runs: Runs, groups: Sequence[Sequence[int]], max_runs: int = MAX_GROUPED_RUNS
) -> Runs:
    """Find the pixels that at least two masks of a group cover.

    Parameters
    ----------
    runs : Runs
    groups : sequence of sequence of int
        Masks of each group.
    max_runs : int
        That are looked at; above, the largest groups share nothing.

    Returns
    -------
    Runs
        Of ``len(groups)`` masks, as of `find_shared_pixels`.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> two = dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> find_group_overlaps(two, [(0,), (0, 1)]).x.tolist()
    [1]
    >>> len(find_group_overlaps(two, []))
    0
    """
    first, end = _column_ranges(runs)
    members, group_of_member, from_column, to_column = [], [], [], []
    for number, group in enumerate(groups):
        drawn = [mask for mask in group if first[mask] < end[mask]]
        if len(drawn) > 1:
            members += drawn
            group_of_member += [number] * len(drawn)
            # A pixel of two masks is in no column before the second of them begins.
            from_column += [sorted(first[mask] for mask in drawn)[1]] * len(drawn)
            to_column += [sorted(end[mask] for mask in drawn)[-2]] * len(drawn)
    chosen = find_columns(runs, np.array(members, dtype=np.int64), np.array(from_column), np.array(to_column))
    grouped = _collect(
        runs, np.array(group_of_member, dtype=np.int64), *chosen, n_groups=len(groups), max_runs=max_runs
    )
    return find_shared_pixels(grouped)


def find_columns(
    runs: Runs, masks: IntArray, from_column: IntArray, to_column: IntArray
) -> tuple[IntArray, IntArray]:
    """Find the runs of some masks that lie in some columns; they are neighbours.

    Parameters
    ----------
    runs : Runs
        Sorted by mask and column.
    masks : (n,) int64
    from_column, to_column : (n,) int64
        First column, and the one after the last, for each.

    Returns
    -------
    (n,) int64, (n,) int64
        First run, and the one after the last.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> line = dense_to_runs(np.ones((1, 1, 9), dtype=bool))
    >>> find_columns(line, np.array([0]), np.array([2]), np.array([5]))
    (array([2]), array([5]))
    >>> find_columns(line, *(np.zeros(0, dtype=np.int64),) * 3)[0].tolist()
    []
    """
    if not len(runs) or not len(masks):
        nothing = np.zeros(len(masks), dtype=np.int64)
        return nothing, nothing
    low, high = int(runs.x.min()), int(runs.x.max()) + 1
    n_columns = high - low + 1
    places = runs.mask.astype(np.int64) * n_columns + (runs.x - low)
    first, end = (
        np.searchsorted(places, masks * n_columns + np.clip(column - low, 0, high - low)).astype(np.int64)
        for column in (from_column, to_column)
    )
    return first, np.maximum(first, end)


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
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> two = dense_to_runs(np.array([[[1], [1], [0]], [[0], [1], [1]]], dtype=bool))
    >>> both = find_shared_pixels(group_masks(two, [(0, 1)]))
    >>> both.y0.tolist(), both.y1.tolist()
    ([1], [2])
    >>> len(find_shared_pixels(no_runs(0)))
    0
    """
    run_masks = np.tile(runs.mask, 2)
    run_columns = np.tile(runs.x, 2)
    run_ends = np.concatenate([runs.y0, runs.y1])
    # +1 where a run begins, -1 where it ends: the sum so far is how many runs lie over a pixel.
    depth_steps = np.repeat([1, -1], len(runs))
    sort_order = np.lexsort((run_ends, run_columns, run_masks))
    run_masks, run_columns, run_ends = run_masks[sort_order], run_columns[sort_order], run_ends[sort_order]
    cover_depth = np.cumsum(depth_steps[sort_order])
    shared_stretches = np.flatnonzero((cover_depth[:-1] >= 2) & (run_ends[:-1] < run_ends[1:]))
    return Runs(
        run_masks[shared_stretches],
        run_columns[shared_stretches],
        run_ends[shared_stretches],
        run_ends[shared_stretches + 1],
        runs.count,
    )


def _column_ranges(runs: Runs) -> tuple[list[int], list[int]]:
    """Return the first column of each mask, and the one after its last; 0 and 0 of an empty one."""
    has_runs = runs.number > 0
    first, end = np.zeros((2, runs.count), dtype=np.int64)
    first[has_runs] = runs.x[runs.start[:-1][has_runs]]
    end[has_runs] = runs.x[runs.start[1:][has_runs] - 1] + 1
    return first.tolist(), end.tolist()


def _collect(
    runs: Runs, group_of_member: IntArray, first: IntArray, end: IntArray, n_groups: int, max_runs: int
) -> Runs:
    """Collect stretches of runs, each of a member of a group, while they are affordable."""
    n_runs = end - first
    group_sizes = np.zeros(n_groups, dtype=np.int64)
    np.add.at(group_sizes, group_of_member, n_runs)
    smallest_first = np.argsort(group_sizes, kind="stable")
    is_affordable = np.zeros(n_groups, dtype=bool)
    is_affordable[smallest_first] = np.cumsum(group_sizes[smallest_first]) <= max_runs
    n_runs = np.where(is_affordable[group_of_member], n_runs, 0)
    chosen = expand_ranges(first, n_runs)
    mask = np.repeat(group_of_member.astype(np.int32), n_runs)
    return Runs(mask, runs.x[chosen], runs.y0[chosen], runs.y1[chosen], n_groups)
