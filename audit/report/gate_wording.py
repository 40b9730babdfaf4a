"""What a gate says in words: its verdict, limits, groups, reviews and what is to be done."""

from __future__ import annotations

from collections.abc import Iterator

from audit.findings.number_format import format_count, format_percent, format_percent_range
from audit.findings.reviews import RuleReview
from audit.gates.baseline import count_known
from audit.gates.gate import GateResult
from audit.gates.group_power import FACTOR, POWER
from audit.gates.groups import ALL_RULES, MERGED, TOUCHING, GroupRate, GroupReport
from audit.gates.verdict import LimitResult, Outcome
from audit.report.text_format import shorten_text

MAX_NAMED = 5
"""Groups that one sentence names."""

_VERDICTS = {
    Outcome.PASS: "The batch passes.",
    Outcome.FAIL: "The batch does not pass.",
    Outcome.UNDECIDED: "Too little was seen to decide.",
}


def describe_verdict(outcome: Outcome, failed: bool) -> str:
    """Say the verdict in words.

    Parameters
    ----------
    outcome : Outcome
    failed : bool
        Whether the batch is refused: an undecided one may pass or not, as the command was told.

    Examples
    --------
    >>> describe_verdict(Outcome.PASS, False)
    'The batch passes.'
    >>> describe_verdict(Outcome.UNDECIDED, True)
    'Too little was seen to decide. The batch does not pass.'
    """
    if outcome is Outcome.UNDECIDED:
        return f"{_VERDICTS[outcome]} The batch {'does not pass' if failed else 'passes'}."
    return _VERDICTS[outcome]


def order_limits(result: GateResult) -> tuple[LimitResult, ...]:
    """Put what must be mended first."""
    urgency = (Outcome.FAIL, Outcome.UNDECIDED, Outcome.PASS)
    return tuple(sorted(result.limits, key=lambda judged: urgency.index(judged.outcome)))


def describe_group_rate(rate: GroupRate) -> str:
    """Say how a group differs from all others.

    Parameters
    ----------
    rate : GroupRate

    Examples
    --------
    >>> describe_group_rate(GroupRate("Ann", TOUCHING, 100, 5, 0.02, 0.1, 0.001, True, 0.4))
    'Ann: 5.0 % of annotations touch another one, 40.0 % elsewhere:
    merges touching objects, or has fewer.'
    """
    here, elsewhere = format_percent(rate.rate, 1), format_percent(rate.rest_rate, 1)
    is_more = rate.rate > rate.rest_rate
    if rate.subject == TOUCHING:
        convention = (
            "separates touching objects, or has more" if is_more else "merges touching objects, or has fewer"
        )
        return f"{rate.group}: {here} of annotations touch another one, {elsewhere} elsewhere: {convention}."
    if rate.subject == MERGED:
        convention = "merges" if is_more else "separates"
        return (
            f"{rate.group}: {here} of masks look like several objects, {elsewhere} elsewhere: {convention}."
        )
    subject = "any finding" if rate.subject == ALL_RULES else rate.subject
    return f"{rate.group}: {here} of annotations with {subject}, {elsewhere} elsewhere."


def describe_groups(groups: GroupReport) -> tuple[str, ...]:
    """Say which groups differ from the others, and of which nothing can be said."""
    sentences = list(map(describe_group_rate, groups.differing()))
    if groups.too_small:
        names = ", ".join(shorten_text(name) for name in groups.too_small[:MAX_NAMED])
        more = len(groups.too_small) - MAX_NAMED
        names += f" and {more:,} more" if more > 0 else ""
        sentences.append(
            f"Too small to tell: {names}. Even {FACTOR:g} times the rate of the others would be noticed "
            f"there in less than {format_percent(POWER, 0)} of cases."
        )
    return tuple(sentences)


def describe_observed(judged: LimitResult) -> str:
    """Say what was observed where a limit looks: findings, or the share of units that have some.

    Parameters
    ----------
    judged : LimitResult

    Examples
    --------
    >>> from audit.gates.policy import Limit
    >>> rate = Limit("overlap", max_rate=0.5)
    >>> describe_observed(LimitResult(rate, Outcome.FAIL, "", n_findings=2, n_units=3, n_defective=2))
    '2 of 3 (66.7 %)'
    >>> describe_observed(LimitResult(rate, Outcome.PASS, "", n_findings=0))
    '0 of 0'
    >>> describe_observed(LimitResult(Limit("overlap", max_count=0), Outcome.FAIL, "", n_findings=1234))
    '1,234'
    """
    if judged.limit.max_rate is None:
        return f"{judged.n_findings:,}"
    observed = f"{judged.n_defective:,} of {judged.n_units:,}"
    return f"{observed} ({format_percent(judged.rate, 1)})" if judged.rate is not None else observed


def describe_bound(judged: LimitResult) -> str:
    """Write the upper bound of a rate; empty where its limit asks for no confidence.

    Parameters
    ----------
    judged : LimitResult

    Examples
    --------
    >>> from audit.gates.policy import Limit
    >>> limit = Limit("overlap", max_rate=0.5, confidence=0.95)
    >>> describe_bound(LimitResult(limit, Outcome.FAIL, "", n_findings=2, upper_bound=0.875))
    '87.5 %'
    >>> describe_bound(LimitResult(limit, Outcome.PASS, "", n_findings=0))
    ''
    """
    return "" if judged.upper_bound is None else format_percent(judged.upper_bound, 1)


def measure_use(judged: LimitResult) -> float | None:
    """Divide what was observed by what a limit allows, for a bar.

    Parameters
    ----------
    judged : LimitResult

    Returns
    -------
    float or None
        Above 1 is too much; None where nothing is allowed, so that anything is too much.

    Examples
    --------
    >>> from audit.gates.policy import Limit
    >>> measure_use(LimitResult(Limit("overlap", max_count=4), Outcome.PASS, "", n_findings=1))
    0.25
    >>> measure_use(LimitResult(Limit("overlap", max_count=0), Outcome.PASS, "", n_findings=0)) is None
    True
    """
    limit = judged.limit
    observed = float(judged.n_findings) if limit.max_rate is None else judged.rate or 0.0
    allowed = limit.max_count if limit.max_rate is None else limit.max_rate
    return observed / allowed if allowed else None


def describe_review(review: RuleReview) -> tuple[str, str]:
    """Write the precision of a rule in the eyes of its reviewers, and the 95 % interval of that.

    Parameters
    ----------
    review : RuleReview

    Examples
    --------
    >>> describe_review(RuleReview("mask.tiny", 9, 1, 2, 0.596, 0.982))
    ('90.0 %', '59.6 % to 98.2 %')
    >>> describe_review(RuleReview("mask.tiny", 0, 0, 1, 0.0, 1.0))
    ('', '')
    """
    if not review.real + review.fine:
        return "", ""
    return format_percent(review.precision, 1), format_percent_range(review.low, review.high, 1)


def describe_group_findings(rate: GroupRate) -> tuple[str, str]:
    """Write how many annotations of a group have what is counted, and the 95 % interval of their share.

    Parameters
    ----------
    rate : GroupRate

    Examples
    --------
    >>> describe_group_findings(GroupRate("Ann", ALL_RULES, 100, 5, 0.02, 0.125, 0.001, True, 0.4))
    ('5 (5.0 %)', '2.0 % to 12.5 %')
    """
    found = f"{rate.n_found:,} ({format_percent(rate.rate, 1)})"
    return found, format_percent_range(rate.low, rate.high, 1)


def describe_problems(result: GateResult) -> Iterator[str]:
    """Say what fails, what has expired or grown, and what a sample shows: a sentence each."""
    for judged in order_limits(result):
        if judged.outcome is not Outcome.PASS or judged.n_outside_units:
            yield f"{judged.limit.title}: {judged.reason}"
    for waiver, n_waived in zip(result.policy.waivers, result.n_waived, strict=True):
        if waiver.has_expired(result.today):
            yield f"Waiver expired on {waiver.until}: {waiver.title} ({waiver.reason})."
        elif not n_waived:
            yield f"Waiver forgives nothing and can go: {waiver.title}."
    for rule, before, now in result.regressions:
        yield f"Ratchet: {rule} grew from {before:,} to {format_count(now, 'finding')}."
    if result.baseline is not None and result.baseline.stale:
        mended = count_known(result.baseline.stale)
        forgets = "it" if mended == 1 else "them"
        are = "is" if mended == 1 else "are"
        yield (
            f"{format_count(mended, 'finding')} of the baseline {are} mended; "
            f"maskaudit baseline prune forgets {forgets}."
        )
    if result.acceptance is not None:
        bound = format_percent(result.acceptance.upper_bound, 1)
        yield f"Sample: {result.acceptance.reason} At most {bound} of the images are wrong."
