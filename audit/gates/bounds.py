"""Upper bounds of defect rates, where defects of one image come together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtri, stdtrit

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray

PRIOR_IMAGES = 8
"""Imaginary affected images in which everything is wrong; see `_measure_effects`. Chosen among 2, 6, 8 and 10
by simulated lots: with 2 the bound covered as little as 84 % in place of 95 % where crowded images are worse;
10 gave little more than 8 while the bound grew wider."""


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """How many units each image has, and how many of them are defective."""

    units: IntArray
    """(images,) at least 1 each: images without units are left out."""
    defective: IntArray
    """(images,)"""

    @property
    def n_units(self) -> int:
        """Units of all images."""
        return int(self.units.sum())

    @property
    def n_defective(self) -> int:
        """Defective units of all images."""
        return int(self.defective.sum())

    @property
    def rate(self) -> float:
        """Share of defective units; 0 where there are no units."""
        return self.n_defective / self.n_units if self.n_units else 0.0

    @property
    def mean_cluster_size(self) -> float:
        """Mean number of units in the image of a unit; 1 where there are none."""
        return float((self.units.astype(np.float64) ** 2).sum() / self.n_units) if self.n_units else 1.0


def count_by_image(image: IntArray, defective: NDArray[np.bool_]) -> ImageCounts:
    """Count units and defective units of every image.

    Parameters
    ----------
    image : (units,) int64
        A number from 0 on that tells images apart.
    defective : (units,) bool

    Examples
    --------
    >>> counts = count_by_image(np.array([0, 0, 2]), np.array([True, False, False]))
    >>> counts.units.tolist(), counts.defective.tolist()
    ([2, 1], [1, 0])
    >>> count_by_image(np.array([], dtype=int), np.array([], dtype=bool)).n_units
    0
    """
    units = np.bincount(image)
    n_defective = np.bincount(image[defective], minlength=len(units))
    present = units > 0
    return ImageCounts(units[present].astype(np.int64), n_defective[present].astype(np.int64))


def clopper_pearson_upper(n_defective: float, n_units: float, confidence: float) -> float:
    """Bound a proportion from above, exactly for independent units.

    Parameters
    ----------
    n_defective, n_units : float
        Defective units and all units; fractions of a unit are allowed.
    confidence : float
        Of the one-sided bound.

    Returns
    -------
    float
        The largest rate at which so few defects are not yet too unlikely; 1 where there are no units.

    References
    ----------
    Clopper and Pearson, "The use of confidence or fiducial limits", 1934.

    Examples
    --------
    >>> round(clopper_pearson_upper(0, 299, 0.95), 4), round(clopper_pearson_upper(3, 125, 0.95), 4)
    (0.01, 0.0609)
    >>> clopper_pearson_upper(0, 0, 0.95)
    1.0
    """
    if n_defective >= n_units:
        return 1.0
    return float(betaincinv(n_defective + 1, n_units - n_defective, confidence))


def clopper_pearson_lower(n_defective: float, n_units: float, confidence: float) -> float:
    """Bound a proportion from below, the counterpart of `clopper_pearson_upper`.

    Parameters
    ----------
    n_defective, n_units : float
        Defective units and all units; fractions of a unit are allowed.
    confidence : float
        Of the one-sided bound.

    Returns
    -------
    float
        The smallest rate at which so many defects are not yet too unlikely; 0 where there are none.

    Examples
    --------
    >>> [round(clopper_pearson_lower(n, 10, 0.95), 3) for n in (5, 0)], clopper_pearson_lower(0, 0, 0.95)
    ([0.222, 0.0], 0.0)
    """
    return (
        float(betaincinv(n_defective, n_units - n_defective + 1, 1 - confidence)) if n_defective > 0 else 0.0
    )


def _measure_effects(counts: ImageCounts) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Say how many units tell as much as one independent unit, at least 1: the design effect.

    It is the variance of the rate (linearized, over images) over that of independent units, or the rate's
    third moment over its second where this is larger: few crowded images that are worse make a long tail.
    The estimate means little where few images are affected, so it is averaged with `PRIOR_IMAGES` imaginary
    affected images in which everything is wrong. Without any defect the units of an image count as one.

    Returns
    -------
    n_defective, effect : (affected images + 1,) float64
        Without defects; with those of the most affected image alone; with those of two ...; with all.
    freedom : (affected images + 1,) float64
        Degrees of freedom of the effect: as many as there are images, and affected ones, of equal weight.

    References
    ----------
    Kish, "Survey sampling", 1965, section 5.4 (design effect) and 6.3 (ratio of two sums).
    """
    n_units, n_images = float(max(counts.n_units, 1)), len(counts.units)
    affected = np.flatnonzero(counts.defective)
    order = np.lexsort((counts.units[affected], -counts.defective[affected]))
    units, defective = (
        column[affected][order].astype(np.float64) for column in (counts.units, counts.defective)
    )
    moment_2, moment_3 = (float((counts.units.astype(np.float64) ** power).sum()) for power in (2, 3))
    d, dd, du, ddd, ddu, duu = (
        np.concatenate([[0.0], np.cumsum(column)])
        for column in (
            defective, defective**2, defective * units,
            defective**3, defective**2 * units, defective * units**2,
        )
    )  # fmt: skip
    rate = d / n_units
    # Sums of (defective - rate x units) ** 2 and ** 3 over all images, multiplied out.
    second = dd - 2 * rate * du + rate**2 * moment_2
    third = ddd - 3 * rate * ddu + 3 * rate**2 * duu - rate**3 * moment_3
    independent = d * (1 - rate)
    small = np.finfo(np.float64).tiny
    spread = second * (n_images / max(n_images - 1, 1)) / np.maximum(independent, small)
    tail = third / np.maximum(second, small)
    estimate = np.clip(np.maximum(spread, tail), 1.0, max(counts.units.max(initial=1), 1))
    prior = np.full(len(d), counts.mean_cluster_size)
    if n_images:
        # Larger images may be affected sooner. The rate of images drawn so has the ratio of these moments.
        prior[1:] = (prior[1:] + 2 * moment_3 / moment_2) / 3
    n_affected = np.arange(len(d))
    effect = (n_affected * estimate + PRIOR_IMAGES * prior) / (n_affected + PRIOR_IMAGES)
    d4 = np.concatenate([[0.0], np.cumsum(defective**4)])
    equal_affected = dd**2 / np.maximum(d4, small) + PRIOR_IMAGES
    equal_images = n_units**2 / max(moment_2, 1.0)
    return d, effect, 1 / (1 / np.maximum(equal_images - 1, 1.0) + 1 / np.maximum(equal_affected - 1, 1.0))


def design_effect(counts: ImageCounts) -> float:
    """Say how many units of this batch tell as much as one independent unit, at least 1.

    Parameters
    ----------
    counts : ImageCounts

    References
    ----------
    Kish, "Survey sampling", 1965, section 5.4.

    Examples
    --------
    >>> clustered = ImageCounts(np.full(100, 10), np.where(np.arange(100) < 20, 10, 0))
    >>> scattered = ImageCounts(np.full(1000, 10), np.arange(1000) % 5 // 4)
    >>> design_effect(clustered) > 9, design_effect(scattered) < 1.5
    (True, True)
    >>> design_effect(ImageCounts(np.ones(50, dtype=int), np.zeros(50, dtype=int)))
    1.0
    """
    return float(_measure_effects(counts)[1][-1])


def clustered_upper_bound(counts: ImageCounts, confidence: float) -> float:
    """Bound the rate of defective units from above, objects of one image failing together.

    Clopper and Pearson's bound for as many independent units as the clustered ones are worth. Of that for all
    defects, for those of the most affected images alone, and for none, the largest counts: another defect,
    which may show that defects are scattered, never makes a batch look better.

    An effect that few images tell is less than sure: what goes beyond independent units is multiplied by the
    square of Student's quantile over the normal one. Without a defect nothing was estimated.

    Parameters
    ----------
    counts : ImageCounts
    confidence : float

    References
    ----------
    Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data", 1998.

    Examples
    --------
    >>> clean = np.zeros(300, dtype=int)
    >>> round(clustered_upper_bound(ImageCounts(clean + 20, clean), 0.95), 4)
    0.0099
    >>> clustered_upper_bound(ImageCounts(clean[:0], clean[:0]), 0.95)
    1.0
    """
    n_defective, effect, freedom = _measure_effects(counts)
    if counts.n_defective >= counts.n_units:
        return 1.0
    widening = np.ones(len(effect))
    if confidence > 0.5:  # at one half both quantiles are 0
        widening[1:] = (stdtrit(freedom[1:], confidence) / ndtri(confidence)) ** 2
    effect = 1 + (effect - 1) * widening
    n_right = counts.n_units - n_defective
    return float(betaincinv(n_defective / effect + 1, n_right / effect, confidence).max())
