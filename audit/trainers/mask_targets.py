"""Mask targets: what a network is taught about each mask, and how near to the label that can come."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import FloatArray, IntArray, Segmentations
from audit.native.library import Columns, array, declare
from audit.trainers.presets import TargetKind

BoolArray = NDArray[np.bool_]

_SEGMENTATIONS = (
    *(array("f8"), array("i8"), array("i8")),
    *(array("u4"), array("i8"), array("i8"), array("i8")),
    array("u1"),
)
_stride_targets = declare(
    "maskaudit_stride_targets", *_SEGMENTATIONS, array("i8"), array("f8"), *(c_int64,) * 7
)
_box_targets = declare("maskaudit_box_targets", *_SEGMENTATIONS, array("f8"), array("f8"), *(c_int64,) * 7)

POLYGON_POINTS = 1000
"""Points that a polygon is resampled to before it is filled."""


def stride_targets(
    segmentations: Segmentations,
    heights: IntArray,
    widths: IntArray,
    is_kept: BoolArray,
    image_start: IntArray,
    input_size: int,
    stride: int,
    *,
    threads: int = 1,
) -> Columns:
    """Teach masks on one coarse grid an image, of which each cell belongs to one mask at most.

    Parameters
    ----------
    segmentations : Segmentations
        n masks, those of an image beside each other.
    heights, widths : (n,) int64
        Of each mask's image, pixels, at least 1.
    is_kept : (n,) bool
        Which masks are taught.
    image_start : (m + 1,) int64
        Where the masks of each image begin; every image has one at least.
    input_size : int
        Side of the square that images are resized to and padded, pixels.
    stride : int
        Side of a cell, pixels of the square.
    threads : int
        How many images are taught side by side.

    Returns
    -------
    dict of str to (n,) array
        ``target_px``, ``seen_px``: cells of each mask before and after smaller ones take theirs;
        ``covered_by``, the mask that took most of them, or -1; ``iou`` of the mask and its cells drawn back.
        Zeros where a mask is not kept.

    Examples
    --------
    >>> from audit.dataset.model import empty_segmentations
    >>> none = np.zeros(0, dtype=np.int64)
    >>> stride_targets(empty_segmentations(0), none, none, none > 0, np.zeros(1, int), 640, 4)["iou"].tolist()
    []
    """
    first = image_start[:-1]
    mask_overlap = True  # smaller masks take shared cells, as `overlap_mask` of the trainer's configuration
    letterbox = place_in_square(heights[first], widths[first], input_size)
    return _stride_targets(
        *_as_arguments(segmentations, heights, widths, is_kept),
        np.ascontiguousarray(image_start),
        letterbox,
        *(len(segmentations), len(first), input_size, stride, POLYGON_POINTS, mask_overlap, threads),
    )


def place_in_square(heights: IntArray, widths: IntArray, input_size: int) -> FloatArray:
    """Say how images lie in a square input: resized by the long side, padded on both sides.

    Parameters
    ----------
    heights, widths : (m,) int64
    input_size : int
        Pixels.

    Returns
    -------
    (m, 4) float64
        Scale along x and along y, pixels to the left and above.

    Examples
    --------
    >>> place_in_square(np.array([480]), np.array([640]), 640).tolist()
    [[1.0, 1.0, 0.0, 80.0]]
    >>> place_in_square(np.array([], dtype=int), np.array([], dtype=int), 640).tolist()
    []
    """
    ratio = input_size / np.maximum(heights, widths)
    sides = [np.minimum(np.ceil(side * ratio - 1e-9), input_size) for side in (widths, heights)]
    # Half of the padding, rounded as the letterbox does: an odd pixel comes to the right or below.
    padding = [np.floor((input_size - side) / 2 + 0.4) for side in sides]
    return np.stack([sides[0] / widths, sides[1] / heights, *padding], axis=1)


def box_targets(
    segmentations: Segmentations,
    heights: IntArray,
    widths: IntArray,
    is_kept: BoolArray,
    boxes: FloatArray,
    scales: FloatArray,
    cells: int,
    target: TargetKind,
    *,
    threads: int = 1,
) -> Columns:
    """Teach masks on a fixed number of cells in each label's box.

    Parameters
    ----------
    segmentations : Segmentations
        n masks.
    heights, widths : (n,) int64
        Of each mask's image, pixels, at least 1.
    is_kept : (n,) bool
        Which masks are taught.
    boxes : (n, 4) float64
        Each label's box as xyxy, pixels, inside the image; with an area where the mask is kept.
    scales : (n, 2) float64
        From the image to the resized image, along x and along y.
    cells : int
        Of a side of the box.
    target : TargetKind
        How masks become cells; not `TargetKind.STRIDE_GRID`.
    threads : int
        How many masks are taught side by side.

    Returns
    -------
    dict of str to (n,) array
        ``target_px``, cells that are not 0; ``iou`` of the mask and its cells drawn back. Zeros where a mask
        is not kept.

    Examples
    --------
    >>> from audit.dataset.model import empty_segmentations
    >>> none, no_boxes = np.zeros(0, dtype=np.int64), np.zeros((0, 4))
    >>> empty = empty_segmentations(0), none, none, none > 0, no_boxes, no_boxes[:, :2]
    >>> box_targets(*empty, 28, TargetKind.BOX_AVERAGE)["iou"].tolist()
    []
    """
    is_soft = target is TargetKind.BOX_SHARE
    return _box_targets(
        *_as_arguments(segmentations, heights, widths, is_kept),
        np.ascontiguousarray(boxes),
        np.ascontiguousarray(scales),
        *(
            len(segmentations),
            cells,
            target is TargetKind.BOX_POLYGON,
            not is_soft,
            is_soft,
            not is_soft,
            threads,
        ),
    )


def _as_arguments(
    segmentations: Segmentations, heights: IntArray, widths: IntArray, is_kept: BoolArray
) -> tuple[NDArray[np.generic], ...]:
    drawing = (
        *(segmentations.xy, segmentations.vertex_start, segmentations.ring_start),
        *(segmentations.counts, segmentations.count_start, heights, widths, is_kept.astype(np.uint8)),
    )
    return tuple(np.ascontiguousarray(values) for values in drawing)
