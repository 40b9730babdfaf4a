"""The gate: a scan, a policy, what is known, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from audit.findings.finding import Finding
from audit.gates.baseline import Baseline, Growth, Match, growth, match
from audit.gates.grouping import Grouping
from audit.gates.groups import GroupReport, group_report
from audit.gates.policy import Policy
from audit.gates.reviewed import Acceptance
from audit.gates.status import Standing, Standings, standings
from audit.gates.verdict import LimitLine, Outcome, judge_limit, worst
from audit.pipeline.result import ScanResult


@dataclass(frozen=True, slots=True)
class GateResult:
    """Everything that a gate says about a batch."""

    scan: ScanResult
    policy: Policy
    lines: tuple[LimitLine, ...]
    """The limits, in the policy's order."""
    standings: Standings
    baseline: Match | None
    """None where no baseline was given."""
    grown: tuple[Growth, ...]
    """Rules that a ratchet refuses."""
    acceptance: Acceptance | None = None
    """What the review of a sample says; None where there was none."""
    groups: GroupReport | None = None

    @property
    def outcome(self) -> Outcome:
        """The verdict."""
        parts = [line.outcome for line in self.lines]
        parts += [Outcome.FAIL for use in self.standings.waivers if use.expired]
        parts += [Outcome.FAIL for _ in self.grown]
        if self.acceptance is not None:
            parts.append(self.acceptance.outcome)
        return worst(parts)

    @property
    def failed(self) -> bool:
        """Whether the batch is to be refused: an undecided one too, unless the policy lets it pass."""
        return self.outcome is Outcome.FAIL or (
            self.outcome is Outcome.UNDECIDED and self.policy.undecided == "fail"
        )

    @property
    def exit_code(self) -> int:
        """What the command exits with: 1 for a refused batch, else 0."""
        return int(self.failed)

    def new(self) -> tuple[Finding, ...]:
        """Return the findings that count."""
        pairs = zip(self.scan.findings, self.standings.of, strict=True)
        return tuple(f for f, standing in pairs if standing is Standing.NEW)

    def counts(self) -> Mapping[str, int]:
        """Count the findings of every standing."""
        return self.standings.count()


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
    baseline : Baseline, optional
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
    m = scan.measurements
    names = set(m.images["file_name"].tolist())
    matched = match(baseline, scan.findings, names) if baseline is not None else None
    known = matched.known if matched is not None else (False,) * len(scan.findings)
    categories = dict(zip(m.categories["category_id"].tolist(), m.categories["name"].tolist(), strict=True))
    standing = standings(scan.findings, known, policy.waivers, categories, today)
    counting = [f for f, s in zip(scan.findings, standing.of, strict=True) if s is Standing.NEW]
    counted = [f for f, s in zip(scan.findings, standing.of, strict=True) if s is not Standing.DISMISSED]
    grown = growth(baseline, counted, names) if policy.ratchet and baseline is not None else ()
    return GateResult(
        scan=scan,
        policy=policy,
        lines=tuple(judge_limit(limit, counting, m) for limit in policy.limits),
        standings=standing,
        baseline=matched,
        grown=grown,
        acceptance=acceptance,
        groups=group_report(grouping, counting, m, scan.dataset) if grouping is not None else None,
    )
