"""COCO's twelve numbers from two files: nothing is measured but what they need."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from ctypes import c_int64
from pathlib import Path
from typing import Any

import numpy as np

from audit.comparison.average_precision import box_candidates, evaluate_detections, mask_candidates
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.federated_detections import average_by_frequency, mark_unjudged
from audit.comparison.measuring import choose_rows, describe_instances
from audit.dataset.model import Dataset, IntArray
from audit.geometry.mask_pairs import MaskPairs, no_pairs
from audit.geometry.native_runs import int64_array, thread_count
from audit.loaders.coco_results import read_results
from audit.loaders.json_file import JsonFile, read_json_file
from audit.loaders.memory import GroundTruth, Predictions, collect_labels, collect_predictions
from audit.loaders.read import read_dataset
from audit.loaders.swapped_files import tell_swapped_files
from audit.native.library import array, declare

_SIDE = (
    *(array("f8"), array("i8"), array("i8"), array("u4"), array("i8")),
    *(array("i8"), array("i8"), array("i8"), array("i8"), array("f8"), array("u1"), c_int64),
)
_measure_drawn_pairs = declare("maskaudit_measure_drawn_pairs", *_SIDE, *_SIDE, c_int64)


def average_precision(
    ground_truth: GroundTruth,
    predictions: Predictions,
    *,
    boxes: bool = False,
    salvage: bool = False,
    input_format: str | None = None,
) -> dict[str, float]:
    """Evaluate predictions as COCO does: average precision and recall, the same as pycocotools gives.

    Parameters
    ----------
    ground_truth : path, mapping, COCO object, or a sequence of these
        COCO JSON files, folders of label images, COCO dictionaries, `pycocotools.coco.COCO`.
    predictions : path, mapping or sequence
        Results, as `audit.compare` takes them.
    boxes : bool
        Whether boxes are judged and not masks.
    salvage : bool
        Take what damaged files still hold.
    input_format : str, optional
        Format of the labels (``yolo``, ``cvat`` ...), where their content does not tell it rightly.

    Returns
    -------
    dict of str to float
        ``AP``, ``AP50``, ``AP75``, ``AP_small``, ``AP_medium``, ``AP_large``, ``AR1``, ``AR10``, ``AR100``,
        ``AR_small``, ``AR_medium``, ``AR_large``; NaN where there is nothing to average. LVIS files are
        evaluated by LVIS' rules, with ``AR300`` besides, and ``APr``, ``APc``, ``APf`` where categories have
        a ``frequency``.

    Raises
    ------
    UnreadableError
        If there are no labels or no predictions to read.

    References
    ----------
    Lin et al., "Microsoft COCO", 2014; COCOeval of the COCO API.

    Examples
    --------
    >>> import json, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> rle = {"size": [4, 4], "counts": [5, 2, 2, 2, 5]}
    >>> square = {"image_id": 1, "category_id": 1, "segmentation": rle}
    >>> labels = {
    ...     "images": [{"id": 1, "file_name": "a.png", "height": 4, "width": 4}],
    ...     "categories": [{"id": 1, "name": "cell"}],
    ...     "annotations": [{**square, "id": 1, "area": 4, "bbox": [1, 1, 2, 2], "iscrowd": 0}],
    ... }
    >>> _ = (folder / "gt.json").write_text(json.dumps(labels))
    >>> _ = (folder / "results.json").write_text(json.dumps([{**square, "score": 0.9}]))
    >>> round(average_precision(folder / "gt.json", folder / "results.json")["AP"], 9)
    1.0
    >>> _ = (folder / "none.json").write_text("[]")
    >>> average_precision(folder / "gt.json", folder / "none.json")["AP"]
    0.0
    """
    paths = collect_labels(ground_truth)
    first = paths[0] if len(paths) == 1 and isinstance(paths[0], Path) else None
    with tell_swapped_files(first, predictions), ThreadPoolExecutor(1) as pool:
        results_file = pool.submit(_open_results, predictions)  # while the labels are read
        labels = read_dataset(paths, salvage=salvage, input_format=input_format).dataset
        results = read_results(results_file.result(), labels, salvage=salvage).dataset
    tables = _measure_candidates(labels, results)
    candidates = box_candidates(tables) if boxes else mask_candidates(tables)
    evaluation = evaluate_detections(tables, candidates, boxes=boxes)
    return evaluation.summarize() | average_by_frequency(evaluation.precision, labels.federated)


def _open_results(predictions: Predictions) -> JsonFile:
    file = collect_predictions(predictions)
    return file if isinstance(file, JsonFile) else read_json_file(file)


def _measure_candidates(labels: Dataset, results: Dataset) -> ComparisonTables:
    """Measure the pairs of one image and category alone, which are all that average precision looks at.

    Masks are drawn, measured and let go of group by group, so the tables hold none.
    """
    n_categories = len(labels.categories)
    label_rows = choose_rows(labels, scored=False, by_category=True)
    result_rows = choose_rows(results, scored=True, by_category=True)
    columns = _measure_drawn_pairs(
        *_describe_side(labels, label_rows, n_categories, scored=False),
        *_describe_side(results, result_rows, n_categories, scored=True),
        thread_count(),
    )
    label_boxes, result_boxes = (columns[name].reshape(-1, 4) for name in ("box_1", "box_2"))
    label_set = describe_instances(labels, label_rows, columns["area_1"], label_boxes, scored=False)
    prediction_set = describe_instances(results, result_rows, columns["area_2"], result_boxes, scored=True)
    a, b = columns["a"], columns["b"]
    pairs = MaskPairs.of(
        a, b, columns["intersection"], columns["area_1"][a], columns["area_2"][b],
        iscrowd=label_set.iscrowd[a], box_iou=columns["box_iou"],
    )  # fmt: skip
    if labels.federated is not None:
        label_set, prediction_set = mark_unjudged(label_set, prediction_set, labels.federated, n_categories)
    return ComparisonTables(
        labels=label_set,
        predictions=prediction_set,
        cross_pairs=pairs,
        label_pairs=no_pairs(),
        prediction_pairs=no_pairs(),
        image_id=labels.images.id,
        height=labels.images.height,
        width=labels.images.width,
        categories=n_categories,
        is_federated=labels.federated is not None,
    )


def _describe_side(dataset: Dataset, rows: IntArray, n_categories: int, scored: bool) -> tuple[Any, ...]:
    """Return one side as the core takes it; what one category has in an image is a group.

    No prediction is a crowd region.
    """
    annotations, images, drawn = dataset.annotations, dataset.images, dataset.annotations.segmentation
    image = annotations.image[rows]
    iscrowd = annotations.iscrowd[rows] & (not scored)
    return (
        *map(np.ascontiguousarray, (drawn.xy, drawn.vertex_start, drawn.ring_start)),
        *map(np.ascontiguousarray, (drawn.counts, drawn.count_start)),
        *map(int64_array, (rows, images.height[image], images.width[image])),
        int64_array(image * (n_categories + 1) + annotations.category[rows] + 1),
        np.ascontiguousarray(annotations.bbox[rows], dtype=np.float64),
        *(np.ascontiguousarray(iscrowd).view(np.uint8), len(rows)),
    )
