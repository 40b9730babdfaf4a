"""The verdict on a batch: every limit of the policy, judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from audit.findings.finding import Finding
from audit.findings.number_format import format_percent
from audit.gates.bounds import Clusters, clopper_pearson, design_effect, lower_bound, upper_bound
from audit.gates.policy import Limit
from audit.gates.rate_units import clusters, uncounted
from audit.measure.schema import Measurements

_SURE = 0.95
"""Confidence with which a rate is too high in a sample that is too small to accept anything."""


class Outcome(StrEnum):
    """What a limit, or the whole gate, says."""

    PASS = "pass"
    UNDECIDED = "undecided"
    """Too little was seen to say."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit, judged."""

    limit: Limit
    outcome: Outcome
    reason: str
    """One sentence."""
    findings: int
    """That count: neither dismissed, waived nor known."""
    units: int = 0
    """Annotations, touching pairs or images, for a rate."""
    defective: int = 0
    """Of them, those that have such a finding."""
    bound: float | None = None
    """Upper bound of the rate, where the limit asks for confidence."""
    uncounted: int = 0
    """Findings that are about no such unit."""

    @property
    def rate(self) -> float | None:
        """Share of defective units; None where the limit is a count, or there are none."""
        return self.defective / self.units if self.units else None


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Return fail before undecided before pass.

    Examples
    --------
    >>> worst([Outcome.PASS, Outcome.UNDECIDED]).value
    'undecided'
    >>> worst([]).value
    'pass'
    """
    order = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.PASS)
    return min(outcomes, key=order.index, default=Outcome.PASS)


def judge_limit(limit: Limit, found: Sequence[Finding], m: Measurements) -> LimitLine:
    """Judge one limit.

    Parameters
    ----------
    limit : Limit
    found : sequence of Finding
        Those that count.
    m : Measurements

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> judge_limit(Limit("mask.*", max_count=0), [], empty_measurements()).outcome.value
    'pass'
    """
    covered = [finding for finding in found if limit.covers(finding)]
    if limit.max_count is not None:
        outcome = Outcome.PASS if len(covered) <= limit.max_count else Outcome.FAIL
        return LimitLine(
            limit, outcome, f"{len(covered):,} found, {limit.max_count:,} allowed.", len(covered)
        )
    c = clusters(limit.per, m, covered)
    bound = upper_bound(c, limit.confidence) if limit.confidence is not None else None
    outcome, reason = _rate(limit, c, bound)
    blind = uncounted(limit.per, m, covered)
    if blind and outcome is Outcome.PASS:
        reason += f" {blind:,} findings are about no {limit.per} and are not in the rate."
    return LimitLine(limit, outcome, reason, len(covered), c.total, c.found, bound, blind)


def _rate(limit: Limit, c: Clusters, bound: float | None) -> tuple[Outcome, str]:
    allowed = limit.max_rate or 0.0
    seen = f"{c.found:,} of {c.total:,} {limit.per}s ({format_percent(c.rate, 2)})"
    few = _too_few(limit, c)
    if few:
        effect = design_effect(c)
        if lower_bound(c.found / effect, c.total / effect, limit.confidence or _SURE) > allowed:
            return Outcome.FAIL, f"{seen}: few, but surely above {format_percent(allowed, None)}."
        return Outcome.UNDECIDED, f"{seen}: {few}."
    if c.rate > allowed:
        return Outcome.FAIL, f"{seen}, {format_percent(allowed, None)} allowed."
    if bound is not None and bound >= allowed:
        reason = f"{seen}, but the rate may be up to {format_percent(bound, 2)}"
        return Outcome.FAIL, f"{reason}, {format_percent(allowed, None)} allowed."
    sure = f", at most {format_percent(bound, 2)}" if bound is not None else ""
    return Outcome.PASS, f"{seen}{sure}, {format_percent(allowed, None)} allowed."


def _too_few(limit: Limit, c: Clusters) -> str:
    """Say why nothing can be decided; empty where it can."""
    if c.total < limit.min_sample:
        return f"{limit.min_sample:,} are needed"
    if limit.confidence is None:
        return ""
    # Without any defect the units of one image count as one (bounds.correlation).
    best = clopper_pearson(0, c.total / c.load, limit.confidence)
    if best >= (limit.max_rate or 0.0):
        possible = format_percent(best, 2)
        return f"so few could not show it even without a defect (up to {possible} would stay possible)"
    return ""
