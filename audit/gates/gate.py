"""The gate: a scan, a policy, what is known, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from audit.carriers import dataclass
from audit.findings.finding import Finding
from audit.gates.baseline import Baseline, BaselineMatch, find_regressions, match_baseline
from audit.gates.grouping import Grouping
from audit.gates.groups import GroupReport, compare_groups
from audit.gates.moved_names import trace_file_names, trace_fingerprints
from audit.gates.policy import Policy, Waiver
from audit.gates.reviewed import Acceptance
from audit.gates.status import FindingStatus, assign_statuses
from audit.gates.verdict import LimitResult, Outcome, evaluate_limit, worst_outcome
from audit.pipeline.result import ScanResult


@dataclass(frozen=True, slots=True)
class GateResult:
    """Everything that a gate says about a batch."""

    scan: ScanResult
    policy: Policy
    today: date
    """Waivers that ended before it have expired."""
    limits: tuple[LimitResult, ...]
    """In the policy's order."""
    statuses: tuple[FindingStatus, ...]
    """Of the scan's findings."""
    n_waived: tuple[int, ...]
    """One a waiver of the policy: the findings that it forgave, or would have had it not expired."""
    baseline: BaselineMatch | None = None
    """None where no baseline was read."""
    regressions: tuple[tuple[str, int, int], ...] = ()
    """What a ratchet refuses: rule, findings that the baseline knows, findings now."""
    acceptance: Acceptance | None = None
    """What the review of a sample says; None where there was none."""
    groups: GroupReport | None = None
    grouping: Grouping | None = None

    @property
    def outcome(self) -> Outcome:
        """The verdict."""
        outcomes = [result.outcome for result in self.limits]
        outcomes += [Outcome.FAIL for _ in self.expired_waivers]
        outcomes += [Outcome.FAIL for _ in self.regressions]
        if self.acceptance is not None:
            outcomes.append(self.acceptance.outcome)
        return worst_outcome(outcomes)

    @property
    def failed(self) -> bool:
        """Whether the batch is to be refused: an undecided one too, unless the policy lets it pass.

        No policy lets pass what was seen to be above a limit, nor a batch by the review of another one.
        """
        if self.outcome is not Outcome.UNDECIDED:
            return self.outcome is Outcome.FAIL
        never_passes = any(result.exceeds for result in self.limits) or (
            self.acceptance is not None and self.acceptance.never_passes
        )
        return self.policy.undecided == "fail" or never_passes

    @property
    def exit_code(self) -> int:
        """What the command exits with: 1 for a refused batch, else 0."""
        return int(self.failed)

    @property
    def expired_waivers(self) -> tuple[Waiver, ...]:
        """The waivers whose last day is over: the gate fails until they are renewed or removed."""
        return tuple(waiver for waiver in self.policy.waivers if waiver.has_expired(self.today))

    def new_findings(self) -> tuple[Finding, ...]:
        """Return the findings that count."""
        pairs = zip(self.scan.findings, self.statuses, strict=True)
        return tuple(finding for finding, status in pairs if status is FindingStatus.NEW)

    def count_by_status(self) -> Mapping[str, int]:
        """Count the findings of every status."""
        counts = Counter(self.statuses)
        return {status.value: counts[status] for status in FindingStatus}


def judge_batch(
    scan: ScanResult,
    policy: Policy,
    *,
    today: date,
    baseline: Baseline | None = None,
    grouping: Grouping | None = None,
    acceptance: Acceptance | None = None,
) -> GateResult:
    """Judge a scanned batch.

    Parameters
    ----------
    scan : ScanResult
        With the decisions on its findings, and none of them hidden.
    policy : Policy
    today : date
        Waivers that ended before it have expired.
    baseline : tuple of BaselineEntry, optional
        Findings that are known and do not count.
    grouping : Grouping, optional
        Who or what made each annotation.
    acceptance : Acceptance, optional
        What the review of a sample said.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> judge_batch(nothing, Policy(), today=date(2026, 1, 1)).outcome.value
    'pass'
    """
    tables, findings = scan.measurements, scan.findings
    matched, file_names = None, set(tables.images["file_name"].tolist())
    if baseline is not None:
        file_names |= set(trace_file_names(baseline, tables).values())
        traced = trace_fingerprints(baseline, findings, tables)
        matched = match_baseline(baseline, findings, file_names, traced)
    known = matched.known if matched is not None else (False,) * len(findings)
    ids, names = (tables.categories[column].tolist() for column in ("category_id", "name"))
    categories = dict(zip(ids, names, strict=True))
    statuses, n_waived = assign_statuses(findings, known, policy.waivers, categories, today)
    new = [finding for finding, status in zip(findings, statuses, strict=True) if status is FindingStatus.NEW]
    regressions: tuple[tuple[str, int, int], ...] = ()
    if policy.ratchet and baseline is not None:
        pairs = zip(findings, statuses, strict=True)
        not_dismissed = [finding for finding, status in pairs if status is not FindingStatus.DISMISSED]
        regressions = find_regressions(baseline, not_dismissed, file_names)
    groups = compare_groups(grouping, new, tables, scan.dataset) if grouping is not None else None
    return GateResult(
        scan=scan,
        policy=policy,
        today=today,
        limits=tuple(evaluate_limit(limit, new, tables) for limit in policy.limits),
        statuses=statuses,
        n_waived=n_waived,
        baseline=matched,
        regressions=regressions,
        acceptance=acceptance,
        groups=groups,
        grouping=grouping,
    )
