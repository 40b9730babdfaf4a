"""A closer look at one segmentation that is not what it should be: which rule, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.loaders.json_value import Members, Unusable, shortened

Fault = tuple[str, str, str, str]
"""Rule id, pointer below the segmentation, message, what stands there."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What can be used of a segmentation, and what is wrong with it."""

    parts: list[list[float]] | None = None
    """Polygons of numbers, their lengths not yet checked; None = not drawn as polygons."""
    size: tuple[int, int] = (0, 0)
    counts: str | list[int] | None = None
    """RLE; None = not drawn as RLE."""
    faults: Sequence[Fault] = field(default=())


def diagnose(value: Any) -> Drawn:
    """Look at a parsed segmentation.

    Parameters
    ----------
    value : any
        What `audit.loaders.json_value.parse` made of it.

    Returns
    -------
    Drawn
        Numbers that are not finite make it unusable without a fault here: they are reported wherever
        they stand.

    Examples
    --------
    >>> diagnose([1, 2, 3, 4, 5, 6]).faults[0][:2]
    ('segm.nesting', '')
    >>> diagnose([[1, 2, 3, 4, 5, "6"]]).faults[0][:2]
    ('polygon.type', '/0/5')
    >>> diagnose([]).parts
    []
    """
    if isinstance(value, Members):
        return _rle(value)
    if not isinstance(value, list):
        return _fault("segm.type", "", f"the segmentation is {shortened(value)}", value)
    return _polygons(value)


def _fault(rule: str, place: str, message: str, value: Any) -> Drawn:
    return Drawn(faults=((rule, place, message, shortened(value)),))


def _polygons(value: list[Any]) -> Drawn:
    if value and all(_is_number(v) for v in value):
        return _fault(
            "segm.nesting", "", "the polygon is one flat list; it belongs in a list of polygons", value
        )
    if any(isinstance(part, Members) for part in value):
        return _fault("segm.nesting", "", "a list of objects is neither polygons nor RLE", value)
    parts: list[list[float]] = []
    faults: list[Fault] = []
    unusable = False
    for k, part in enumerate(value):
        fault = _part_fault(part, f"/{k}")
        if fault is not None:
            faults.append(fault)
        elif any(isinstance(v, Unusable) for v in part):
            unusable = True
        else:
            try:
                parts.append([float(v) for v in part])
            except OverflowError:
                faults.append(
                    ("polygon.range", f"/{k}", "its coordinates are beyond any image", shortened(part))
                )
    usable = parts if not faults and not unusable else None
    return Drawn(parts=usable, faults=faults)


def _part_fault(part: Any, place: str) -> Fault | None:
    if not isinstance(part, list):
        rule = "segm.nesting" if _is_number(part) else "polygon.type"
        return rule, place, f"this part is {shortened(part)}, not a list of coordinates", shortened(part)
    for k, v in enumerate(part):
        if isinstance(v, list | Members):
            return "segm.nesting", f"{place}/{k}", "coordinates are nested one list too deep", shortened(part)
        if not _is_number(v) and not isinstance(v, Unusable):
            return (
                "polygon.type",
                f"{place}/{k}",
                f"the coordinate {shortened(v)} is no number",
                shortened(part),
            )
    return None


def _rle(value: Members) -> Drawn:
    if "counts" not in value and "size" not in value:
        return _fault("segm.type", "", "the segmentation is an object without size and counts", value)
    size, counts = value.get("size"), value.get("counts")
    faults: list[Fault] = []
    if not _is_size(size):
        said = shortened(size) if "size" in value else "missing"
        faults.append(
            ("rle.type", "/size" if "size" in value else "", f"size is {said}, not [h, w]", shortened(size))
        )
    elif isinstance(size, list) and any(type(n) is int and abs(n) >= 2**63 for n in size):
        faults.append(("rle.size_limit", "/size", "its size is beyond any image", shortened(size)))
    if isinstance(counts, list):
        faults += _counts_faults(counts)
    elif not isinstance(counts, str | Unusable):
        said = shortened(counts) if "counts" in value else "missing"
        place = "/counts" if "counts" in value else ""
        faults.append(("rle.type", place, f"counts is {said}, not a text or list", shortened(counts)))
    unusable = [
        size,
        counts,
        *(size if isinstance(size, list) else ()),
        *(counts if isinstance(counts, list) else ()),
    ]
    if faults or size is None or any(isinstance(v, Unusable) for v in unusable):
        return Drawn(faults=faults)
    return Drawn(size=(size[0], size[1]), counts=counts)


def _counts_faults(counts: list[Any]) -> Sequence[Fault]:
    for k, v in enumerate(counts):
        if type(v) is not int and not isinstance(v, Unusable):
            return [("rle.type", f"/counts/{k}", f"the run {shortened(v)} is no integer", shortened(counts))]
        if type(v) is int and abs(v) >= 2**63:
            return [("rle.range", f"/counts/{k}", "a run has a length of 2^32 or more", shortened(counts))]
    return []


def _is_size(size: Any) -> bool:
    if not isinstance(size, list) or len(size) != 2:
        return isinstance(size, Unusable)
    return all(type(n) is int or isinstance(n, Unusable) for n in size)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
