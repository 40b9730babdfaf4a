"""Sets of masks against each other: which overlap and by how much, exactly, some images at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.geometry.boundary import boundary_iou
from audit.geometry.candidate_box_pairs import find_box_pairs
from audit.geometry.mask_pairs import MaskPairs, concatenate_pairs
from audit.geometry.overlap import count_intersections
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import Runs, concatenate_runs, slice_masks, split_batches, take_masks
from audit.geometry.shape import measure_areas, measure_boxes
from audit.measure.masks import dataset_runs

BLOCK = 1024
"""Masks measured together: enough to spread numpy's overhead, few enough to bound memory."""


@dataclass(frozen=True, slots=True)
class MaskSet:
    """Masks of some annotations, sorted by image: one side of a comparison; all arrays (n,)."""

    dataset: Dataset
    row: IntArray
    """Position in ``dataset.annotations``; each has an image."""
    image: IntArray
    """Number of the image, not negative, ascending; sets that are compared number their images alike."""
    iscrowd: NDArray[np.bool_]
    declared_box: FloatArray
    """(n, 4) xywh as in the file; where it is unusable (NaN), the mask's box counts."""
    runs: Runs | None
    """The masks, where they are kept; otherwise they are drawn whenever they are needed."""

    @classmethod
    def of(cls, dataset: Dataset, row: IntArray, image: IntArray) -> MaskSet:
        """Make a set whose masks alone count: no declared boxes, no crowd regions, nothing kept in memory.

        Parameters
        ----------
        dataset : Dataset
        row : (n,) int64
            Positions of annotations that have an image, sorted by ``image``.
        image : (n,) int64
            Numbers of their images.

        Examples
        --------
        >>> from audit.testing import dataset, scene
        >>> len(MaskSet.of(dataset(scene("aab")), np.array([0, 1]), np.array([0, 0])))
        2
        """
        iscrowd, declared_box = np.zeros(len(row), dtype=np.bool_), np.full((len(row), 4), np.nan)
        return cls(dataset, row, image, iscrowd, declared_box, runs=None)

    def __len__(self) -> int:
        return len(self.row)

    def decode(self, positions: slice | IntArray) -> Runs:
        """Return some of the masks, numbered from 0.

        Parameters
        ----------
        positions : slice or (m,) int64
        """
        if self.runs is None:
            return dataset_runs(self.dataset, self.row[positions])
        return (
            slice_masks(self.runs, positions)
            if isinstance(positions, slice)
            else take_masks(self.runs, positions)
        )

    def image_size(self, positions: slice | IntArray) -> IntArray:
        """Return width and height of the images of some of the masks, pixels.

        Parameters
        ----------
        positions : slice or (m,) int64

        Returns
        -------
        (m, 2) int64
        """
        image = self.dataset.annotations.image[self.row[positions]]
        return np.stack([self.dataset.images.width[image], self.dataset.images.height[image]], axis=1)


def image_blocks(*sets: MaskSet) -> Iterator[tuple[slice, ...]]:
    """Cut sets into blocks of whole images.

    Parameters
    ----------
    *sets : MaskSet

    Yields
    ------
    tuple of slice
        Positions in each set; together all.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> masks = MaskSet.of(dataset(scene("aab")), np.array([0, 1]), np.array([0, 0]))
    >>> list(image_blocks(masks, masks))
    [(slice(0, 2, None), slice(0, 2, None))]
    >>> list(image_blocks(MaskSet.of(dataset(), *[np.zeros(0, dtype=np.int64)] * 2)))
    []
    """
    images = np.unique(np.concatenate([masks.image for masks in sets]))
    ends = [np.searchsorted(masks.image, images, side="right") for masks in sets]
    for block in split_batches(np.diff(np.sum(ends, axis=0), prepend=0), BLOCK):
        first = [int(end[block.start - 1]) if block.start else 0 for end in ends]
        yield tuple(slice(start, int(end[block.stop - 1])) for start, end in zip(first, ends, strict=True))


def measure_cross_pairs(first: MaskSet, second: MaskSet) -> MaskPairs:
    """Measure every pair of a mask of one set and a mask of another one in the same image.

    Parameters
    ----------
    first, second : MaskSet

    Returns
    -------
    MaskPairs
        Pairs whose masks or boxes overlap, sorted: a in ``first``, b in ``second``. Shared pixels are exactly
        those of ``pycocotools.mask``.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> rows, image = np.array([0]), np.array([0])
    >>> old, new = (MaskSet.of(dataset(scene(text)), rows, image) for text in ("aaa.", ".bbb"))
    >>> pairs = measure_cross_pairs(old, new)
    >>> pairs.intersection.tolist(), pairs.iou.tolist()
    ([2], [0.5])
    >>> len(measure_cross_pairs(MaskSet.of(old.dataset, rows[:0], image[:0]), new))
    0
    """
    parts = []
    for left, right in image_blocks(first, second):
        if left.start == left.stop or right.start == right.stop:
            continue
        pairs = _measure_block([(first, left), (second, right)])
        count = left.stop - left.start
        parts.append(replace(pairs, a=pairs.a + left.start, b=pairs.b - count + right.start))
    return concatenate_pairs(parts)


def measure_inner_pairs(masks: MaskSet) -> MaskPairs:
    """Measure every pair of masks of one set in the same image.

    Parameters
    ----------
    masks : MaskSet

    Returns
    -------
    MaskPairs
        Pairs whose masks or boxes overlap, a < b, sorted.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> crossing = scene("aa..", ".bb.", "...c")
    >>> masks = MaskSet.of(dataset(crossing), np.arange(3), np.zeros(3, dtype=np.int64))
    >>> pairs = measure_inner_pairs(masks)
    >>> pairs.a.tolist(), pairs.b.tolist(), pairs.intersection.tolist()
    ([0], [1], [1])
    >>> len(measure_inner_pairs(MaskSet.of(dataset(), *[np.zeros(0, dtype=np.int64)] * 2)))
    0
    """
    parts = []
    for (part,) in image_blocks(masks):
        pairs = _measure_block([(masks, part)])
        parts.append(replace(pairs, a=pairs.a + part.start, b=pairs.b + part.start))
    return concatenate_pairs(parts)


def _measure_block(parts: Sequence[tuple[MaskSet, slice]]) -> MaskPairs:
    """Measure the pairs of some images; of two sets only pairs across. Positions count through the parts."""
    decoded = [masks.decode(part) for masks, part in parts]
    runs, count = concatenate_runs(decoded), decoded[0].count
    image, iscrowd, declared_box = (
        np.concatenate([getattr(masks, name)[part] for masks, part in parts])
        for name in ("image", "iscrowd", "declared_box")
    )
    area, mask_box, indexed = measure_areas(runs), measure_boxes(runs), IndexedRuns.of(runs)
    box = usable_boxes(declared_box, mask_box)
    size = np.concatenate([masks.image_size(part) for masks, part in parts])
    measured = []
    for a, b in find_box_pairs(image, _surround_boxes(box, mask_box, size), 0):
        if len(parts) > 1:
            across = (a < count) & (b >= count)
            a, b = a[across], b[across]
        pairs = MaskPairs.of(
            a, b, count_intersections(indexed, indexed, a, b), area[a], area[b],
            iscrowd=iscrowd[a], box_iou=box_ious(box, a, b, iscrowd),
        )  # fmt: skip
        measured.append(pairs.take((pairs.intersection > 0) | (pairs.box_iou > 0)))
    return concatenate_pairs(measured)


def usable_boxes(declared: FloatArray, mask_box: IntArray) -> FloatArray:
    """Return the boxes of the file where it has usable ones, else the masks'.

    Parameters
    ----------
    declared : (n, 4) float64
        xywh; unusable where it is not finite, or its width or height is negative.
    mask_box : (n, 4) int64

    Examples
    --------
    >>> declared = np.array([[np.nan] * 4, [0, 0, 2.5, 1]])
    >>> usable_boxes(declared, np.array([[1, 1, 1, 1], [0, 0, 2, 1]])).tolist()
    [[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 2.5, 1.0]]
    >>> usable_boxes(np.zeros((0, 4)), np.zeros((0, 4), dtype=np.int64)).shape
    (0, 4)
    """
    usable = np.isfinite(declared) & (np.array([-np.inf, -np.inf, 0, 0]) <= declared)
    return np.where(usable.all(axis=1, keepdims=True), declared, mask_box)


def _surround_boxes(box: FloatArray, mask_box: IntArray, size: IntArray) -> IntArray:
    """Return whole-pixel boxes, inside the image, that hold both the declared and the mask's box.

    Either may be what overlaps: a declared box need not hold its mask.
    """
    low, high = np.floor(box[:, :2]), np.ceil(box[:, :2] + box[:, 2:])
    drawn = mask_box[:, 2] > 0
    low[drawn] = np.minimum(low[drawn], mask_box[drawn, :2])
    high[drawn] = np.maximum(high[drawn], (mask_box[:, :2] + mask_box[:, 2:])[drawn])
    low, high = np.clip(low, 0, size).astype(np.int64), np.clip(high, 0, size).astype(np.int64)
    extent = high - low
    extent[(extent <= 0).any(axis=1)] = 0
    return np.concatenate([low, extent], axis=1)


def box_ious(box: FloatArray, a: IntArray, b: IntArray, iscrowd: NDArray[np.bool_]) -> FloatArray:
    """Measure the IoU of pairs of boxes as COCO does.

    Parameters
    ----------
    box : (n, 4) float64
        xywh.
    a, b : (k,) int64
        Positions of the pairs' boxes.
    iscrowd : (n,) bool
        Crowd regions: a pair with one has the share of the other box.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> box = np.array([[0, 0, 2, 2], [1, 0, 2, 2.0]])
    >>> box_ious(box, np.array([0]), np.array([1]), np.zeros(2, dtype=bool)).round(3).tolist()
    [0.333]
    >>> none = np.zeros(0, dtype=np.int64)
    >>> box_ious(box, none, none, np.zeros(2, dtype=bool)).tolist()
    []
    """
    low = np.maximum(box[a, :2], box[b, :2])
    high = np.minimum(box[a, :2] + box[a, 2:], box[b, :2] + box[b, 2:])
    side = np.maximum(high - low, 0.0)
    intersection, area = side[:, 0] * side[:, 1], box[:, 2] * box[:, 3]
    union = np.where(iscrowd[b], area[a], area[a] + area[b] - intersection)
    union = np.where(iscrowd[a], area[b], union)
    iou: FloatArray = np.divide(intersection, union, out=np.zeros(len(a)), where=union > 0)
    return iou


def measure_boundary_ious(first: MaskSet, second: MaskSet, a: IntArray, b: IntArray) -> FloatArray:
    """Compare the outlines of pairs of masks; see `audit.geometry.boundary.boundary_iou`.

    Parameters
    ----------
    first, second : MaskSet
    a, b : (k,) int64
        Positions in ``first`` and ``second``.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> masks = MaskSet.of(dataset(scene("aaa")), np.array([0]), np.array([0]))
    >>> measure_boundary_ious(masks, masks, np.array([0]), np.array([0])).tolist()
    [1.0]
    >>> none = np.zeros(0, dtype=np.int64)
    >>> measure_boundary_ious(masks, masks, none, none).tolist()
    []
    """
    result = np.zeros(len(a))
    # Pairs of one mask lie together then, and its rim is made once.
    order = np.argsort(a, kind="stable")
    for start in range(0, len(order), BLOCK):
        chosen = order[start : start + BLOCK]
        masks_a, at_a = np.unique(a[chosen], return_inverse=True)
        masks_b, at_b = np.unique(b[chosen], return_inverse=True)
        diagonal = np.sqrt((first.image_size(a[chosen]).astype(np.float64) ** 2).sum(axis=1))
        result[chosen] = boundary_iou(first.decode(masks_a), second.decode(masks_b), at_a, at_b, diagonal)
    return result
