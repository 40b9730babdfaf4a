"""Saying a habit once: what most annotations of a dataset or category share is no single slip.

A dataset whose boxes are all written as corners has one fault, not ten thousand. Rules hand their
flagged annotations to `each_or_once`, which says a habit in one finding and the rest one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

LEAST = 20
"""Annotations below which a share says nothing about habits."""
_EXAMPLES = 5


def once_above(share: float = 0.3) -> float:
    """Declare the option that every rule with habits has.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, slots=True)
    ... class Options:
    ...     once_above: float = once_above(0.5)
    >>> Options().once_above
    0.5
    """
    declared: float = option(
        share,
        unit="share",
        help="said once for the dataset or category where more than this share has it; 1 = list all",
    )
    return declared


@dataclass(frozen=True, slots=True)
class Habit:
    """Many annotations with the same trait."""

    rows: NDArray[np.int64]
    """Rows of the instances table."""
    of: int
    """Annotations that could have the trait."""
    category: int
    """Row of the categories table; -1 = the whole dataset."""


def split_habits(
    flagged: NDArray[np.bool_], among: NDArray[np.bool_], category: NDArray[np.int64], share: float
) -> tuple[list[Habit], NDArray[np.int64]]:
    """Divide flagged annotations into habits and single cases.

    Parameters
    ----------
    flagged, among : (n,) bool
        Annotations with a trait; annotations that could have it.
    category : (n,) int64
        Row of the category; -1 = unknown.
    share : float
        A habit is shared by more than this part, and by at least `LEAST` annotations.

    Returns
    -------
    habits : list of Habit
        The whole dataset's alone, or one a category.
    single : (k,) int64
        The flagged rows that belong to no habit.

    Examples
    --------
    >>> import numpy as np
    >>> yes = np.ones(30, dtype=bool)
    >>> habits, single = split_habits(yes, yes, np.zeros(30, dtype=np.int64), 0.5)
    >>> len(habits[0].rows), habits[0].category, len(single)
    (30, -1, 0)
    >>> split_habits(yes[:0], yes[:0], np.zeros(0, dtype=np.int64), 0.5)[0]
    []
    """
    rows, of = np.flatnonzero(flagged), int(among.sum())
    if len(rows) >= LEAST and len(rows) > share * of:
        return [Habit(rows, of, -1)], rows[:0]
    known = among & (category >= 0)
    size = np.bincount(category[known])
    count = np.bincount(category[flagged & known], minlength=len(size))
    habitual = (count >= LEAST) & (count > share * size)
    own = np.zeros(len(rows), dtype=np.bool_)
    own[:] = np.r_[habitual, False][category[rows]]
    habits = [
        Habit(rows[category[rows] == c], int(size[c]), int(c)) for c in np.flatnonzero(habitual).tolist()
    ]
    return habits, rows[~own]


def each_or_once(
    m: Measurements,
    flagged: NDArray[np.bool_],
    among: NDArray[np.bool_],
    share: float,
    what: str,
    hit: Callable[[int], Hit],
    severity: Severity = Severity.INFO,
) -> Iterator[Hit]:
    """Yield one hit for every habit, and one for every flagged annotation that belongs to none.

    Parameters
    ----------
    m : Measurements
    flagged, among : (n,) bool
        Annotations with a trait; annotations that could have it.
    share : float
        The rule's option `once_above`.
    what : str
        The trait as the end of a sentence: "have a pinhole".
    hit : callable
        Makes the hit of one row of the instances table.
    severity : Severity
        Of a habit.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.measure.schema import empty_measurements
    >>> none = np.zeros(0, dtype=bool)
    >>> list(each_or_once(empty_measurements(), none, none, 0.5, "have a hole", lambda row: Hit("a hole")))
    []
    """
    habits, single = split_habits(flagged, among, m.instances["category"].to_numpy(), share)
    for habit in habits:
        yield habit_hit(m, habit, what, severity)
    for row in single.tolist():
        yield hit(row)


def habit_hit(m: Measurements, habit: Habit, what: str, severity: Severity = Severity.INFO) -> Hit:
    """Say a habit in one hit.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.testing import measured, scene
    >>> habit_hit(measured(scene("ab")), Habit(np.array([0, 1]), 2, -1), "are small").message
    '2 of the 2 annotations of this dataset are small; said once, as a habit.'
    """
    count = len(habit.rows)
    whose = "of this dataset"
    if habit.category >= 0:
        whose = f"of category “{m.categories['name'].to_numpy()[habit.category]}”"
    ids = m.instances["annotation_id"].to_numpy()[habit.rows[:_EXAMPLES]]
    return Hit(
        f"{count} of the {habit.of} annotations {whose} {what}; said once, as a habit.",
        score=count / habit.of,
        categories=(habit.category,) if habit.category >= 0 else (),
        evidence={
            "annotations": count,
            "of": habit.of,
            "share": count / habit.of,
            "example_annotation_ids": [int(i) for i in ids],
        },
        severity=severity,
    )
