"""The page of a gate: the verdict first, then the limits, the groups and the reviews behind it."""

from __future__ import annotations

from audit.gates.gate import GateResult
from audit.gates.verdict import Outcome
from audit.report.gate_page import GatePage, gate_page
from audit.report.report_data import Extra

_SENTENCE = {
    Outcome.PASS: "The batch passes.",
    Outcome.FAIL: "The batch does not pass.",
    Outcome.UNDECIDED: "Too little was seen to decide.",
}


def gate_extra(result: GateResult) -> Extra:
    """Make the page of a gate.

    Parameters
    ----------
    result : GateResult

    Examples
    --------
    >>> from datetime import date
    >>> from audit.pipeline.result import ScanResult
    >>> from audit.gates.gate import judge_batch
    >>> from audit.gates.policy import Policy
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> gate_extra(judge_batch(nothing, Policy(), today=date(2026, 1, 1))).headline
    'The batch passes. 0 findings: 0 new, 0 known, 0 waived, 0 dismissed.'
    """
    page = gate_page(result)
    said = verdict(page)
    values = {"gate": page, "verdict": said}
    return Extra("gate", "Gate", f"{said} {page.counted}", not page.failed, values)


def verdict(page: GatePage) -> str:
    """Say the verdict in words.

    An undecided batch may pass or not, as the command was told.
    """
    if page.verdict is Outcome.UNDECIDED:
        return f"{_SENTENCE[page.verdict]} The batch {'does not pass' if page.failed else 'passes'}."
    return _SENTENCE[page.verdict]
