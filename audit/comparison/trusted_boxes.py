"""Boxes that results give beside their masks: which of them may be taken at their word."""

from __future__ import annotations

import numpy as np

from audit.dataset.model import FloatArray, IntArray

MIN_BOX_FIT = 0.1
"""IoU with the mask's own box below which a box belongs to something else: a model's boxes reach 0.3 even
where box regression failed."""
MIN_MEDIAN_FIT = 0.3
"""Median of these IoUs below which no box of the file is believed: another format or scale, or zeros."""


def trust_boxes(boxes: FloatArray, mask_boxes: IntArray) -> FloatArray:
    """Replace boxes that do not fit their masks by the masks' own.

    Parameters
    ----------
    boxes : (n, 4) float64
        xywh as in the file.
    mask_boxes : (n, 4) int64
        xywh of the masks; width 0 = no mask, whose box is kept.

    Returns
    -------
    (n, 4) float64

    Examples
    --------
    >>> boxes, mask_boxes = np.array([[0.0, 0, 0, 0], [1, 1, 4, 4]]), np.array([[5, 5, 2, 2], [1, 1, 4, 5]])
    >>> trust_boxes(boxes, mask_boxes).tolist()
    [[5.0, 5.0, 2.0, 2.0], [1.0, 1.0, 4.0, 4.0]]
    >>> trust_boxes(np.zeros((0, 4)), np.zeros((0, 4), dtype=int)).shape
    (0, 4)
    """
    has_mask = mask_boxes[:, 2] > 0
    if not has_mask.any():
        return boxes
    fit = measure_box_fit(boxes, mask_boxes.astype(float))
    is_misfit = has_mask & (fit < MIN_BOX_FIT)
    if float(np.median(fit[has_mask])) < MIN_MEDIAN_FIT:
        is_misfit = has_mask
    return np.where(is_misfit[:, None], mask_boxes.astype(float), boxes)


def measure_box_fit(boxes: FloatArray, mask_boxes: FloatArray) -> FloatArray:
    """Return the IoU of boxes with other boxes, row by row.

    Parameters
    ----------
    boxes, mask_boxes : (n, 4) float64
        xywh.

    Returns
    -------
    (n,) float64

    Examples
    --------
    >>> measure_box_fit(np.array([[0.0, 0, 4, 2]]), np.array([[2.0, 0, 4, 2]])).round(3).tolist()
    [0.333]
    >>> measure_box_fit(np.zeros((0, 4)), np.zeros((0, 4))).tolist()
    []
    """
    top_left = np.maximum(boxes[:, :2], mask_boxes[:, :2])
    bottom_right = np.minimum(boxes[:, :2] + boxes[:, 2:], mask_boxes[:, :2] + mask_boxes[:, 2:])
    shared = np.clip(bottom_right - top_left, 0, None).prod(axis=1)
    union = boxes[:, 2:].prod(axis=1) + mask_boxes[:, 2:].prod(axis=1) - shared
    iou: FloatArray = shared / np.maximum(union, 1e-12)
    return iou
