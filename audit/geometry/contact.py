"""Which masks lie close together without overlapping: their gap and the border they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.geometry.overlap import Layout, Overlaps
from audit.geometry.runs import IntArray, Runs, expand

MAX_GAP = 2
"""Pixels between two masks up to which they count as close."""

_REACH = MAX_GAP + 1
_CHUNK = 2_000_000


@dataclass(frozen=True, slots=True)
class Contacts:
    """Pairs of masks that do not overlap but lie at most `MAX_GAP` pixels apart, sorted by (a, b)."""

    a: IntArray
    b: IntArray
    """b > a."""
    gap: IntArray
    """Pixels between the two, counted as a king moves (Chebyshev distance - 1): 0 = neighbours."""
    contact: IntArray
    """Unit pixel edges with a on one side and b on the other."""

    def __len__(self) -> int:
        return len(self.a)


def contacts(runs: Runs, image: IntArray, boxes: IntArray, known: Overlaps) -> Contacts:
    """Find every pair of masks of one image that are close but share no pixel.

    Only runs inside the zone where another mask's box comes close are looked at. A run meets the runs
    of its own column and of the next three, a few rows longer than it is.

    Parameters
    ----------
    runs : Runs
    image : (count,) int64
    boxes : (count, 4) int64
        xywh of each mask; w = h = 0 for a mask without pixels.
    known : Overlaps
        The pairs that overlap; they are left out.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.overlap import overlaps
    >>> from audit.geometry.runs import from_dense
    >>> runs = from_dense(np.array([[[1, 0, 0]], [[0, 1, 1]]], dtype=bool))
    >>> image, boxes = np.array([0, 0]), np.array([[0, 0, 1, 1], [1, 0, 2, 1]])
    >>> found = contacts(runs, image, boxes, overlaps(runs, image))
    >>> found.gap.tolist(), found.contact.tolist()
    ([0], [1])
    >>> len(contacts(runs.keep(runs.mask < 0), image, boxes * 0, overlaps(runs, image)))
    0
    """
    n = max(runs.count, 1)
    overlapping = known.a * n + known.b
    a, b = close_boxes(image, boxes, _REACH)
    apart = ~np.isin(a * n + b, overlapping)
    a, b = a[apart], b[apart]
    near = _in_zone(runs, boxes, a, b)
    key, gap, contact = _meet(near, image, np.sort(a * n + b), n)
    return Contacts(*np.divmod(key, n), gap, contact)


def close_boxes(image: IntArray, boxes: IntArray, reach: int) -> tuple[IntArray, IntArray]:
    """Find the pairs of boxes of one image that overlap or lie close together.

    Parameters
    ----------
    image : (n,) int64
    boxes : (n, 4) int64
        xywh, none of it negative; boxes with w = 0 are left out.
    reach : int
        Pixels; boxes less than this far apart count as close.

    Returns
    -------
    a, b : (k,) int64
        Positions, a < b, in no particular order.

    Examples
    --------
    >>> import numpy as np
    >>> boxes = np.array([[0, 0, 2, 2], [3, 0, 2, 2], [9, 9, 1, 1]])
    >>> [v.tolist() for v in close_boxes(np.zeros(3, dtype=int), boxes, 2)]
    [[0], [1]]
    >>> len(close_boxes(np.zeros(0, dtype=int), boxes[:0], 2)[0])
    0
    """
    x0, y0 = boxes[:, 0], boxes[:, 1]
    x1, y1 = x0 + boxes[:, 2], y0 + boxes[:, 3]
    order = np.lexsort((x0, image))
    order = order[boxes[order, 2] > 0]
    if len(order) == 0:
        return order, order
    wide = np.int64(x1.max()) + reach + 1
    begin = image[order] * wide + x0[order]
    number = np.searchsorted(begin, image[order] * wide + x1[order] + reach) - np.arange(1, len(order) + 1)
    found = []
    cuts = np.searchsorted(np.cumsum(number), np.arange(_CHUNK, int(number.sum()), _CHUNK)) + 1
    for part in np.split(np.arange(len(order)), cuts):
        i, j = order[np.repeat(part, number[part])], order[expand(part + 1, number[part])]
        close = (y0[j] < y1[i] + reach) & (y0[i] < y1[j] + reach)
        found.append((i[close], j[close]))
    i, j = (np.concatenate(side) for side in zip(*found, strict=True))
    return np.minimum(i, j), np.maximum(i, j)


def _in_zone(runs: Runs, boxes: IntArray, a: IntArray, b: IntArray) -> Runs:
    """Keep the runs of each mask that lie where the boxes of its close masks come near."""
    far = np.iinfo(np.int64).max // 4
    low = np.full((runs.count, 2), far)
    high = np.full((runs.count, 2), -far)
    for one, other in ((a, b), (b, a)):
        np.minimum.at(low, one, boxes[other, :2] - _REACH)
        np.maximum.at(high, one, boxes[other, :2] + boxes[other, 2:] + _REACH)
    m = runs.mask
    keep = (runs.x >= low[m, 0]) & (runs.x < high[m, 0]) & (runs.y1 > low[m, 1]) & (runs.y0 < high[m, 1])
    return runs.keep(keep)


def _meet(runs: Runs, image: IntArray, wanted: IntArray, n: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return (pair key, gap, contact) of the wanted pairs whose runs come close."""
    lay = Layout.of(runs, image, margin=_REACH + 1)
    mask, x = runs.mask[lay.order].astype(np.int64), runs.x[lay.order]
    begin, end = lay.begin, lay.end
    keys, gaps, edges = [], [], []
    for shift in range(_REACH + 1):
        for i, j in _close_runs(lay, shift):
            other = mask[i] != mask[j]
            i, j = i[other], j[other]
            key = np.minimum(mask[i], mask[j]) * n + np.maximum(mask[i], mask[j])
            # Rows of j as seen in the column of i.
            back = (x[j] - x[i]).astype(np.int64) * lay.stride
            top, bottom = np.maximum(begin[i], begin[j] - back), np.minimum(end[i], end[j] - back)
            rows = np.where(top < bottom, 0, top - bottom + 1)
            keys.append(key)
            gaps.append(np.maximum(rows, shift) - 1)
            if shift == 0:
                edges.append((rows == 1).astype(np.int64))
            else:
                edges.append(np.maximum(bottom - top, 0) if shift == 1 else np.zeros(len(key), np.int64))
    if not keys:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    key, gap, edge = np.concatenate(keys), np.concatenate(gaps), np.concatenate(edges)
    place = np.searchsorted(wanted, key)
    good = (gap <= MAX_GAP) & (place < len(wanted))
    good[good] = wanted[place[good]] == key[good]
    return _per_pair(key[good], gap[good], edge[good])


def _per_pair(key: IntArray, gap: IntArray, edge: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    order = np.argsort(key, kind="stable")
    key = key[order]
    if len(key) == 0:
        return key, key, key
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    return key[first], np.minimum.reduceat(gap[order], first), np.add.reduceat(edge[order], first)


def _close_runs(lay: Layout, shift: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield chunks of runs (i, j), j ``shift`` columns to the right of i, at most `_REACH` rows apart."""
    begin, end = lay.begin, lay.end + _REACH
    if shift == 0:
        after = np.arange(1, len(begin) + 1)
        yield from lay.pairs(after, np.searchsorted(begin, end) - after)
        return
    move = shift * lay.stride
    # First those j that begin within i (made longer), then those i that begin within j (made longer).
    first = np.searchsorted(begin, begin + move)
    yield from lay.pairs(first, np.searchsorted(begin, end + move) - first)
    first = np.searchsorted(begin, begin - move, side="right")
    for j, i in lay.pairs(first, np.searchsorted(begin, end - move) - first):
        yield i, j
