"""Which labels a trainer leaves out before it looks at their masks, and for what reason."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from audit.dataset.model import Annotations, FloatArray, Images, IntArray, MaskKind
from audit.trainers.presets import Trainer

NO_REASON = ""


class Reason(StrEnum):
    """Why a label is left out."""

    CROWD = "crowd"
    NO_IMAGE = "no image"
    NO_CATEGORY = "no category"
    NO_MASK = "no mask"
    EMPTY_BOX = "box without area"
    SMALL_BOX = "box too small"
    REPEATED_BOX = "box and category of another label"
    SMALL_IMAGE = "picture too small"
    EMPTY_IMAGE = "picture of boxes without area"


def label_boxes(annotations: Annotations, images: Images, mask_boxes: FloatArray) -> FloatArray:
    """Return the boxes that trainers take: the declared ones, clipped; where none is declared, the mask's.

    Parameters
    ----------
    annotations : Annotations
        n labels.
    images : Images
    mask_boxes : (n, 4) float64
        Of the masks, xywh.

    Returns
    -------
    (n, 4) float64
        xyxy, pixels, inside the image.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> empty = empty_dataset()
    >>> label_boxes(empty.annotations, empty.images, np.zeros((0, 4))).tolist()
    []
    """
    declared = np.where(
        np.isfinite(annotations.bbox).all(axis=1, keepdims=True), annotations.bbox, mask_boxes
    )
    edges = np.concatenate([declared[:, :2], declared[:, :2] + declared[:, 2:]], axis=1)
    sizes = np.stack([images.width, images.height], axis=1) if len(images) else np.zeros((1, 2))
    limits = np.tile(sizes[np.maximum(annotations.image, 0)], 2)
    return np.asarray(np.clip(edges, 0, limits), dtype=np.float64)


def find_reasons(
    annotations: Annotations, images: Images, boxes: FloatArray, trainer: Trainer
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Say of each label why it is left out.

    Parameters
    ----------
    annotations : Annotations
        n labels.
    images : Images
    boxes : (n, 4) float64
        As `label_boxes` returns them.
    trainer : Trainer

    Returns
    -------
    (n,) object
        A `Reason`, or `NO_REASON`.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> from audit.trainers.presets import TRAINERS
    >>> data = dataset(scene("aab", crowd="b"))
    >>> boxes = label_boxes(data.annotations, data.images, data.annotations.bbox)
    >>> find_reasons(data.annotations, data.images, boxes, TRAINERS["yolo-seg"]).tolist()
    ['', <Reason.CROWD: 'crowd'>]
    """
    reasons = np.full(len(annotations), NO_REASON, dtype=object)
    if not len(annotations):
        return reasons
    sides = boxes[:, 2:] - boxes[:, :2]
    shortest = sides.min(axis=1)
    has_image = annotations.image >= 0
    image_sizes = np.r_[np.minimum(images.height, images.width), 0][annotations.image]  # -1: the last
    # What is noted last is said: from the particular to what makes all else idle.
    if trainer.drops_repeated_boxes:
        reasons[_find_repeated(annotations)] = Reason.REPEATED_BOX
    if trainer.name == "torchvision":
        reasons[_find_flat_images(annotations, shortest)] = Reason.EMPTY_IMAGE
    reasons[shortest < trainer.smallest_box] = Reason.SMALL_BOX
    reasons[shortest <= 0] = Reason.EMPTY_BOX
    reasons[annotations.segmentation.kind == MaskKind.NONE] = Reason.NO_MASK
    reasons[image_sizes < trainer.smallest_image] = Reason.SMALL_IMAGE
    reasons[annotations.category < 0] = Reason.NO_CATEGORY
    reasons[~has_image | (image_sizes <= 0)] = Reason.NO_IMAGE
    reasons[annotations.iscrowd] = Reason.CROWD
    return reasons


def _find_repeated(annotations: Annotations) -> IntArray:
    """Return the labels whose category and declared box a label before them in their picture has."""
    keys = np.column_stack([annotations.image, annotations.category, annotations.bbox])
    order = np.lexsort((annotations.index, annotations.source, annotations.iscrowd, *keys.T[::-1]))
    sorted_keys = keys[order]
    same = (sorted_keys[1:] == sorted_keys[:-1]).all(axis=1)  # NaN boxes equal nothing
    later, before = order[1:][same], order[:-1][same]
    is_object = ~annotations.iscrowd[later] & ~annotations.iscrowd[before]
    return np.asarray(later[is_object], dtype=np.int64)


def _find_flat_images(annotations: Annotations, shortest: FloatArray) -> IntArray:
    """Return the labels of pictures in which no box has sides of more than 1 px."""
    n_images = int(annotations.image.max()) + 2
    has_box = np.zeros(n_images, dtype=bool)
    has_box[annotations.image[shortest > 1]] = True  # -1 is the last: the unknown picture
    return np.flatnonzero(~has_box[annotations.image])
