"""Texts of a dataset and numbers, written for reading."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from audit.findings.finding import EvidenceValue
from audit.findings.sanitize import printable

_SPOKEN = {"iou": "IoU", "ioa": "IoA", "ios": "IoS", "rle": "RLE", "json": "JSON", "id": "id"}


def shorten_text(text: str, limit: int = 160) -> str:
    """Make a text from the dataset printable and short.

    Examples
    --------
    >>> shorten_text("nucleus"), shorten_text("x" * 300, 5), shorten_text("")
    ('nucleus', 'xxxx…', '')
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return printable(cut)


def format_category(name: object) -> str:
    """Write a category's name: the same everywhere, so that a link can filter by it.

    Examples
    --------
    >>> format_category("nucleus"), format_category("")
    ('nucleus', '(no name)')
    """
    return shorten_text(str(name), 60) or "(no name)"


def format_evidence(evidence: Mapping[str, EvidenceValue]) -> tuple[tuple[str, str], ...]:
    """Write the numbers behind a finding for reading: names in words, units, four digits.

    Examples
    --------
    >>> format_evidence({"intersection_px": 412, "iou": 0.98765432, "kept": True})
    (('intersection', '412 px'), ('IoU', '0.9877'), ('kept', 'yes'))
    >>> format_evidence({})
    ()
    """
    return tuple(_format_evidence_line(name, value) for name, value in evidence.items())


def _format_evidence_line(name: str, value: EvidenceValue) -> tuple[str, str]:
    words = name.split("_")
    in_px = words[-1] == "px" and len(words) > 1
    words = words[:-1] if in_px else words
    unit = " px" if in_px and value is not None else ""
    return " ".join(_SPOKEN.get(w, w) for w in map(shorten_text, words)), _format_value(value) + unit


def _format_value(value: EvidenceValue) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float | np.floating):
        return f"{float(value):,.4g}" if abs(value) < 10_000 else f"{float(value):,.0f}"
    if isinstance(value, str):
        return shorten_text(value, 300)
    return shorten_text(", ".join(_format_value(v) for v in value), 300)
