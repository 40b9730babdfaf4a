"""What the rules ``touching.*`` know of the labels: where annotators draw now one object, now several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.carriers import dataclass
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray
from audit.dataset.model import IntArray
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable
from audit.findings.rates import wilson_interval
from audit.measure.schema import Measurements

FAMILY = "touching."
MERGED, SPLIT = "touching.merged", "touching.split"
LIKELY_SCORE = 0.5
"""Score from which on a label (or a pair) counts as drawn against the convention by its form alone: scores
are probabilities, so from here on that is the likelier reading."""
MIN_LIKELIHOOD_RATIO = 1.5
"""Likelihood ratio from which on the form of a label that predictions take apart speaks for several objects:
a little more than the 1 at which the form says nothing, as forms of single objects scatter."""
MIXED_SHARE = 0.2
"""Share of the touching labels of a category (lower 95 % bound) that makes its convention mixed: one in five
drawn against it is more than slips."""


@dataclass(frozen=True, slots=True)
class LabelConventions:
    """Labels at which annotators disagree about one or several: from the rules ``touching.*``."""

    merged: BoolArray
    """(labels,) may hold several objects: named by a finding, or of a form that speaks for it."""
    split: BoolArray
    """(labels,) may be a part of an object: named by a finding, or likely."""
    touching: BoolArray
    """(labels,) has a neighbour that it touches."""
    mixed: BoolArray
    """(categories,) draws touching objects now as one, now as several."""


def unknown_conventions(tables: ComparisonTables) -> LabelConventions:
    """Know nothing about how touching objects are drawn.

    Parameters
    ----------
    tables : ComparisonTables

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aab"), scene("..."))))
    >>> unknown_conventions(tables).merged.tolist()
    [False, False]
    >>> unknown_conventions(measure_comparison(*compared())).merged.tolist()
    []
    """
    none = np.zeros(len(tables.labels), dtype=np.bool_)
    return LabelConventions(none, none, none, np.zeros(tables.categories, dtype=np.bool_))


def collect_conventions(
    tables: ComparisonTables, instance_row: IntArray, measurements: Measurements, findings: Sequence[Finding]
) -> LabelConventions:
    """Gather what is known of touching labels.

    Parameters
    ----------
    tables : ComparisonTables
    instance_row : (labels,) int64
        Rows of the labels in the instances table.
    measurements : Measurements
        Of the labels; ``merge_score`` and ``split_score`` may be NaN.
    findings : sequence of Finding
        Of the labels; those of ``touching.*`` count.

    Returns
    -------
    LabelConventions

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.testing import compared, measured, scene
    >>> labels = scene("aab..c")
    >>> tables = measure_comparison(*compared((labels, scene("......"))))
    >>> collect_conventions(tables, np.arange(3), measured(labels), []).touching.tolist()
    [True, True, False]
    >>> none, nothing = np.zeros(0, dtype=np.int64), measure_comparison(*compared())
    >>> collect_conventions(nothing, none, empty_measurements(), []).merged.tolist()
    []
    """
    merged, split, touching = flag_instances(measurements, findings, by_form=False)
    is_flagged = (merged | split) & touching
    mixed = _find_mixed_categories(tables, is_flagged[instance_row], touching[instance_row])
    merged |= _form_speaks_for_several(measurements)
    return LabelConventions(merged[instance_row], split[instance_row], touching[instance_row], mixed)


def flag_instances(
    measurements: Measurements, findings: Sequence[Finding], *, by_form: bool = True
) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Say which instances may hold several objects, which may be a part of one, and which touch another.

    Parameters
    ----------
    measurements : Measurements
    findings : sequence of Finding
        Those of ``touching.*`` count.
    by_form : bool
        Whether the form of a mask may speak for several objects, however rare these are.

    Returns
    -------
    merged, split, touching : (instances,) bool

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.testing import measured, scene
    >>> [flags.tolist() for flags in flag_instances(measured(scene("aab..c")), [])]
    [[False, False, False], [False, False, False], [True, True, False]]
    >>> [flags.tolist() for flags in flag_instances(empty_measurements(), [])]
    [[], [], []]
    """
    n_instances, pairs = len(measurements.instances), measurements.pairs
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    merged = measurements.instances["merge_score"].to_numpy() >= LIKELY_SCORE
    merged |= _named_by_findings(measurements, findings, but=SPLIT)
    split = _members(n_instances, a, b, pairs["split_score"].to_numpy() >= LIKELY_SCORE)
    split |= _named_by_findings(measurements, findings, but=MERGED)
    # A gap of one pixel is what tools leave between outlines that were meant to touch.
    touching = _members(n_instances, a, b, pairs["gap_px"].to_numpy() <= 1)
    if by_form:
        merged |= _form_speaks_for_several(measurements)
    return merged, split, touching


def _members(n_instances: int, a: IntArray, b: IntArray, is_chosen: BoolArray) -> BoolArray:
    """Say which instances are in a chosen pair."""
    is_member = np.zeros(n_instances, dtype=np.bool_)
    is_member[a[is_chosen]] = is_member[b[is_chosen]] = True
    return is_member


def _form_speaks_for_several(measurements: Measurements) -> BoolArray:
    """Say whose form speaks for several objects, however rare those are.

    Scores start from how rare merged labels are. A label that predictions take apart is no usual one any
    more: where the model is in two minds, both answers are as likely beforehand, and the form decides.
    """
    conventions = measurements.conventions
    learned = conventions.take(conventions["learned"].to_numpy() & (conventions["category"].to_numpy() >= 0))
    # A score is prior x ratio / (1 - prior + prior x ratio): the score that the least ratio gives.
    prior = learned["merged_share"].to_numpy()
    least_score = np.full(len(measurements.categories) + 1, np.inf)
    least_score[learned["category"].to_numpy()] = (
        MIN_LIKELIHOOD_RATIO * prior / (1 - prior + MIN_LIKELIHOOD_RATIO * prior)
    )
    category = measurements.instances["category"].to_numpy()
    is_above: BoolArray = measurements.instances["merge_score"].to_numpy() > least_score[category]
    return is_above


def _named_by_findings(measurements: Measurements, findings: Sequence[Finding], but: str) -> BoolArray:
    """Say which instances a finding of the family names, but for one rule."""
    table = FindingTable.of(findings)
    codes, rules = table.codes("rule")
    is_family = np.array([rule.startswith(FAMILY) and rule != but for rule in rules], dtype=np.bool_)
    is_named = np.zeros(len(measurements.instances), dtype=np.bool_)
    is_named[table.filter(is_family[codes]).lists("instance_rows")[1]] = True
    return is_named


def _find_mixed_categories(
    tables: ComparisonTables, is_flagged: BoolArray, is_touching: BoolArray
) -> BoolArray:
    category = tables.labels.category
    n_touching, n_flagged = (
        np.bincount(category[chosen & (category >= 0)], minlength=tables.categories)
        for chosen in (is_touching, is_flagged)
    )
    lower_bound, _ = wilson_interval(n_flagged, np.maximum(n_touching, 1))
    return (n_touching > 0) & (lower_bound >= MIXED_SHARE)
