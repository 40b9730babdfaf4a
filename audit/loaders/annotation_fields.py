"""The plain fields of an annotation that is not as it should be: box, area, crowd flag, score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from audit.loaders.defect_log import DefectLog
from audit.loaders.json_value import JsonObject, UnusableNumber, shorten_json
from audit.loaders.typed_records import NO_AREA, NO_BOX, NO_SCORE


def read_bbox(value: JsonObject, position: int, defect_log: DefectLog, *, required: bool) -> Sequence[float]:
    """Read ``bbox``.

    Parameters
    ----------
    value : JsonObject
        The annotation.
    position : int
        In the file's list.
    defect_log : DefectLog
    required : bool
        Report its absence.

    Returns
    -------
    four floats
        xywh in pixels; NaN where there is no usable box.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> read_bbox(JsonObject(bbox=[1, 2, 3, 4]), 0, defect_log, required=True)
    [1.0, 2.0, 3.0, 4.0]
    >>> read_bbox(JsonObject(bbox=[1, 2, 3]), 0, defect_log, required=True)
    (nan, nan, nan, nan)
    >>> defect_log.defects[0].rule
    'bbox.length'
    >>> read_bbox(JsonObject(), 0, defect_log, required=False)
    (nan, nan, nan, nan)
    """
    if "bbox" not in value:
        if required:
            defect_log.add("bbox.missing", "annotations", position, "", "there is no bbox", None)
        return NO_BOX
    box = value["bbox"]
    text = shorten_json(box)
    if isinstance(box, UnusableNumber):
        return NO_BOX
    if not isinstance(box, list):
        message = f"the bbox is {text}, not four numbers"
        defect_log.add("bbox.type", "annotations", position, "/bbox", message, text)
        return NO_BOX
    for side, number in enumerate(box):
        if not (_is_number(number) or isinstance(number, UnusableNumber)):
            message = f"{shorten_json(number)} in the bbox is no number"
            defect_log.add("bbox.type", "annotations", position, f"/bbox/{side}", message, text)
            return NO_BOX
    if len(box) != 4:
        message = f"the bbox has {len(box)} numbers, not four"
        defect_log.add("bbox.length", "annotations", position, "/bbox", message, text)
        return NO_BOX
    if any(isinstance(number, UnusableNumber) for number in box):
        return NO_BOX
    return [_convert_to_float(number) for number in box]


def read_area(value: JsonObject, position: int, defect_log: DefectLog, *, required: bool) -> float:
    """Read ``area``.

    Parameters
    ----------
    value : JsonObject
        The annotation.
    position : int
        In the file's list.
    defect_log : DefectLog
    required : bool
        Report its absence.

    Returns
    -------
    float
        Square pixels as the file says; NaN where there is no usable area.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> [read_area(JsonObject(area=area), 0, defect_log, required=True) for area in (5, "5")]
    [5.0, nan]
    >>> defect_log.defects[0].rule
    'area.type'
    >>> read_area(JsonObject(), 0, defect_log, required=False)
    nan
    """
    if "area" not in value:
        if required:
            defect_log.add("area.missing", "annotations", position, "", "there is no area", None)
        return NO_AREA
    area = value["area"]
    if _is_number(area):
        return _convert_to_float(area)
    if not isinstance(area, UnusableNumber):
        text = shorten_json(area)
        message = f"the area is {text}, not a number"
        defect_log.add("area.type", "annotations", position, "/area", message, text)
    return NO_AREA


def read_iscrowd(value: JsonObject, position: int, defect_log: DefectLog, *, required: bool) -> bool:
    """Read ``iscrowd``: other integers than 0 and 1 count as 1, what is no integer as 0.

    Parameters
    ----------
    value : JsonObject
        The annotation.
    position : int
        In the file's list.
    defect_log : DefectLog
    required : bool
        Report its absence.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> [read_iscrowd(JsonObject(iscrowd=flag), 0, defect_log, required=True) for flag in (1, 2, "1")]
    [True, True, False]
    >>> [defect.rule for defect in defect_log.defects]
    ['iscrowd.value', 'iscrowd.type']
    >>> read_iscrowd(JsonObject(), 0, defect_log, required=False)
    False
    """
    if "iscrowd" not in value:
        if required:
            defect_log.add("iscrowd.missing", "annotations", position, "", "there is no iscrowd", None)
        return False
    flag = value["iscrowd"]
    if isinstance(flag, UnusableNumber) or (type(flag) is int and flag in (0, 1)):
        return flag == 1
    text = shorten_json(flag)
    # Whole numbers of another type (true, 1.0) say what is meant; they are reported, and used.
    rule = "iscrowd.value" if type(flag) is int else "iscrowd.type"
    defect_log.add(rule, "annotations", position, "/iscrowd", f"iscrowd is {text}, not 0 or 1", text)
    return flag is True or type(flag) is int or (isinstance(flag, float) and flag == 1)


def read_score(value: JsonObject, position: int, defect_log: DefectLog) -> float:
    """Read a detection's ``score``.

    Parameters
    ----------
    value : JsonObject
        The detection.
    position : int
        In the file's list.
    defect_log : DefectLog

    Returns
    -------
    float
        NaN where there is no usable score.

    Examples
    --------
    >>> defect_log = DefectLog("a.json")
    >>> [read_score(JsonObject(score=score), 0, defect_log) for score in (0.5, "0.5", "high")]
    [0.5, 0.5, nan]
    >>> read_score(JsonObject(), 1, defect_log)
    nan
    >>> [defect.rule for defect in defect_log.defects]
    ['score.type', 'score.type', 'score.missing']
    """
    if "score" not in value:
        defect_log.add("score.missing", "annotations", position, "", "there is no score", None)
        return NO_SCORE
    score = value["score"]
    if _is_number(score):
        return _convert_to_float(score)
    text = shorten_json(score)
    if isinstance(score, str) and _is_decimal(score):
        message = f"the score is {text}, not a number; it is read as one"
        defect_log.add("score.type", "annotations", position, "/score", message, text)
        return float(score)
    if isinstance(score, UnusableNumber):
        rule, message = "score.nonfinite", f"the score {text} is not finite"
    else:
        rule, message = "score.type", f"the score is {text}, not a number"
    defect_log.add(rule, "annotations", position, "/score", message, text)
    return NO_SCORE


def _is_decimal(text: str) -> bool:
    """Tell whether a text is a plain number such as 0.93, and neither nan nor 1_000.

    Examples
    --------
    >>> [_is_decimal(text) for text in ("0.93", "1e-3", "nan", "1_0", "")]
    [True, True, False, False, False]
    """
    return re.fullmatch(r"[+-]?[0-9]*[.]?[0-9]+(?:[eE][+-]?[0-9]{1,3})?", text.strip()) is not None


def _convert_to_float(value: float) -> float:
    """Convert an integer of any size; what no double holds becomes the largest one."""
    try:
        return float(value)
    except OverflowError:
        return 1.7e308 if value > 0 else -1.7e308


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
