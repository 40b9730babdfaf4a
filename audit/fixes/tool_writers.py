"""Changes written into the text of annotation tools' files, where a record stands and nowhere else."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.dataset.model import Dataset
from audit.dataset.record_places import unpack_region
from audit.fixes.json_text import find_elements, find_members, replace_members
from audit.fixes.proof import FixRefusedError
from audit.fixes.record_actions import RecordAction, draw_segmentation
from audit.loaders.xml_file import XmlElement, parse_xml

Splice = tuple[int, int, str]
"""First and last character that are replaced, and by what."""
Mask = NDArray[np.bool_]


class _Place(NamedTuple):
    """A record in its text."""

    begin: int
    end: int


class CannotWriteError(Exception):
    """A format has no place for a change; the repairs of its annotation are taken back."""


def check_rings(dataset: Dataset, row: int) -> None:
    """Leave alone what is several shapes of a group: which of them changed is not told.

    Parameters
    ----------
    dataset : Dataset
    row : int

    Raises
    ------
    CannotWriteError
    """
    start = dataset.annotations.segmentation.ring_start
    if start[row + 1] - start[row] > 1:
        raise CannotWriteError("its mask is a group of several shapes, which is not written back")


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
        check_rings(dataset, action.row)
        place, siblings = places[action.row]
        if action.kind == "add" and action.row in removed_rows:
            raise CannotWriteError("a mask that is replaced by several others is not written back")
        record = text[place.begin : place.end]
        lead = text[: place.begin][len(text[: place.begin].rstrip()) :]
        if action.kind == "remove":
            span = (
                _removed_span(place, siblings, removed) if siblings else (place.begin - len(lead), place.end)
            )
            splices.append((*span, ""))
        elif action.kind == "reshape":
            splices.append((place.begin, place.end, reshape(record, action, size_of(dataset, action.row))))
        else:
            new = reshape(record, action, size_of(dataset, action.row))
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


def read_single_ring(action: RecordAction) -> list[tuple[float, float]] | None:
    """Return the points of a mask that is one polygon; None for others.

    Parameters
    ----------
    action : RecordAction
    """
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
        points = read_single_ring(action)
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
        points = read_single_ring(action)
        region = json.loads(record)
        if points is None or not str(region.get("type")).startswith("polygon"):
            raise CannotWriteError("Label Studio takes outlines of one polygon alone")
        height, width = size
        shares = [[find_share(x, width, 100), find_share(y, height, 100)] for x, y in points]
        value = {**region["value"], "points": shares}
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
    data = text.encode("utf-8", errors="surrogateescape")
    by_line: dict[int, list[XmlElement]] = {}
    for element in _walk(parse_xml("", data)):
        by_line.setdefault(element.line, []).append(element)
    index = dataset.annotations.index.tolist()
    places: dict[int, tuple[_Place, Sequence[_Place]]] = {}
    for action in actions:
        element, *others = by_line[index[action.row]]
        if others:  # CVAT itself begins a line with each
            raise CannotWriteError(
                "several elements begin on its line, so which of them is meant is not known"
            )
        places[action.row] = (_element_place(data, element), ())

    def reshape(record: str, action: RecordAction, size: tuple[int, int]) -> str:
        points = read_single_ring(action)
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


def find_share(length: float, side: int, whole: float = 1.0) -> float:
    """Return the share of a side that its reader makes the same length of, where there is one.

    Parameters
    ----------
    length : float
        Pixels.
    side : int
        Pixels.
    whole : float
        What the whole side is called: 1, or 100 for percent.

    Examples
    --------
    >>> find_share(3, 7) * 7, find_share(5.5, 60, 100) / 100 * 60
    (3.0, 5.5)
    """
    share = length / side * whole
    # Where pycocotools rounds, the last bit decides about a pixel.
    candidates = (share, np.nextafter(share, np.inf), np.nextafter(share, -np.inf))
    return next((float(value) for value in candidates if value / whole * side == length), share)


def choose_writable(
    text: str, dataset: Dataset, actions: Sequence[RecordAction], format_name: str
) -> tuple[list[Splice], dict[int, str]]:
    """Write changes into the text of a file; say which have no place there.

    Parameters
    ----------
    text : str
    dataset : Dataset
        Read from it.
    actions : sequence of RecordAction
    format_name : str
        A key of `WRITERS`.

    Returns
    -------
    splices : list of (begin, end, str)
        Characters that are replaced.
    refused : dict
        Row of an annotation to why it is not written.
    """
    refused: dict[int, str] = {}
    for action in actions:
        try:
            WRITERS[format_name](text, dataset, [action])
        except CannotWriteError as error:
            refused[action.row] = str(error)
    if refused:
        return [], refused
    try:
        return WRITERS[format_name](text, dataset, actions), {}
    except CannotWriteError as error:  # what several changes of one annotation would need
        rows = [action.row for action in actions]
        return [], {row: str(error) for row in rows if rows.count(row) > 1}


WRITERS: Mapping[str, Callable[[str, Dataset, Sequence[RecordAction]], list[Splice]]] = {
    "labelme": _write_labelme,
    "label_studio": _write_label_studio,
    "cvat": _write_cvat,
}
"""Formats of one file a dataset, by who writes a change into its text."""


def size_of(dataset: Dataset, row: int) -> tuple[int, int]:
    """Return height and width of an annotation's image.

    Parameters
    ----------
    dataset : Dataset
    row : int
    """
    image = int(dataset.annotations.image[row])
    return int(dataset.images.height[image]), int(dataset.images.width[image])
