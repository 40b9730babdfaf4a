"""How far apart the parts of one mask lie: one object that is cut in two, or several. All masks at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.geometry.runs import IntArray, Runs, expand_ranges, split_batches
from audit.geometry.shape import ComponentStats, RunLinks, label_components

LARGE_SHARE = 0.1
"""Share of a mask's pixels from which on a part counts; so a mask has at most ten that do."""

_FAN = 8
"""Blocks of runs that are united into the next larger block."""
_BATCH = 1 << 12
"""Pairs of parts looked at together."""


def measure_component_gaps(runs: Runs, near: RunLinks, found: ComponentStats) -> IntArray:
    """Measure the widest gap that has to be crossed to join the large parts of each mask.

    That is the longest edge of the minimum spanning tree over the parts with at least `LARGE_SHARE`
    of the mask's pixels. Masks of one part cost nothing.

    Parameters
    ----------
    runs : Runs
    near : RunLinks
        Of these runs, with corners.
    found : ComponentStats
        Of these runs and links.

    Returns
    -------
    (count,) int64
        Pixels between the parts, counted as a king moves (Chebyshev distance - 1); 0 where there are
        fewer than two large parts.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> from audit.geometry.shape import link_runs, measure_components
    >>> runs = dense_to_runs(np.array([[[1, 1, 0, 0, 1, 0, 1]]], dtype=bool))
    >>> measure_component_gaps(runs, link_runs(runs), measure_components(runs, link_runs(runs))).tolist()
    [2]
    >>> runs = no_runs(1)
    >>> measure_component_gaps(runs, link_runs(runs), measure_components(runs, link_runs(runs))).tolist()
    [0]
    """
    result = np.zeros(runs.count, dtype=np.int64)
    chosen = (found.number > 1)[runs.mask]
    if not chosen.any():
        return result
    several = runs.keep(chosen)
    part, size, owner = label_components(several, near.of(chosen))
    large = np.flatnonzero(size >= LARGE_SHARE * np.bincount(owner, weights=size)[owner])
    a, b = _pairs(owner[large])
    blocks = _Blocks.of(several, part, len(size))
    gap = np.zeros(len(a), dtype=np.int64)
    for some in split_batches(np.ones(len(a), dtype=np.int64), _BATCH):
        gap[some] = blocks.gaps(large[a[some]], large[b[some]])
    return _widest(gap, a, b, owner[large], result)


def _pairs(owner: IntArray) -> tuple[IntArray, IntArray]:
    """List every two positions with one owner; owners ascend."""
    number = np.searchsorted(owner, owner, side="right") - np.arange(1, len(owner) + 1)
    return np.repeat(np.arange(len(owner)), number), expand_ranges(np.arange(1, len(owner) + 1), number)


def _widest(gap: IntArray, a: IntArray, b: IntArray, owner: IntArray, result: IntArray) -> IntArray:
    """Fill in the longest edge of each owner's spanning tree over its parts ``a`` and ``b``.

    The trees grow together, each by its nearest part (Prim's algorithm): as many steps as a mask has
    large parts, which are ten at most.
    """
    place = np.arange(len(owner)) - np.searchsorted(owner, owner)
    masks, tree = np.unique(owner, return_inverse=True)
    size = int(place.max(initial=0)) + 1
    far = np.iinfo(np.int64).max
    distance = np.full((len(masks), size, size), far)
    distance[tree[a], place[a], place[b]] = distance[tree[b], place[b], place[a]] = gap
    rows, inside = np.arange(len(masks)), np.zeros((len(masks), size), dtype=bool)
    inside[:, 0] = True
    nearest = distance[:, 0]
    for _ in range(size - 1):
        outside = np.where(inside, far, nearest)
        new = outside.argmin(axis=1)
        step = outside[rows, new]
        more = step < far
        result[masks[more]] = np.maximum(result[masks[more]], step[more])
        inside[rows, new] = True
        nearest = np.minimum(nearest, distance[rows, new])
    return result


@dataclass(frozen=True, slots=True)
class _Level:
    """Boxes of blocks of neighbouring runs; a block of the next level holds `_FAN` of these."""

    start: IntArray
    """(parts + 1,) where the blocks of each part begin."""
    box: IntArray
    """(4, blocks) left, right, top, bottom; right and bottom are the first outside."""
    first: IntArray
    """(4, blocks) the same of one run of each block."""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The runs of parts, then larger and larger blocks of them, up to one block a part."""

    levels: list[_Level]

    @staticmethod
    def of(runs: Runs, part: IntArray, count: int) -> _Blocks:
        """Sort runs by part and unite them."""
        order = np.argsort(part, kind="stable")
        x, y0, y1 = (v[order].astype(np.int64) for v in (runs.x, runs.y0, runs.y1))
        start = np.searchsorted(part[order], np.arange(count + 1))
        box = np.stack([x, x + 1, y0, y1])
        levels = [_Level(start, box, box)]
        while (size := np.diff(start)).max() > 1:
            above = np.r_[0, np.cumsum(-(-size // _FAN))]
            head = np.repeat(start[:-1] - _FAN * above[:-1], np.diff(above)) + _FAN * np.arange(above[-1])
            (left, top), (right, bottom) = (
                np.minimum.reduceat(box[::2], head, axis=1),
                np.maximum.reduceat(box[1::2], head, axis=1),
            )
            box = np.stack([left, right, top, bottom])
            levels.append(_Level(above, box, levels[-1].first[:, head]))
            start = above
        return _Blocks(levels)

    def gaps(self, a: IntArray, b: IntArray) -> IntArray:
        """Measure the gaps between parts: only blocks that may hold the nearest runs are looked into."""
        top = self.levels[-1]
        nearest = _gap(top.first[:, a], top.first[:, b])
        pair, one, other = np.arange(len(a)), a, b
        for level, above in zip(self.levels[-2::-1], self.levels[:0:-1], strict=True):
            pair, one, other = _split(level, above, a, b, pair, one, other)
            np.minimum.at(nearest, pair, _gap(level.first[:, one], level.first[:, other]))
            kept = np.flatnonzero(_gap(level.box[:, one], level.box[:, other]) < nearest[pair])
            pair, one, other = pair[kept], one[kept], other[kept]
        return nearest


def _split(
    level: _Level, above: _Level, a: IntArray, b: IntArray, pair: IntArray, one: IntArray, other: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Replace pairs of blocks of the level above by all pairs of their blocks in this level."""

    def children(block: IntArray, part: IntArray) -> tuple[IntArray, IntArray]:
        first = level.start[part] + _FAN * (block - above.start[part])
        return first, np.minimum(first + _FAN, level.start[part + 1]) - first

    first, number = children(one, a[pair])
    one = expand_ranges(first, number)
    pair, other = np.repeat(pair, number), np.repeat(other, number)
    first, number = children(other, b[pair])
    return np.repeat(pair, number), np.repeat(one, number), expand_ranges(first, number)


def _gap(one: IntArray, other: IntArray) -> IntArray:
    """Count the pixels between boxes, as a king moves; 0 where they touch or overlap."""
    across = np.maximum(one[0], other[0]) - np.minimum(one[1], other[1])
    down = np.maximum(one[2], other[2]) - np.minimum(one[3], other[3])
    gap: IntArray = np.maximum(np.maximum(across, down), 0)
    return gap
