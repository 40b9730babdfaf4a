"""Which pairs of boxes come close: the pairs of masks that are worth looking at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.geometry.ranges import expand_ranges, split_batches
from audit.geometry.runs import IntArray

_CHUNK = 1_000_000
"""Pairs looked at together: bounds memory where thousands of boxes lie on each other."""


def find_box_pairs(image: IntArray, boxes: IntArray, reach: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the pairs of boxes of one image that overlap or lie close together, in chunks.

    Images are cut into strips about as high as a box. In a strip, boxes are sorted by their left
    column; a box meets those of the next ones that begin before it ends.

    Parameters
    ----------
    image : (n,) int64
        Not negative.
    boxes : (n, 4) int64
        xywh, none of it negative; boxes with w = 0 are left out.
    reach : int
        Pixels; boxes less than this far apart count as close.

    Yields
    ------
    a, b : (k,) int64
        Positions, a < b, in no particular order.

    Examples
    --------
    >>> import numpy as np
    >>> boxes = np.array([[0, 0, 2, 2], [3, 0, 2, 2], [9, 9, 1, 1]])
    >>> [(a.tolist(), b.tolist()) for a, b in find_box_pairs(np.zeros(3, dtype=int), boxes, 2)]
    [([0], [1])]
    >>> list(find_box_pairs(np.zeros(0, dtype=int), boxes[:0], 2))
    []
    """
    some = np.flatnonzero(boxes[:, 2] > 0)
    if len(some) < 2:
        return
    x0, y0, w, h = boxes.T
    x1, y1 = x0 + w + reach, y0 + h + reach
    high = int(h[some].mean()) + reach + 1
    top = y0 // high
    strips = (y1[some] - 1) // high - top[some] + 1
    box, strip = np.repeat(some, strips), expand_ranges(top[some], strips)
    lane = image[box] * (strip.max() + 1) + strip
    lane *= x1[some].max() + 1
    order = np.argsort(lane + x0[box])
    begin, end = (lane + x0[box])[order], (lane + x1[box])[order]
    box, strip = box[order], strip[order]
    number = np.searchsorted(begin, end) - np.arange(1, len(begin) + 1)
    for part in split_batches(number, _CHUNK):
        at = np.arange(part.start, part.stop)
        i = np.repeat(at, number[part])
        a, b, here = box[i], box[expand_ranges(at + 1, number[part])], strip[i]
        close = (y0[b] < y1[a]) & (y0[a] < y1[b])
        close &= here == np.maximum(top[a], top[b])  # only in the first strip that the two share
        a, b = a[close], b[close]
        if len(a):
            yield np.minimum(a, b), np.maximum(a, b)
