"""Which findings are mended in one pass, and which are not, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace

from audit.carriers import dataclass
from audit.findings.decisions import Verdict
from audit.findings.finding import Finding, Severity
from audit.fixes.labels import CannotFixError, Labels, Repair
from audit.fixes.registry import Fix, all_fixes
from audit.fixes.source_text import Edit
from audit.pipeline.rule_selection import is_selected

FindingKey = tuple[str, str]
"""Rule and fingerprint."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user wants mended."""

    select: tuple[str, ...] = ()
    """Families and rules; empty = all."""
    ignore: tuple[str, ...] = ()
    unsafe: bool = False
    """Whether fixes that change masks are made of findings that nobody decided about."""

    def wants(self, finding: Finding) -> bool:
        """Say whether a finding is to be mended at all."""
        is_fine = finding.decision == Verdict.FINE
        return not is_fine and is_selected(finding.rule, self.select, self.ignore)

    def reason_against(self, finding: Finding, fix: Fix) -> str:
        """Say why a wanted finding is not mended; empty = it may be."""
        is_decided = finding.decision in (Verdict.REAL, Verdict.FIX)
        if fix.is_safe or is_decided:
            return ""
        if not self.unsafe:
            return "the fix is not safe: it needs --unsafe, or the decision that the finding is real"
        # What is only worth knowing is often right: it is changed where somebody names the rule.
        if finding.severity is Severity.INFO and finding.rule not in self.select:
            return "it is an info: name its rule with --select, or decide that it is real"
        return ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A finding that has a fix and is not mended."""

    finding: Finding
    fix: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pass does."""

    repairs: list[Repair] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def edits(self) -> list[Edit]:
        """All edits, in the order of the repairs."""
        return [edit for repair in self.repairs for edit in repair.edits]


def plan_repairs(
    labels: Labels,
    selection: Selection,
    withdrawn: Mapping[FindingKey, str] | None = None,
) -> Plan:
    """Choose the repairs of one pass.

    What would touch a record that another repair of this pass changes is left for the next one: by then the
    finding may be gone.

    Parameters
    ----------
    labels : Labels
    selection : Selection
    withdrawn : mapping, optional
        Findings whose fix made something worse, and what.

    Returns
    -------
    Plan
    """
    plan = Plan()
    claims = _Claims()
    by_rule: dict[str, list[Finding]] = {}
    for finding in labels.findings:
        if selection.wants(finding):
            by_rule.setdefault(finding.rule, []).append(finding)
    for fix in all_fixes().values():
        for finding in _findings_of(fix.rules, by_rule):
            reason = selection.reason_against(finding, fix)
            reason = reason or (withdrawn or {}).get((finding.rule, finding.fingerprint), "")
            if not reason:
                try:
                    repair = replace(fix.repair(labels, finding), fix=fix.name)
                except CannotFixError as error:
                    reason = str(error)
                else:
                    if claims.claim(
                        repair.edits, [labels.index(row) for row in labels.rows(finding)], fix.is_safe
                    ):
                        plan.repairs.append(repair)
            if reason:
                plan.skipped.append(Skipped(finding, fix.name, reason))
    return plan


def _findings_of(rules: Iterable[str], by_rule: Mapping[str, list[Finding]]) -> list[Finding]:
    return [finding for rule in rules for finding in by_rule.get(rule, [])]


class _Claims:
    """What the repairs of a pass have taken so far."""

    def __init__(self) -> None:
        self.fields: set[tuple[str, int, str]] = set()
        self.removed: set[tuple[str, int]] = set()
        self.locked: set[int] = set()

    def claim(self, edits: Sequence[Edit], indices: Collection[int], is_safe: bool) -> bool:
        """Take the records and fields of a repair, all of them or none."""
        records = {(edit.list_name, edit.index) for edit in edits if not edit.is_new}
        removed = {(edit.list_name, edit.index) for edit in edits if edit.fields is None}
        named = {
            (edit.list_name, edit.index, name)
            for edit in edits
            if not edit.is_new and edit.fields is not None
            for name in edit.fields
        }
        touched = {index for list_name, index in records if list_name == "annotations"} | set(indices)
        changed = {(list_name, index) for list_name, index, _ in self.fields}
        is_free = not (records & self.removed or removed & changed or named & self.fields)
        if not is_safe:
            is_free = is_free and not touched & self.locked
        if is_free:
            self.fields |= named
            self.removed |= removed
            self.locked |= set() if is_safe else touched
        return is_free
