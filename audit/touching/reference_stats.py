"""What an isolated object looks like, image by image: the measure that every suspect is held against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.group_quantiles import group_quantiles
from audit.geometry.runs import IntArray
from audit.geometry.sort_keys import group_rows
from audit.measure.schema import Measurements

PRIOR_OBJECTS = 6.0
"""Isolated objects that the level above counts for: an image with six of its own believes them and its
category by half."""
_TOUCHING_WEIGHT = 0.3
"""What an instance that touches others or the border counts for, against an isolated one."""
_MAD_TO_SIGMA = 1.4826  # standard deviation over median absolute deviation, for a normal distribution
_OVERALL_WEIGHT = 0.5
"""Objects that the dataset counts for against all objects of a category: others may be of another size."""
_MIN_SPREAD = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReferenceStats:
    """What isolated objects are like in every group: the instances of one category in one image."""

    group: IntArray
    """(instances,) the group of each instance."""
    isolated: NDArray[np.bool_]
    """(instances,) those that stand alone, in one part, clear of the border."""
    usable: NDArray[np.bool_]
    """(instances,) those with a mask that are no crowd regions."""
    log_area: Floats
    """(groups,) natural logarithm of the median area in pixels; likewise the medians below."""
    spread: Floats
    """(groups,) standard deviation of log_area, robust."""
    log_minor: Floats
    misfit: Floats
    solidity: Floats
    touching_share: Floats
    """(groups,) share of the group's instances that come close to others."""
    size: IntArray
    """(groups,) instances."""


def reference_stats(measurements: Measurements) -> ReferenceStats:
    r"""Learn what isolated objects look like, shrunk from image to category to dataset where there are few.

    Parameters
    ----------
    measurements : Measurements
        With the tables ``instances``, ``pairs`` and ``shapes``.

    Returns
    -------
    ReferenceStats

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> stats = reference_stats(measured(scene("........\n.aa.....\n.aa..bb.\n.....bb.\n........")))
    >>> np.exp(stats.log_area).round().tolist(), stats.size.tolist()
    ([4.0], [2])
    >>> from audit.measure.schema import empty_measurements
    >>> reference_stats(empty_measurements()).log_area.tolist()
    []
    """
    levels, usable, close = _group_instances(measurements)
    group = levels.group
    log_area = np.log(np.maximum(measurements.instances["area_px"].to_numpy(), 1))
    median_log_area = levels.group_median(log_area)
    # The deviations are from the shrunken medians, so this is no plain median absolute deviation.
    deviation = np.abs(log_area - median_log_area[group])
    spread = levels.group_median(deviation, touching_too=False) * _MAD_TO_SIGMA
    n_groups = len(levels.category_of_group)
    size = np.bincount(group, weights=usable, minlength=n_groups)
    n_close = np.bincount(group, weights=usable & close, minlength=n_groups)
    minor = np.maximum(measurements.shapes["minor_px"].to_numpy(), 1).astype(float)
    return ReferenceStats(
        group=group,
        isolated=levels.isolated,
        usable=usable,
        log_area=median_log_area,
        spread=np.maximum(spread, _MIN_SPREAD),
        log_minor=levels.group_median(np.log(minor)),
        misfit=levels.group_median(measurements.shapes["misfit"].to_numpy().astype(float)),
        solidity=levels.group_median(measurements.instances["solidity"].to_numpy()),
        touching_share=n_close / np.maximum(size, 1),
        size=size.astype(np.int64),
    )


def typical_areas(measurements: Measurements) -> Floats:
    r"""Give for each instance the area of a typical isolated object of its category in its image, in pixels.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> typical_areas(measured(scene("........\n.aa.....\n.aa..bb.\n.....bb.\n........"))).round().tolist()
    [4.0, 4.0]
    >>> from audit.measure.schema import empty_measurements
    >>> typical_areas(empty_measurements()).tolist()
    []
    """
    levels, _, _ = _group_instances(measurements)
    log_area = np.log(np.maximum(measurements.instances["area_px"].to_numpy(), 1))
    # Rounded: numpy's exp differs in the last digit from one processor to another, and findings quote it.
    area: Floats = np.exp(levels.group_median(log_area)).round(6)[levels.group]
    return area


def subtract_typical(measurements: Measurements, values: Floats, rows: IntArray) -> Floats:
    """Say how far values lie from those of typical isolated objects of their image and category.

    Parameters
    ----------
    measurements : Measurements
    values : (n, k) float64
        Those of all instances first, then those of any others.
    rows : (n,) int64
        The instance whose image and category each belongs to.

    Returns
    -------
    (n, k) float64

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> subtract_typical(empty_measurements(), np.zeros((0, 2)), np.zeros(0, dtype=int)).shape
    (0, 2)
    """
    levels, _, _ = _group_instances(measurements)
    group, n_instances = levels.group[rows], len(measurements.instances)
    columns = [column - levels.group_median(column[:n_instances])[group] for column in values.T]
    return np.stack(columns, axis=1)


def _group_instances(
    measurements: Measurements,
) -> tuple[_ShrunkenMedians, NDArray[np.bool_], NDArray[np.bool_]]:
    """Group the instances of one category in one image; also say which are usable, and close to others."""
    instances = measurements.instances
    usable = (instances["area_px"].to_numpy() > 0) & ~instances["iscrowd"].to_numpy()
    close = ~not_close(measurements)
    isolated = usable & ~close & (instances["parts"].to_numpy() == 1) & ~instances["border"].to_numpy()
    n_categories = len(measurements.categories) + 1  # one more: unknown categories are row -1
    key = (instances["image"].to_numpy() + 1) * n_categories + instances["category"].to_numpy() + 1
    first, group, _ = group_rows(key)
    return _ShrunkenMedians(group, key[first] % n_categories, isolated, usable), usable, close


def not_close(measurements: Measurements) -> NDArray[np.bool_]:
    """Say for each instance whether no other comes close to it.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> not_close(measured(scene("aab...c"))).tolist()
    [False, False, True]
    """
    apart = np.ones(len(measurements.instances), dtype=bool)
    apart[measurements.pairs["a"].to_numpy()] = apart[measurements.pairs["b"].to_numpy()] = False
    return apart


class _ShrunkenMedians:
    """Medians of the dataset, its categories and its groups, each shrunk to the level above."""

    def __init__(
        self,
        group: IntArray,
        category_of_group: IntArray,
        isolated: NDArray[np.bool_],
        usable: NDArray[np.bool_],
    ) -> None:
        self.group, self.category_of_group = group, category_of_group
        self.isolated, self.usable = isolated, usable
        n_groups = len(category_of_group)
        category = category_of_group[group]
        n_categories = int(category_of_group.max()) + 1 if n_groups else 0
        self._usable_by_group = _GroupMembers(group, usable, n_groups)
        self._isolated_by_group = _GroupMembers(group, isolated, n_groups)
        self._usable_by_category = _GroupMembers(category, usable, n_categories)
        self._isolated_by_category = _GroupMembers(category, isolated, n_categories)

    def group_median(self, value: Floats, *, touching_too: bool = True) -> Floats:
        """Return the median of the isolated objects of each group, shrunk.

        Parameters
        ----------
        value : (instances,) float64
        touching_too : bool
            Count the group's remaining instances too, though less: where most objects touch, few are
            isolated.
        """
        if len(self.category_of_group) == 0:
            return np.zeros(0)
        reference = value[self.isolated] if self.isolated.any() else value[self.usable]
        above: Floats | float = _median(reference) if len(reference) else 0.0
        if touching_too:
            # Where no object stands alone, its own category says more of its size than other ones do.
            above = self._usable_by_category.shrink_medians(value, _TOUCHING_WEIGHT, above, _OVERALL_WEIGHT)
        above = self._isolated_by_category.shrink_medians(value, 1.0, above, PRIOR_OBJECTS)
        above = above[self.category_of_group]
        if touching_too:
            above = self._usable_by_group.shrink_medians(value, _TOUCHING_WEIGHT, above, PRIOR_OBJECTS / 3)
        return self._isolated_by_group.shrink_medians(value, 1.0, above, PRIOR_OBJECTS)


class _GroupMembers:
    """The chosen instances of each group."""

    def __init__(self, group: IntArray, chosen: NDArray[np.bool_], n_groups: int) -> None:
        self._group = np.where(chosen, group, -1)
        self._count = np.bincount(self._group + 1, minlength=n_groups + 1)[1:].astype(float)

    def shrink_medians(
        self, value: Floats, weight: float, above: Floats | float, prior_count: float
    ) -> Floats:
        """Average the groups' medians with those of the level above.

        Parameters
        ----------
        value : (instances,) float64
            NaN is left out.
        weight : float
            What an instance counts for.
        above : float or (n_groups,) float64
        prior_count : float
            Instances that the level above counts for.
        """
        median = group_quantiles(self._group, value, len(self._count))
        count = self._count * weight
        return (np.nan_to_num(median) * count + above * prior_count) / (count + prior_count)


def _median(values: Floats) -> float:
    return float(group_quantiles(np.zeros(len(values), dtype=np.int64), values, 1)[0])
