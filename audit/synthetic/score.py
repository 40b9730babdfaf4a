"""PlantedError against found: how many of the known errors a scan names, and what it flags besides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audit.carriers import dataclass
from audit.findings.finding import Finding, Severity
from audit.synthetic.planted import PlantedError


@dataclass(frozen=True, slots=True)
class RuleScore:
    """How one rule did."""

    rule: str
    planted: int
    found: int
    """PlantedError errors that at least one finding of this rule names."""
    side_effects: int
    """Findings on something spoiled, but spoiled in another way (a duplicate also overlaps)."""
    false_flags: int
    """Warnings and errors that name nothing spoiled."""
    false_rate: float
    """``false_flags`` an annotation."""
    checked: bool
    """False where finding this kind is not promised."""


def score_rules(
    planted: Sequence[PlantedError], findings: Sequence[Finding], *, instances: int
) -> tuple[RuleScore, ...]:
    """Count, for every rule, what it found of the planted errors and what it flagged falsely.

    A planted error counts as found where a finding of its rule agrees in the picture and in at least
    one annotation or category id, as far as the planted error has them.

    Parameters
    ----------
    planted : sequence of PlantedError
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
    >>> answers = [PlantedError("mask.tiny", "a.png", (3,))]
    >>> findings = [Finding("mask.tiny", Severity.WARNING, "2 px", file_name="a.png", annotation_ids=(3,))]
    >>> result = score_rules(answers, findings, instances=10)[0]
    >>> result.planted, result.found, result.false_flags
    (1, 1, 0)
    >>> score_rules([], [], instances=0)
    ()
    """
    spoiled = _SpoiledThings(planted)
    errors_of_rule: dict[str, list[PlantedError]] = {}
    for error in planted:
        errors_of_rule.setdefault(error.rule, []).append(error)
    findings_of_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        findings_of_rule.setdefault(finding.rule, []).append(finding)
    return tuple(
        _score_rule(rule, errors_of_rule.get(rule, []), findings_of_rule.get(rule, []), spoiled, instances)
        for rule in sorted({*errors_of_rule, *findings_of_rule})
    )


def _score_rule(
    rule: str, errors: list[PlantedError], findings: list[Finding], spoiled: _SpoiledThings, instances: int
) -> RuleScore:
    collected = sum(any(names_error(error, finding) for finding in findings) for error in errors)
    unplanned = [flagged for flagged in findings if not any(names_error(error, flagged) for error in errors)]
    side_effects = sum(flagged in spoiled for flagged in unplanned)
    false_flags = sum(
        flagged.severity is not Severity.INFO and flagged not in spoiled for flagged in unplanned
    )
    false_rate = false_flags / instances if instances else 0.0
    checked = not errors or any(error.checked for error in errors)
    return RuleScore(rule, len(errors), collected, side_effects, false_flags, false_rate, checked)


def names_error(planted: PlantedError, finding: Finding) -> bool:
    """Say whether a finding is about a planted error.

    Parameters
    ----------
    planted : PlantedError
    finding : Finding

    Examples
    --------
    >>> finding = Finding("mask.tiny", Severity.WARNING, "2 px", file_name="a.png", annotation_ids=(3,))
    >>> here, elsewhere = (PlantedError("mask.tiny", name, (3, 4)) for name in ("a.png", "b.png"))
    >>> names_error(here, finding), names_error(elsewhere, finding)
    (True, False)
    >>> names_error(PlantedError("dataset.empty", None), Finding("dataset.empty", Severity.INFO, "nothing"))
    True
    """
    if planted.rule != finding.rule:
        return False
    if planted.file_name is not None and planted.file_name != finding.file_name:
        return False
    if planted.annotation_ids and not set(planted.annotation_ids) & set(finding.annotation_ids):
        return False
    return not planted.category_ids or bool(set(planted.category_ids) & set(finding.category_ids))


class _SpoiledThings:
    """What anything was done to: annotations, else pictures, else categories, else the dataset."""

    def __init__(self, planted: Iterable[PlantedError]) -> None:
        self.annotations: set[tuple[str | None, int]] = set()
        self.pictures: set[str] = set()
        self.categories: set[int] = set()
        for error in planted:
            self.annotations.update((error.file_name, number) for number in error.annotation_ids)
            self.categories.update(error.category_ids)
            if error.file_name is not None and not error.annotation_ids:
                self.pictures.add(error.file_name)

    def __contains__(self, finding: Finding) -> bool:
        if finding.annotation_ids:
            named = {(finding.file_name, number) for number in finding.annotation_ids}
            return bool(named & self.annotations) or finding.file_name in self.pictures
        if finding.file_name is not None:
            # A place without an annotation: what a spoiled mask no longer covers is a missing label.
            is_place = "x" in finding.evidence
            return finding.file_name in self.pictures or (
                is_place and any(file_name == finding.file_name for file_name, _ in self.annotations)
            )
        return bool(set(finding.category_ids) & self.categories)
