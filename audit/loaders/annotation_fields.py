"""The plain fields of an annotation that is not as it should be: box, area, crowd flag, score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audit.loaders.defect_log import DefectLog
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json
from audit.loaders.typed_records import NO_AREA, NO_BOX


def read_bbox(value: JsonObject, index: int, log: DefectLog, *, required: bool) -> Sequence[float]:
    """Read ``bbox``.

    Returns
    -------
    four floats
        xywh; NaN where there is no usable box.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> read_bbox(JsonObject(bbox=[1, 2, 3]), 0, log, required=True)
    (nan, nan, nan, nan)
    >>> log.defects[0].rule
    'bbox.length'
    >>> read_bbox(JsonObject(), 0, log, required=False)
    (nan, nan, nan, nan)
    """
    if "bbox" not in value:
        if required:
            log.add("bbox.missing", "annotations", index, "", "there is no bbox", None)
        return NO_BOX
    box = value["bbox"]
    text = shorten_json(box)
    if isinstance(box, UnusableNumber):
        return NO_BOX
    if not isinstance(box, list):
        log.add("bbox.type", "annotations", index, "/bbox", f"the bbox is {text}, not four numbers", text)
        return NO_BOX
    for k, v in enumerate(box):
        if not (_is_number(v) or isinstance(v, UnusableNumber)):
            message = f"{shorten_json(v)} in the bbox is no number"
            log.add("bbox.type", "annotations", index, f"/bbox/{k}", message, text)
            return NO_BOX
    if len(box) != 4:
        log.add(
            "bbox.length", "annotations", index, "/bbox", f"the bbox has {len(box)} numbers, not four", text
        )
        return NO_BOX
    if any(isinstance(v, UnusableNumber) for v in box):
        return NO_BOX
    return [_as_float(v) for v in box]


def read_area(value: JsonObject, index: int, log: DefectLog, *, required: bool) -> float:
    """Read ``area``; NaN where there is none that can be used.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> [read_area(JsonObject(area=area), 0, log, required=True) for area in (5, "5")]
    [5.0, nan]
    >>> log.defects[0].rule
    'area.type'
    """
    if "area" not in value:
        if required:
            log.add("area.missing", "annotations", index, "", "there is no area", None)
        return NO_AREA
    area = value["area"]
    if _is_number(area):
        return _as_float(area)
    if not isinstance(area, UnusableNumber):
        text = shorten_json(area)
        log.add("area.type", "annotations", index, "/area", f"the area is {text}, not a number", text)
    return NO_AREA


def read_iscrowd(value: JsonObject, index: int, log: DefectLog, *, required: bool) -> bool:
    """Read ``iscrowd``: other integers than 0 and 1 count as 1, what is no integer as 0.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> [read_iscrowd(JsonObject(iscrowd=flag), 0, log, required=True) for flag in (1, 2, "1")]
    [True, True, False]
    >>> [d.rule for d in log.defects]
    ['iscrowd.value', 'iscrowd.type']
    """
    if "iscrowd" not in value:
        if required:
            log.add("iscrowd.missing", "annotations", index, "", "there is no iscrowd", None)
        return False
    flag = value["iscrowd"]
    if flag is True or flag is False or (isinstance(flag, float) and flag in (0.0, 1.0)):
        text = shorten_json(flag)
        log.add("iscrowd.type", "annotations", index, "/iscrowd", f"iscrowd is {text}, not 0 or 1", text)
        return bool(flag)
    if type(flag) is not int:
        if not isinstance(flag, UnusableNumber):
            text = shorten_json(flag)
            log.add("iscrowd.type", "annotations", index, "/iscrowd", f"iscrowd is {text}, not 0 or 1", text)
        return False
    if flag not in (0, 1):
        text = shorten_json(flag)
        log.add("iscrowd.value", "annotations", index, "/iscrowd", f"iscrowd is {text}, not 0 or 1", text)
    return flag != 0


def read_score(value: JsonObject, index: int, log: DefectLog) -> float:
    """Read a detection's ``score``; NaN where there is none that can be used.

    Examples
    --------
    >>> log = DefectLog("a.json")
    >>> read_score(JsonObject(score="0.5"), 0, log), read_score(JsonObject(), 1, log)
    (nan, nan)
    >>> [d.rule for d in log.defects]
    ['score.type', 'score.missing']
    """
    if "score" not in value:
        log.add("score.missing", "annotations", index, "", "there is no score", None)
        return NO_AREA
    score = value["score"]
    if _is_number(score):
        return _as_float(score)
    text = shorten_json(score)
    if isinstance(score, UnusableNumber):
        log.add("score.nonfinite", "annotations", index, "/score", f"the score {text} is not finite", text)
    else:
        log.add("score.type", "annotations", index, "/score", f"the score is {text}, not a number", text)
    return NO_AREA


def _as_float(value: float) -> float:
    """Convert an integer of any size; what no double holds becomes the largest one."""
    try:
        return float(value)
    except OverflowError:
        return 1.7e308 if value > 0 else -1.7e308


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
