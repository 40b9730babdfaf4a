"""Results whose image ids fit otherwise: the surest of them are read again under other ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from audit.comparison.comparison_tables import Instances
from audit.comparison.image_ids import PLAIN_SHARE, ImageReading, count_outlining, read_image_ids
from audit.comparison.measuring import draw_instances
from audit.dataset.model import Dataset
from audit.loaders.coco_results import list_result_records, read_results
from audit.loaders.ids import normalize_id
from audit.loaders.json_file import JsonFile
from audit.loaders.memory import collect_predictions
from audit.measure.schema import Measurements

MAX_TRIED = 1000
"""Results that are tried: the surest ones, of whatever image."""
MAX_ID = 2**62
"""Larger numbers are no ids that could be shifted."""


def find_image_reading(
    file: Path | JsonFile, results: Dataset, labels: Dataset, measurements: Measurements
) -> ImageReading | None:
    """Say how the image ids of results would fit the labels; None where they do, or nothing does.

    Parameters
    ----------
    file : Path or JsonFile
        The results.
    results : Dataset
        As they were read.
    labels : Dataset
    measurements : Measurements
        Of the labels.

    Returns
    -------
    ImageReading or None
    """
    instances = measurements.instances
    order = np.argsort(instances["image"].to_numpy(), kind="stable")
    boxes = np.stack([instances[side].to_numpy()[order] for side in "xywh"], axis=1).astype(np.float64)
    label_boxes = instances["image"].to_numpy()[order], boxes
    annotations = results.annotations
    surest = np.argsort(-np.nan_to_num(annotations.score, nan=-np.inf), kind="stable")[:MAX_TRIED]
    as_they_are = draw_instances(replace(results, annotations=annotations.take(surest)), scored=True)
    fit = count_outlining(label_boxes, as_they_are)
    if not len(instances) or fit > PLAIN_SHARE * len(surest):
        return None  # no other reading could win clearly: nothing is read again
    records = [
        (image_id, record)
        for record in list_result_records(file, annotations.index[surest].tolist())
        if isinstance(image_id := normalize_id(record.get("image_id")), int) and abs(image_id) < MAX_ID
    ]

    def place(mapping: Mapping[int, int]) -> Instances:
        renamed = [record | {"image_id": mapping[named]} for named, record in records if named in mapping]
        renamed_file = collect_predictions(renamed)
        return draw_instances(read_results(renamed_file, labels).dataset, scored=True)

    named_ids = np.array([named for named, _ in records], dtype=np.int64)
    return read_image_ids(labels.images, label_boxes, named_ids, fit, place)
