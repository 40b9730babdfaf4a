"""How the groups of a batch did: rates with intervals, and who differs from the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.agreement.pairwise import Agreement, compare_raters
from audit.agreement.raters import raters_of_groups
from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray
from audit.findings.finding import Finding
from audit.findings.rates import wilson_interval
from audit.gates.bounds import ImageCounts, count_by_image, design_effect
from audit.gates.group_power import POWER, chance_to_notice
from audit.gates.grouping import NO_GROUP, Grouping
from audit.measure.schema import Measurements

BoolArray = NDArray[np.bool_]
ALL_RULES = "*"
"""Name of the line that takes all rules together."""
TOUCHING = "touching"
"""Name of the line about annotations that share a border with another of their category."""
MERGED = "merged"
"""Name of the line about annotations that look like several objects."""
FALSE_DISCOVERIES = 0.05
"""Expected share of groups that are named wrongly among those named."""
LIKELY = 0.5
"""Probability from which on a mask counts as several objects."""


@dataclass(frozen=True, slots=True)
class GroupRate:
    """How many annotations of a group have something."""

    group: str
    subject: str
    """A rule; `ALL_RULES`; `TOUCHING` or `MERGED` for the group's habit with touching objects."""
    n_annotations: int
    n_found: int
    low: float
    """Ends of the 95 % interval, objects of one image counted as failing together."""
    high: float
    p_value: float
    """Probability that a group that is like the rest differs from it so much."""
    differs: bool
    """Whether it is named after correction for the number of comparisons."""
    rest_rate: float
    """Of all other groups."""

    @property
    def rate(self) -> float:
        """Share of the group's annotations."""
        return self.n_found / self.n_annotations if self.n_annotations else 0.0


@dataclass(frozen=True, slots=True)
class GroupReport:
    """The groups of a batch."""

    by: str
    names: tuple[str, ...]
    """Sorted; `NO_GROUP` last."""
    rates: tuple[GroupRate, ...]
    """Sorted by group, `ALL_RULES` first, then touching conventions, then rules."""
    agreements: tuple[Agreement, ...]
    """Of every two groups that have pictures in common."""
    too_small: tuple[str, ...] = ()
    """Groups of which nothing is known: three times the others' rate would be missed too often."""

    def differing(self) -> tuple[GroupRate, ...]:
        """Return the rates that differ from the rest, the surest first."""
        differing = [rate for rate in self.rates if rate.differs]
        return tuple(sorted(differing, key=lambda rate: (rate.p_value, rate.group, rate.subject)))


def compare_groups(
    grouping: Grouping,
    new_findings: Sequence[Finding],
    measurements: Measurements,
    data: Dataset | None = None,
) -> GroupReport:
    """Compare the groups of a batch.

    Parameters
    ----------
    grouping : Grouping
    new_findings : sequence of Finding
        The findings that count.
    measurements : Measurements
    data : Dataset, optional
        With it annotators of the same pictures are compared.

    References
    ----------
    Rao and Scott, "A simple method for the analysis of clustered binary data", 1992: counts divided by
    their design effect. Benjamini and Hochberg, "Controlling the false discovery rate", 1995.

    Examples
    --------
    >>> from audit.testing import measured
    >>> none = np.array([], dtype=object)
    >>> compare_groups(Grouping("x", none, none), [], measured()).names
    ()
    """
    groups = grouping.instance_groups
    names = tuple(sorted(set(groups.tolist()), key=lambda name: (name == NO_GROUP, name)))
    subjects = _mark_subjects(new_findings, measurements)
    image = measurements.instances["image"].to_numpy()
    rates = [
        _compare_with_rest(name, subject, groups == name, marked, usable, image)
        for name in names
        for subject, (marked, usable) in subjects.items()
    ]
    agreements: tuple[Agreement, ...] = ()
    if data is not None:
        panel = raters_of_groups(groups, grouping.image_groups, data, measurements, NO_GROUP)
        agreements = compare_raters(panel.raters)
    compared = tuple(_mark_differing(rates))
    with_finding, _ = subjects[ALL_RULES]
    too_small = tuple(
        rate.group
        for rate in compared
        if rate.subject == ALL_RULES
        and not rate.differs
        and _is_too_small(groups == rate.group, with_finding, image, len(compared))
        and rate.group != NO_GROUP
        and len(names) > 1
    )
    return GroupReport(grouping.by, names, compared, agreements, too_small)


_Subjects = dict[str, tuple[BoolArray, BoolArray]]
"""What is compared: which instances have it, and which could."""


def _mark_subjects(new_findings: Sequence[Finding], measurements: Measurements) -> _Subjects:
    n_instances = len(measurements.instances)
    everywhere = np.ones(n_instances, dtype=np.bool_)
    with_finding = np.zeros(n_instances, dtype=np.bool_)
    by_rule: dict[str, BoolArray] = {}
    for finding in new_findings:
        rows = list(finding.instance_rows)
        if rows:
            by_rule.setdefault(finding.rule, np.zeros(n_instances, dtype=np.bool_))[rows] = True
            with_finding[rows] = True
    touching = _mark_touching(measurements)
    subjects: _Subjects = {ALL_RULES: (with_finding, everywhere), TOUCHING: (touching, everywhere)}
    score = measurements.instances["merge_score"].to_numpy()
    if not np.isnan(score).all():
        subjects[MERGED] = (np.nan_to_num(score) >= LIKELY, ~np.isnan(score))
    return subjects | {rule: (by_rule[rule], everywhere) for rule in sorted(by_rule)}


def _mark_touching(measurements: Measurements) -> BoolArray:
    """Mark instances that share a border with another one of their category, or overlap it."""
    pairs, category = measurements.pairs, measurements.instances["category"].to_numpy()
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    touching = (pairs["gap_px"].to_numpy() == 0) & (category[a] == category[b])
    marked = np.zeros(len(measurements.instances), dtype=np.bool_)
    marked[a[touching]] = marked[b[touching]] = True
    return marked


def _compare_with_rest(
    name: str, subject: str, members: BoolArray, marked: BoolArray, usable: BoolArray, image: IntArray
) -> GroupRate:
    number = image + 1  # annotations of unknown images are together, as if of one image
    inside, outside = members & usable, ~members & usable
    group = count_by_image(number[inside], marked[inside])
    rest = count_by_image(number[outside], marked[outside])
    effect = design_effect(group)
    low, high = 0.0, 1.0
    if group.n_units:
        n_independent = group.n_units / effect
        bounds = wilson_interval(np.array([group.rate * n_independent]), np.array([n_independent]))
        low, high = (float(bound[0]) for bound in bounds)
        low = low if group.n_defective else 0.0  # not the last digit of a sum
    p_value = _test_difference(group, rest, effect)
    return GroupRate(name, subject, group.n_units, group.n_defective, low, high, p_value, False, rest.rate)


def _is_too_small(members: BoolArray, marked: BoolArray, image: IntArray, n_comparisons: int) -> bool:
    """Say whether a group that is much worse than the others would probably not be named."""
    number = image + 1
    group = count_by_image(number[members], marked[members])
    rest = count_by_image(number[~members], marked[~members])
    return chance_to_notice(group, rest, FALSE_DISCOVERIES / n_comparisons) < POWER


def _test_difference(group: ImageCounts, rest: ImageCounts, effect: float) -> float:
    """Return Fisher's p-value for two rates, with counts divided by their design effects."""
    if not group.n_units or not rest.n_units or not (group.n_defective or rest.n_defective):
        return 1.0
    from scipy.stats import fisher_exact

    table = []
    for counts, divisor in ((group, effect), (rest, design_effect(rest))):
        n_defective, n_units = round(counts.n_defective / divisor), round(counts.n_units / divisor)
        table.append([n_defective, n_units - n_defective])
    return float(fisher_exact(table).pvalue)


def _mark_differing(rates: Sequence[GroupRate]) -> list[GroupRate]:
    """Correct for the number of comparisons; annotations without a group are not compared."""
    tested = [number for number, rate in enumerate(rates) if rate.group != NO_GROUP]
    if len({rates[number].group for number in tested}) < 2:
        return list(rates)
    from scipy.stats import false_discovery_control

    adjusted = false_discovery_control([rates[number].p_value for number in tested])
    significant = {
        number
        for number, p_value in zip(tested, adjusted.tolist(), strict=True)
        if p_value <= FALSE_DISCOVERIES
    }
    return [replace(rate, differs=number in significant) for number, rate in enumerate(rates)]
