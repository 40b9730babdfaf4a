"""Aggregating findings: what most annotations of a dataset or category share is no single slip.

A dataset whose boxes are all written as corners has one fault, not ten thousand. Rules hand their
flagged annotations to `report_each_or_aggregate`, which reports a shared trait in one finding
and the rest one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, HitTable, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

MIN_ANNOTATIONS = 20
"""Annotations below which a share says nothing about what is usual."""
MIN_OF_ALL = 10
"""The same for what a program writes into a file, where all annotations without exception have the trait."""
_EXAMPLES = 5
ROWS_TOGETHER = 1 << 16
"""Hits that are made together: of ten million annotations, a million may be coarse."""


def aggregate_above_option(share: float = 0.3) -> float:
    """Declare the option of every rule that aggregates.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, slots=True)
    ... class Options:
    ...     once_above: float = aggregate_above_option(0.5)
    >>> Options().once_above
    0.5
    """
    declared_option: float = option(
        share,
        unit="share",
        help="said once for the dataset or category where more than this share has it; 1 = list all",
    )
    return declared_option


@dataclass(frozen=True, slots=True)
class SharedTrait:
    """Many annotations with the same trait."""

    rows: NDArray[np.int64]
    """Rows of the instances table."""
    of: int
    """Annotations that could have the trait."""
    category: int
    """Row of the categories table; -1 = the whole dataset."""


def split_shared_traits(
    is_flagged: NDArray[np.bool_],
    is_candidate: NDArray[np.bool_],
    category: NDArray[np.int64],
    share: float,
    min_of_all: int = MIN_ANNOTATIONS,
) -> tuple[list[SharedTrait], NDArray[np.int64]]:
    """Divide flagged annotations into shared traits and single cases.

    Parameters
    ----------
    is_flagged, is_candidate : (n,) bool
        Annotations with a trait; annotations that could have it.
    category : (n,) int64
        Row of the category; -1 = unknown.
    share : float
        A trait is shared by more than this part, and by at least `MIN_ANNOTATIONS` annotations.
    min_of_all : int
        Annotations from which a trait that all have is shared as well.

    Returns
    -------
    habits : list of Habit
        The whole dataset's alone, or one a category.
    single_rows : (k,) int64
        The flagged rows that belong to no shared trait.

    Examples
    --------
    >>> import numpy as np
    >>> yes = np.ones(30, dtype=bool)
    >>> habits, single = split_shared_traits(yes, yes, np.zeros(30, dtype=np.int64), 0.5)
    >>> len(habits[0].rows), habits[0].category, len(single)
    (30, -1, 0)
    >>> split_shared_traits(yes[:0], yes[:0], np.zeros(0, dtype=np.int64), 0.5)[0]
    []
    """
    flagged_rows = np.flatnonzero(is_flagged)
    if not len(flagged_rows):
        return [], flagged_rows
    total = int(is_candidate.sum())
    least = min_of_all if len(flagged_rows) == total else MIN_ANNOTATIONS
    if len(flagged_rows) >= least and len(flagged_rows) > share * total:
        return [SharedTrait(flagged_rows, total, -1)], flagged_rows[:0]
    is_known = is_candidate & (category >= 0)
    category_sizes = np.bincount(category[is_known])
    flagged_counts = np.bincount(category[is_flagged & is_known], minlength=len(category_sizes))
    is_shared = (flagged_counts >= MIN_ANNOTATIONS) & (flagged_counts > share * category_sizes)
    is_aggregated = np.zeros(len(flagged_rows), dtype=np.bool_)
    is_aggregated[:] = np.r_[is_shared, False][category[flagged_rows]]
    shared_traits = [
        SharedTrait(
            flagged_rows[category[flagged_rows] == category_row],
            int(category_sizes[category_row]),
            int(category_row),
        )
        for category_row in np.flatnonzero(is_shared).tolist()
    ]
    return shared_traits, flagged_rows[~is_aggregated]


def report_each_or_aggregate(
    measurements: Measurements,
    is_flagged: NDArray[np.bool_],
    is_candidate: NDArray[np.bool_],
    share: float,
    trait: str,
    make_hit: Callable[[int], Hit],
    severity: Severity = Severity.INFO,
    min_of_all: int = MIN_ANNOTATIONS,
) -> Iterator[Hit]:
    """Yield one hit for every shared trait, and one for every flagged annotation that belongs to none.

    Parameters
    ----------
    measurements : Measurements
    is_flagged, is_candidate : (n,) bool
        Annotations with a trait; annotations that could have it.
    share : float
        The rule's option ``once_above``.
    trait : str
        The end of a sentence: "have a pinhole".
    make_hit : callable
        Makes the hit of one row of the instances table.
    severity : Severity
        Of the aggregated hits.
    min_of_all : int
        Annotations from which a trait that all have is shared, too.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.measure.schema import empty_measurements
    >>> none = np.zeros(0, dtype=bool)
    >>> tables = empty_measurements()
    >>> list(report_each_or_aggregate(tables, none, none, 0.5, "have a hole", lambda row: Hit("a hole")))
    []
    """
    shared_traits, single_rows = split_shared_traits(
        is_flagged, is_candidate, measurements.instances["category"].to_numpy(), share, min_of_all
    )
    for shared_trait in shared_traits:
        yield aggregate_hit(measurements, shared_trait, trait, severity)
    for row in single_rows.tolist():
        yield make_hit(row)


def report_table_or_aggregate(
    measurements: Measurements,
    is_flagged: NDArray[np.bool_],
    is_candidate: NDArray[np.bool_],
    share: float,
    trait: str,
    make_tables: Callable[[NDArray[np.int64]], Iterable[HitTable]],
    severity: Severity = Severity.INFO,
    min_of_all: int = MIN_ANNOTATIONS,
) -> Iterator[Hit | HitTable]:
    """Do as `report_each_or_aggregate` with single hits as columns.

    Parameters
    ----------
    measurements : Measurements
    is_flagged, is_candidate : (n,) bool
        Annotations with a trait; annotations that could have it.
    share : float
        The rule's option ``once_above``.
    trait : str
        The end of a sentence: "have a pinhole".
    make_tables : callable
        Makes the hits of some rows of the instances table, at most `ROWS_TOGETHER`; a table for each kind.
    severity : Severity
        Of the aggregated hits.
    min_of_all : int
        Annotations from which a trait that all have is shared, too.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.measure.schema import empty_measurements
    >>> none = np.zeros(0, dtype=bool)
    >>> list(report_table_or_aggregate(empty_measurements(), none, none, 0.5, "have a hole", list))
    []
    """
    shared_traits, single_rows = split_shared_traits(
        is_flagged, is_candidate, measurements.instances["category"].to_numpy(), share, min_of_all
    )
    for shared_trait in shared_traits:
        yield aggregate_hit(measurements, shared_trait, trait, severity)
    for start in range(0, len(single_rows), ROWS_TOGETHER):
        yield from make_tables(single_rows[start : start + ROWS_TOGETHER])


def aggregate_hit(
    measurements: Measurements, shared_trait: SharedTrait, trait: str, severity: Severity = Severity.INFO
) -> Hit:
    """Report a trait that many annotations share in one hit.

    Parameters
    ----------
    measurements : Measurements
    shared_trait : SharedTrait
    trait : str
        The end of a sentence: "have a pinhole".
    severity : Severity

    Returns
    -------
    Hit
        Of the category, or of the whole dataset.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.testing import measured, scene
    >>> aggregate_hit(measured(scene("ab")), SharedTrait(np.array([0, 1]), 2, -1), "are small").message
    '2 of the 2 annotations of this dataset are small; said once, as a habit.'
    """
    flagged_count = len(shared_trait.rows)
    scope = "of this dataset"
    if shared_trait.category >= 0:
        scope = f"of category “{measurements.categories['name'].to_numpy()[shared_trait.category]}”"
    annotation_ids = measurements.instances["annotation_id"].to_numpy()[shared_trait.rows[:_EXAMPLES]]
    return Hit(
        f"{flagged_count} of the {shared_trait.of} annotations {scope} {trait}; said once, as a habit.",
        score=flagged_count / shared_trait.of,
        categories=(shared_trait.category,) if shared_trait.category >= 0 else (),
        evidence={
            "annotations": flagged_count,
            "of": shared_trait.of,
            "share": flagged_count / shared_trait.of,
            "example_annotation_ids": [int(i) for i in annotation_ids],
        },
        severity=severity,
    )
