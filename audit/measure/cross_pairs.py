"""Sets of masks against each other: which overlap and by how much, exactly, some images at a time."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_int64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.geometry.boundary import boundary_iou
from audit.geometry.mask_pairs import MaskPairs, concatenate_pairs
from audit.geometry.native_runs import RUNS, int64_array, run_arguments, thread_count
from audit.geometry.ranges import split_batches
from audit.geometry.runs import Runs, slice_masks, take_masks
from audit.geometry.shape import summarize_masks
from audit.geometry.sort_keys import stable_argsort
from audit.measure.masks import dataset_runs
from audit.native.library import array, declare

_SIDE = (*RUNS, array("i8"), array("i8"), array("f8"), array("u1"), c_int64)
_measure_cross_pairs = declare("maskaudit_measure_cross_pairs", *_SIDE, *_SIDE, c_int64, c_int64)

BLOCK = 1024
"""Masks drawn and measured together: enough to spread numpy's overhead, few enough to bound memory."""
RIM_BLOCK = 16 * BLOCK
"""Pairs whose masks are drawn together, where masks are not kept in memory."""


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
    def of(cls, dataset: Dataset, annotation_rows: IntArray, image_numbers: IntArray) -> MaskSet:
        """Make a set whose masks alone count: no declared boxes, no crowd regions, nothing kept in memory.

        Parameters
        ----------
        dataset : Dataset
        annotation_rows : (n,) int64
            Positions of annotations that have an image, sorted by ``image_numbers``.
        image_numbers : (n,) int64
            Numbers of their images.

        Examples
        --------
        >>> from audit.testing import dataset, scene
        >>> len(MaskSet.of(dataset(scene("aab")), np.array([0, 1]), np.array([0, 0])))
        2
        """
        iscrowd = np.zeros(len(annotation_rows), dtype=np.bool_)
        declared_box = np.full((len(annotation_rows), 4), np.nan)
        return cls(dataset, annotation_rows, image_numbers, iscrowd, declared_box, runs=None)

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

    def measure_masks(self, positions: slice, runs: Runs) -> tuple[IntArray, IntArray]:
        """Return areas and boxes of some of the masks.

        Parameters
        ----------
        positions : slice
        runs : Runs
            These masks, as `decode` gives them.

        Returns
        -------
        areas : (m,) int64
        boxes : (m, 4) int64
        """
        areas, boxes, _ = summarize_masks(runs)
        return areas, boxes

    def image_size(self, positions: slice | IntArray) -> IntArray:
        """Return width and height of the images of some of the masks, pixels.

        Parameters
        ----------
        positions : slice or (m,) int64

        Returns
        -------
        (m, 2) int64
        """
        image_rows = self.dataset.annotations.image[self.row[positions]]
        return np.stack(
            [self.dataset.images.width[image_rows], self.dataset.images.height[image_rows]], axis=1
        )


def image_blocks(*mask_sets: MaskSet) -> Iterator[tuple[slice, ...]]:
    """Cut sets into blocks of whole images; masks that are kept in memory anyway are one block.

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
    if all(mask_set.runs is not None for mask_set in mask_sets):
        if any(map(len, mask_sets)):
            yield tuple(slice(0, len(mask_set)) for mask_set in mask_sets)
        return
    image_numbers = np.unique(np.concatenate([mask_set.image for mask_set in mask_sets]))
    image_ends = [np.searchsorted(mask_set.image, image_numbers, side="right") for mask_set in mask_sets]
    for batch in split_batches(np.diff(np.sum(image_ends, axis=0), prepend=0), BLOCK):
        block_starts = [int(image_end[batch.start - 1]) if batch.start else 0 for image_end in image_ends]
        yield tuple(
            slice(block_start, int(image_end[batch.stop - 1]))
            for block_start, image_end in zip(block_starts, image_ends, strict=True)
        )


def measure_cross_pairs(first_set: MaskSet, second_set: MaskSet) -> MaskPairs:
    """Measure every pair of a mask of one set and a mask of another one in the same image.

    Parameters
    ----------
    first_set, second_set : MaskSet

    Returns
    -------
    MaskPairs
        Pairs whose masks or boxes overlap, sorted: a in ``first_set``, b in ``second_set``. Shared pixels are
        exactly those of ``pycocotools.mask``.

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
    measured_blocks = []
    for first_block, second_block in image_blocks(first_set, second_set):
        if first_block.start == first_block.stop or second_block.start == second_block.stop:
            continue
        measured_blocks.append(_measure_block(first_set, first_block, second_set, second_block))
    return concatenate_pairs(measured_blocks)


def measure_inner_pairs(mask_set: MaskSet) -> MaskPairs:
    """Measure every pair of masks of one set in the same image.

    Parameters
    ----------
    mask_set : MaskSet

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
    measured_blocks = []
    for (positions,) in image_blocks(mask_set):
        measured_blocks.append(_measure_block(mask_set, positions, mask_set, positions))
    return concatenate_pairs(measured_blocks)


def _measure_block(first_set: MaskSet, first: slice, second_set: MaskSet, second: slice) -> MaskPairs:
    """Measure the pairs of some images, across two sets or inside of one; positions are those in the sets."""
    is_inner = first_set is second_set
    first_side, first_areas = _describe_side(first_set, first)
    second_side, second_areas = (first_side, first_areas) if is_inner else _describe_side(second_set, second)
    columns = _measure_cross_pairs(*first_side, *second_side, is_inner, thread_count())
    a, b = columns["a"], columns["b"]
    return MaskPairs.of(
        a + first.start, b + second.start, columns["intersection"], first_areas[a], second_areas[b],
        iscrowd=first_set.iscrowd[first][a], box_iou=columns["box_iou"],
    )  # fmt: skip


def _describe_side(mask_set: MaskSet, positions: slice) -> tuple[tuple[Any, ...], IntArray]:
    """Return one side as the core takes it, and the areas of its masks."""
    runs = mask_set.decode(positions)
    areas, mask_boxes = mask_set.measure_masks(positions, runs)
    usable = usable_boxes(mask_set.declared_box[positions], mask_boxes)
    surrounding = _surround_boxes(usable, mask_boxes, mask_set.image_size(positions))
    side = (
        *run_arguments(runs), int64_array(mask_set.image[positions]), int64_array(surrounding),
        np.ascontiguousarray(usable, dtype=np.float64),
        np.ascontiguousarray(mask_set.iscrowd[positions]).view(np.uint8), runs.count,
    )  # fmt: skip
    return side, areas


def usable_boxes(declared_boxes: FloatArray, mask_boxes: IntArray) -> FloatArray:
    """Return the boxes of the file where it has usable ones, else the masks'.

    Parameters
    ----------
    declared_boxes : (n, 4) float64
        xywh; unusable where it is not finite, or its width or height is negative.
    mask_boxes : (n, 4) int64

    Examples
    --------
    >>> declared = np.array([[np.nan] * 4, [0, 0, 2.5, 1]])
    >>> usable_boxes(declared, np.array([[1, 1, 1, 1], [0, 0, 2, 1]])).tolist()
    [[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 2.5, 1.0]]
    >>> usable_boxes(np.zeros((0, 4)), np.zeros((0, 4), dtype=np.int64)).shape
    (0, 4)
    """
    is_usable = np.isfinite(declared_boxes) & (np.array([-np.inf, -np.inf, 0, 0]) <= declared_boxes)
    return np.where(is_usable.all(axis=1, keepdims=True), declared_boxes, mask_boxes)


def _surround_boxes(boxes: FloatArray, mask_boxes: IntArray, image_sizes: IntArray) -> IntArray:
    """Return whole-pixel boxes, inside the image, that hold both the declared and the mask's box.

    Either may be what overlaps: a declared box need not hold its mask.
    """
    top_left, bottom_right = np.floor(boxes[:, :2]), np.ceil(boxes[:, :2] + boxes[:, 2:])
    has_pixels = mask_boxes[:, 2] > 0
    top_left[has_pixels] = np.minimum(top_left[has_pixels], mask_boxes[has_pixels, :2])
    bottom_right[has_pixels] = np.maximum(
        bottom_right[has_pixels], (mask_boxes[:, :2] + mask_boxes[:, 2:])[has_pixels]
    )
    top_left, bottom_right = (
        np.clip(top_left, 0, image_sizes).astype(np.int64),
        np.clip(bottom_right, 0, image_sizes).astype(np.int64),
    )
    extent = bottom_right - top_left
    extent[(extent <= 0).any(axis=1)] = 0
    return np.concatenate([top_left, extent], axis=1)


def measure_boundary_ious(first_set: MaskSet, second_set: MaskSet, a: IntArray, b: IntArray) -> FloatArray:
    """Compare the outlines of pairs of masks; see `audit.geometry.boundary.boundary_iou`.

    Parameters
    ----------
    first_set, second_set : MaskSet
    a, b : (k,) int64
        Positions in ``first_set`` and ``second_set``.

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
    boundary_ious = np.zeros(len(a))
    # Pairs of one mask lie together then, and its rim is made once.
    pair_order = stable_argsort(a)
    is_kept = first_set.runs is not None and second_set.runs is not None
    batch_size = max(len(a), 1) if is_kept else RIM_BLOCK
    for batch_start in range(0, len(pair_order), batch_size):
        batch = pair_order[batch_start : batch_start + batch_size]
        image_diagonals = np.sqrt((first_set.image_size(a[batch]).astype(np.float64) ** 2).sum(axis=1))
        first_masks, position_a = _decode_chosen(first_set, a[batch])
        second_masks, position_b = _decode_chosen(second_set, b[batch])
        boundary_ious[batch] = boundary_iou(
            first_masks, second_masks, position_a, position_b, image_diagonals
        )
    return boundary_ious


def _decode_chosen(mask_set: MaskSet, positions: IntArray) -> tuple[Runs, IntArray]:
    """Return masks among which are those asked for, and where each of these is; kept masks are not copied."""
    if mask_set.runs is not None:
        return mask_set.runs, positions
    unique_positions, place = np.unique(positions, return_inverse=True)
    return mask_set.decode(unique_positions), place
