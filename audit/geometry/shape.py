"""What one mask looks like: size, box, parts, holes, perimeter. All masks at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs, expand_ranges, group_starts

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class ComponentStats:
    """The connected parts of each mask."""

    number: IntArray
    """(count,)"""
    largest: IntArray
    """(count,) pixels of the largest part; 0 where there is none."""
    smallest: IntArray
    """(count,) pixels of the smallest part; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class RunLinks:
    """Which runs of one mask are neighbours: run ``j[k]`` lies one column right of run ``i[k]``."""

    mask: IntArray
    """The mask of both."""
    i: IntArray
    j: IntArray
    rows: IntArray
    """Rows that the two share; 0 = they touch at a corner only."""

    def of(self, kept: NDArray[np.bool_]) -> RunLinks:
        """Select the links between kept runs, numbered as these: all runs of a mask are kept, or none."""
        place = np.cumsum(kept) - 1
        inside = np.flatnonzero(kept[self.i])
        return RunLinks(self.mask[inside], place[self.i[inside]], place[self.j[inside]], self.rows[inside])


def measure_areas(runs: Runs) -> IntArray:
    """Count the pixels of each mask.

    Examples
    --------
    >>> from audit.geometry.runs import no_runs
    >>> measure_areas(no_runs(2)).tolist()
    [0, 0]
    """
    result = np.zeros(runs.count, dtype=np.int64)
    first = group_starts(runs.mask)
    if len(first):
        result[runs.mask[first]] = np.add.reduceat(runs.y1 - runs.y0, first, dtype=np.int64)
    return result


def measure_boxes(runs: Runs) -> IntArray:
    """Give the tight box of each mask.

    Returns
    -------
    (count, 4) int64
        xywh in pixels; zeros for a mask without pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> measure_boxes(dense_to_runs(np.array([[[0, 1], [0, 1]]], dtype=bool))).tolist()
    [[1, 0, 1, 2]]
    >>> measure_boxes(no_runs(1)).tolist()
    [[0, 0, 0, 0]]
    """
    result = np.zeros((runs.count, 4), dtype=np.int64)
    first = group_starts(runs.mask)
    if len(first) == 0:
        return result
    who = runs.mask[first]
    last = np.r_[first[1:], len(runs)] - 1
    top, bottom = np.minimum.reduceat(runs.y0, first), np.maximum.reduceat(runs.y1, first)
    result[who] = np.stack([runs.x[first], top, runs.x[last] - runs.x[first] + 1, bottom - top], axis=1)
    return result


def link_runs(runs: Runs, *, corners: bool = True) -> RunLinks:
    """Find the neighbouring runs of each mask.

    Parameters
    ----------
    runs : Runs
    corners : bool
        Whether runs that touch at a corner only are neighbours (8-connected) or not (4-connected).

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> diagonal = dense_to_runs(np.eye(2, dtype=bool)[None])
    >>> len(link_runs(diagonal).i), len(link_runs(diagonal, corners=False).i)
    (1, 0)
    >>> len(link_runs(no_runs(1)).i)
    0
    """
    if len(runs) == 0:
        none = np.zeros(0, dtype=np.int64)
        return RunLinks(none, none, none, none)
    # Where two neighbouring columns hold one run each, these two are the next in line.
    opens = runs.opens_column
    alone = opens.copy()
    alone[:-1] &= opens[1:]
    beside = (runs.mask[1:] == runs.mask[:-1]) & (runs.x[1:] == runs.x[:-1] + 1)
    plain = beside & alone[:-1] & alone[1:]
    rows = np.minimum(runs.y1[1:], runs.y1[:-1]) - np.maximum(runs.y0[1:], runs.y0[:-1])
    i = np.flatnonzero(plain & (rows >= 0 if corners else rows > 0))
    j, rows = i + 1, rows[i]
    last = np.flatnonzero(beside & ~plain)  # of a column of which, or of whose neighbour, there are several
    if len(last):
        columns = np.flatnonzero(opens)
        first = columns[np.searchsorted(columns, last, side="right") - 1]
        one, other = _search_links(runs, expand_ranges(first, last - first + 1), corners)
        shared = np.minimum(runs.y1[one], runs.y1[other]) - np.maximum(runs.y0[one], runs.y0[other])
        i, j, rows = (np.concatenate(both) for both in ((i, one), (j, other), (rows, shared)))
    return RunLinks(runs.mask[i].astype(np.int64), i, j, rows.astype(np.int64))


def _search_links(runs: Runs, at: IntArray, corners: bool) -> tuple[IntArray, IntArray]:
    """Find the neighbours of some runs in columns that may hold several."""
    tall, wide = np.int64(runs.y1.max()) + 2, np.int64(runs.x.max()) + 2
    column = (runs.mask * wide + runs.x) * tall
    begin, end = column + runs.y0, column + runs.y1
    first = np.searchsorted(end, begin[at] + tall, side="left" if corners else "right")
    number = np.searchsorted(begin, end[at] + tall, side="right" if corners else "left") - first
    return np.repeat(at, number), expand_ranges(first, number)


def measure_perimeters(runs: Runs, near: RunLinks) -> IntArray:
    """Count the unit pixel edges between each mask and the rest of the plane, holes included.

    Parameters
    ----------
    runs : Runs
    near : RunLinks
        Of these runs.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> runs = dense_to_runs(np.ones((1, 2, 3), dtype=bool))
    >>> measure_perimeters(runs, link_runs(runs)).tolist()
    [10]
    >>> measure_perimeters(no_runs(1), link_runs(no_runs(1))).tolist()
    [0]
    """
    inner = np.bincount(near.mask, weights=near.rows, minlength=runs.count).astype(np.int64)
    return 2 * (runs.number + measure_areas(runs) - inner)


def measure_components(runs: Runs, near: RunLinks) -> ComponentStats:
    """Find the connected parts of each mask.

    A mask with one run more than links between runs, all in a chain, is one part; only the others
    need a search.

    Parameters
    ----------
    runs : Runs
    near : RunLinks
        Of these runs; decides what is connected.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> runs = dense_to_runs(np.array([[[1, 1, 0, 1]]], dtype=bool))
    >>> found = measure_components(runs, link_runs(runs))
    >>> found.number.tolist(), found.largest.tolist(), found.smallest.tolist()
    ([2], [2], [1])
    >>> measure_components(no_runs(1), link_runs(no_runs(1))).number.tolist()
    [0]
    """
    size = measure_areas(runs)
    number = (size > 0).astype(np.int64)
    largest, smallest = size.copy(), size.copy()
    chain = np.zeros(runs.count, dtype=bool)
    chain[_chained(runs, near)] = True
    chain |= runs.number <= 1
    hard = ~chain[runs.mask]
    if hard.any():
        _, part_size, part_mask = label_components(runs.keep(hard), near.of(hard))
        np.copyto(number, np.bincount(part_mask, minlength=runs.count), where=~chain)
        first = group_starts(part_mask)
        who = part_mask[first]
        largest[who] = np.maximum.reduceat(part_size, first)
        smallest[who] = np.minimum.reduceat(part_size, first)
    return ComponentStats(number, largest, smallest)


def _chained(runs: Runs, near: RunLinks) -> IntArray:
    """Return the masks whose every run but the last is linked to the very next run."""
    steps = np.bincount(near.mask[np.flatnonzero(near.j == near.i + 1)], minlength=runs.count)
    return np.flatnonzero(steps == runs.number - 1)


def label_components(runs: Runs, near: RunLinks) -> tuple[IntArray, IntArray, IntArray]:
    """Number the connected parts of all masks.

    Parameters
    ----------
    runs : Runs
    near : RunLinks
        Of these.

    Returns
    -------
    part : (r,) int64
        Part of each run; parts are numbered mask by mask.
    size : (parts,) int64
        Pixels.
    mask : (parts,) int64
        The mask that the part belongs to, ascending.

    Examples
    --------
    >>> from audit.geometry.runs import no_runs
    >>> [len(v) for v in label_components(no_runs(1), link_runs(no_runs(1)))]
    [0, 0, 0]
    """
    # Runs that follow each other are joined first: only where a mask forks is there a graph to search.
    next_in_line = near.j == near.i + 1
    joined = np.zeros(len(runs), dtype=bool)
    joined[near.j[next_in_line]] = True
    opens = ~joined
    first, chain = np.flatnonzero(opens), np.cumsum(opens) - 1
    fork = np.flatnonzero(~next_in_line)
    root = _lowest_connected(chain[near.i[fork]], chain[near.j[fork]], len(first))
    leads = root == np.arange(len(first))
    begin = np.flatnonzero(leads)
    part = (np.cumsum(leads) - 1)[root][chain]
    size = np.bincount(part, weights=runs.y1 - runs.y0, minlength=len(begin)).astype(np.int64)
    return part, size, runs.mask[first[begin]].astype(np.int64)


def _lowest_connected(one: IntArray, other: IntArray, count: int) -> IntArray:
    """Find for each of ``count`` things the lowest one that links lead to.

    Every root is hooked to the lowest root that a link leads to, then all paths are made short
    (Shiloach and Vishkin, 1982): some rounds for all things together. scipy's ``connected_components``
    does the same, but a call costs more than a block of masks has forks.
    """
    root = np.arange(count)
    while True:
        a, b = root[one], root[other]
        open_ = np.flatnonzero(a != b)
        if len(open_) == 0:
            return root
        one, other, a, b = one[open_], other[open_], a[open_], b[open_]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(root, above := root[root]):
            root = above


def find_holes(runs: Runs, near: RunLinks, found: ComponentStats) -> tuple[Runs, ComponentStats]:
    """Find the holes of each mask: 4-connected background that the mask encloses.

    The number of holes follows from Euler's formula (parts - holes = runs - links for 8-connected
    runs), so only masks that have one are looked into.

    Parameters
    ----------
    runs : Runs
    near : RunLinks
        With corners.
    found : ComponentStats
        Of these runs and links.

    Returns
    -------
    holes : Runs
        The pixels of all holes of each mask.
    parts : ComponentStats
        How many holes, the largest, the smallest.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> ring = np.ones((1, 3, 3), dtype=bool)
    >>> ring[0, 1, 1] = False
    >>> runs = dense_to_runs(ring)
    >>> inside, number = find_holes(runs, link_runs(runs), measure_components(runs, link_runs(runs)))
    >>> inside.x.tolist(), number.number.tolist()
    ([1], [1])
    >>> none, near = no_runs(0), link_runs(no_runs(0))
    >>> len(find_holes(none, near, measure_components(none, near))[0])
    0
    """
    n = runs.count
    number = found.number - (runs.number - np.bincount(near.mask, minlength=n))
    rest = _background(runs.keep(number[runs.mask] > 0))
    part, size, owner = label_components(rest, link_runs(rest, corners=False))
    outside = np.zeros(len(size), dtype=bool)
    outside[part[group_starts(rest.mask)]] = True
    inside = rest.keep(~outside[part])
    inside = Runs(inside.mask, inside.x - 1, inside.y0 - 1, inside.y1 - 1, n)
    size, owner = size[~outside], owner[~outside]
    largest, smallest = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    first = group_starts(owner)
    if len(first):
        largest[owner[first]] = np.maximum.reduceat(size, first)
        smallest[owner[first]] = np.minimum.reduceat(size, first)
    return inside, ComponentStats(number, largest, smallest)


def _background(runs: Runs) -> Runs:
    """Return what each mask leaves free of its box grown by one pixel, moved by (1, 1)."""
    if len(runs) == 0:
        return runs
    box = measure_boxes(runs)
    who = np.flatnonzero(box[:, 2])
    wide = np.zeros(runs.count, dtype=np.int64)
    wide[who] = box[who, 2] + 2
    first = np.cumsum(wide) - wide
    # Box columns of all masks in a line; a column with k runs leaves k + 1 free strips, which begin at
    # the box's top or a run's end, and end at a run's begin or the box's bottom.
    column = first[runs.mask] + runs.x - box[runs.mask, 0] + 1
    before = np.r_[0, np.cumsum(np.bincount(column, minlength=int(wide.sum())))]
    mask = np.repeat(np.arange(runs.count), wide)
    number = np.arange(len(mask))
    begin = np.empty(len(mask) + len(runs), dtype=np.int64)
    end = np.empty_like(begin)
    slot = column + np.arange(len(runs))
    begin[number + before[:-1]], begin[slot + 1] = box[mask, 1], runs.y1 + 1
    end[slot], end[number + before[1:]] = runs.y0 + 1, box[mask, 1] + box[mask, 3] + 2
    strips = np.diff(before) + 1
    x = np.repeat(number - first[mask] + box[mask, 0], strips)
    at = (np.repeat(mask, strips), x, begin, end)
    owner, across, y0, y1 = (v.astype(np.int32) for v in at)
    return Runs(owner, across, y0, y1, runs.count)


def hash_masks(runs: Runs) -> NDArray[np.uint64]:
    """Hash the pixels of each mask: equal masks at equal places have equal hashes.

    The sum over a mask's runs of a 64-bit mix (the finaliser of SplitMix64; Steele et al., 2014) of
    each run's place and length.

    Returns
    -------
    (count,) uint64
        0 for a mask without pixels, and only for one.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> one, two = hash_masks(dense_to_runs(np.ones((2, 2, 2), dtype=bool))).tolist()
    >>> one == two
    True
    >>> hash_masks(no_runs(1)).tolist()
    [0]
    """
    result = np.zeros(runs.count, dtype=np.uint64)
    first = group_starts(runs.mask)
    if len(first) == 0:
        return result
    place = (runs.x.astype(np.uint64) << np.uint64(20)) + runs.y0.astype(np.uint64)
    mixed = mix_bits(mix_bits(place + _GOLDEN) + runs.y1.astype(np.uint64))
    total = np.add.reduceat(mixed, first)
    result[runs.mask[first]] = np.where(total == 0, np.uint64(1), total)
    return result


def mix_bits(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit numbers one to one (SplitMix64's finaliser).

    Examples
    --------
    >>> import numpy as np
    >>> mix_bits(np.zeros(1, dtype=np.uint64)).tolist()
    [0]
    >>> len(mix_bits(np.zeros(0, dtype=np.uint64)))
    0
    """
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
