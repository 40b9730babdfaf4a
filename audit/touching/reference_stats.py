"""What a single object looks like, image by image: the measure that every suspect is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray
from audit.measure.schema import Measurements

STRENGTH = 6.0
"""Singles that a typical value counts for on the level above: an image with six of its own believes them
and its category by half."""
_WEAK = 0.3  # what an instance that touches others or the border counts for, against a single
_NORMAL = 1.4826  # the standard deviation over the median absolute deviation of a normal distribution

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Typical:
    """Typical singles of every group: the instances of one category in one image."""

    group: IntArray
    """(instances,) the group of each instance."""
    singles: NDArray[np.bool_]
    """(instances,) those that stand alone, in one part, clear of the border."""
    usable: NDArray[np.bool_]
    """(instances,) those with a mask that are no crowd regions."""
    log_area: Floats
    """(groups,) natural logarithm of the median area in pixels, and so on."""
    spread: Floats
    """(groups,) standard deviation of log_area, robust."""
    log_minor: Floats
    misfit: Floats
    solidity: Floats
    touching: Floats
    """(groups,) share of the group's instances that come close to another one."""
    size: IntArray
    """(groups,) instances."""


def typical(m: Measurements) -> Typical:
    """Learn what singles look like, shrunk from image to category to dataset where there are few.

    Parameters
    ----------
    m : Measurements

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> typical(empty_measurements()).log_area.tolist()
    []
    """
    table = m.instances
    area = table["area_px"].to_numpy()
    usable = (area > 0) & ~table["iscrowd"].to_numpy()
    close = np.zeros(len(area), dtype=bool)
    close[m.pairs["a"].to_numpy()] = close[m.pairs["b"].to_numpy()] = True
    singles = usable & ~close & (table["parts"].to_numpy() == 1) & ~table["border"].to_numpy()
    category = table["category"].to_numpy()
    key = (table["image"].to_numpy() + 1) * (len(m.categories) + 1) + category + 1
    known, group = np.unique(key, return_inverse=True)
    of_group = known % (len(m.categories) + 1)
    levels = _Levels(group, of_group, singles, usable)
    log_area = np.log(np.maximum(area, 1))
    middle = levels.median(log_area)
    spread = levels.median(np.abs(log_area - middle[group]), weak=False) * _NORMAL
    size = np.bincount(group, weights=usable, minlength=len(known))
    touching = np.bincount(group, weights=usable & close, minlength=len(known)) / np.maximum(size, 1)
    return Typical(
        group=group,
        singles=singles,
        usable=usable,
        log_area=middle,
        spread=np.maximum(spread, 0.05),
        log_minor=levels.median(np.log(np.maximum(m.shapes["minor_px"].to_numpy(), 1).astype(float))),
        misfit=levels.median(m.shapes["misfit"].to_numpy().astype(float)),
        solidity=levels.median(table["solidity"].to_numpy()),
        touching=touching,
        size=size.astype(np.int64),
    )


class _Levels:
    """Medians of the dataset, its categories and its groups, each shrunk to the one before."""

    def __init__(
        self, group: IntArray, of_group: IntArray, singles: NDArray[np.bool_], usable: NDArray[np.bool_]
    ) -> None:
        self.group, self.of_group = group, of_group
        self.singles, self.usable = singles, usable

    def median(self, value: Floats, *, weak: bool = True) -> Floats:
        """Return the median of the singles of each group, shrunk.

        With ``weak``, the other instances of the group count too, though less: where most objects
        touch, few stand alone.
        """
        n = len(self.of_group)
        if n == 0:
            return np.zeros(0)
        some = value[self.singles] if self.singles.any() else value[self.usable]
        overall = float(np.median(some)) if len(some) else 0.0
        category = self.of_group[self.group]
        of_category, singles = group_medians(category, value, self.singles, int(category.max()) + 1)
        above = _shrunk(of_category, singles, overall, STRENGTH)[self.of_group]
        if weak:
            of_all, number = group_medians(self.group, value, self.usable, n)
            above = _shrunk(of_all, number * _WEAK, above, STRENGTH / 3)
        of_group, number = group_medians(self.group, value, self.singles, n)
        return _shrunk(of_group, number, above, STRENGTH)


def _shrunk(value: Floats, number: Floats, above: Floats | float, strength: float) -> Floats:
    return (np.nan_to_num(value) * number + above * strength) / (number + strength)


def group_medians(
    group: IntArray, value: Floats, chosen: NDArray[np.bool_], groups: int
) -> tuple[Floats, Floats]:
    """Take the median of each group's chosen values.

    Parameters
    ----------
    group : (n,) int64
    value : (n,) float64
    chosen : (n,) bool
    groups : int

    Returns
    -------
    median : (groups,) float64
        NaN where none was chosen.
    number : (groups,) float64
        Of the chosen.

    Examples
    --------
    >>> group, value = np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 9.0, 4.0])
    >>> [v.tolist() for v in group_medians(group, value, value > 0, 2)]
    [[2.0, 4.0], [3.0, 1.0]]
    >>> [v.tolist() for v in group_medians(group[:0], value[:0], value[:0] > 0, 1)]
    [[nan], [0.0]]
    """
    order = np.lexsort((value[chosen], group[chosen]))
    sorted_group, sorted_value = group[chosen][order], value[chosen][order]
    start = np.searchsorted(sorted_group, np.arange(groups))
    number = np.searchsorted(sorted_group, np.arange(groups), side="right") - start
    median = np.full(groups, np.nan)
    some = number > 0
    low, high = start + (number - 1) // 2, start + number // 2
    median[some] = (sorted_value[low[some]] + sorted_value[high[some]]) / 2
    return median, number.astype(float)
