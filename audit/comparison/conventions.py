"""What the rules ``touching.*`` know of the labels: where annotators draw now one object, now several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.comparison.causes import LabelConventions
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray
from audit.dataset.model import IntArray
from audit.findings.finding import Finding
from audit.findings.rates import wilson
from audit.measure.schema import Measurements

FAMILY = "touching."
MERGED, SPLIT = "touching.merged", "touching.split"
LIKELY = 0.5
"""Score from which on a label (or a pair) counts as drawn against the convention by its form alone."""
EVIDENCE = 1.5
"""Likelihood ratio from which on the form of a label that predictions take apart speaks for several."""
MIXED = 0.2
"""Share of the touching labels of a category (lower 95 % bound) that makes its convention mixed."""


def collect_conventions(
    m: ComparisonTables, instance: IntArray, measurements: Measurements, findings: Sequence[Finding]
) -> LabelConventions:
    """Gather what is known of touching labels.

    Parameters
    ----------
    m : ComparisonTables
    instance : (labels,) int64
        Rows of the labels in the instances table.
    measurements : Measurements
        Of the labels; ``merge_score`` and ``split_score`` may be NaN.
    findings : sequence of Finding
        Of the labels; those of ``touching.*`` count.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> collect_conventions(m, np.zeros(0, dtype=np.int64), empty_measurements(), []).merged.tolist()
    []
    """
    n, pairs = len(measurements.instances), measurements.pairs
    merged = measurements.instances["merge_score"].to_numpy() >= LIKELY
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    halves = pairs["split_score"].to_numpy() >= LIKELY
    split = np.zeros(n, dtype=np.bool_)
    split[a[halves]] = split[b[halves]] = True
    merged |= _named(measurements, findings, but=SPLIT)
    split |= _named(measurements, findings, but=MERGED)
    close = pairs["gap_px"].to_numpy() <= 1
    touching = np.zeros(n, dtype=np.bool_)
    touching[a[close]] = touching[b[close]] = True
    mixed = _mixed(m, ((merged | split) & touching)[instance], touching[instance])
    merged |= _more_than_usual(measurements)
    return LabelConventions(merged[instance], split[instance], touching[instance], mixed)


def _more_than_usual(measurements: Measurements) -> BoolArray:
    """Say whose form speaks for several objects, however rare those are.

    Scores start from how rare merged labels are. A label that predictions take apart is no usual one any
    more: where the model is in two minds, both answers are as likely beforehand, and the form decides.
    """
    learned = measurements.conventions
    known = learned[learned["known"] & (learned["category"] >= 0)]
    least = np.full(len(measurements.categories) + 1, np.inf)
    usual = known["merged_share"].to_numpy()
    least[known["category"]] = EVIDENCE * usual / (1 - usual + EVIDENCE * usual)
    above: BoolArray = (
        measurements.instances["merge_score"].to_numpy()
        > least[measurements.instances["category"].to_numpy()]
    )
    return above


def _named(measurements: Measurements, findings: Sequence[Finding], but: str) -> BoolArray:
    """Say which instances a finding of the family names, but for one rule."""
    family = (f for f in findings if f.rule.startswith(FAMILY) and f.rule != but)
    named = np.zeros(len(measurements.instances), dtype=np.bool_)
    named[[row for f in family for row in f.instance_rows]] = True
    return named


def _mixed(m: ComparisonTables, flagged: BoolArray, touching: BoolArray) -> BoolArray:
    known = m.labels.category >= 0
    of = np.bincount(m.labels.category[touching & known], minlength=m.categories)
    hit = np.bincount(m.labels.category[flagged & known], minlength=m.categories)
    low, _ = wilson(hit, np.maximum(of, 1))
    return (of > 0) & (low >= MIXED)
