"""Files of annotation tools that are mended: their text changes where a record does, and nowhere else."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.dataset.model import Dataset
from audit.dataset.record_places import unpack_region
from audit.fixes.json_text import find_elements, find_members, replace_members
from audit.fixes.mend import FixResult
from audit.fixes.proof import FixRefusedError, decode_mask
from audit.fixes.record_actions import RecordAction, draw_segmentation, list_actions, write_coco_text
from audit.fixes.source_text import splice_text
from audit.geometry.encode import encode_mask
from audit.loaders.json_file import read_json_file
from audit.loaders.packed import read_bytes
from audit.loaders.read import read_dataset
from audit.loaders.recognise import recognise_format
from audit.loaders.xml_file import XmlElement, parse_xml

Splice = tuple[int, int, str]
"""First and last character that are replaced, and by what."""
Mask = NDArray[np.bool_]


class _Place(NamedTuple):
    """A record in its text."""

    begin: int
    end: int


def find_tool_format(source: Path) -> str | None:
    """Name the format of a file, if it is an annotation tool's that can be written back.

    Examples
    --------
    >>> find_tool_format(Path("no such file.json")) is None
    True
    """
    name = recognise_format(source, [source]) if source.is_file() else ""
    return name if name in _WRITERS else None


def mend_tool_file(
    source: Path, format_name: str, mend_text: Callable[[bytes], FixResult], images: Path | None
) -> FixResult:
    """Mend a file as the COCO text that says the same, and write what changed back into it.

    Parameters
    ----------
    source : Path
    format_name : str
        From `find_tool_format`.
    mend_text : callable
        Mends a COCO text.
    images : Path, optional
        The folder of the pictures.

    Raises
    ------
    UnreadableError
        If it cannot be read.
    FixRefusedError
        If a change cannot be written, or the text that was written does not have the pixels that were meant.
    """
    original = read_bytes(source) if format_name == "cvat" else bytes(read_json_file(source).data)
    dataset = read_dataset([source], pictures=images, input_format=format_name).dataset
    before, rows = write_coco_text(dataset)
    result = mend_text(before)
    actions = list_actions(result.original, result.corrected, rows)
    text = original.decode("utf-8", errors="surrogateescape")
    splices = _WRITERS[format_name](text, dataset, actions)
    byte_splices = [
        (len(_encode(text[:begin])), len(_encode(text[:end])), _encode(new)) for begin, end, new in splices
    ]
    corrected, patches = splice_text(original, sorted(byte_splices, key=lambda part: part[:2]), 0)
    _prove(source, corrected, format_name, dataset, actions, images)
    return replace(
        result,
        source=str(source),
        original=original,
        corrected=corrected,
        patches=[patches] if patches else [],
    )


def _encode(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def _prove(
    source: Path,
    corrected: bytes,
    format_name: str,
    dataset: Dataset,
    actions: Sequence[RecordAction],
    images: Path | None,
) -> None:
    """Read the new text again: every annotation, in its order, has the pixels that it should have."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="maskaudit-") as folder:
        copy = Path(folder) / source.name
        copy.write_bytes(corrected)
        written = read_dataset([copy], pictures=images or source.parent, input_format=format_name).dataset
    by_row: dict[int, list[RecordAction]] = {}
    for action in actions:
        by_row.setdefault(action.row, []).append(action)
    expected: list[Any] = []
    for row in range(len(dataset.annotations)):
        kinds = {action.kind: action for action in by_row.get(row, [])}
        if "reshape" in kinds:
            expected.append(_encode_segmentation(dataset, row, kinds["reshape"]))
        elif "remove" not in kinds:
            expected.append(decode_mask(dataset, row))
        added = [action for action in by_row.get(row, []) if action.kind == "add"]
        expected += [_encode_segmentation(dataset, row, action) for action in added]
    found = [decode_mask(written, row) for row in range(len(written.annotations))]
    if found != expected:
        raise FixRefusedError(f"{source}: written back, the masks would not be those that were meant")


def _encode_segmentation(dataset: Dataset, row: int, action: RecordAction) -> Any:
    return encode_mask(draw_segmentation(action.segmentation, *_size_of(dataset, row)))


def _size_of(dataset: Dataset, row: int) -> tuple[int, int]:
    image = int(dataset.annotations.image[row])
    return int(dataset.images.height[image]), int(dataset.images.width[image])


def _check_rings(dataset: Dataset, row: int) -> None:
    """Refuse annotations that are several shapes of a group: which of them changed is not told."""
    start = dataset.annotations.segmentation.ring_start
    if start[row + 1] - start[row] > 1:
        raise FixRefusedError(
            "a mask that is a group of several shapes is not written back: leave it out with --ignore"
        )


def _replace_all(
    text: str,
    dataset: Dataset,
    actions: Sequence[RecordAction],
    places: Mapping[int, tuple[_Place, Sequence[_Place]]],
    reshape: Callable[[str, RecordAction, tuple[int, int]], str],
) -> list[Splice]:
    """Replace, repeat or remove records, each given with its list; XML has none, and space goes too."""
    splices: list[Splice] = []
    removed_rows = {action.row for action in actions if action.kind == "remove"}
    removed = {places[row][0] for row in removed_rows}
    for action in actions:
        _check_rings(dataset, action.row)
        place, siblings = places[action.row]
        if action.kind == "add" and action.row in removed_rows:
            raise FixRefusedError("a mask that is replaced by several others is not written back")
        record = text[place.begin : place.end]
        lead = text[: place.begin][len(text[: place.begin].rstrip()) :]
        if action.kind == "remove":
            span = (
                _removed_span(place, siblings, removed) if siblings else (place.begin - len(lead), place.end)
            )
            splices.append((*span, ""))
        elif action.kind == "reshape":
            splices.append((place.begin, place.end, reshape(record, action, _size_of(dataset, action.row))))
        else:
            new = reshape(record, action, _size_of(dataset, action.row))
            splices.append((place.end, place.end, ("," if siblings else "") + lead + new))
    return splices


def _removed_span(place: _Place, siblings: Sequence[_Place], removed: set[_Place]) -> tuple[int, int]:
    """Return what goes with an element of a JSON list: what separates it from the next, or the one before."""
    number = siblings.index(place)
    kept_before = any(sibling not in removed for sibling in siblings[:number])
    if kept_before:
        return siblings[number - 1].end, place.end
    is_last = number + 1 == len(siblings)
    return place.begin, place.end if is_last else siblings[number + 1].begin


def _shape_box(mask: Mask) -> tuple[int, int, Mask]:
    """Return left, top and the pixels of a mask's box."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return int(columns[0]), int(rows[0]), box


def _single_ring(action: RecordAction) -> list[tuple[float, float]] | None:
    """Return the points of a mask that is one polygon."""
    rings = action.segmentation
    if not isinstance(rings, list) or len(rings) != 1:
        return None
    return list(zip(rings[0][::2], rings[0][1::2], strict=True))


def _write_labelme(text: str, dataset: Dataset, actions: Sequence[RecordAction]) -> list[Splice]:
    begin, end = find_members(text.strip())["shapes"].value
    shift = len(text) - len(text.lstrip()) + begin
    spans = find_elements(text[shift : shift + end - begin])
    index = dataset.annotations.index.tolist()
    siblings = [_Place(shift + first, shift + last) for first, last in spans]
    places = {action.row: (siblings[index[action.row]], siblings) for action in actions}

    def reshape(record: str, action: RecordAction, size: tuple[int, int]) -> str:
        points = _single_ring(action)
        if points is not None:
            return replace_members(
                record, {"points": [list(point) for point in points], "shape_type": "polygon"}
            )
        left, top, box = _shape_box(draw_segmentation(action.segmentation, *size))
        corners = [[left, top], [left + box.shape[1] - 1, top + box.shape[0] - 1]]
        buffer = io.BytesIO()
        Image.fromarray(box).save(buffer, "PNG")
        picture = base64.b64encode(buffer.getvalue()).decode()
        return replace_members(record, {"points": corners, "shape_type": "mask", "mask": picture})

    return _replace_all(text, dataset, actions, places, reshape)


def _write_label_studio(text: str, dataset: Dataset, actions: Sequence[RecordAction]) -> list[Splice]:
    index = dataset.annotations.index.tolist()
    places = {action.row: _find_region(text, *unpack_region(index[action.row])) for action in actions}

    def reshape(record: str, action: RecordAction, size: tuple[int, int]) -> str:
        points = _single_ring(action)
        region = json.loads(record)
        if points is None or not str(region.get("type")).startswith("polygon"):
            raise FixRefusedError("only outlines of one polygon are written back to Label Studio")
        height, width = size
        value = {**region["value"], "points": [[x / width * 100, y / height * 100] for x, y in points]}
        return replace_members(record, {"value": value})

    return _replace_all(text, dataset, actions, places, reshape)


def _find_region(text: str, task: int, annotation: int, region: int) -> tuple[_Place, Sequence[_Place]]:
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    for step in (task, "annotations", annotation, "result"):
        part = text[begin:end]
        span = find_members(part)[step].value if isinstance(step, str) else find_elements(part)[step]
        begin, end = begin + span[0], begin + span[1]
    siblings = [_Place(begin + first, begin + last) for first, last in find_elements(text[begin:end])]
    return siblings[region], siblings


def _write_cvat(text: str, dataset: Dataset, actions: Sequence[RecordAction]) -> list[Splice]:
    data = _encode(text)
    shapes = {element.line: element for element in _walk(parse_xml("", data))}
    index = dataset.annotations.index.tolist()
    places = {action.row: (_element_place(data, shapes[index[action.row]]), ()) for action in actions}

    def reshape(record: str, action: RecordAction, size: tuple[int, int]) -> str:
        points = _single_ring(action)
        if points is not None:
            written = ";".join(f"{x!r},{y!r}" for x, y in points)
            return _rewrite_tag(record, "polygon", {"points": written})
        left, top, box = _shape_box(draw_segmentation(action.segmentation, *size))
        flat = box.ravel()
        changes = np.flatnonzero(np.diff(flat, prepend=False, append=not flat[-1]))
        lengths = np.diff(changes, prepend=0).tolist()
        fields = {"left": left, "top": top, "width": box.shape[1], "height": box.shape[0]}
        rle = {"rle": ", ".join(map(str, lengths))}
        return _rewrite_tag(record, "mask", rle | {name: str(number) for name, number in fields.items()})

    return _replace_all(text, dataset, actions, places, reshape)


def _walk(element: XmlElement) -> list[XmlElement]:
    return [found for child in element.children for found in (child, *_walk(child))]


_START_TAG = re.compile(r"""<([\w.-]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(/?)>""")


def _element_place(data: bytes, element: XmlElement) -> _Place:
    text = data.decode("utf-8", errors="surrogateescape")
    begin, close = (
        len(data[:place].decode("utf-8", errors="surrogateescape"))
        for place in (element.begin, element.close)
    )
    start = _START_TAG.match(text, begin)
    if start is None:  # the parser counts bytes of UTF-8, and the file is in another encoding
        raise FixRefusedError("only XML in UTF-8 is written back")
    return _Place(begin, start.end() if start[3] else text.index(">", close) + 1)


_SHAPE_ATTRIBUTES = ("points", "rle", "left", "top", "width", "height", "cx", "cy", "rx", "ry", "rotation")


def _rewrite_tag(record: str, tag: str, values: Mapping[str, str]) -> str:
    """Give an element another form; attributes that are not about its form stay as they are."""
    match = _START_TAG.match(record)
    assert match is not None  # `_element_place` has found it
    earlier, attributes, slash = match.groups()
    names = "|".join(_SHAPE_ATTRIBUTES)
    kept = re.sub(rf"""\s(?:{names})\s*=\s*(?:"[^"]*"|'[^']*')""", "", attributes)
    new = "".join(f" {name}={quoteattr(value)}" for name, value in values.items())
    rest = record[match.end() :]
    rest = re.sub(rf"</{re.escape(earlier)}\s*>\Z", f"</{tag}>", rest)
    return f"<{tag}{kept.rstrip()}{new}{slash}>{rest}"


_WRITERS: Mapping[str, Callable[[str, Dataset, Sequence[RecordAction]], list[Splice]]] = {
    "labelme": _write_labelme,
    "label_studio": _write_label_studio,
    "cvat": _write_cvat,
}
