"""What overlaps as a habit in this dataset: learned from the tables, a category pair at a time.

A bottle and its cap overlap in nearly every image that holds both: that is how things are, not a
slip of one annotator. A pair of categories is habitual when it overlaps in many images and in a
large part of those in which it could.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.classify_pairs import PairKind, PairThresholds, classify_pairs, flag_same_category
from audit.findings.rates import wilson_interval
from audit.geometry.ranges import expand_ranges
from audit.geometry.sort_keys import group_rows, sort_unique
from audit.measure.schema import Measurements

MIN_IMAGES = 6
MIN_RATE = 0.3
MIN_RATE_SAME = 0.5


@dataclass(frozen=True, slots=True)
class CategoryOverlapRates:
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

    def flag_habitual(
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
        >>> measure_overlap_rates(empty_measurements()).flag_habitual().tolist()
        []
        """
        min_rates = np.where(self.category_a == self.category_b, min_rate_same, min_rate)
        is_habitual: NDArray[np.bool_] = (self.images_overlapping >= min_images) & (self.low >= min_rates)
        return is_habitual


def measure_overlap_rates(
    measurements: Measurements, thresholds: PairThresholds | None = None
) -> CategoryOverlapRates:
    """Count for every two categories in how many images they overlap, of those in which they could.

    An overlap counts when it is real: contained or partial (see `audit.detectors.classify_pairs`), not a
    sliver, no crowd region. For two *different* categories the images that hold both are asked: does
    one belong on the other? For *one* category the images in which two of its masks come within
    2 px are asked: how are neighbours drawn?

    Parameters
    ----------
    measurements : Measurements
    thresholds : PairThresholds, optional
        What counts as a sliver and so on.

    Returns
    -------
    Habits
        A row for every two known categories that come within 2 px somewhere.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> len(measure_overlap_rates(empty_measurements()).rate)
    0
    """
    limits = thresholds or PairThresholds()
    return measurements.derive(("rates", limits), lambda: _count_overlaps(measurements, limits))


def _count_overlaps(measurements: Measurements, limits: PairThresholds) -> CategoryOverlapRates:
    pair_kinds = classify_pairs(measurements, limits)
    all_keys, pair_of = _number_category_pairs(measurements)
    counted_rows = np.flatnonzero((pair_kinds != PairKind.CROWD) & (pair_of >= 0))
    is_overlap = (pair_kinds == PairKind.CONTAINED) | (pair_kinds == PairKind.PARTIAL)
    overlap_rows = counted_rows[is_overlap[counted_rows]]
    near_images, images_overlapping = (
        _count_images(pair_of[rows], measurements.pairs["image"].to_numpy()[rows], len(all_keys))
        for rows in (counted_rows, overlap_rows)
    )
    # Categories of which only crowd regions come near each other have no row.
    is_listed = near_images > 0
    near_images, images_overlapping = near_images[is_listed], images_overlapping[is_listed]
    a, b = np.divmod(all_keys[is_listed], len(measurements.categories) + 1)
    images_together = np.where(a == b, near_images, _images_with_both(measurements, a, b))
    lower_bound, upper_bound = wilson_interval(images_overlapping, images_together)
    pair_counts = np.bincount(pair_of[overlap_rows], minlength=len(all_keys))[is_listed]
    return CategoryOverlapRates(
        a,
        b,
        images_together,
        images_overlapping,
        pair_counts,
        images_overlapping / images_together,
        lower_bound,
        upper_bound,
    )


def _count_images(group: NDArray[np.int64], image: NDArray[np.int64], n_groups: int) -> NDArray[np.int64]:
    """Count the different images of each group."""
    n_images = int(image.max(initial=0)) + 1
    return np.bincount(sort_unique(group * n_images + image) // n_images, minlength=n_groups)


def flag_habitual_pairs(
    measurements: Measurements,
    thresholds: PairThresholds | None = None,
    min_images: int = MIN_IMAGES,
    min_rate: float = MIN_RATE,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say for every pair whether its two different categories overlap habitually, or hardly ever.

    Parameters
    ----------
    measurements : Measurements
    thresholds : PairThresholds, optional
        What counts as a sliver and so on.
    min_images : int
        Least images with an overlap that make a habit.
    min_rate : float
        Least lower bound of the rate.

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
    >>> [mask.tolist() for mask in flag_habitual_pairs(empty_measurements())]
    [[], []]
    """
    overlap_rates = measure_overlap_rates(measurements, thresholds)
    all_keys, pair_of = _number_category_pairs(measurements)
    rows = np.searchsorted(all_keys, _key(measurements, overlap_rates.category_a, overlap_rates.category_b))
    is_habit, is_rare = np.zeros((2, len(all_keys) + 1), dtype=np.bool_)  # the last one for pair_of = -1
    is_habit[rows] = overlap_rates.flag_habitual(min_images, min_rate)
    is_rare[rows] = overlap_rates.high < min_rate
    is_same = flag_same_category(measurements)
    return is_habit[pair_of] & ~is_same, is_rare[pair_of] | is_same


def _number_category_pairs(
    measurements: Measurements,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the keys of the categories that come near each other, ascending, and where each pair's is.

    -1 = a category of the pair is unknown.
    """
    return measurements.derive(_number_category_pairs, lambda: _find_category_pairs(measurements))


def _find_category_pairs(measurements: Measurements) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lower_category, upper_category = _categories(measurements)
    keys = np.where(lower_category >= 0, _key(measurements, lower_category, upper_category), -1)
    first_rows, group, _ = group_rows(keys)
    distinct_keys = keys[first_rows]
    n_unknown = int(len(keys) > 0 and distinct_keys[0] < 0)
    return distinct_keys[n_unknown:], group - n_unknown


def _categories(measurements: Measurements) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the category rows of every pair, the lower first; -1 = unknown."""
    category = measurements.instances["category"].to_numpy()
    category_a, category_b = (
        category[measurements.pairs["a"].to_numpy()],
        category[measurements.pairs["b"].to_numpy()],
    )
    return np.minimum(category_a, category_b), np.maximum(category_a, category_b)


def _key(measurements: Measurements, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number pairs of categories; a pair with an unknown category gets a negative number."""
    return a * (len(measurements.categories) + 1) + b


def _images_with_both(
    measurements: Measurements, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count the images that hold masks of both of two different categories, crowd regions aside.

    The pairs of categories ascend, the lower of each first; 0 for twice the same.
    """
    image, category, area_px, is_crowd = (
        measurements.instances[name].to_numpy() for name in ("image", "category", "area_px", "iscrowd")
    )
    is_usable = (image >= 0) & (category >= 0) & (area_px > 0) & ~is_crowd
    wanted_keys = _key(measurements, a, b)
    if len(wanted_keys) == 0 or bool((a == b).all()):
        return np.zeros(len(wanted_keys), dtype=np.int64)
    wanted_categories = np.zeros(len(measurements.categories), dtype=np.bool_)
    wanted_categories[a[a != b]] = wanted_categories[b[a != b]] = True
    is_usable[is_usable] = wanted_categories[category[is_usable]]
    held_keys = sort_unique(_key(measurements, image[is_usable], category[is_usable]))
    image_rows, category_rows = np.divmod(held_keys, len(measurements.categories) + 1)
    # Every two categories of an image, the lower first.
    starts = np.flatnonzero(np.diff(image_rows, prepend=-1))
    lengths = np.diff(starts, append=len(image_rows))
    partners = np.repeat(starts + lengths, lengths) - np.arange(1, len(held_keys) + 1)
    lower_category, upper_category = (
        np.repeat(category_rows, partners),
        category_rows[expand_ranges(np.arange(1, len(held_keys) + 1), partners)],
    )
    keys = _key(measurements, lower_category, upper_category)
    first_rows, _, counts = group_rows(keys)
    distinct_keys = np.r_[keys[first_rows], -1]  # -1 = held together nowhere
    positions = np.searchsorted(distinct_keys[:-1], wanted_keys)
    return np.where(distinct_keys[positions] == wanted_keys, np.r_[counts, 0][positions], 0)
