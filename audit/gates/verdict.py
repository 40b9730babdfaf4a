"""The verdict on a batch: every limit of the policy, judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from audit.carriers import dataclass
from audit.findings.finding import Finding
from audit.findings.number_format import format_count, format_percent
from audit.gates.bounds import (
    ImageCounts,
    clopper_pearson_lower,
    clopper_pearson_upper,
    clustered_upper_bound,
    design_effect,
)
from audit.gates.policy import Limit
from audit.gates.rate_units import count_outside_units, count_units
from audit.measure.schema import Measurements

CONFIDENCE_OF_FAILURE = 0.95
"""Confidence with which a rate is too high in a sample that is too small to accept anything."""


class Outcome(StrEnum):
    """What a limit, or the whole gate, says."""

    PASS = "pass"
    UNDECIDED = "undecided"
    """Too little was seen to say."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class LimitResult:
    """One limit, judged."""

    limit: Limit
    outcome: Outcome
    reason: str
    """One sentence."""
    n_findings: int
    """That count: neither dismissed, waived nor known."""
    n_units: int = 0
    """Annotations, touching pairs or images, for a rate."""
    n_defective: int = 0
    """Of them, those that have such a finding."""
    upper_bound: float | None = None
    """Of the rate, where the limit asks for confidence."""
    n_outside_units: int = 0
    """Findings that are about no such unit."""

    @property
    def exceeds(self) -> bool:
        """Whether what was seen is already above the limit, however little was seen."""
        return self.rate is not None and self.rate > (self.limit.max_rate or 0.0)

    @property
    def rate(self) -> float | None:
        """Share of defective units; None where the limit is a count, or there are none."""
        return self.n_defective / self.n_units if self.n_units else None


def worst_outcome(outcomes: Sequence[Outcome]) -> Outcome:
    """Return fail before undecided before pass.

    Examples
    --------
    >>> worst_outcome([Outcome.PASS, Outcome.UNDECIDED]).value
    'undecided'
    >>> worst_outcome([]).value
    'pass'
    """
    order = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.PASS)
    return min(outcomes, key=order.index, default=Outcome.PASS)


def evaluate_limit(limit: Limit, new_findings: Sequence[Finding], measurements: Measurements) -> LimitResult:
    """Judge one limit.

    Parameters
    ----------
    limit : Limit
    new_findings : sequence of Finding
        Those that count.
    measurements : Measurements

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> evaluate_limit(Limit("mask.*", max_count=0), [], empty_measurements()).outcome.value
    'pass'
    """
    covered = [finding for finding in new_findings if limit.covers(finding)]
    n_findings = len(covered)
    if limit.max_count is not None:
        outcome = Outcome.PASS if n_findings <= limit.max_count else Outcome.FAIL
        reason = f"{n_findings:,} found, {limit.max_count:,} allowed."
        return LimitResult(limit, outcome, reason, n_findings)
    counts = count_units(limit.per, measurements, covered)
    bound = clustered_upper_bound(counts, limit.confidence) if limit.confidence is not None else None
    outcome, reason = _evaluate_rate(limit, counts, bound)
    n_outside = count_outside_units(limit.per, measurements, covered)
    if n_outside and outcome is Outcome.PASS:
        are = "is" if n_outside == 1 else "are"
        reason += f" {format_count(n_outside, 'finding')} {are} about no {limit.per} and not in the rate."
    return LimitResult(
        limit, outcome, reason, n_findings, counts.n_units, counts.n_defective, bound, n_outside
    )


def _evaluate_rate(limit: Limit, counts: ImageCounts, bound: float | None) -> tuple[Outcome, str]:
    max_rate = limit.max_rate or 0.0
    allowed = f"{format_percent(max_rate, None)} allowed"
    rate = format_percent(counts.rate, 2)
    observed = f"{counts.n_defective:,} of {counts.n_units:,} {limit.per}s ({rate})"
    shortage = _explain_shortage(limit, counts)
    if shortage:
        effect = design_effect(counts)
        confidence = limit.confidence or CONFIDENCE_OF_FAILURE
        least = clopper_pearson_lower(counts.n_defective / effect, counts.n_units / effect, confidence)
        if least > max_rate:
            return (
                Outcome.FAIL,
                f"{observed}: a small batch, but surely above {format_percent(max_rate, None)}.",
            )
        return Outcome.UNDECIDED, f"{observed}: {shortage}."
    if counts.rate > max_rate:
        return Outcome.FAIL, f"{observed}, {allowed}."
    if bound is None:
        return Outcome.PASS, f"{observed}, {allowed}."
    if bound >= max_rate:
        return Outcome.FAIL, f"{observed}, but the rate may be up to {format_percent(bound, 2)}, {allowed}."
    return Outcome.PASS, f"{observed}, at most {format_percent(bound, 2)}, {allowed}."


def _count_needed_units(limit: Limit, counts: ImageCounts) -> int:
    """Say how many units, in images like these, show without a defect that a limit is kept."""
    max_rate, confidence = limit.max_rate or 0.0, limit.confidence or CONFIDENCE_OF_FAILURE
    if not 0 < max_rate < 1:
        return 0
    n_images = math.log(1 - confidence) / math.log1p(-max_rate)  # (1 - rate) ** images = 1 - confidence
    return math.floor(n_images * counts.mean_cluster_size) + 1


def _explain_shortage(limit: Limit, counts: ImageCounts) -> str:
    """Say why nothing can be decided; empty where it can."""
    if counts.n_units < limit.min_sample:
        return f"{limit.min_sample:,} are needed"
    if limit.confidence is None:
        return ""
    # Without any defect the units of one image count as one (bounds.clustered_upper_bound).
    n_images = counts.n_units / counts.mean_cluster_size
    best_case = clopper_pearson_upper(0, n_images, limit.confidence)
    if best_case >= (limit.max_rate or 0.0):
        possible = format_percent(best_case, 2)
        return (
            f"so few could not show it even without a defect (up to {possible} would stay possible; "
            f"about {_count_needed_units(limit, counts):,} are needed)"
        )
    return ""
