"""Upper bounds of defect rates, where defects of one image come together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from audit.dataset.model import IntArray

REPEATS = 400
"""Bootstrap samples: the standard error of a variance is then about 7 %."""
SEED = 20_190_624
PRIOR_IMAGES = 2
"""Imaginary affected images in which everything is wrong; see `intraclass_correlation`."""


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


def intraclass_correlation(counts: ImageCounts) -> float:
    """Estimate how much the units of one image fail together.

    The variance of the rate is taken from a bootstrap over images and compared with that of independent
    units. The estimate means little where few images are affected, so it is averaged with `PRIOR_IMAGES`
    imaginary affected images in which everything is wrong: without any defect the units of an image
    count as one, and with many affected images the data decide.

    Parameters
    ----------
    counts : ImageCounts

    Returns
    -------
    float
        Intraclass correlation, 0..1.

    Examples
    --------
    >>> clustered = ImageCounts(np.full(100, 10), np.where(np.arange(100) < 20, 10, 0))
    >>> scattered = ImageCounts(np.full(100, 10), np.arange(100) % 5 // 4)
    >>> intraclass_correlation(clustered) > 0.9, intraclass_correlation(scattered) < 0.15
    (True, True)
    >>> intraclass_correlation(ImageCounts(np.array([], dtype=int), np.array([], dtype=int)))
    1.0
    """
    n_affected = int(np.count_nonzero(counts.defective))
    estimate = 0.0
    if n_affected and counts.mean_cluster_size > 1:
        variance = counts.rate * (1 - counts.rate) / counts.n_units
        effect = _bootstrap_variance(counts) / variance if variance > 0 else 1.0
        estimate = float(np.clip((effect - 1) / (counts.mean_cluster_size - 1), 0.0, 1.0))
    return (n_affected * estimate + PRIOR_IMAGES) / (n_affected + PRIOR_IMAGES)


def _bootstrap_variance(counts: ImageCounts) -> float:
    """Draw images with replacement and take the variance of the rate.

    Images with as many units and defects are alike, so only how many of each kind are drawn is drawn.
    """
    base = int(counts.defective.max()) + 1  # one number for both: units x base + defective
    kinds, frequency = np.unique(counts.units * base + counts.defective, return_counts=True)
    n_images = len(counts.units)
    samples = np.random.default_rng(SEED).multinomial(n_images, frequency / n_images, size=REPEATS)
    return float((samples @ (kinds % base) / (samples @ (kinds // base))).var(ddof=1))


def design_effect(counts: ImageCounts) -> float:
    """Say how many units of this batch tell as much as one independent unit, at least 1.

    References
    ----------
    Kish, "Survey sampling", 1965: 1 + (mean cluster size - 1) x intraclass correlation.

    Examples
    --------
    >>> design_effect(ImageCounts(np.ones(50, dtype=int), np.zeros(50, dtype=int)))
    1.0
    """
    return 1.0 + (counts.mean_cluster_size - 1.0) * intraclass_correlation(counts)


def clustered_upper_bound(counts: ImageCounts, confidence: float) -> float:
    """Bound the rate of defective units from above, objects of one image failing together.

    Clopper and Pearson's bound for as many independent units as the clustered ones are worth.

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
    effect = design_effect(counts)
    return clopper_pearson_upper(counts.n_defective / effect, counts.n_units / effect, confidence)
