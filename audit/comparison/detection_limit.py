"""How many predictions of one image are compared: thousands that lie on each other make millions of pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.comparison.coco_metrics import MAX_DETECTIONS
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.federated_detections import MAX_DETECTIONS_PER_IMAGE
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.ranges import group_starts

MAX_PAIRS = 100_000
"""Pairs of predictions of one image that are looked at, unless the user says how many predictions."""
_SAMPLE = 300
"""Best predictions of an image that tell how closely they lie."""


def choose_detections(
    image: IntArray, score: FloatArray, boxes: FloatArray, max_detections: int | None = None
) -> IntArray:
    """Choose the predictions that are compared: the best of each image.

    Parameters
    ----------
    image : (n,) int64
        Ascending.
    score : (n,) float64
    boxes : (n, 4) float64
        xywh.
    max_detections : int, optional
        Of one image. Where it is left out, all are compared; but where they would make more than `MAX_PAIRS`
        pairs in one image, as many as make so many, and at least a hundred, as in COCO.

    Returns
    -------
    (m,) int64
        Positions, ascending.

    Examples
    --------
    >>> image, score, boxes = np.array([0, 0, 1]), np.array([0.2, 0.9, 0.5]), np.zeros((3, 4))
    >>> choose_detections(image, score, boxes, 1).tolist()
    [1, 2]
    >>> choose_detections(image[:0], score[:0], boxes[:0]).tolist()
    []
    """
    starts = group_starts(image)
    sizes = np.diff(np.r_[starts, len(image)])
    may_be_many = sizes * (sizes - 1) // 2 > MAX_PAIRS if max_detections is None else sizes > max_detections
    is_kept = np.ones(len(image), dtype=np.bool_)
    for start, size in zip(starts[may_be_many].tolist(), sizes[may_be_many].tolist(), strict=True):
        order = start + np.argsort(-score[start : start + size], kind="stable")
        most = max_detections if max_detections is not None else _estimate_limit(boxes[order[:_SAMPLE]])
        is_kept[order[most:]] = False
    return np.flatnonzero(is_kept)


def _estimate_limit(boxes: FloatArray) -> int:
    """Return how many predictions make `MAX_PAIRS` pairs, if all lie as closely as these."""
    left, top = boxes[:, 0], boxes[:, 1]
    right, bottom = left + boxes[:, 2], top + boxes[:, 3]
    meets = (
        (left[:, None] < right) & (left < right[:, None]) & (top[:, None] < bottom) & (top < bottom[:, None])
    )
    n = len(boxes)
    share = (meets.sum() - n) / max(n * (n - 1), 1)
    return max(int(np.sqrt(2 * MAX_PAIRS / max(share, 1e-9))), MAX_DETECTIONS[-1])


def list_left_out(tables: ComparisonTables) -> Iterator[str]:
    """Say which predictions were not compared, or are not judged.

    Parameters
    ----------
    tables : ComparisonTables

    Yields
    ------
    str
        A sentence each.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aa"), scene("pq")))
    >>> list(list_left_out(measure_comparison(*data)))
    []
    >>> list(list_left_out(measure_comparison(*data, max_detections=1)))
    ['1 of 2 predictions, in 1 image: too many lie there, the best are compared (--max-detections).']
    """
    predictions = tables.predictions
    annotations = predictions.dataset.annotations
    is_usable = (annotations.image >= 0) & np.isfinite(annotations.score)
    n_usable = int(is_usable.sum())
    if n_usable > len(predictions):
        counts = np.bincount(annotations.image[is_usable], minlength=len(tables.image_id))
        n_images = int((counts > np.bincount(predictions.image, minlength=len(counts))).sum())
        images = "1 image" if n_images == 1 else f"{n_images:,} images"
        yield (
            f"{n_usable - len(predictions):,} of {n_usable:,} predictions, in {images}: too many lie there, "
            "the best are compared (--max-detections)."
        )
    if tables.is_federated:
        n_unjudged = int((~predictions.is_verified | predictions.is_excusable).sum())
        yield (
            f"{n_unjudged:,} of {len(predictions):,} predictions: as in LVIS, their category was not "
            "looked for in their image, or not for every object. AP and TIDE follow LVIS' rules; PQ, AJI, "
            "VOI, Rand and overlapping pairs take all predictions."
        )


def describe_ap_limit(tables: ComparisonTables) -> str:
    """Say how many predictions average precision leaves out because too many are of one image; "" = none.

    Parameters
    ----------
    tables : ComparisonTables

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> describe_ap_limit(measure_comparison(*compared((scene("aa"), scene("pq")))))
    ''
    """
    predictions = tables.predictions
    if tables.is_federated:
        most, group, place, rules = MAX_DETECTIONS_PER_IMAGE, predictions.image, "an image", "LVIS"
    else:
        most, place, rules = MAX_DETECTIONS[-1], "an image and category", "COCO"
        group = predictions.image * (tables.categories + 1) + predictions.category
    n_beyond = int(np.maximum(np.unique(group, return_counts=True)[1] - most, 0).sum())
    if not n_beyond:
        return ""
    return f"AP and AR count the best {most} of {place}, as {rules} does, and leave out {n_beyond:,}"
