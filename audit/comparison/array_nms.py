"""Non-maximum suppression of the detections of one image, on arrays: by boxes or by masks."""

from __future__ import annotations

from ctypes import c_double, c_int64
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.comparison.nms import find_suppressors, matrix_nms, soft_nms
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_input import ImageMasks, Size, read_masks, to_numpy
from audit.geometry.matrix import Kind, measure_matrix
from audit.geometry.native_runs import int64_array
from audit.geometry.runs import runs_to_dense, unite_runs
from audit.native.library import array, declare

_box_nms = declare("maskaudit_box_nms", array("f8"), array("i8"), array("i8"), c_int64, c_double)
_box_pairs = declare("maskaudit_box_pairs", array("f8"), array("i8"), c_int64)

Method = Literal["hard", "soft_linear", "soft_gaussian", "matrix", "merge"]
Overlap = Literal["box_iou", "mask_iou", "mask_ios"]
BoxFormat = Literal["xyxy", "xywh"]
_METHODS = ("hard", "soft_linear", "soft_gaussian", "matrix", "merge")
_MASK_KINDS: dict[str, Kind] = {"mask_iou": "iou", "mask_ios": "ios"}
_DEFAULT_SIGMA = {"soft_gaussian": 0.5, "matrix": 0.0}


class NmsResult(NamedTuple):
    """What NMS leaves; ``indices, scores, *_ = nms(...)``."""

    indices: IntArray
    """(k,) positions of the kept detections, best first."""
    scores: FloatArray
    """(k,) their scores, which soft and matrix NMS lower."""
    groups: IntArray
    """(n,) for each detection the place in ``indices`` of the one that suppressed it or took it in; its own
    place where it is kept; -1 where its lowered score fell below ``min_score``."""
    masks: NDArray[np.bool_] | None = None
    """(k, H, W) of merging: each group's union."""
    boxes: FloatArray | None = None
    """(k, 4) of merging: what holds all boxes of the group."""


def nms(
    scores: Any,
    *,
    boxes: Any = None,
    masks: Any = None,
    labels: Any = None,
    overlap: Overlap | None = None,
    threshold: float = 0.5,
    method: Method = "hard",
    sigma: float | None = None,
    class_agnostic: bool = False,
    min_score: float = 0.001,
    box_format: BoxFormat = "xyxy",
    mask_threshold: float | None = None,
    size: Size | None = None,
) -> NmsResult:
    """Drop or weaken detections of one image that overlap better ones.

    Arrays may be those of numpy, torch, cupy or any library with ``__array__`` or ``__dlpack__``. Overlaps
    are exact (float64, masks pixel by pixel); of equal scores the earlier detection wins.

    Parameters
    ----------
    scores : (n,) array
    boxes : (n, 4) array, optional
        Pixels, as ``box_format`` says.
    masks : array or sequence, optional
        n masks, as `audit.overlap_matrix` takes them.
    labels : (n,) array, optional
        Categories: only detections of one category suppress each other.
    overlap : {"box_iou", "mask_iou", "mask_ios"}, optional
        What is compared: IoU of boxes or masks, or the shared part of the smaller mask (which finds a part on
        its whole). IoU of the masks where there are masks, else of the boxes.
    threshold : float
        Detections with a larger overlap are suppressed or merged, as in torchvision; ``soft_linear`` lowers
        their scores. Of no meaning to ``soft_gaussian`` and ``matrix``.
    method : {"hard", "soft_linear", "soft_gaussian", "matrix", "merge"}
        ``merge`` keeps what ``hard`` keeps, and unites it with what it suppresses.
    sigma : float, optional
        Of ``soft_gaussian`` (0.5) and ``matrix`` (the linear kernel where it is left out).
    class_agnostic : bool
        Compare all categories with each other, although ``labels`` are given.
    min_score : float
        Soft and matrix NMS drop what falls below it.
    box_format : {"xyxy", "xywh"}
        torchvision's corners, or COCO's corner and sides.
    mask_threshold : float, optional
        For masks as probabilities (0.5) or logits (0).
    size : (int, int), optional
        Height and width of the image; polygons need it.

    Returns
    -------
    NmsResult
        Indices and scores, best first; and which detection took in which.

    Raises
    ------
    ValueError
        If lengths differ, a score is NaN, or what is to be compared is not given.

    References
    ----------
    Bodla et al., "Soft-NMS", 2017; Wang et al., "SOLOv2", 2020 (matrix NMS).

    Examples
    --------
    >>> boxes = [[0, 0, 10, 10], [1, 0, 10, 10], [20, 0, 30, 10]]
    >>> result = nms([0.9, 0.8, 0.7], boxes=boxes)
    >>> result.indices.tolist(), result.scores.tolist(), result.groups.tolist()
    ([0, 2], [0.9, 0.7], [0, 0, 1])
    >>> nms([0.9, 0.8, 0.7], boxes=boxes, labels=["cat", "dog", "cat"]).indices.tolist()
    [0, 1, 2]
    >>> nms([0.9, 0.8, 0.7], boxes=boxes, method="soft_linear").scores.round(2).tolist()
    [0.9, 0.7, 0.08]
    >>> nms([], boxes=[]).indices.tolist()
    []
    """
    score = np.asarray(to_numpy(scores), dtype=np.float64)
    if score.ndim != 1 or np.isnan(score).any():
        raise ValueError("scores are a list of numbers, none of them NaN")
    overlap = overlap or ("box_iou" if masks is None else "mask_iou")
    _check_choices(method, overlap, has_boxes=boxes is not None, has_masks=masks is not None)
    image_masks = None if masks is None else read_masks(masks, threshold=mask_threshold, size=size)
    corners = None if boxes is None else read_boxes(boxes, box_format)
    category = _number_categories(None if class_agnostic else labels, len(score))
    for name, given in (("masks", image_masks), ("boxes", corners), ("labels", category)):
        if given is not None and len(given) != len(score):
            raise ValueError(f"{len(given)} {name} for {len(score)} scores")
    order = np.argsort(-score, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    if method in ("hard", "merge") and overlap == "box_iou" and corners is not None:
        suppressor = _box_nms(corners, int64_array(order), category, len(order), threshold)["suppressor"]
        return _finish(method, score, order, suppressor, image_masks, corners, box_format)
    a, b, value = _find_pairs(overlap, image_masks, corners, category)
    if method in ("hard", "merge"):
        suppressor = find_suppressors(rank, *(column[value > threshold] for column in (a, b)))
        return _finish(method, score, order, suppressor, image_masks, corners, box_format)
    # Sigma 0 stands for the linear kernel, which has none.
    width = 0.0 if method == "soft_linear" else _DEFAULT_SIGMA[method] if sigma is None else sigma
    if method == "matrix":
        lowered = matrix_nms(score, rank, a, b, value, sigma=width)
    else:
        lowered = soft_nms(score, a, b, value, threshold=threshold, sigma=width)
    return _drop_low_scores(lowered, min_score)


def _drop_low_scores(lowered: FloatArray, min_score: float) -> NmsResult:
    """Keep what has a score left; every kept detection is a group of its own."""
    kept = np.flatnonzero(lowered >= min_score)
    kept = kept[np.argsort(-lowered[kept], kind="stable")]
    groups = np.full(len(lowered), -1, dtype=np.int64)
    groups[kept] = np.arange(len(kept))
    return NmsResult(kept, lowered[kept], groups)


def _check_choices(method: str, overlap: str, *, has_boxes: bool, has_masks: bool) -> None:
    if method not in _METHODS:
        raise ValueError(f"method is one of {', '.join(_METHODS)}, not {method!r}")
    if overlap != "box_iou" and overlap not in _MASK_KINDS:
        raise ValueError(f'overlap is "box_iou", "mask_iou" or "mask_ios", not {overlap!r}')
    if not (has_boxes if overlap == "box_iou" else has_masks):
        raise ValueError(f"overlap={overlap!r} needs {'boxes' if overlap == 'box_iou' else 'masks'}")


def read_boxes(boxes: Any, box_format: BoxFormat) -> FloatArray:
    """Return boxes as corners.

    Parameters
    ----------
    boxes : (n, 4) array
    box_format : {"xyxy", "xywh"}

    Returns
    -------
    (n, 4) float64
        x, y of the top left, and of the bottom right corner.

    Examples
    --------
    >>> read_boxes([[1, 1, 2, 2]], "xywh").tolist()
    [[1.0, 1.0, 3.0, 3.0]]
    >>> read_boxes([], "xyxy").shape
    (0, 4)
    """
    if box_format not in ("xyxy", "xywh"):
        raise ValueError(f'box_format is "xyxy" or "xywh", not {box_format!r}')
    corners = np.array(to_numpy(boxes), dtype=np.float64, order="C")  # columns may have been picked
    if corners.size == 0:
        return np.zeros((0, 4))
    if corners.ndim != 2 or corners.shape[1] != 4 or not np.isfinite(corners).all():
        raise ValueError("boxes are (n, 4) finite numbers")
    if box_format == "xywh":
        corners[:, 2:] += corners[:, :2]
    if (corners[:, 2:] < corners[:, :2]).any():
        remedy = " (COCO's x, y, width, height? pass box_format='xywh')" if box_format == "xyxy" else ""
        raise ValueError(f"a box ends left of or above its begin{remedy}")
    return corners


def _number_categories(labels: Any, n: int) -> IntArray:
    if labels is None:
        return np.zeros(n, dtype=np.int64)
    return int64_array(np.unique(np.asarray(to_numpy(labels)), return_inverse=True)[1].ravel())


def _find_pairs(
    overlap: str, masks: ImageMasks | None, corners: FloatArray | None, category: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs of one category that overlap, a < b, and by how much."""
    if overlap == "box_iou" and corners is not None:
        columns = _box_pairs(corners, category, len(category))
        return columns["a"], columns["b"], columns["iou"]
    if masks is None:
        raise ValueError(f"overlap={overlap!r} needs masks")
    matrix = np.triu(measure_matrix(masks, _MASK_KINDS[overlap]), 1)
    a, b = np.nonzero(matrix)
    is_same = category[a] == category[b]
    a, b = a[is_same], b[is_same]
    return a, b, matrix[a, b]


def _finish(
    method: str,
    score: FloatArray,
    order: IntArray,
    suppressor: IntArray,
    masks: ImageMasks | None,
    corners: FloatArray | None,
    box_format: BoxFormat,
) -> NmsResult:
    kept = order[suppressor[order] == order]
    place = np.full(len(score), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    groups = place[suppressor]
    result = NmsResult(kept, score[kept], groups)
    if method != "merge":
        return result
    if masks is not None:
        runs = masks.as_runs()
        owner = groups[runs.mask].astype(np.int32)
        united = unite_runs(owner, runs.x, runs.y0, runs.y1, len(kept))
        result = result._replace(masks=runs_to_dense(united, masks.height, masks.width))
    if corners is not None:
        merged = np.concatenate([np.full((len(kept), 2), np.inf), np.full((len(kept), 2), -np.inf)], axis=1)
        np.minimum.at(merged[:, :2], groups, corners[:, :2])
        np.maximum.at(merged[:, 2:], groups, corners[:, 2:])
        if box_format == "xywh":
            merged[:, 2:] -= merged[:, :2]
        result = result._replace(boxes=merged)
    return result
