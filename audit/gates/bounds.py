"""Upper bounds of defect rates, where defects of one image come together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from audit.dataset.model import IntArray

REPEATS = 400
"""Bootstrap samples: the standard error of a variance is then about 7 %."""
SEED = 20_190_624
PRIOR_IMAGES = 2
"""Imaginary affected images in which everything is wrong; see `correlation`."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """How many units each image has, and how many of them are defective."""

    units: IntArray
    """(images,) at least 1 each: images without units are left out."""
    defective: IntArray
    """(images,)"""

    @property
    def total(self) -> int:
        """Units of all images."""
        return int(self.units.sum())

    @property
    def found(self) -> int:
        """Defective units of all images."""
        return int(self.defective.sum())

    @property
    def rate(self) -> float:
        """Share of defective units; 0 where there are no units."""
        return self.found / self.total if self.total else 0.0

    @property
    def load(self) -> float:
        """Mean number of units in the image of a unit; 1 where there are none."""
        return float((self.units.astype(np.float64) ** 2).sum() / self.total) if self.total else 1.0


def clopper_pearson(found: float, total: float, confidence: float) -> float:
    """Bound a proportion from above, exactly for independent units.

    Parameters
    ----------
    found, total : float
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
    >>> round(clopper_pearson(0, 299, 0.95), 4), round(clopper_pearson(3, 125, 0.95), 4)
    (0.01, 0.0609)
    >>> clopper_pearson(0, 0, 0.95)
    1.0
    """
    if found >= total:
        return 1.0
    return float(betaincinv(found + 1, total - found, confidence))


def lower_bound(found: float, total: float, confidence: float) -> float:
    """Bound a proportion from below, the counterpart of `clopper_pearson`.

    Examples
    --------
    >>> round(lower_bound(5, 10, 0.95), 3), lower_bound(0, 10, 0.95), lower_bound(0, 0, 0.95)
    (0.222, 0.0, 0.0)
    """
    return float(betaincinv(found, total - found + 1, 1 - confidence)) if found > 0 else 0.0


def correlation(c: Clusters) -> float:
    """Estimate how much the units of one image fail together.

    The variance of the rate is taken from a bootstrap over images and compared with that of independent
    units. The estimate means little where few images are affected, so it is averaged with `PRIOR_IMAGES`
    imaginary affected images in which everything is wrong: without any defect the units of an image
    count as one, and with many affected images the data decide.

    Parameters
    ----------
    c : Clusters

    Returns
    -------
    float
        Intraclass correlation, 0..1.

    Examples
    --------
    >>> together = Clusters(np.full(100, 10), np.where(np.arange(100) < 20, 10, 0))
    >>> alone = Clusters(np.full(100, 10), np.arange(100) % 5 // 4)
    >>> correlation(together) > 0.9, correlation(alone) < 0.15
    (True, True)
    >>> correlation(Clusters(np.array([], dtype=int), np.array([], dtype=int)))
    1.0
    """
    affected = int(np.count_nonzero(c.defective))
    measured = 0.0
    if affected and c.load > 1:
        variance = c.rate * (1 - c.rate) / c.total
        effect = _bootstrap_variance(c) / variance if variance > 0 else 1.0
        measured = float(np.clip((effect - 1) / (c.load - 1), 0.0, 1.0))
    return (affected * measured + PRIOR_IMAGES) / (affected + PRIOR_IMAGES)


def _bootstrap_variance(c: Clusters) -> float:
    """Draw images with replacement and take the variance of the rate.

    Images with as many units and defects are alike, so only how many of each kind are drawn is drawn.
    """
    wide = int(c.defective.max()) + 1
    kind, number = np.unique(c.units * wide + c.defective, return_counts=True)
    images = len(c.units)
    drawn = np.random.default_rng(SEED).multinomial(images, number / images, size=REPEATS)
    return float((drawn @ (kind % wide) / (drawn @ (kind // wide))).var(ddof=1))


def design_effect(c: Clusters) -> float:
    """Say how many units of this batch tell as much as one independent unit, at least 1.

    References
    ----------
    Kish, "Survey sampling", 1965: 1 + (load - 1) x intraclass correlation.

    Examples
    --------
    >>> design_effect(Clusters(np.ones(50, dtype=int), np.zeros(50, dtype=int)))
    1.0
    """
    return 1.0 + (c.load - 1.0) * correlation(c)


def upper_bound(c: Clusters, confidence: float) -> float:
    """Bound the rate of defective units from above, objects of one image failing together.

    Clopper and Pearson's bound for as many independent units as the clustered ones are worth.

    Parameters
    ----------
    c : Clusters
    confidence : float

    References
    ----------
    Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data", 1998.

    Examples
    --------
    >>> clean = np.zeros(300, dtype=int)
    >>> round(upper_bound(Clusters(clean + 20, clean), 0.95), 4)
    0.0099
    >>> upper_bound(Clusters(clean[:0], clean[:0]), 0.95)
    1.0
    """
    effect = design_effect(c)
    return clopper_pearson(c.found / effect, c.total / effect, confidence)
