"""Planted against found: how many of the known errors a scan names, and what it flags besides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.findings.finding import Finding, Severity
from audit.synthetic.planted import Planted


@dataclass(frozen=True, slots=True)
class RuleScore:
    """How one rule did."""

    rule: str
    planted: int
    found: int
    """Planted errors that at least one finding of this rule names."""
    side_effects: int
    """Findings on something spoiled, but spoiled in another way (a duplicate also overlaps)."""
    false_flags: int
    """Warnings and errors that name nothing spoiled."""
    false_rate: float
    """``false_flags`` an annotation."""
    checked: bool
    """False where finding this kind is not promised."""


def score(
    planted: Sequence[Planted], findings: Sequence[Finding], *, instances: int
) -> tuple[RuleScore, ...]:
    """Count, for every rule, what it found of the planted errors and what it flagged falsely.

    A planted error counts as found where a finding of its rule agrees in the picture and in at least
    one annotation or category id, as far as the planted error has them.

    Parameters
    ----------
    planted : sequence of Planted
        The answers.
    findings : sequence of Finding
        What a scan said, in any order.
    instances : int
        Annotations in the dataset, for the rate.

    Returns
    -------
    tuple of RuleScore
        One a rule that was planted or said anything, sorted by rule.

    Examples
    --------
    >>> answers = [Planted("mask.tiny", "a.png", (3,))]
    >>> said = [Finding("mask.tiny", Severity.WARNING, "2 px", file_name="a.png", annotation_ids=(3,))]
    >>> one = score(answers, said, instances=10)[0]
    >>> one.planted, one.found, one.false_flags
    (1, 1, 0)
    >>> score([], [], instances=0)
    ()
    """
    spoiled = _Spoiled(planted)
    scores = []
    for rule in sorted({p.rule for p in planted} | {f.rule for f in findings}):
        wanted = [p for p in planted if p.rule == rule]
        said = [f for f in findings if f.rule == rule]
        hits = [any(agree(p, f) for f in said) for p in wanted]
        others = [f for f in said if not any(agree(p, f) for p in wanted)]
        beside = [f for f in others if f in spoiled]
        false = sum(f.severity is not Severity.INFO and f not in spoiled for f in others)
        rate = false / instances if instances else 0.0
        checked = not wanted or any(p.checked for p in wanted)
        scores.append(RuleScore(rule, len(wanted), sum(hits), len(beside), false, rate, checked))
    return tuple(scores)


def agree(planted: Planted, finding: Finding) -> bool:
    """Say whether a finding is about a planted error.

    Examples
    --------
    >>> said = Finding("mask.tiny", Severity.WARNING, "2 px", file_name="a.png", annotation_ids=(3,))
    >>> agree(Planted("mask.tiny", "a.png", (3, 4)), said), agree(Planted("mask.tiny", "b.png", (3,)), said)
    (True, False)
    >>> agree(Planted("dataset.empty", None), Finding("dataset.empty", Severity.INFO, "nothing"))
    True
    """
    if planted.rule != finding.rule:
        return False
    if planted.file_name is not None and planted.file_name != finding.file_name:
        return False
    if planted.annotation_ids and not set(planted.annotation_ids) & set(finding.annotation_ids):
        return False
    return not planted.category_ids or bool(set(planted.category_ids) & set(finding.category_ids))


class _Spoiled:
    """What anything was done to: annotations, else pictures, else categories, else the dataset."""

    def __init__(self, planted: Iterable[Planted]) -> None:
        self.annotations: set[tuple[str | None, int]] = set()
        self.pictures: set[str] = set()
        self.categories: set[int] = set()
        for p in planted:
            self.annotations.update((p.file_name, i) for i in p.annotation_ids)
            self.categories.update(p.category_ids)
            if p.file_name is not None and not p.annotation_ids:
                self.pictures.add(p.file_name)

    def __contains__(self, finding: Finding) -> bool:
        if finding.annotation_ids:
            named = {(finding.file_name, i) for i in finding.annotation_ids}
            return bool(named & self.annotations) or finding.file_name in self.pictures
        if finding.file_name is not None:
            return finding.file_name in self.pictures
        return bool(set(finding.category_ids) & self.categories)
