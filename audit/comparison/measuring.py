"""Measuring labels against predictions: masks are drawn once, and every pair of one image is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.detection_limit import choose_detections
from audit.comparison.federated_detections import mark_unjudged
from audit.comparison.trusted_boxes import trust_boxes
from audit.dataset.model import Dataset, IntArray, MaskKind
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.native_runs import thread_count
from audit.geometry.runs import Runs, concatenate_runs, no_runs
from audit.geometry.shape import summarize_masks
from audit.geometry.sort_keys import stable_lexsort
from audit.measure.cross_pairs import (
    BLOCK,
    image_blocks,
    measure_cross_pairs,
    measure_inner_pairs,
    usable_boxes,
)
from audit.measure.masks import dataset_runs

DRAWN_BLOCK = 64 * BLOCK
"""Masks drawn together: what the core needs beside their runs is some vertices."""
ChangeMasks = Callable[[Runs, slice], Runs]
"""What a what-if does to masks: from those of some images, and their positions, to others."""


def measure_comparison(
    labels: Dataset, predictions: Dataset, max_detections: int | None = None
) -> ComparisonTables:
    """Measure all pairs of one image: label x label, label x prediction, prediction x prediction.

    Parameters
    ----------
    labels : Dataset
    predictions : Dataset
        With the same rows of images and categories, as `audit.loaders.coco_results` gives them.
    max_detections : int, optional
        Predictions of an image that are compared, see `audit.comparison.detection_limit.choose_detections`.

    Returns
    -------
    ComparisonTables
        Shared pixels are exactly those of ``pycocotools.mask``.

    Examples
    --------
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aab"), scene("pp."))))
    >>> len(tables.labels), len(tables.predictions), tables.cross_pairs.intersection.tolist()
    (2, 1, [2])
    >>> len(measure_comparison(*compared()).cross_pairs)
    0
    """
    label_set, prediction_set = (
        draw_instances(labels, scored=False),
        draw_instances(predictions, scored=True),
    )
    if labels.federated is not None:
        label_set, prediction_set = mark_unjudged(
            label_set, prediction_set, labels.federated, len(labels.categories)
        )
    compared = choose_detections(
        prediction_set.image, prediction_set.score, prediction_set.box, max_detections
    )
    if len(compared) < len(prediction_set):
        prediction_set = prediction_set.take(compared)
    return ComparisonTables(
        labels=label_set,
        predictions=prediction_set,
        cross_pairs=measure_cross_pairs(label_set, prediction_set),
        label_pairs=_measure_trusted_pairs(label_set),
        prediction_pairs=_measure_trusted_pairs(prediction_set),
        image_id=labels.images.id,
        height=labels.images.height,
        width=labels.images.width,
        categories=len(labels.categories),
        is_federated=labels.federated is not None,
    )


def draw_instances(dataset: Dataset, *, scored: bool) -> Instances:
    """Draw what of a dataset can be compared.

    Parameters
    ----------
    dataset : Dataset
    scored : bool
        Whether these are predictions: then a finite score is needed, and none is a crowd region.

    Returns
    -------
    Instances
        Sorted by image, then by place in the file.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> draw_instances(dataset(scene("aab")), scored=False).area.tolist()
    [2, 1]
    >>> len(draw_instances(dataset(scene("aab")), scored=True))
    0
    """
    row = choose_rows(dataset, scored=scored)
    blocks = (row[start : start + DRAWN_BLOCK] for start in range(0, len(row), DRAWN_BLOCK))
    runs, area, mask_box, mask_hash = _measure_masks(
        dataset_runs(dataset, block, threads=thread_count()) for block in blocks
    )
    return describe_instances(dataset, row, area, mask_box, scored=scored, runs=runs, mask_hash=mask_hash)


def choose_rows(dataset: Dataset, *, scored: bool, by_category: bool = False) -> IntArray:
    """List the annotations of a dataset that can be compared; see `draw_instances`.

    Parameters
    ----------
    dataset : Dataset
    scored : bool
    by_category : bool
        Whether those of one category come together within an image.

    Returns
    -------
    (n,) int64
        Rows in ``dataset.annotations``: sorted by image, then by category where that is asked for, then by
        place in the file.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> choose_rows(dataset(scene("aab")), scored=False).tolist()
    [0, 1]
    >>> choose_rows(dataset(), scored=False).tolist()
    []
    """
    annotations = dataset.annotations
    usable = annotations.image >= 0
    if scored:
        usable &= np.isfinite(annotations.score)
    row = np.flatnonzero(usable)
    place = annotations.index[row], annotations.source[row]
    category = (annotations.category[row],) if by_category else ()
    return row[stable_lexsort((*place, *category, annotations.image[row]))]


def describe_instances(
    dataset: Dataset,
    row: IntArray,
    area: IntArray,
    mask_box: IntArray,
    *,
    scored: bool,
    runs: Runs | None = None,
    mask_hash: NDArray[np.uint64] | None = None,
) -> Instances:
    """Put together what the file says of annotations and what was measured of their masks.

    Parameters
    ----------
    dataset : Dataset
    row : (n,) int64
        Rows in ``dataset.annotations``, as `choose_rows` gives them.
    area : (n,) int64
        Pixels of each mask.
    mask_box : (n, 4) int64
        xywh of each mask.
    scored : bool
        Whether these are predictions.
    runs : Runs, optional
        The masks; left out where nobody looks at them any more.
    mask_hash : (n,) uint64, optional
        Hash of each mask; left out like the masks.

    Returns
    -------
    Instances

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> area, box = np.array([2]), np.array([[0, 0, 2, 1]])
    >>> describe_instances(dataset(scene("aa")), np.array([0]), area, box, scored=False).box.tolist()
    [[0.0, 0.0, 2.0, 1.0]]
    """
    annotations = dataset.annotations
    declared_area, declared_box = annotations.area[row], annotations.bbox[row]
    box = usable_boxes(declared_box, mask_box)
    has_mask = annotations.segmentation.kind[row] != MaskKind.NONE
    if scored:
        # COCO counts a result without pixels as a wrong one; only boxes alone are judged as boxes.
        has_mask = np.full(len(row), has_mask.any())
    return Instances(
        dataset=dataset,
        row=row,
        image=annotations.image[row],
        iscrowd=annotations.iscrowd[row] & (not scored),
        declared_box=declared_box,
        runs=no_runs(len(row)) if runs is None else runs,
        category=annotations.category[row],
        score=annotations.score[row],
        has_mask=has_mask,
        area=area,
        mask_box=mask_box,
        declared_area=np.where(np.isfinite(declared_area), declared_area, area),
        box=box,
        trusted_box=trust_boxes(box, mask_box),
        mask_hash=np.zeros(len(row), dtype=np.uint64) if mask_hash is None else mask_hash,
        is_verified=np.ones(len(row), dtype=np.bool_),
        is_excusable=np.zeros(len(row), dtype=np.bool_),
    )


def replace_predictions(tables: ComparisonTables, change: ChangeMasks) -> ComparisonTables:
    r"""Give the predictions other masks, and measure their pairs.

    Parameters
    ----------
    tables : ComparisonTables
    change : callable
        From the masks of some images, and their positions, to as many others.

    Returns
    -------
    ComparisonTables
        With the same labels, and pairs of labels.

    Examples
    --------
    >>> from audit.geometry.morphology import fill_holes
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaa\naaa\naaa"), scene("ppp\np.p\nppp"))))
    >>> replace_predictions(tables, lambda runs, _: fill_holes(runs)).cross_pairs.iou.tolist()
    [1.0]
    >>> tables = measure_comparison(*compared())
    >>> len(replace_predictions(tables, lambda runs, _: fill_holes(runs)).predictions)
    0
    """
    predictions = tables.predictions
    blocks = (part for (part,) in image_blocks(predictions))
    changed = (change(predictions.decode(part), part) for part in blocks)
    runs, area, mask_box, mask_hash = _measure_masks(changed)
    declared_area = predictions.dataset.annotations.area[predictions.row]
    box = usable_boxes(predictions.declared_box, mask_box)
    predictions = replace(
        predictions,
        runs=runs,
        area=area,
        mask_box=mask_box,
        declared_area=np.where(np.isfinite(declared_area), declared_area, area),
        box=box,
        trusted_box=trust_boxes(box, mask_box),
        mask_hash=mask_hash,
    )
    return replace(
        tables,
        predictions=predictions,
        cross_pairs=measure_cross_pairs(tables.labels, predictions),
        prediction_pairs=_measure_trusted_pairs(predictions),
    )


def _measure_trusted_pairs(instances: Instances) -> MaskPairs:
    """Measure the pairs of one side; boxes that do not fit their masks tell nothing of NMS."""
    return measure_inner_pairs(replace(instances, declared_box=instances.trusted_box))


def _measure_masks(blocks: Iterable[Runs]) -> tuple[Runs, IntArray, IntArray, NDArray[np.uint64]]:
    """Put masks together, with their areas, boxes and hashes."""
    parts = list(blocks) or [no_runs(0)]
    measured = [summarize_masks(part) for part in parts]
    area, mask_box, mask_hash = (np.concatenate(columns) for columns in zip(*measured, strict=True))
    return concatenate_runs(parts), area, mask_box, mask_hash
