"""How findings change from batch to batch: rates by rule, and whether a change is more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from os.path import commonpath
from statistics import NormalDist

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray
from audit.diff.stored_runs import StoredRun

SIGNIFICANT = 0.05
"""Level at which a change is named, over all rules together."""
MIN_FINDINGS = 5
"""Findings over all batches, overdispersion taken off, below which nothing is tested."""


@dataclass(frozen=True, slots=True)
class BatchRate:
    """One rule in one batch; NaN but for the count where the rule was off or nothing is labelled."""

    findings: int
    per_100: float
    """Findings by 100 annotations."""
    low: float
    """95 % interval; findings of one image count as far as they come together."""
    high: float


@dataclass(frozen=True, slots=True)
class RuleTrend:
    """One rule over all batches."""

    rule: str
    batches: tuple[BatchRate, ...]
    trend_p: float
    """Of a steady rise or fall; NaN = too few findings to test."""
    newest_p: float
    """Of the newest batch's being like the earlier ones together; NaN = not tested."""
    verdict: str = ""
    """``rises``, ``falls``, ``newest higher``, ``newest lower``; empty = no change beyond chance."""

    @property
    def findings(self) -> int:
        """Of all batches."""
        return sum(batch.findings for batch in self.batches)


@dataclass(frozen=True, slots=True)
class Trend:
    """Some batches, oldest first."""

    names: tuple[str, ...]
    annotations: tuple[int, ...]
    images: tuple[int, ...]
    rules: tuple[RuleTrend, ...]
    """Those with a verdict first, then those that speak most."""
    notes: tuple[str, ...]
    """Why batches cannot quite be compared."""


def measure_trend(runs: Sequence[StoredRun]) -> Trend:
    """Compare batches by findings per 100 annotations.

    Parameters
    ----------
    runs : sequence of StoredRun
        Oldest first.

    Returns
    -------
    Trend
        A verdict stands only where a change is significant at 5 % over all rules together (Holm). Counts
        are taken as overdispersed Poisson: their variance is measured between images.

    References
    ----------
    Cox and Lewis, "The Statistical Analysis of Series of Events", 1966 (trend of counts); Holm, "A simple
    sequentially rejective multiple test procedure", 1979.

    Examples
    --------
    >>> on = {"mask.tiny": {"enabled": True}}
    >>> few, many = (np.repeat([number, 0], [200, 1]) for number in (0, 1))
    >>> labelled = np.repeat([5, 0], [200, 1])
    >>> runs = [StoredRun(name, "1", on, labelled, {"mask.tiny": n}) for name, n in (("a", few), ("b", many))]
    >>> [(rule.rule, rule.verdict) for rule in measure_trend(runs).rules]
    [('mask.tiny', 'newest higher')]
    >>> measure_trend([]).rules
    ()
    """
    names = sorted({rule for run in runs for rule in run.findings})
    rules = _name_changes([_measure_rule(rule, runs) for rule in names])
    rules.sort(key=lambda rule: (not rule.verdict, -rule.findings, rule.rule))
    return Trend(
        _shorten_names([run.name for run in runs]),
        tuple(run.n_annotations for run in runs),
        tuple(len(run.annotations) - 1 for run in runs),
        tuple(rules),
        tuple(_explain_differences(runs)),
    )


def _measure_rule(rule: str, runs: Sequence[StoredRun]) -> RuleTrend:
    is_known = np.array([run.is_on(rule) and run.n_annotations > 0 for run in runs])
    totals = np.array([int(run.count(rule).sum()) for run in runs])
    exposure = np.array([run.n_annotations for run in runs])
    effect = _measure_overdispersion([(run.count(rule), run.annotations) for run in runs if run.is_on(rule)])
    batches = tuple(
        BatchRate(int(total), 100 * total / labelled, *_bound_rate(total, labelled, effect))
        if known
        else BatchRate(int(total), *(math.nan,) * 3)
        for total, labelled, known in zip(totals, exposure, is_known, strict=True)
    )
    totals, exposure = totals[is_known].astype(np.float64), exposure[is_known].astype(np.float64)
    if len(totals) < 2 or totals.sum() / effect < MIN_FINDINGS:
        return RuleTrend(rule, batches, math.nan, math.nan)
    steps = np.arange(len(totals), dtype=np.float64)
    newest = (steps == steps[-1]).astype(np.float64)
    is_newest_known = bool(is_known[-1])
    return RuleTrend(
        rule,
        batches,
        _test_contrast(totals, exposure, steps, effect) if len(totals) > 2 else math.nan,
        _test_contrast(totals, exposure, newest, effect) if is_newest_known else math.nan,
    )


def _measure_overdispersion(batches: Sequence[tuple[IntArray, IntArray]]) -> float:
    """Return how much larger the variance of a count is than that of single findings; at least 1."""
    n_findings = sum(int(findings.sum()) for findings, _ in batches)
    variance = 0.0
    for findings, labelled in batches:
        n_images, n_annotations = len(labelled), int(labelled.sum())
        if n_images > 1 and n_annotations:
            residual = findings - labelled * (findings.sum() / n_annotations)
            variance += float((residual**2).sum()) * n_images / (n_images - 1)
    return max(1.0, variance / n_findings) if n_findings else 1.0


def _bound_rate(n_findings: int, n_annotations: int, effect: float) -> tuple[float, float]:
    """Bound a rate per 100 annotations: the score interval of a Poisson mean, 95 %."""
    quantile = NormalDist().inv_cdf(0.975)
    count = n_findings / effect
    middle, half = count + quantile**2 / 2, quantile * math.sqrt(count + quantile**2 / 4)
    scale = 100 * effect / n_annotations
    return max(0.0, middle - half) * scale, (middle + half) * scale


def _test_contrast(totals: FloatArray, exposure: FloatArray, weights: FloatArray, effect: float) -> float:
    """Return the two-sided p-value of a weighted sum of counts, given their sum; signed by the direction."""
    shares = exposure / exposure.sum()
    mean_weight = float((shares * weights).sum())
    spread = float((shares * weights**2).sum()) - mean_weight**2
    deviation = float((weights * totals).sum()) - totals.sum() * mean_weight
    if spread <= 0:
        return math.nan
    score = deviation / math.sqrt(effect * totals.sum() * spread)
    return math.copysign(max(2 * NormalDist().cdf(-abs(score)), 5e-324), score)


def _name_changes(rules: Sequence[RuleTrend]) -> list[RuleTrend]:
    """Put verdicts where a p-value holds against all tests together, and take the signs off the p-values."""
    tests = [
        (abs(p_value), position, kind)
        for position, rule in enumerate(rules)
        for kind, p_value in enumerate((rule.newest_p, rule.trend_p))
        if not math.isnan(p_value)
    ]
    verdicts: dict[int, str] = {}
    for rank, (p_value, position, kind) in enumerate(sorted(tests)):
        if p_value * (len(tests) - rank) > SIGNIFICANT:
            break
        signed = (rules[position].newest_p, rules[position].trend_p)[kind]
        words = (("newest lower", "newest higher"), ("falls", "rises"))[kind]
        verdicts.setdefault(position, words[signed > 0])  # the clearer of the two is said
    return [
        RuleTrend(rule.rule, rule.batches, abs(rule.trend_p), abs(rule.newest_p), verdicts.get(position, ""))
        for position, rule in enumerate(rules)
    ]


def _shorten_names(names: Sequence[str]) -> tuple[str, ...]:
    """Leave out the folder that all reports have in common."""
    parents = {name.rpartition("/")[0] for name in names}
    if len(names) < 2 or len(parents) == 1:
        return tuple(name.rpartition("/")[2] or name for name in names)
    try:
        shared = commonpath(names)
    except ValueError:  # absolute and relative
        return tuple(names)
    return tuple(name[len(shared) :].lstrip("/") if shared else name for name in names)


def _explain_differences(runs: Sequence[StoredRun]) -> list[str]:
    notes = []
    versions = sorted({run.version for run in runs})
    if len(versions) > 1:
        notes.append(f"The reports were made by versions {', '.join(versions)} of maskaudit.")
    named = sorted({rule for run in runs for rule in run.findings})
    is_off = [rule for rule in named if not all(run.is_on(rule) for run in runs)]
    if is_off:
        notes.append(f"Off in some batches, and not compared there: {', '.join(is_off)}.")
    differing = [
        rule
        for rule in named
        if rule not in is_off and any(run.settings[rule] != runs[0].settings[rule] for run in runs)
    ]
    if differing:
        notes.append(f"Other settings in some batches: {', '.join(differing)}.")
    return notes
