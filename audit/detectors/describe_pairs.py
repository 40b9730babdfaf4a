"""What rules write about pairs that overlap: one by one, or as columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.findings.text_columns import Texts, code_texts
from audit.measure.schema import Measurements

IntArray = NDArray[np.int64]
PAIRS_TOGETHER = 1 << 16
"""Pairs that are made objects together: of ten million annotations, three million overlap in part."""


class OverlappingPair(NamedTuple):
    """One pair, as a rule writes about it. Rows are rows of the instances table."""

    row: int
    """Row of the pairs table."""
    a: int
    b: int
    smaller: int
    """The one with fewer pixels; a where they have equally many."""
    larger: int
    smaller_px: int
    larger_px: int
    share: float
    """Intersection / area of the smaller one."""
    same: bool
    """Both have one category."""
    intersection_px: int
    iou: float
    depth_px: int


class PairColumns(NamedTuple):
    """Some pairs as columns: each holds what `OverlappingPair` has by that name, (n,)."""

    row: IntArray
    a: IntArray
    b: IntArray
    smaller: IntArray
    larger: IntArray
    smaller_px: IntArray
    larger_px: IntArray
    share: NDArray[np.float64]
    same: NDArray[np.bool_]
    intersection_px: IntArray
    iou: NDArray[np.float64]
    depth_px: IntArray

    def stack_masks(self) -> IntArray:
        """Return the two masks of each pair, (n, 2) rows of the instances table."""
        return np.stack([self.a, self.b], axis=1)


def split_pairs(measurements: Measurements, is_chosen: NDArray[np.bool_]) -> Iterator[PairColumns]:
    """Describe some pairs as columns, in the order of ``measurements.pairs``.

    Parameters
    ----------
    measurements : Measurements
    is_chosen : (n,) bool
        The pairs that are wanted.

    Yields
    ------
    PairColumns
        At most `PAIRS_TOGETHER` at a time.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.testing import measured, scene
    >>> [pairs.smaller_px.tolist() for pairs in split_pairs(measured(scene("aaa", ".bb")), np.array([True]))]
    [[2]]
    >>> list(split_pairs(measured(), np.zeros(0, dtype=bool)))
    []
    """
    chosen_rows = np.flatnonzero(is_chosen)
    for start in range(0, len(chosen_rows), PAIRS_TOGETHER):
        yield _look_up_pairs(measurements, chosen_rows[start : start + PAIRS_TOGETHER])


def describe_pairs(measurements: Measurements, is_chosen: NDArray[np.bool_]) -> Iterator[OverlappingPair]:
    """Describe some pairs one by one, in the order of ``measurements.pairs``.

    Parameters
    ----------
    measurements : Measurements
    is_chosen : (n,) bool
        The pairs that are wanted.

    Yields
    ------
    OverlappingPair

    Examples
    --------
    >>> import numpy as np
    >>> from audit.measure.schema import empty_measurements
    >>> list(describe_pairs(empty_measurements(), np.zeros(0, dtype=bool)))
    []
    """
    for pairs in split_pairs(measurements, is_chosen):
        yield from map(OverlappingPair, *(column.tolist() for column in pairs))


def _look_up_pairs(measurements: Measurements, rows: IntArray) -> PairColumns:
    area_px, category = (measurements.instances[name].to_numpy() for name in ("area_px", "category"))
    a, b = measurements.pairs["a"].to_numpy()[rows], measurements.pairs["b"].to_numpy()[rows]
    smaller, larger = order_by_area(measurements, rows)
    share = np.maximum(
        measurements.pairs["ioa_a"].to_numpy()[rows], measurements.pairs["ioa_b"].to_numpy()[rows]
    )
    measured_columns = (
        measurements.pairs[name].to_numpy()[rows] for name in ("intersection_px", "iou", "depth_px")
    )
    return PairColumns(
        rows,
        a,
        b,
        smaller,
        larger,
        area_px[smaller],
        area_px[larger],
        share,
        category[a] == category[b],
        *measured_columns,
    )


def order_by_area(
    measurements: Measurements, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the smaller and the larger mask of some pairs; of equal ones the first is the smaller.

    Parameters
    ----------
    measurements : Measurements
    rows : (k,) int64
        Of ``measurements.pairs``.

    Returns
    -------
    smaller, larger : (k,) int64
        Rows of ``measurements.instances``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> [mask.tolist() for mask in order_by_area(empty_measurements(), np.zeros(0, dtype=np.int64))]
    [[], []]
    """
    area_px = measurements.instances["area_px"].to_numpy()
    a, b = measurements.pairs["a"].to_numpy()[rows], measurements.pairs["b"].to_numpy()[rows]
    a_smaller = area_px[a] <= area_px[b]
    return np.where(a_smaller, a, b), np.where(a_smaller, b, a)


class QuotedCategoryNames:
    """The name of each instance's category, in quotes, for messages; looked up by row.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> QuotedCategoryNames(measured(scene("ab")))[1]
    '“thing”'
    """

    __slots__ = ("_category", "_names")

    def __init__(self, measurements: Measurements) -> None:
        self._names = _quote_names(measurements)
        self._category = measurements.instances["category"].to_numpy()

    def __getitem__(self, row: int) -> str:
        quoted_name: str = self._names[self._category.item(row)]
        return quoted_name


def code_category_names(measurements: Measurements, rows: IntArray) -> Texts:
    """Return the names of the categories of some instances, in quotes, for messages.

    Parameters
    ----------
    measurements : Measurements
    rows : (n,) int64
        Of ``measurements.instances``.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> code_category_names(measured(scene("ab")), np.array([1, 0])).to_pylist()
    ['“thing”', '“thing”']
    >>> code_category_names(measured(), np.zeros(0, dtype=np.int64)).to_pylist()
    []
    """
    return code_texts(measurements.instances["category"].to_numpy()[rows], _quote_names(measurements))


def code_sorted_names(measurements: Measurements, pairs: PairColumns) -> tuple[Texts, Texts]:
    """Return the two names of each pair, the one first that comes first in the alphabet.

    Parameters
    ----------
    measurements : Measurements
    pairs : PairColumns

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> tables = measured(scene("aa.", ".bb", categories={"a": "nut", "b": "bolt"}))
    >>> (pairs,) = split_pairs(tables, np.array([True]))
    >>> [names.to_pylist() for names in code_sorted_names(tables, pairs)]
    [['“bolt”'], ['“nut”']]
    """
    names = _quote_names(measurements)
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    category = measurements.instances["category"].to_numpy()
    in_order = np.sort(ranks[category[pairs.stack_masks()]], axis=1)
    sorted_names = sorted(names)
    return code_texts(in_order[:, 0], sorted_names), code_texts(in_order[:, 1], sorted_names)


def _quote_names(measurements: Measurements) -> list[str]:
    """Quote the names of all categories; the last is for none."""
    return [*(f"“{name}”" for name in measurements.categories["name"]), "object of no known category"]
