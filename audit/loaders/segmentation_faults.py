"""The slow path of one segmentation that is not what it should be: which rule, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from audit.carriers import dataclass
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json
from audit.loaders.typed_records import Polygons, Rle

SegmentationFault = tuple[str, str, str, str]
"""Rule id, pointer below the segmentation, message, what stands there."""

_INT64_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class SegmentationDiagnosis:
    """What can be used of a segmentation, and what is wrong with it."""

    usable: Polygons | Rle | None = None
    """Polygons of numbers, their lengths not yet checked, or an RLE; None = neither."""
    faults: Sequence[SegmentationFault] = field(default=())


def diagnose_segmentation(value: Any) -> SegmentationDiagnosis:
    """Look at a parsed segmentation.

    Parameters
    ----------
    value : any
        What `audit.loaders.json_value.parse_record` made of it.

    Returns
    -------
    SegmentationDiagnosis
        Numbers that are not finite make it unusable without a fault here: they are reported wherever
        they stand.

    Examples
    --------
    >>> diagnose_segmentation([1, 2, 3, 4, 5, 6]).faults[0][:2]
    ('segm.nesting', '')
    >>> diagnose_segmentation([[1, 2, 3, 4, 5, "6"]]).faults[0][:2]
    ('polygon.type', '/0/5')
    >>> diagnose_segmentation([]).usable
    []
    """
    if isinstance(value, JsonObject):
        return _diagnose_rle(value)
    if not isinstance(value, list):
        return _refuse("segm.type", f"the segmentation is {shorten_json(value)}", value)
    return _diagnose_polygons(value)


def _refuse(rule: str, message: str, value: Any) -> SegmentationDiagnosis:
    return SegmentationDiagnosis(faults=((rule, "", message, shorten_json(value)),))


def _diagnose_polygons(value: list[Any]) -> SegmentationDiagnosis:
    if value and all(_is_number(part) for part in value):
        message = "the polygon is one flat list; it belongs in a list of polygons"
        return _refuse("segm.nesting", message, value)
    if any(isinstance(part, JsonObject) for part in value):
        return _refuse("segm.nesting", "a list of objects is neither polygons nor RLE", value)
    rings: list[list[float]] = []
    faults: list[SegmentationFault] = []
    has_unusable_number = False
    for position, part in enumerate(value):
        fault = _find_ring_fault(part, f"/{position}")
        if fault is not None:
            faults.append(fault)
        elif any(isinstance(number, UnusableNumber) for number in part):
            has_unusable_number = True
        else:
            try:
                rings.append([float(number) for number in part])
            except OverflowError:  # an integer that no double holds
                message = "its coordinates are beyond any image"
                faults.append(("polygon.range", f"/{position}", message, shorten_json(part)))
    return SegmentationDiagnosis(None if faults or has_unusable_number else rings, faults)


def _find_ring_fault(part: Any, pointer: str) -> SegmentationFault | None:
    if not isinstance(part, list):
        text = shorten_json(part)
        rule = "segm.nesting" if _is_number(part) else "polygon.type"
        return rule, pointer, f"this part is {text}, not a list of coordinates", text
    for position, number in enumerate(part):
        if isinstance(number, list | JsonObject):
            message = "coordinates are nested one list too deep"
            return "segm.nesting", f"{pointer}/{position}", message, shorten_json(part)
        if not _is_number(number) and not isinstance(number, UnusableNumber):
            message = f"the coordinate {shorten_json(number)} is no number"
            return "polygon.type", f"{pointer}/{position}", message, shorten_json(part)
    return None


def _diagnose_rle(value: JsonObject) -> SegmentationDiagnosis:
    if "counts" not in value and "size" not in value:
        return _refuse("segm.type", "the segmentation is an object without size and counts", value)
    size, counts = value.get("size"), value.get("counts")
    faults: list[SegmentationFault] = []
    if not _is_size(size):
        text = shorten_json(size) if "size" in value else "missing"
        pointer = "/size" if "size" in value else ""
        faults.append(("rle.type", pointer, f"size is {text}, not [h, w]", shorten_json(size)))
    elif isinstance(size, list) and any(_is_beyond_int64(side) for side in size):
        faults.append(("rle.size_limit", "/size", "its size is beyond any image", shorten_json(size)))
    if isinstance(counts, list):
        faults += _find_counts_faults(counts)
    elif not isinstance(counts, str | UnusableNumber):
        text = shorten_json(counts) if "counts" in value else "missing"
        pointer = "/counts" if "counts" in value else ""
        message = f"counts is {text}, not a text or list"
        faults.append(("rle.type", pointer, message, shorten_json(counts)))
    numbers = [size, counts]
    for numbers_of_field in (size, counts):
        numbers += numbers_of_field if isinstance(numbers_of_field, list) else ()
    if (
        faults
        or size is None
        or counts is None
        or any(isinstance(number, UnusableNumber) for number in numbers)
    ):
        return SegmentationDiagnosis(faults=faults)
    return SegmentationDiagnosis(Rle((size[0], size[1]), counts))


def _find_counts_faults(counts: list[Any]) -> Sequence[SegmentationFault]:
    """Return the first fault of a list of runs; the others are most likely of the same kind."""
    for position, length in enumerate(counts):
        pointer = f"/counts/{position}"
        if type(length) is not int and not isinstance(length, UnusableNumber):
            message = f"the run {shorten_json(length)} is no integer"
            return [("rle.type", pointer, message, shorten_json(counts))]
        if _is_beyond_int64(length):
            return [("rle.range", pointer, "a run has a length of 2^32 or more", shorten_json(counts))]
    return []


def _is_size(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return isinstance(value, UnusableNumber)
    return all(type(side) is int or isinstance(side, UnusableNumber) for side in value)


def _is_beyond_int64(value: Any) -> bool:
    return type(value) is int and abs(value) >= _INT64_LIMIT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
