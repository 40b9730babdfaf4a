"""The matrix of overlaps of some masks of one image, as people know it from articles and notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from audit.geometry.candidate_box_pairs import find_box_pairs
from audit.geometry.guard import MAX_PIXELS, counts_faults, merge_zero_runs
from audit.geometry.overlap import count_intersections
from audit.geometry.raster import counts_to_runs
from audit.geometry.rle import decode_rle
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import IntArray, Runs, concatenate_runs, dense_to_runs, no_runs
from audit.geometry.shape import measure_areas, measure_boxes

_DENSE = 1 << 26
"""Pixels that are turned into runs together."""

Masks = NDArray[Any] | Sequence[NDArray[Any]] | Sequence[Mapping[str, Any]]


def overlap_matrix(masks: Masks, kind: Literal["iou", "ioa"] = "iou") -> NDArray[np.float64]:
    """Measure how much every two masks of one image overlap.

    Parameters
    ----------
    masks : (N, H, W) array, sequence of (H, W) arrays, or sequence of RLEs
        What is not zero belongs to the mask. RLEs are COCO's, compressed or not, all of one size.
    kind : {"iou", "ioa"}
        ``iou``: intersection over union, symmetric. ``ioa``: element (i, j) is the share of mask i that
        lies inside mask j.

    Returns
    -------
    (N, N) float64
        Exact; the diagonal is 1, but 0 for a mask without pixels.

    Raises
    ------
    ValueError
        If the masks have different sizes, or an RLE cannot be read.

    Examples
    --------
    >>> masks = np.zeros((2, 4, 4), dtype=bool)
    >>> masks[0, :, :3] = masks[1, :, 2:] = True
    >>> overlap_matrix(masks).tolist()
    [[1.0, 0.25], [0.25, 1.0]]
    >>> overlap_matrix(masks, "ioa").round(3).tolist()
    [[1.0, 0.333], [0.5, 1.0]]
    >>> overlap_matrix([]).shape
    (0, 0)
    """
    if kind not in ("iou", "ioa"):
        raise ValueError(f'kind is "iou" or "ioa", not {kind!r}')
    runs = _read(masks)
    area, n = measure_areas(runs).astype(float), runs.count
    shared = np.zeros((n, n))
    indexed, box = IndexedRuns.of(runs), measure_boxes(runs)
    for a, b in find_box_pairs(np.zeros(n, dtype=np.int64), box, 0):
        shared[a, b] = shared[b, a] = count_intersections(indexed, indexed, a, b)
    np.fill_diagonal(shared, area)
    whole = area[:, None] if kind == "ioa" else area[:, None] + area[None, :] - shared
    result: NDArray[np.float64] = np.divide(shared, whole, out=np.zeros((n, n)), where=whole > 0)
    return result


def _read(masks: Masks) -> Runs:
    if isinstance(masks, np.ndarray):
        if masks.ndim != 3:
            raise ValueError(f"masks are (N, H, W), not {masks.ndim}-dimensional")
        return _dense(masks)
    if len(masks) == 0:
        return no_runs(0)
    if all(isinstance(mask, Mapping) for mask in masks):
        return _encoded([dict(mask) for mask in masks])
    whole = [np.asarray(mask) for mask in masks]
    if len({mask.shape for mask in whole}) > 1 or whole[0].ndim != 2:
        raise ValueError("masks have different sizes; those of one image have one")
    return _dense(np.stack(whole))


def _dense(masks: NDArray[Any]) -> Runs:
    n, height, width = masks.shape
    step = max(_DENSE // max(height * width, 1), 1)
    return concatenate_runs([dense_to_runs(masks[k : k + step] != 0) for k in range(0, n, step)])


def _encoded(masks: Sequence[Mapping[str, Any]]) -> Runs:
    sizes = {tuple(int(v) for v in mask["size"]) for mask in masks}
    if len(sizes) > 1:
        raise ValueError("masks have different sizes; those of one image have one")
    height, width = sizes.pop()
    if min(height, width) < 1 or height * width > MAX_PIXELS:
        raise ValueError(f"masks of {height} x {width} pixels cannot be read")
    lists = [_counts(k, mask["counts"]) for k, mask in enumerate(masks)]
    counts, start = np.concatenate(lists), np.cumsum([0, *map(len, lists)])
    faults = counts_faults(counts, start, np.full(len(masks), height * width))
    if faults.any():
        k = int(np.flatnonzero(faults)[0])
        raise ValueError(f"mask {k}: its runs do not cover {height} x {width} pixels")
    counts, start, _ = merge_zero_runs(counts, start)
    return counts_to_runs(counts, start, np.full(len(masks), height))


def _counts(k: int, counts: object) -> IntArray:
    """Return the run lengths of mask k."""
    if isinstance(counts, str | bytes):
        decoded = decode_rle([counts.encode("ascii", "replace") if isinstance(counts, str) else counts])
        if decoded.fault[0]:
            raise ValueError(f"mask {k}: the text of its RLE cannot be read")
        return decoded.counts
    numbers = np.asarray(counts)
    if numbers.ndim != 1 or (len(numbers) and numbers.dtype.kind not in "iu"):
        raise ValueError(f"mask {k}: the runs of its RLE are no list of integers")
    return numbers.astype(np.int64)
