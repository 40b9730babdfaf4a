"""What became of the annotations of a COCO text that was mended: the same, said of their own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import Dataset, MaskKind
from audit.fixes.labels import ORIGIN_FIELD
from audit.geometry.encode import draw_polygons
from audit.geometry.reference_masks import decode_rle_mask
from audit.geometry.runs import runs_to_counts
from audit.geometry.shape import measure_areas, measure_boxes
from audit.loaders.shapes import Segmentation
from audit.measure.masks import dataset_runs


@dataclass(frozen=True, slots=True)
class RecordAction:
    """What is done to one record, or after it."""

    row: int
    """Of the dataset that was read."""
    kind: str
    """``remove``, ``reshape``, or ``add``: a copy that follows it."""
    segmentation: Segmentation = ()  # type: ignore[assignment]
    """The new mask, as COCO has it."""


def write_coco_text(dataset: Dataset) -> tuple[bytes, list[int]]:
    """Write what has a mask as a COCO text.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    text : bytes
    rows : list of int
        Of the dataset, of each annotation.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> write_coco_text(empty_dataset())
    (b'{"images": [], "categories": [], "annotations": []}', [])
    """
    annotations, drawn = dataset.annotations, dataset.annotations.segmentation
    is_usable = (drawn.kind != MaskKind.NONE) & (annotations.image >= 0) & (annotations.category >= 0)
    rows = np.flatnonzero(is_usable)
    runs = dataset_runs(dataset, rows)
    areas, boxes = measure_areas(runs).tolist(), measure_boxes(runs).tolist()
    images, categories = dataset.images, dataset.categories
    sides = images.height[annotations.image[rows]], images.width[annotations.image[rows]]
    counts, count_start = runs_to_counts(runs, *sides)
    records = []
    for number, row in enumerate(rows.tolist()):
        record: dict[str, Any] = {
            "id": int(annotations.id[row]),
            "image_id": int(images.id[annotations.image[row]]),
            "category_id": int(categories.id[annotations.category[row]]),
            "area": areas[number],
            "bbox": boxes[number],
            "iscrowd": int(annotations.iscrowd[row]),
        }
        if drawn.kind[row] == MaskKind.POLYGON:
            rings = range(int(drawn.ring_start[row]), int(drawn.ring_start[row + 1]))
            starts = drawn.vertex_start
            record["segmentation"] = [drawn.xy[starts[r] : starts[r + 1]].ravel().tolist() for r in rings]
        else:
            own_counts = counts[count_start[number] : count_start[number + 1]].tolist()
            record["segmentation"] = {
                "size": [int(sides[0][number]), int(sides[1][number])],
                "counts": own_counts,
            }
        records.append(record)
    document = {
        "images": [
            {
                "id": int(images.id[n]),
                "file_name": name,
                "height": int(images.height[n]),
                "width": int(images.width[n]),
            }
            for n, name in enumerate(images.file_name)
        ],
        "categories": [{"id": int(categories.id[n]), "name": name} for n, name in enumerate(categories.name)],
        "annotations": records,
    }
    return json.dumps(document).encode(), rows.tolist()


def list_actions(before: bytes, after: bytes, rows: list[int]) -> tuple[list[RecordAction], dict[int, str]]:
    """Compare two COCO texts by the ids of their annotations.

    Parameters
    ----------
    before, after : bytes
        From `write_coco_text`, and mended.
    rows : list of int
        Of the dataset, of each annotation before.

    Returns
    -------
    actions : list of RecordAction
    refused : dict
        The negative id of an annotation that comes from none to why it cannot be added.

    Examples
    --------
    >>> old = b'{"annotations": [{"id": 1, "segmentation": []}, {"id": 2, "segmentation": []}]}'
    >>> new = b'{"annotations": [{"id": 2, "segmentation": [[1, 1]]}]}'
    >>> [(action.row, action.kind) for action in list_actions(old, new, [7, 8])[0]]
    [(7, 'remove'), (8, 'reshape')]
    >>> list_actions(old, old, [7, 8])
    ([], {})
    """
    old, new = (
        {record["id"]: record for record in json.loads(text)["annotations"]} for text in (before, after)
    )
    row_of = dict(zip(old, rows, strict=True))
    actions: list[RecordAction] = []
    refused: dict[int, str] = {}
    for number, record in old.items():
        if number not in new:
            actions.append(RecordAction(row_of[number], "remove"))
        elif new[number]["segmentation"] != record["segmentation"]:
            actions.append(RecordAction(row_of[number], "reshape", new[number]["segmentation"]))
    for number, record in new.items():
        if number not in old:
            parent = _find_parent(record, new, row_of)
            if parent is None:
                refused[-number] = "an object that comes from no other cannot be added to this format"
            else:
                actions.append(RecordAction(parent, "add", record["segmentation"]))
    return actions, refused


def _find_parent(
    record: Mapping[str, Any], records: Mapping[int, Mapping[str, Any]], row_of: Mapping[int, int]
) -> int | None:
    for _ in range(len(records) + 1):
        origin = record.get(ORIGIN_FIELD, {}).get("from") or [None]
        if origin[0] in row_of:
            return row_of[origin[0]]
        if origin[0] not in records:
            break
        record = records[origin[0]]
    return None


def draw_segmentation(
    segmentation: Segmentation, height: int, width: int
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Draw what a fix wrote.

    Parameters
    ----------
    segmentation : list of lists, or dict
    height, width : int
        Of the image, pixels.

    Examples
    --------
    >>> draw_segmentation({"size": [1, 2], "counts": [1, 1]}, 1, 2).tolist()
    [[False, True]]
    """
    if isinstance(segmentation, list):
        return draw_polygons(segmentation, height, width)
    counts = segmentation["counts"]
    if isinstance(counts, str):
        return decode_rle_mask({"size": [height, width], "counts": counts})
    values = np.arange(len(counts)) % 2 == 1
    return np.asarray(np.repeat(values, counts).reshape(width, height).T)
