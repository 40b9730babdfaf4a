"""COCO's twelve numbers from two files: nothing is measured but what they need."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audit.comparison.average_precision import box_candidates, evaluate_detections, mask_candidates
from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.federated_detections import average_by_frequency, mark_unjudged
from audit.comparison.measuring import draw_instances
from audit.dataset.model import Dataset
from audit.geometry.mask_pairs import MaskPairs, no_pairs
from audit.loaders.coco_results import read_results
from audit.loaders.memory import GroundTruth, Predictions, collect_labels, collect_predictions
from audit.loaders.read import read_dataset
from audit.loaders.swapped_files import tell_swapped_files
from audit.measure.cross_pairs import measure_cross_pairs


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
    with tell_swapped_files(first, predictions):
        labels = read_dataset(paths, salvage=salvage, input_format=input_format).dataset
        results = read_results(collect_predictions(predictions), labels, salvage=salvage).dataset
    tables = _measure_candidates(labels, results)
    candidates = box_candidates(tables) if boxes else mask_candidates(tables)
    evaluation = evaluate_detections(tables, candidates, boxes=boxes)
    return evaluation.summarize() | average_by_frequency(evaluation.precision, labels.federated)


def _measure_candidates(labels: Dataset, results: Dataset) -> ComparisonTables:
    """Measure the pairs of one image and category alone, which are all that average precision looks at."""
    label_set = draw_instances(labels, scored=False, by_category=True)
    prediction_set = draw_instances(results, scored=True, by_category=True)
    n_categories = len(labels.categories)
    if labels.federated is not None:
        label_set, prediction_set = mark_unjudged(label_set, prediction_set, labels.federated, n_categories)
    return ComparisonTables(
        labels=label_set,
        predictions=prediction_set,
        cross_pairs=_measure_within_category(label_set, prediction_set, n_categories),
        label_pairs=no_pairs(),
        prediction_pairs=no_pairs(),
        image_id=labels.images.id,
        height=labels.images.height,
        width=labels.images.width,
        categories=n_categories,
        is_federated=labels.federated is not None,
    )


def _measure_within_category(labels: Instances, predictions: Instances, n_categories: int) -> MaskPairs:
    """Measure as if what one category has in an image were an image of its own."""
    parts = [
        replace(instances, image=instances.image * (n_categories + 1) + instances.category + 1)
        for instances in (labels, predictions)
    ]
    return measure_cross_pairs(parts[0], parts[1])
