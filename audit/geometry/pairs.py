"""Every two masks of an image that overlap or come close, measured: for many images at once."""

from __future__ import annotations

from itertools import chain, islice

import numpy as np

from audit.geometry.candidate_box_pairs import find_box_pairs
from audit.geometry.containment import ContainmentForest, build_containment
from audit.geometry.gap_and_contact import MAX_GAP, REACH, measure_gaps_and_contacts
from audit.geometry.mask_pairs import MaskPairs, concatenate_pairs
from audit.geometry.overlap import count_intersections, measure_overlaps
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import IntArray

_CROWDED = 8
"""Close boxes a mask from which on it is worth asking first which masks lie inside each other."""


def find_mask_pairs(indexed: IndexedRuns, image: IntArray, boxes: IntArray, area: IntArray) -> MaskPairs:
    """Measure every pair of masks of one image that overlap or lie close together.

    Parameters
    ----------
    indexed : IndexedRuns
    image : (count,) int64
        The image of each mask; masks of different images never make a pair.
    boxes : (count, 4) int64
        xywh of each mask; w = h = 0 for a mask without pixels.
    area : (count,) int64
        Pixels of each mask.

    Returns
    -------
    MaskPairs
        Those that overlap or lie at most `MAX_GAP` pixels apart, a < b, sorted; no boxes, no crowd regions.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.runs import dense_to_runs
    >>> from audit.geometry.shape import measure_areas, measure_boxes
    >>> runs = dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> indexed, box, area = IndexedRuns.of(runs), measure_boxes(runs), measure_areas(runs)
    >>> found = find_mask_pairs(indexed, np.array([0, 0]), box, area)
    >>> found.intersection.tolist(), found.depth.tolist(), found.gap.tolist()
    ([1], [1], [0])
    >>> len(find_mask_pairs(indexed, np.array([0, 1]), box, area))
    0
    """
    chunks = find_box_pairs(image, boxes, REACH)
    head = list(islice(chunks, 2))
    crowded = len(head) > 1 or sum(len(a) for a, _ in head) > _CROWDED * indexed.runs.count
    nested = _nesting(indexed, image, boxes, area) if crowded else None
    found = [_measure(indexed, area, nested, a, b) for a, b in chain(head, chunks)]
    return concatenate_pairs(found)


def _nesting(indexed: IndexedRuns, image: IntArray, boxes: IntArray, area: IntArray) -> ContainmentForest:
    """Compare each mask with the smallest one whose box holds its box."""
    order = np.lexsort((np.arange(len(area)), area))
    rank = np.empty(len(area), dtype=np.int64)
    rank[order] = np.arange(len(area))
    nearest = np.full(len(area), len(area))
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    for a, b in find_box_pairs(image, boxes, 0):
        smaller = rank[a] < rank[b]
        inner, outer = np.where(smaller, a, b), np.where(smaller, b, a)
        held = (low[inner] >= low[outer]).all(axis=1) & (high[inner] <= high[outer]).all(axis=1)
        np.minimum.at(nearest, inner[held], rank[outer[held]])
    return build_containment(
        indexed.runs,
        area,
        np.r_[order, -1][nearest],
        lambda a, b: count_intersections(indexed, indexed, a, b),
    )


def _measure(
    indexed: IndexedRuns, area: IntArray, nested: ContainmentForest | None, a: IntArray, b: IntArray
) -> MaskPairs:
    """Measure pairs of close boxes and keep those of close masks."""
    pixels, depth = np.zeros(len(a), dtype=np.int64), np.zeros(len(a), dtype=np.int64)
    open_ = np.arange(len(a))
    if nested is not None:
        for inner, outer in ((a, b), (b, a)):
            known = open_[nested.inside(inner[open_], outer[open_])]
            pixels[known], depth[known] = area[inner[known]], nested.depth[inner[known]]
        open_ = np.flatnonzero(pixels == 0)
    pixels[open_], depth[open_] = measure_overlaps(indexed, a[open_], b[open_])
    gap, contact = np.zeros(len(a), dtype=np.int64), np.zeros(len(a), dtype=np.int64)
    apart = np.flatnonzero(pixels == 0)
    gap[apart], contact[apart] = measure_gaps_and_contacts(indexed, a[apart], b[apart])
    kept = np.flatnonzero(gap <= MAX_GAP)
    a, b = a[kept], b[kept]
    return MaskPairs.of(
        a, b, pixels[kept], area[a], area[b], depth=depth[kept], gap=gap[kept], contact=contact[kept]
    )
