"""Labels and results that are in memory: written as the COCO text that a file of them would hold.

So every check, place and fingerprint is that of a file, and there is one reader.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeGuard

import numpy as np

from audit.geometry.mask_input import to_numpy
from audit.loaders.json_file import IN_MEMORY, JsonFile
from audit.loaders.loaded import UnreadableError
from audit.loaders.model_outputs import (
    describe_targets,
    encode_masks,
    is_output,
    list_results,
    measure_areas,
    read_output,
)

PREDICTIONS_IN_MEMORY = f"{IN_MEMORY}: predictions"
PROPOSALS_IN_MEMORY = f"{IN_MEMORY}: proposals"
_RESULTS_REMEDY = "give {image id: output}, a list of COCO results, or a path"


class CocoObject(Protocol):
    """A `pycocotools.coco.COCO`, or what has its ``dataset`` (faster-coco-eval, hotcoco, LVIS)."""

    dataset: Any


Labels = str | Path | Mapping[str, Any] | CocoObject
"""A path, or a COCO document."""
GroundTruth = Labels | Sequence[Labels]
Predictions = str | Path | CocoObject | Mapping[Any, Any] | Sequence[Any]
"""A path, COCO results as dictionaries, or what a model returned for each image."""


def collect_labels(ground_truth: GroundTruth | None) -> list[Path | JsonFile]:
    """List what is to be read: paths as they are, documents in memory as their text.

    Parameters
    ----------
    ground_truth : path, mapping, COCO object, table, dataset, or a sequence of these
        None = nothing. Tables are pandas', datasets those of ``datasets`` and ``supervision``; of the latter
        the pictures are opened one by one for their sizes. Targets of torchvision and torchmetrics are
        ``{image id: target}``, or a list in which each has its ``image_id``.

    Returns
    -------
    list of Path or JsonFile
        What is in memory is called ``<memory>``, ``<memory 2>`` ...

    Raises
    ------
    UnreadableError
        If something in memory is no COCO document, or holds what JSON cannot.

    Examples
    --------
    >>> nothing = {"images": [], "annotations": [], "categories": []}
    >>> [file.name for file in collect_labels([Path("a.json"), nothing, nothing])]
    ['a.json', '<memory>', '<memory 2>']
    >>> collect_labels(None)
    []
    """
    if ground_truth is None:
        return []
    sources: list[Path | JsonFile] = []
    for entry in _list_entries(ground_truth):
        if isinstance(entry, str | Path):
            sources.append(Path(entry))
            continue
        n_documents = sum(isinstance(source, JsonFile) for source in sources)
        name = f"{IN_MEMORY[:-1]} {n_documents + 1}>" if n_documents else IN_MEMORY
        try:
            document = _describe_labels(entry)
        except ValueError as error:
            raise UnreadableError("input.format", name, "", str(error), "name them as the docs do") from None
        if not isinstance(document, Mapping):
            what = (
                "labels are a path, a COCO dictionary, a COCO object or a table of labels, "
                f"not {type(entry).__name__}"
            )
            raise UnreadableError("input.format", name, "", what, "give one of these")
        file = _write_text(name, document)
        is_rows = _is_arrow_dataset(entry) or _is_table(entry)
        sources.append(replace(file, has_boxes=not is_rows))
    return sources


def collect_predictions(predictions: Predictions, name: str = PREDICTIONS_IN_MEMORY) -> Path | JsonFile:
    """Return the path of a results file, or the text of results in memory.

    Parameters
    ----------
    predictions : path, COCO object, mapping or sequence
        COCO results as dictionaries, or as rows of a pandas table; or what a model returned, by image id: see
        `audit.loaders.model_outputs.read_output`. In a list, each names its image as ``image_id``
        (MMDetection's ``img_id``, the stem of Ultralytics' ``path``). Labels are category ids.
    name : str
        What they are called.

    Raises
    ------
    UnreadableError
        If they are none of these.

    Examples
    --------
    >>> mask = np.array([[[False, True], [False, True]]])
    >>> output = {"boxes": [[1, 0, 2, 2]], "labels": [3], "scores": [0.5], "masks": mask}
    >>> file = collect_predictions({7: output})
    >>> print(file.data.decode())
    [{"image_id": 7, "category_id": 3, "score": 0.5, "bbox": [1.0, 0.0, 1.0, 2.0],
      "segmentation": {"size": [2, 2], "counts": "22"}}]
    >>> collect_predictions([]).data
    b'[]'
    """
    if isinstance(predictions, str | Path):
        return Path(predictions)
    if _is_coco_object(predictions):
        document = predictions.dataset
        results = document.get("annotations", []) if isinstance(document, Mapping) else document
        return _write_text(name, results)
    if isinstance(predictions, Mapping):
        if "annotations" in predictions:
            return _write_text(name, predictions)
        outputs = [(image_id, output) for image_id, output in predictions.items()]
    elif _is_table(predictions):
        return _write_text(name, _list_rows(predictions))
    elif isinstance(predictions, Sequence):
        if not any(is_output(entry) for entry in predictions):
            return _write_text(name, predictions)
        outputs = [(None, entry) for entry in predictions]
    else:
        what = f"these are no results: {type(predictions).__name__}"
        raise UnreadableError("input.format", name, "", what, _RESULTS_REMEDY)
    records: list[dict[str, Any]] = []
    for position, (image_id, output) in enumerate(outputs):
        where = f"output {position}" if image_id is None else f"image {image_id}"
        try:
            read = read_output(output)
            named = read.image_id if image_id is None else image_id
            if named is None:
                what = "the output does not say which image it is of"
                raise UnreadableError("input.format", name, where, what, _RESULTS_REMEDY)
            records += list_results(named, read)
        except ValueError as error:
            raise UnreadableError("input.format", name, where, str(error), "mend the output") from None
    return _write_text(name, records)


def _is_coco_object(value: object) -> TypeGuard[CocoObject]:
    return hasattr(value, "dataset")


def _is_arrow_dataset(value: object) -> bool:
    """Tell whether something is a ``datasets.Dataset``, which need not be imported."""
    return hasattr(value, "with_format") and hasattr(value, "features") and hasattr(value, "select_columns")


def _list_entries(ground_truth: Any) -> list[Any]:
    """List the datasets that were given: one, several, or the splits of a ``datasets.DatasetDict``."""
    if isinstance(ground_truth, Mapping) and any(map(_is_arrow_dataset, ground_truth.values())):
        return list(ground_truth.values())
    is_single = (
        isinstance(ground_truth, str | Path | Mapping)
        or _are_targets(ground_truth)
        or _is_coco_object(ground_truth)
        or _is_supervision_dataset(ground_truth)
        or _is_arrow_dataset(ground_truth)
        or _is_table(ground_truth)
        or not isinstance(ground_truth, Iterable)
    )
    return [ground_truth] if is_single else list(ground_truth)


def _describe_labels(entry: Any) -> Any:
    """Return labels in memory as the COCO document that says the same."""
    if _is_coco_object(entry):
        return entry.dataset
    if _is_supervision_dataset(entry):
        return _describe_supervision_dataset(entry)
    if _are_targets(entry):
        return describe_targets(entry)
    if _is_arrow_dataset(entry):
        from audit.loaders.parquet import describe_arrow_dataset  # late: it needs pyarrow

        return describe_arrow_dataset(entry)
    if _is_table(entry):
        from audit.loaders.table_rows import describe_table  # late: it needs Pillow

        return describe_table(entry)
    return entry


def _are_targets(value: object) -> bool:
    """Tell whether something holds a target of torchvision for each image."""
    if isinstance(value, Mapping):
        return bool(value) and all(map(is_output, value.values()))
    return isinstance(value, list | tuple) and bool(value) and all(map(is_output, value))


def _is_supervision_dataset(value: object) -> bool:
    return hasattr(value, "classes") and hasattr(value, "annotations") and hasattr(value, "image_paths")


def _describe_supervision_dataset(dataset: Any) -> dict[str, Any]:
    """Return a `supervision.DetectionDataset` as a COCO document; class numbers become category ids."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    parents = [str(Path(path).parent) for path in dataset.image_paths]
    # Names that begin at the root are refused, so they begin below the folder that holds all pictures.
    folder = os.path.commonpath(parents) if parents and all(map(os.path.isabs, parents)) else ""
    for path, picture, detections in dataset:
        image_id = len(images) + 1
        height, width = picture.shape[:2]
        file_name = Path(os.path.relpath(path, folder) if folder else path).as_posix()
        images.append({"id": image_id, "file_name": file_name, "height": height, "width": width})
        output = read_output(detections)._replace(scores=None)
        records = list_results(image_id, output)
        box_areas = [record["bbox"][2] * record["bbox"][3] for record in records]
        areas = box_areas if output.masks is None else measure_areas(output.masks)
        for record, area in zip(records, areas, strict=True):
            annotations.append({"id": len(annotations) + 1, "iscrowd": 0, **record, "area": area})
    categories = [{"id": number, "name": str(name)} for number, name in enumerate(dataset.classes)]
    return {"images": images, "annotations": annotations, "categories": categories}


def _is_table(value: object) -> bool:
    """Tell whether something is a pandas table, which need not be imported."""
    return hasattr(value, "to_dict") and hasattr(value, "columns")


def _list_rows(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a pandas table as records; empty cells are left out, as in files."""
    rows: list[dict[str, Any]] = table.to_dict("records")
    return [{key: value for key, value in row.items() if not _is_missing(value)} for row in rows]


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _write_text(name: str, document: object) -> JsonFile:
    """Write a document as Python's ``json.dump`` would, so that NaN stays what it is in such files."""
    try:
        text = json.dumps(document, default=_make_plain).encode()
    except (TypeError, ValueError, RecursionError) as error:
        where, problem = _find_unwritable(document) or ("", str(error).partition("\n")[0])
        remedy = "give numbers, text, lists and dictionaries"
        raise UnreadableError("input.format", name, where, problem, remedy) from None
    return JsonFile(name, text, len(text), hashlib.sha256(text).hexdigest(), False)


def _make_plain(value: Any) -> object:
    """Return what JSON has no word for as what it has one for."""
    if isinstance(value, bytes):  # counts, as pycocotools encodes them
        return value.decode("ascii")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "__array__") or hasattr(value, "__dlpack__"):
        array = to_numpy(value)
        if array.ndim == 2 and array.dtype == np.bool_:
            return encode_masks(array[None])[0]
        plain: object = array.tolist()
        return plain
    raise TypeError(f"a value of type {type(value).__name__} cannot be written as JSON")


def _find_unwritable(document: object) -> tuple[str, str] | None:
    """Return the place of the first value that cannot be written, and why; None where it is not a value."""
    pending: list[tuple[str, object]] = [("", document)]
    while pending:
        pointer, value = pending.pop()
        if pointer.count("/") > 20:  # it may hold itself
            return None
        if isinstance(value, Mapping):
            bad_keys = [key for key in value if not isinstance(key, str | int | float | None)]
            if bad_keys:
                return pointer, f"the key {bad_keys[0]!r} is no text"
            pending += [(f"{pointer}/{key}", entry) for key, entry in reversed(list(value.items()))]
        elif isinstance(value, list | tuple):
            pending += [(f"{pointer}/{n}", entry) for n, entry in reversed(list(enumerate(value)))]
        elif not isinstance(value, str | int | float | None):
            try:
                json.dumps(_make_plain(value))
            except (TypeError, ValueError) as error:
                return pointer, str(error).partition("\n")[0]
    return None
