"""A closer look at one segmentation that is not what it should be: which rule, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json

Fault = tuple[str, str, str, str]
"""Rule id, pointer below the segmentation, message, what stands there."""


@dataclass(frozen=True, slots=True)
class SegmentationDiagnosis:
    """What can be used of a segmentation, and what is wrong with it."""

    parts: list[list[float]] | None = None
    """Polygons of numbers, their lengths not yet checked; None = not drawn as polygons."""
    size: tuple[int, int] = (0, 0)
    counts: str | list[int] | None = None
    """RLE; None = not drawn as RLE."""
    faults: Sequence[Fault] = field(default=())


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
    >>> diagnose_segmentation([]).parts
    []
    """
    if isinstance(value, JsonObject):
        return _rle(value)
    if not isinstance(value, list):
        return _fault("segm.type", "", f"the segmentation is {shorten_json(value)}", value)
    return _polygons(value)


def _fault(rule: str, place: str, message: str, value: Any) -> SegmentationDiagnosis:
    return SegmentationDiagnosis(faults=((rule, place, message, shorten_json(value)),))


def _polygons(value: list[Any]) -> SegmentationDiagnosis:
    if value and all(_is_number(v) for v in value):
        return _fault(
            "segm.nesting", "", "the polygon is one flat list; it belongs in a list of polygons", value
        )
    if any(isinstance(part, JsonObject) for part in value):
        return _fault("segm.nesting", "", "a list of objects is neither polygons nor RLE", value)
    parts: list[list[float]] = []
    faults: list[Fault] = []
    unusable = False
    for k, part in enumerate(value):
        fault = _part_fault(part, f"/{k}")
        if fault is not None:
            faults.append(fault)
        elif any(isinstance(v, UnusableNumber) for v in part):
            unusable = True
        else:
            try:
                parts.append([float(v) for v in part])
            except OverflowError:
                faults.append(
                    ("polygon.range", f"/{k}", "its coordinates are beyond any image", shorten_json(part))
                )
    usable = parts if not faults and not unusable else None
    return SegmentationDiagnosis(parts=usable, faults=faults)


def _part_fault(part: Any, place: str) -> Fault | None:
    if not isinstance(part, list):
        rule = "segm.nesting" if _is_number(part) else "polygon.type"
        return (
            rule,
            place,
            f"this part is {shorten_json(part)}, not a list of coordinates",
            shorten_json(part),
        )
    for k, v in enumerate(part):
        if isinstance(v, list | JsonObject):
            return (
                "segm.nesting",
                f"{place}/{k}",
                "coordinates are nested one list too deep",
                shorten_json(part),
            )
        if not _is_number(v) and not isinstance(v, UnusableNumber):
            return (
                "polygon.type",
                f"{place}/{k}",
                f"the coordinate {shorten_json(v)} is no number",
                shorten_json(part),
            )
    return None


def _rle(value: JsonObject) -> SegmentationDiagnosis:
    if "counts" not in value and "size" not in value:
        return _fault("segm.type", "", "the segmentation is an object without size and counts", value)
    size, counts = value.get("size"), value.get("counts")
    faults: list[Fault] = []
    if not _is_size(size):
        said = shorten_json(size) if "size" in value else "missing"
        faults.append(
            (
                "rle.type",
                "/size" if "size" in value else "",
                f"size is {said}, not [h, w]",
                shorten_json(size),
            )
        )
    elif isinstance(size, list) and any(type(n) is int and abs(n) >= 2**63 for n in size):
        faults.append(("rle.size_limit", "/size", "its size is beyond any image", shorten_json(size)))
    if isinstance(counts, list):
        faults += _counts_faults(counts)
    elif not isinstance(counts, str | UnusableNumber):
        said = shorten_json(counts) if "counts" in value else "missing"
        place = "/counts" if "counts" in value else ""
        faults.append(("rle.type", place, f"counts is {said}, not a text or list", shorten_json(counts)))
    unusable = [
        size,
        counts,
        *(size if isinstance(size, list) else ()),
        *(counts if isinstance(counts, list) else ()),
    ]
    if faults or size is None or any(isinstance(v, UnusableNumber) for v in unusable):
        return SegmentationDiagnosis(faults=faults)
    return SegmentationDiagnosis(size=(size[0], size[1]), counts=counts)


def _counts_faults(counts: list[Any]) -> Sequence[Fault]:
    for k, v in enumerate(counts):
        if type(v) is not int and not isinstance(v, UnusableNumber):
            return [
                ("rle.type", f"/counts/{k}", f"the run {shorten_json(v)} is no integer", shorten_json(counts))
            ]
        if type(v) is int and abs(v) >= 2**63:
            return [("rle.range", f"/counts/{k}", "a run has a length of 2^32 or more", shorten_json(counts))]
    return []


def _is_size(size: Any) -> bool:
    if not isinstance(size, list) or len(size) != 2:
        return isinstance(size, UnusableNumber)
    return all(type(n) is int or isinstance(n, UnusableNumber) for n in size)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
