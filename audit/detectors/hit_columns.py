"""Columns of findings from columns of hits: rows looked up, severities, rounded numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Severity
from audit.findings.text_columns import Texts, code_texts, fill_template, format_numbers

IntArray = NDArray[np.int64]


def round_numbers(values: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Round numbers as Python does, to the nearest decimal number.

    Parameters
    ----------
    values : (n,) float64
        Their size times 10 ** decimals is far below 2 ** 53.
    decimals : int

    Examples
    --------
    >>> round_numbers(np.array([0.1234565, 0.5, np.nan]), 6).tolist()
    [0.123456, 0.5, nan]
    >>> round_numbers(np.zeros(0), 6).tolist()
    []
    """
    power = 10.0**decimals
    scaled = values.astype(np.float64) * power
    rounded = np.rint(scaled) / power
    # The product is rounded itself: next to a half, it may lie on the wrong side.
    is_near_half = np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6
    rounded[is_near_half] = [round(value, decimals) for value in values[is_near_half].tolist()]
    return rounded


def code_severities(given: NDArray[np.str_] | None, severity: Severity, n_rows: int) -> Texts:
    """Write the severities of hits that bring them, else the rule's.

    Parameters
    ----------
    given : (n,) str or None
        Values of `Severity`; an empty text = the rule's.
    severity : Severity
        The rule's.
    n_rows : int

    Examples
    --------
    >>> code_severities(np.array(["", "error"]), Severity.INFO, 2).to_pylist()
    ['info', 'error']
    >>> len(code_severities(None, Severity.INFO, 0))
    0
    """
    # Late: rules import this file, and commands that only list rules start without Arrow.
    from audit.findings.arrow_arrays import repeat_text
    from audit.findings.table_columns import SEVERITY_NAMES

    if given is None:
        return repeat_text(severity.value, n_rows)
    ranks = np.full(n_rows, severity.rank)
    for rank, name in enumerate(SEVERITY_NAMES):
        ranks[given == name] = rank
    return code_texts(ranks, SEVERITY_NAMES)


def look_up_numbers(column: IntArray, rows: IntArray) -> IntArray:
    """Look up some rows of a column; -1 for row -1.

    Parameters
    ----------
    column : (n,) int64
    rows : (k,) int64

    Examples
    --------
    >>> look_up_numbers(np.array([7, 8]), np.array([1, -1])).tolist()
    [8, -1]
    >>> look_up_numbers(np.array([7]), np.zeros(0, np.int64)).tolist()
    []
    """
    numbers = np.full(len(rows), -1, dtype=np.int64)
    numbers[rows >= 0] = column[rows[rows >= 0]]
    return numbers


def look_up(column: NDArray[Any], rows: IntArray) -> list[Any]:
    """Look up some rows of a column; None for row -1.

    Parameters
    ----------
    column : (n,) array
    rows : (k,) int64

    Examples
    --------
    >>> look_up(np.array([7, 8]), np.array([1, -1]))
    [8, None]
    >>> look_up(np.array([7]), np.zeros(0, np.int64))
    []
    """
    is_there = rows >= 0
    if is_there.all():
        values: list[Any] = column[rows].tolist()
        return values
    cells = np.full(len(rows), None, dtype=object)
    cells[is_there] = column[rows[is_there]]
    return list(cells)


def number_distinct_rows(rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return the distinct rows, ascending, and the position of each row among them.

    As ``np.unique`` with ``return_inverse``, by marks in place of a sort.

    Parameters
    ----------
    rows : (k,) int64
        From -1 on.

    Examples
    --------
    >>> [part.tolist() for part in number_distinct_rows(np.array([7, -1, 7]))]
    [[-1, 7], [1, 0, 1]]
    >>> [part.tolist() for part in number_distinct_rows(np.zeros(0, np.int64))]
    [[], []]
    """
    is_there = np.zeros(int(rows.max(initial=-1)) + 2, dtype=np.bool_)
    is_there[rows + 1] = True
    return np.flatnonzero(is_there) - 1, (np.cumsum(is_there) - 1)[rows + 1]


def describe_counts(counts: IntArray, describe: Callable[[int], str]) -> Texts:
    """Write a text for each count.

    Parameters
    ----------
    counts : (n,) int64
        From -1 on.
    describe : callable
        Called once for each number that occurs.

    Examples
    --------
    >>> describe_counts(np.array([1, 3]), lambda n: "a hole" if n == 1 else f"{n} holes").to_pylist()
    ['a hole', '3 holes']
    >>> len(describe_counts(np.zeros(0, np.int64), str))
    0
    """
    distinct, codes = number_distinct_rows(counts)
    return code_texts(codes, list(map(describe, distinct.tolist())))


def write_boxes(boxes: NDArray[np.float64]) -> Texts:
    """Write boxes as lists of numbers with six digits.

    Parameters
    ----------
    boxes : (n, 4) float64

    Examples
    --------
    >>> write_boxes(np.array([[1.0, 2.5, 1e7, 1 / 3]])).to_pylist()
    ['[1, 2.5, 1e+07, 0.333333]']
    >>> write_boxes(np.zeros((0, 4))).to_pylist()
    []
    """
    columns = {name: format_numbers(side, ".6g") for name, side in zip("xywh", boxes.T, strict=True)}
    return fill_template("[{x}, {y}, {w}, {h}]", columns)
