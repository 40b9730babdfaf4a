"""What models return for one image, read by the attributes that their libraries document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np

from audit.geometry.mask_input import read_masks, to_numpy

_PROBABILITY_THRESHOLD = 0.5
"""Where torchvision's own evaluation cuts the soft masks of Mask R-CNN."""
_MIN_POLYGON_POINTS = 3


class ModelOutput(NamedTuple):
    """The detections of one image; what an output lacks is None."""

    boxes: Any
    """(n, 4) corners x0, y0, x1, y1; pixels."""
    labels: Any
    """(n,) category ids."""
    scores: Any
    masks: Any
    """(n, height, width) array, soft where it is floating, or COCO RLEs, or polygons."""
    image_id: Any


def is_output(entry: object) -> bool:
    """Tell whether something is what a model returned for a whole image.

    Parameters
    ----------
    entry : object

    Examples
    --------
    >>> is_output({"boxes": [], "labels": []}), is_output({"image_id": 1, "bbox": [0, 0, 1, 1]})
    (True, False)
    """
    if isinstance(entry, Mapping):
        return "boxes" in entry or hasattr(entry.get("instances"), "pred_classes")
    return any(hasattr(entry, name) for name in ("xyxy", "pred_classes", "pred_instances", "orig_shape"))


def read_output(output: Any) -> ModelOutput:
    """Read what a model returned for one image.

    Parameters
    ----------
    output : object
        A mapping with ``boxes``, ``labels``, ``scores``, ``masks`` (torchvision, torchmetrics);
        `supervision.Detections`; Detectron2's ``{"instances": Instances}`` or ``Instances``; MMDetection's
        ``DetDataSample``; Ultralytics' ``Results``.

    Returns
    -------
    ModelOutput
        Ultralytics' masks are taken at the picture's size: its polygons, or its masks where these have it.

    Raises
    ------
    ValueError
        If it has no boxes or no labels.

    Examples
    --------
    >>> read_output({"boxes": [[0, 0, 1, 1]], "labels": [2], "image_id": 7}).image_id
    7
    >>> read_output({"boxes": [], "labels": []}).labels
    []
    """
    if isinstance(output, Mapping) and "instances" in output and "boxes" not in output:
        image_id = output.get("image_id")
        return _checked(_read_instances(output["instances"])._replace(image_id=image_id), output)
    if isinstance(output, Mapping):
        boxes, labels, scores, masks, image_id = map(
            output.get, ("boxes", "labels", "scores", "masks", "image_id")
        )
        return _checked(ModelOutput(boxes, labels, scores, masks, image_id), output)
    if hasattr(output, "pred_instances"):
        instances = output.pred_instances
        boxes, labels, scores, masks = _attributes(instances, "bboxes", "labels", "scores", "masks")
        return _checked(ModelOutput(boxes, labels, scores, masks, getattr(output, "img_id", None)), output)
    if hasattr(output, "pred_classes"):
        return _checked(_read_instances(output), output)
    if hasattr(output, "orig_shape"):
        return _checked(_read_ultralytics(output), output)
    metadata = getattr(output, "metadata", None) or {}
    boxes, labels, scores, masks = _attributes(output, "xyxy", "class_id", "confidence", "mask")
    return _checked(ModelOutput(boxes, labels, scores, masks, metadata.get("image_id")), output)


def _attributes(output: object, *names: str) -> list[Any]:
    """Return attributes of an output; None for those that it lacks."""
    return [getattr(output, name, None) for name in names]


def _checked(read: ModelOutput, output: object) -> ModelOutput:
    if read.boxes is None or read.labels is None:
        raise ValueError(f"an output has boxes and labels; this is {type(output).__name__}")
    return read


def _read_instances(instances: Any) -> ModelOutput:
    """Read Detectron2's ``Instances``."""
    boxes = getattr(instances, "pred_boxes", None)
    labels, scores, masks = _attributes(instances, "pred_classes", "scores", "pred_masks")
    return ModelOutput(getattr(boxes, "tensor", boxes), labels, scores, masks, None)


def _read_ultralytics(results: Any) -> ModelOutput:
    """Read Ultralytics' ``Results``."""
    boxes, masks = results.boxes, getattr(results, "masks", None)
    segmentations: Any = None
    if masks is not None:
        height, width = results.orig_shape
        dense = to_numpy(masks.data)
        # Without retina_masks, masks have the network's size; their polygons have the picture's.
        if dense.shape[1:] == (height, width):
            segmentations = dense > _PROBABILITY_THRESHOLD
        else:
            segmentations = [_as_polygons(points) for points in masks.xy]
    image_id = PurePath(str(results.path)).stem if getattr(results, "path", None) else None
    if boxes is None:
        return ModelOutput(None, None, None, segmentations, image_id)
    labels = to_numpy(boxes.cls).astype(np.int64)
    return ModelOutput(boxes.xyxy, labels, boxes.conf, segmentations, image_id)


def _as_polygons(points: Any) -> list[list[float]]:
    """Return one outline as a COCO segmentation; what has no area is an empty one."""
    outline = to_numpy(points).astype(np.float64).reshape(-1, 2)
    return [outline.ravel().tolist()] if len(outline) >= _MIN_POLYGON_POINTS else []


def list_results(image_id: object, output: ModelOutput) -> list[dict[str, Any]]:
    """Return one image's output as COCO results.

    Parameters
    ----------
    image_id : object
    output : ModelOutput

    Raises
    ------
    ValueError
        If its columns have different lengths, or its masks are none.

    Examples
    --------
    >>> list_results(3, ModelOutput([[0, 0, 2, 1]], [5], [0.5], None, None))
    [{'image_id': 3, 'category_id': 5, 'score': 0.5, 'bbox': [0.0, 0.0, 2.0, 1.0]}]
    >>> list_results(3, ModelOutput([], [], [], None, None))
    []
    """
    corners = to_numpy(output.boxes).astype(np.float64).reshape(-1, 4)
    columns: dict[str, list[Any]] = {"category_id": to_numpy(output.labels).tolist()}
    if output.scores is not None:
        columns["score"] = to_numpy(output.scores).tolist()
    columns["bbox"] = np.c_[corners[:, :2], corners[:, 2:] - corners[:, :2]].tolist()
    if output.masks is not None:
        columns["segmentation"] = _list_segmentations(output.masks)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"its columns have different lengths: {lengths}")
    rows = zip(*columns.values(), strict=True)
    plain_id = image_id.tolist() if hasattr(image_id, "tolist") else image_id
    return [{"image_id": plain_id, **dict(zip(columns, row, strict=True))} for row in rows]


def describe_targets(targets: Mapping[Any, Any] | Sequence[Any]) -> dict[str, Any]:
    """Return what a training loop holds as labels, target by target, as a COCO document.

    Parameters
    ----------
    targets : mapping of image id to target, or sequence of targets
        Each with ``boxes``, ``labels`` and ``masks`` (torchvision, torchmetrics), perhaps ``iscrowd`` and
        ``area``, which is that of the mask where it is left out. In a sequence each has its ``image_id``.
        Labels are category ids and become their names, too.

    Raises
    ------
    ValueError
        If a target does not say which image it is of, or has no masks.

    Examples
    --------
    >>> mask = np.array([[[False, True], [False, True]]])
    >>> document = describe_targets({7: {"boxes": [[1, 0, 2, 2]], "labels": [3], "masks": mask}})
    >>> document["images"], document["categories"]
    ([{'id': 7, 'file_name': '7', 'height': 2, 'width': 2}], [{'id': 3, 'name': '3'}])
    >>> describe_targets([])["images"]
    []
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    pairs = targets.items() if isinstance(targets, Mapping) else ((None, target) for target in targets)
    for position, (key, target) in enumerate(pairs):
        read = read_output(target)
        image_id = read.image_id if key is None else key
        if image_id is None:
            raise ValueError(f"target {position} does not say which image it is of (image_id)")
        shape = np.shape(to_numpy(read.masks)) if hasattr(read.masks, "shape") else ()
        if len(shape) < 2:
            raise ValueError(f"target {position} has no masks of shape (n, height, width)")
        if hasattr(image_id, "tolist"):  # torchvision's is a tensor of one number
            image_id = np.ravel(to_numpy(image_id))[0].item()
        images.append({"id": image_id, "file_name": str(image_id), "height": shape[-2], "width": shape[-1]})
        fields = target if isinstance(target, Mapping) else {}
        crowds, areas = fields.get("iscrowd"), fields.get("area")
        records = list_results(image_id, read._replace(scores=None))
        flags = [0] * len(records) if crowds is None else to_numpy(crowds).astype(int).tolist()
        declared = measure_areas(read.masks) if areas is None else to_numpy(areas).astype(float).tolist()
        for record, flag, area in zip(records, flags, declared, strict=True):
            annotations.append({"id": len(annotations) + 1, "iscrowd": flag, "area": area, **record})
    labels = sorted({record["category_id"] for record in annotations})
    categories = [{"id": label, "name": str(label)} for label in labels]
    return {"images": images, "annotations": annotations, "categories": categories}


def measure_areas(masks: Any) -> list[int]:
    """Count the pixels of masks in memory.

    Parameters
    ----------
    masks : (n, height, width) or (n, 1, height, width) array
        Floating arrays are probabilities, cut at 0.5.

    Examples
    --------
    >>> measure_areas(np.array([[[False, True], [False, True]]])), measure_areas(np.zeros((0, 2, 2)))
    ([2], [])
    """
    dense = to_numpy(masks)
    is_inside = dense > 0.5 if dense.dtype.kind == "f" else dense != 0
    if not len(dense):
        return []
    areas: list[int] = np.count_nonzero(is_inside.reshape(len(dense), -1), axis=1).tolist()
    return areas


def _list_segmentations(masks: Any) -> list[Any]:
    """Return masks as COCO segmentations; polygons and RLEs stay as they are."""
    if isinstance(masks, list) and all(isinstance(mask, list) for mask in masks):
        return masks
    return encode_masks(masks)


def encode_masks(masks: Any) -> list[Any]:
    """Encode masks in memory as COCO RLEs.

    Parameters
    ----------
    masks : (n, height, width) array, or a sequence of RLEs
        Floating arrays are probabilities, cut at 0.5.

    Examples
    --------
    >>> encode_masks(np.array([[[False, True], [False, True]]]))
    [{'size': [2, 2], 'counts': '22'}]
    >>> encode_masks(np.zeros((0, 2, 2), dtype=bool))
    []
    """
    from audit.geometry.encode import encode_runs  # late: it needs shapely and scikit-image

    if hasattr(masks, "__array__") or hasattr(masks, "__dlpack__"):
        masks = to_numpy(masks)
        threshold = _PROBABILITY_THRESHOLD if masks.dtype.kind == "f" else None
        read = read_masks(masks, threshold=threshold, layout="NHW")
    else:
        read = read_masks(masks)
    sides = np.full(len(read), read.height), np.full(len(read), read.width)
    return list(encode_runs(read.as_runs(), *sides))
