"""What overlaps as a habit in this dataset: learned from the tables, a category pair at a time.

A bottle and its cap overlap in nearly every image that holds both: that is how things are, not a
slip of one annotator. A pair of categories is habitual when it overlaps in many images and in a
large part of those in which it could.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.classify_pairs import Bounds, PairKind, pair_kinds
from audit.findings.rates import wilson_interval
from audit.geometry.runs import expand
from audit.measure.schema import Measurements

MIN_IMAGES = 6
MIN_RATE = 0.3
MIN_RATE_SAME = 0.5


@dataclass(frozen=True, slots=True)
class Habits:
    """How often categories overlap: one row a pair of categories, sorted; all arrays (k,)."""

    category_a: NDArray[np.int64]
    """Row in categories; at most ``category_b``."""
    category_b: NDArray[np.int64]
    images_together: NDArray[np.int64]
    """Images in which the two could overlap."""
    images_overlapping: NDArray[np.int64]
    """Images in which they do."""
    pairs: NDArray[np.int64]
    """Pairs of masks that overlap."""
    rate: NDArray[np.float64]
    """Overlapping / together."""
    low: NDArray[np.float64]
    """Lower end of the rate's 95 % Wilson interval."""
    high: NDArray[np.float64]

    def habitual(
        self, min_images: int = MIN_IMAGES, min_rate: float = MIN_RATE, min_rate_same: float = MIN_RATE_SAME
    ) -> NDArray[np.bool_]:
        """Say which rows are habits.

        Parameters
        ----------
        min_images : int
            Least images with an overlap.
        min_rate : float
            Least lower bound of the rate, two different categories.
        min_rate_same : float
            The same for two masks of one category.

        Examples
        --------
        >>> from audit.measure.schema import empty_measurements
        >>> overlap_habits(empty_measurements()).habitual().tolist()
        []
        """
        least = np.where(self.category_a == self.category_b, min_rate_same, min_rate)
        habitual: NDArray[np.bool_] = (self.images_overlapping >= min_images) & (self.low >= least)
        return habitual


def overlap_habits(m: Measurements, bounds: Bounds | None = None) -> Habits:
    """Count for every two categories in how many images they overlap, of those in which they could.

    An overlap counts when it is real: contained or partial (see `audit.detectors.classify_pairs`), not a
    sliver, no crowd region. For two *different* categories the images that hold both are asked: does
    one belong on the other? For *one* category the images in which two of its masks come within
    2 px are asked: how are neighbours drawn?

    Parameters
    ----------
    m : Measurements
    bounds : Bounds, optional
        What counts as a sliver and so on.

    Returns
    -------
    Habits
        A row for every two known categories that come within 2 px somewhere.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> len(overlap_habits(empty_measurements()).rate)
    0
    """
    kinds = pair_kinds(m, bounds)
    one, other = _categories(m)
    seen = (kinds != PairKind.CROWD) & (one >= 0)
    real = np.isin(kinds[seen], (PairKind.CONTAINED, PairKind.PARTIAL))
    both, pair_of = np.unique(_key(m, one[seen], other[seen]), return_inverse=True)
    # One key an image and pair of categories; they come out sorted, grouped by pair of categories.
    images = max(len(m.images), 1)
    key, place = np.unique(pair_of * images + m.pairs["image"].to_numpy()[seen], return_inverse=True)
    pairs = np.bincount(place, weights=real, minlength=len(key))
    group = key // images
    near = np.bincount(group, minlength=len(both))
    overlapping = np.bincount(group, weights=pairs > 0, minlength=len(both)).astype(np.int64)
    a, b = np.divmod(both, len(m.categories) + 1)
    together = np.where(a == b, near, _images_with_both(m, a, b))
    low, high = wilson_interval(overlapping, together)
    per_pair = np.bincount(group, weights=pairs, minlength=len(both)).astype(np.int64)
    return Habits(a, b, together, overlapping, per_pair, overlapping / together, low, high)


def pair_habit(
    m: Measurements,
    bounds: Bounds | None = None,
    min_images: int = MIN_IMAGES,
    min_rate: float = MIN_RATE,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say for every pair whether its two different categories overlap habitually, or hardly ever.

    Returns
    -------
    habitual : (n,) bool
        Their overlaps are the dataset's habit. Never true within one category: labels that are
        wrong everywhere must not silence themselves.
    unusual : (n,) bool
        Enough images hold both to say that they overlap in fewer than ``min_rate`` of them (upper
        Wilson bound). Always true within one category.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> [mask.tolist() for mask in pair_habit(empty_measurements())]
    [[], []]
    """
    habits = overlap_habits(m, bounds)
    key = _key(m, habits.category_a, habits.category_b)
    one, other = _categories(m)
    same = one == other
    of_pair = _key(m, one, other)
    habitual = np.isin(of_pair, key[habits.habitual(min_images, min_rate)]) & ~same
    unusual = np.isin(of_pair, key[habits.high < min_rate]) | same
    return habitual, unusual


def _categories(m: Measurements) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the category rows of every pair, the lower first; -1 = unknown."""
    category = m.instances["category"].to_numpy()
    of_a, of_b = category[m.pairs["a"].to_numpy()], category[m.pairs["b"].to_numpy()]
    return np.minimum(of_a, of_b), np.maximum(of_a, of_b)


def _key(m: Measurements, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number pairs of categories; a pair with an unknown category gets a negative number."""
    return a * (len(m.categories) + 1) + b


def _images_with_both(m: Measurements, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the images that hold masks of both of two different categories, crowd regions aside.

    The pairs of categories ascend, the lower of each first; 0 for twice the same.
    """
    image, category, area, crowd = (
        m.instances[name].to_numpy() for name in ("image", "category", "area_px", "iscrowd")
    )
    usable = (image >= 0) & (category >= 0) & (area > 0) & ~crowd
    wanted = _key(m, a, b)
    if len(wanted) == 0 or bool((a == b).all()):
        return np.zeros(len(wanted), dtype=np.int64)
    held = np.unique(_key(m, image[usable], category[usable]))
    where, what = np.divmod(held, len(m.categories) + 1)
    # Every two categories of an image, the lower first.
    after = np.searchsorted(where, where, side="right")
    number = after - np.arange(1, len(held) + 1)
    one, other = np.repeat(what, number), what[expand(np.arange(1, len(held) + 1), number)]
    key = _key(m, one, other)
    place = np.minimum(np.searchsorted(wanted, key), len(wanted) - 1)
    return np.bincount(place[wanted[place] == key], minlength=len(wanted))
