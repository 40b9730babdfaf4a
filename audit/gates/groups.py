"""How the groups of a batch did: rates with intervals, and who differs from the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset
from audit.findings.finding import Finding
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson
from audit.gates.agreement import Agreement, agreements
from audit.gates.bounds import Clusters, design_effect
from audit.gates.grouping import NONE, Grouping
from audit.measure.schema import Measurements

ALL = "*"
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
    what: str
    """A rule; `ALL`; `TOUCHING` or `MERGED` for the group's way with touching objects."""
    annotations: int
    found: int
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
        return self.found / self.annotations if self.annotations else 0.0

    @property
    def sentence(self) -> str:
        """Say it in words.

        Examples
        --------
        >>> GroupRate("Ann", TOUCHING, 100, 5, 0.02, 0.1, 0.001, True, 0.4).sentence
        'Ann: 5.0 % of annotations touch another one, 40.0 % elsewhere:
        merges touching objects, or has fewer.'
        """
        here, there = format_percent(self.rate, 1), format_percent(self.rest_rate, 1)
        more = self.rate > self.rest_rate
        if self.what == TOUCHING:
            way = (
                "separates touching objects, or has more" if more else "merges touching objects, or has fewer"
            )
            return f"{self.group}: {here} of annotations touch another one, {there} elsewhere: {way}."
        if self.what == MERGED:
            way = "merges" if more else "separates"
            return f"{self.group}: {here} of masks look like several objects, {there} elsewhere: {way}."
        what = "any finding" if self.what == ALL else self.what
        return f"{self.group}: {here} of annotations with {what}, {there} elsewhere."


@dataclass(frozen=True, slots=True)
class GroupReport:
    """The groups of a batch."""

    by: str
    names: tuple[str, ...]
    """Sorted; `NONE` last."""
    rates: tuple[GroupRate, ...]
    """Sorted by group, `ALL` first, then touching conventions, then rules."""
    agreements: tuple[Agreement, ...]
    """Of every two groups that have pictures in common."""

    def named(self) -> tuple[GroupRate, ...]:
        """Return the lines that differ from the rest, the surest first."""
        return tuple(sorted((r for r in self.rates if r.differs), key=lambda r: (r.p_value, r.group, r.what)))


def group_report(
    groups: Grouping, found: Sequence[Finding], m: Measurements, data: Dataset | None = None
) -> GroupReport:
    """Compare the groups of a batch.

    Parameters
    ----------
    groups : Grouping
    found : sequence of Finding
        The findings that count.
    m : Measurements
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
    >>> group_report(Grouping("x", none, none), [], measured()).names
    ()
    """
    names = tuple(sorted(set(groups.annotations.tolist()), key=lambda name: (name == NONE, name)))
    marks = _marks(found, m)
    rates = [
        _rate(name, what, groups.annotations == name, has, usable, m)
        for name in names
        for what, (has, usable) in marks.items()
    ]
    both = agreements(groups, data, m) if data is not None else ()
    return GroupReport(groups.by, names, tuple(_named(rates)), both)


_Marks = dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]
"""What is looked at: which instances have it, and which could."""


def _marks(found: Sequence[Finding], m: Measurements) -> _Marks:
    n = len(m.instances)
    everywhere = np.ones(n, dtype=np.bool_)
    with_finding = np.zeros(n, dtype=np.bool_)
    by_rule: dict[str, NDArray[np.bool_]] = {}
    for finding in found:
        rows = list(finding.instance_rows)
        if rows:
            by_rule.setdefault(finding.rule, np.zeros(n, dtype=np.bool_))[rows] = True
            with_finding[rows] = True
    marks: _Marks = {ALL: (with_finding, everywhere), TOUCHING: (_touching(m), everywhere)}
    score = m.instances["merge_score"].to_numpy()
    if not np.isnan(score).all():
        marks[MERGED] = (np.nan_to_num(score) >= LIKELY, ~np.isnan(score))
    return marks | {rule: (by_rule[rule], everywhere) for rule in sorted(by_rule)}


def _touching(m: Measurements) -> NDArray[np.bool_]:
    """Mark instances that share a border with another one of their category, or overlap it."""
    pairs, category = m.pairs, m.instances["category"].to_numpy()
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    near = (pairs["gap_px"].to_numpy() == 0) & (category[a] == category[b])
    marked = np.zeros(len(m.instances), dtype=np.bool_)
    marked[a[near]] = marked[b[near]] = True
    return marked


def _rate(
    name: str,
    what: str,
    own: NDArray[np.bool_],
    has: NDArray[np.bool_],
    usable: NDArray[np.bool_],
    m: Measurements,
) -> GroupRate:
    image = m.instances["image"].to_numpy()
    here = _clusters(image, own & usable, has)
    rest = _clusters(image, ~own & usable, has)
    effect = design_effect(here)
    low, high = 0.0, 1.0
    if here.total:
        n = here.total / effect
        low, high = (float(end[0]) for end in wilson(np.array([here.rate * n]), np.array([n])))
        low = low if here.found else 0.0  # not the last digit of a sum
    return GroupRate(
        name, what, here.total, here.found, low, high, _p_value(here, rest, effect), False, rest.rate
    )


def _clusters(image: NDArray[np.int64], chosen: NDArray[np.bool_], has: NDArray[np.bool_]) -> Clusters:
    """Count by image; those of unknown images are together."""
    number = image + 1
    units = np.bincount(number[chosen])
    bad = np.bincount(number[chosen & has], minlength=len(units))
    some = units > 0
    return Clusters(units[some].astype(np.int64), bad[some].astype(np.int64))


def _p_value(here: Clusters, rest: Clusters, effect: float) -> float:
    """Test whether two rates differ, with counts divided by their design effects."""
    if not here.total or not rest.total or not (here.found or rest.found):
        return 1.0
    from scipy.stats import fisher_exact

    table = []
    for c, own in ((here, effect), (rest, design_effect(rest))):
        found, total = round(c.found / own), round(c.total / own)
        table.append([found, max(total - found, 0)])
    return float(fisher_exact(table).pvalue)


def _named(rates: Sequence[GroupRate]) -> list[GroupRate]:
    tested = [k for k, r in enumerate(rates) if r.group != NONE]
    if len({rates[k].group for k in tested}) < 2:
        return list(rates)
    from scipy.stats import false_discovery_control

    adjusted = false_discovery_control([rates[k].p_value for k in tested])
    below = {k for k, p in zip(tested, adjusted.tolist(), strict=True) if p <= FALSE_DISCOVERIES}
    return [replace(r, differs=k in below) for k, r in enumerate(rates)]
