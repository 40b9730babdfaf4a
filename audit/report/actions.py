"""What to do first: the few things of a scan that matter most to a model, each with effect and pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from audit.carriers import dataclass
from audit.detectors.rule import Rule
from audit.findings.finding_table import FindingTable
from audit.findings.number_format import format_count
from audit.gates.plan_file import REVIEW_RULE
from audit.pipeline.result import ScanResult
from audit.report.finding_crops import FindingCrop
from audit.report.importance import order_by_weight, weigh_findings
from audit.report.scan_summary import split_title
from audit.report.text_format import shorten_text

MAX_ACTIONS = 5
MAX_SPOTS = 4
"""Crops that are shown of every action."""
LEAST_WEIGHT = 0.1
"""Rules whose heaviest finding weighs less are nothing to begin with."""
_WHY = re.compile(r"Why it matters\n-+\n(.*?)(?:\n\n|\Z)", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do."""

    rule: str
    severity: str
    """Worst of its findings; empty where it is a task and no fault."""
    title: str
    count: str
    """How often, and where: ``41 findings in 26 images``, and how many have its severity where some are less;
    of the whole file what is said of it."""
    effect: str
    """What it does, in a sentence or two; empty where the rule does not say."""
    is_about_file: bool
    """It is about no image, but about the file as a whole."""
    spots: tuple[FindingCrop, ...]


def rank_actions(result: ScanResult, crops: Mapping[int, FindingCrop]) -> tuple[Action, ...]:
    """Choose what to begin with: facts about the whole file, then the rules that weigh most.

    A rule weighs what its heaviest finding weighs, times 1 + ln(number) / 2: many findings of a rule are
    worse than few, and none the less one thing to do.

    Parameters
    ----------
    result : ScanResult
    crops : mapping
        Position of a finding to its crop, for the pictures.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> rank_actions(ScanResult("1.0", empty_measurements(), (), {}, {}), {})
    ()
    """
    findings = FindingTable.of(result.findings)
    if not len(findings):
        return ()
    weights = weigh_findings(findings, result.rules)
    codes, rule_ids = findings.codes("rule")
    image_rows = findings.numbers("image_row")
    ranked = []
    for about_file in (True, False):
        for code, rule_id in enumerate(rule_ids):
            rows = np.flatnonzero((codes == code) & ((image_rows < 0) == about_file))
            heaviest = float(weights[rows].max(initial=0.0))
            if heaviest < LEAST_WEIGHT and (rule_id != REVIEW_RULE or not len(rows)):
                continue
            score = heaviest * (1 + np.log(len(rows)) / 2)
            ordered = rows[order_by_weight(weights[rows])]
            # What a sample was drawn for comes before everything.
            ranked.append((rule_id != REVIEW_RULE, not about_file, -score, rule_id, ordered.tolist()))
    chosen = sorted(ranked, key=lambda entry: entry[:4])[:MAX_ACTIONS]
    return tuple(_make_action(result, rule_id, rows, crops) for *_, rule_id, rows in chosen)


def _make_action(
    result: ScanResult, rule_id: str, rows: list[int], crops: Mapping[int, FindingCrop]
) -> Action:
    first = result.findings[rows[0]]
    rule = result.rules.get(rule_id)
    if rule_id == REVIEW_RULE:
        return Action(
            rule=rule_id,
            severity="",
            title=f"Look at the {format_count(len(rows), 'image')} of the sample",
            count="Is everything labelled right? Key 1: something is wrong or missing; key 2: all is right.",
            effect=describe_effect(rule) if rule else "",
            is_about_file=False,
            spots=_choose_spots(result, rows, crops),
        )
    images = {result.findings[row].image_row for row in rows}
    about_file = first.image_row < 0
    where = f"{format_count(len(rows), 'finding')} in {format_count(len(images), 'image')}"
    severity = min((result.findings[row].severity for row in rows), key=lambda grade: grade.rank)
    n_worst = sum(result.findings[row].severity is severity for row in rows)
    if n_worst < len(rows):
        where += f", {format_count(n_worst, severity.value)} among them"
    return Action(
        rule=rule_id,
        severity=severity.value,
        title=split_title(rule.title)[0] if rule else rule_id,
        count=shorten_text(first.message, 300) if about_file else where,
        effect=describe_effect(rule) if rule else "",
        is_about_file=about_file,
        spots=_choose_spots(result, rows, crops),
    )


def _choose_spots(
    result: ScanResult, rows: list[int], crops: Mapping[int, FindingCrop]
) -> tuple[FindingCrop, ...]:
    """Take the heaviest of every image first: four times the same picture shows little."""
    turn_of_image: dict[int, int] = {}
    drawn = []
    for row in rows:
        if row in crops:
            image_row = result.findings[row].image_row
            turn = turn_of_image[image_row] = turn_of_image.get(image_row, 0) + 1
            drawn.append((turn, row))
    chosen = sorted(drawn, key=lambda entry: entry[0])[:MAX_SPOTS]  # stable: heaviest first within a turn
    return tuple(crops[row] for _, row in chosen)


def describe_effect(rule: Rule) -> str:
    r"""Return the first sentence of what a rule's manual page says under *Why it matters*.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> manual = "A tiny mask.\n\nWhy it matters\n--------------\nIt teaches\nnothing. It costs time."
    >>> describe_effect(Rule("mask.tiny", Severity.WARNING, "A tiny mask", manual))
    'It teaches nothing.'
    >>> describe_effect(Rule("mask.tiny", Severity.WARNING, "", ""))
    ''
    """
    why = _WHY.search(rule.manual)
    return _SENTENCE_END.split(" ".join(why[1].split()))[0] if why else ""
