"""Labels and results that are in memory: written as the COCO text that a file of them would hold.

So every check, place and fingerprint is that of a file, and there is one reader.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeGuard

import numpy as np

from audit.geometry.mask_input import read_masks, to_numpy
from audit.loaders.json_file import IN_MEMORY, JsonFile
from audit.loaders.loaded import UnreadableError

PREDICTIONS_IN_MEMORY = f"{IN_MEMORY}: predictions"
PROPOSALS_IN_MEMORY = f"{IN_MEMORY}: proposals"
_PROBABILITY_THRESHOLD = 0.5
"""Where torchvision's own evaluation cuts the soft masks of Mask R-CNN."""
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
    ground_truth : path, mapping, COCO object, or a sequence of these
        None = nothing.

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
    is_single = isinstance(ground_truth, str | Path | Mapping) or _is_coco_object(ground_truth)
    sources: list[Path | JsonFile] = []
    for entry in [ground_truth] if is_single else _list_entries(ground_truth):
        if isinstance(entry, str | Path):
            sources.append(Path(entry))
            continue
        document = entry.dataset if _is_coco_object(entry) else entry
        n_documents = sum(isinstance(source, JsonFile) for source in sources)
        name = f"{IN_MEMORY[:-1]} {n_documents + 1}>" if n_documents else IN_MEMORY
        if not isinstance(document, Mapping):
            what = f"labels are a path, a COCO dictionary or a COCO object, not {type(entry).__name__}"
            raise UnreadableError("input.format", name, "", what, "give one of these")
        sources.append(_write_text(name, document))
    return sources


def collect_predictions(predictions: Predictions, name: str = PREDICTIONS_IN_MEMORY) -> Path | JsonFile:
    """Return the path of a results file, or the text of results in memory.

    Parameters
    ----------
    predictions : path, COCO object, mapping or sequence
        COCO results as dictionaries; or what a model returned, by image id: torchvision's dictionaries
        (``boxes``, ``labels``, ``scores``, ``masks``) or `supervision.Detections`. In a list, each names its
        image as ``image_id``. Labels are category ids.
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
    elif isinstance(predictions, Sequence):
        if not any(_is_output(entry) for entry in predictions):
            return _write_text(name, predictions)
        outputs = [(_find_image_id(entry), entry) for entry in predictions]
    else:
        what = f"these are no results: {type(predictions).__name__}"
        raise UnreadableError("input.format", name, "", what, _RESULTS_REMEDY)
    records: list[dict[str, Any]] = []
    for position, (image_id, output) in enumerate(outputs):
        if image_id is None:
            what = "the output does not say which image it is of"
            raise UnreadableError("input.format", name, f"output {position}", what, _RESULTS_REMEDY)
        try:
            records += _list_results(image_id, output)
        except ValueError as error:
            raise UnreadableError(
                "input.format", name, f"image {image_id}", str(error), "mend the output"
            ) from None
    return _write_text(name, records)


def _is_coco_object(value: object) -> TypeGuard[CocoObject]:
    return hasattr(value, "dataset")


def _list_entries(ground_truth: object) -> list[Any]:
    return list(ground_truth) if isinstance(ground_truth, Iterable) else [ground_truth]


def _is_output(entry: object) -> bool:
    """Tell whether something is what a model returned for a whole image."""
    return (isinstance(entry, Mapping) and "boxes" in entry) or hasattr(entry, "xyxy")


def _find_image_id(output: Any) -> Any:
    metadata = output if isinstance(output, Mapping) else getattr(output, "metadata", None) or {}
    return metadata.get("image_id")


def _list_results(image_id: object, output: object) -> list[dict[str, Any]]:
    """Return one image's output as COCO results."""
    if isinstance(output, Mapping):
        names = ("boxes", "labels", "scores", "masks")
        boxes, labels, scores, masks = (output.get(name) for name in names)
    else:
        names = ("xyxy", "class_id", "confidence", "mask")
        boxes, labels, scores, masks = (getattr(output, name, None) for name in names)
    if boxes is None or labels is None:
        raise ValueError(f"an output has boxes and labels; this is {type(output).__name__}")
    corners = to_numpy(boxes).astype(np.float64).reshape(-1, 4)
    columns = {"category_id": to_numpy(labels).tolist()}
    if scores is not None:
        columns["score"] = to_numpy(scores).tolist()
    columns["bbox"] = np.c_[corners[:, :2], corners[:, 2:] - corners[:, :2]].tolist()
    if masks is not None:
        columns["segmentation"] = _encode_masks(masks)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"its columns have different lengths: {lengths}")
    rows = zip(*columns.values(), strict=True)
    plain_id = image_id.tolist() if hasattr(image_id, "tolist") else image_id
    return [{"image_id": plain_id, **dict(zip(columns, row, strict=True))} for row in rows]


def _encode_masks(masks: Any) -> list[Any]:
    from audit.geometry.encode import encode_runs  # late: it needs shapely and scikit-image

    if hasattr(masks, "__array__") or hasattr(masks, "__dlpack__"):
        masks = to_numpy(masks)
        threshold = _PROBABILITY_THRESHOLD if masks.dtype.kind == "f" else None
        read = read_masks(masks, threshold=threshold, layout="NHW")
    else:
        read = read_masks(masks)
    sides = np.full(len(read), read.height), np.full(len(read), read.width)
    return list(encode_runs(read.as_runs(), *sides))


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
            return _encode_masks(array[None])[0]
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
