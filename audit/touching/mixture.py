"""How much of what was drawn is of the other kind: shares of a mixture, and what they say of each example.

Instances as drawn are a mixture of single objects and of several drawn as one. Nobody marks which, but
examples of the second kind are at hand (unions of touching pairs): the problem of learning from positive
and unlabelled examples. Garg et al., "Mixture proportion estimation and PU learning: a modern approach",
2021; Scott, Blanchard and Handy, "Classification with asymmetric label noise", 2013.
"""

from __future__ import annotations

from ctypes import c_double, c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.isotonic import fit_isotonic
from audit.geometry.sort_keys import group_rows, stable_argsort
from audit.native.library import array, declare
from audit.touching.logistic import probability

PRIOR_EXAMPLES = 50
"""Examples that a share known beforehand counts for, against those that are looked at."""
_EM_STEPS = 30
_LEVELS = np.linspace(0.05, 0.9, 86)
"""Shares of the pure examples below the thresholds that are tried: farther out too few are left to count."""
_MAX_SHARE = 0.95
MAX_LOG_RATIO = 5.0
"""Of two densities that are known from examples."""
_CERTAIN = 20.0
LOOK_ALIKES = 0.004
"""Share of the pairs of two objects that look in every way like one object that was drawn as two: measured on
nuclei, where 12 of 3,020 pairs that people had checked scored high, and two or three of them were right."""

Floats = NDArray[np.float64]

_mixture_share = declare("maskaudit_mixture_share", array("f8"), c_int64, c_double, c_double, c_int64)


def posterior(share: float, log_odds: Floats) -> Floats:
    """Turn log likelihood ratios into probabilities, where a share of all examples is of the kind.

    Parameters
    ----------
    share : float
        Between 0 and 1, both excluded.
    log_odds : (n,) float64
        Log likelihood ratio of the kind against the other.

    Examples
    --------
    >>> posterior(0.2, np.array([0.0, 30.0])).round(3).tolist()
    [0.2, 1.0]
    >>> posterior(0.2, np.zeros(0)).tolist()
    []
    """
    return probability(float(np.log(share / (1 - share))) + log_odds)


def allow_look_alikes(probability_of_kind: Floats, share: float | Floats) -> Floats:
    """Lower probabilities by what chance alone brings: some of the other kind look exactly like the kind.

    Where the kind is rare, such look-alikes are as common as it is, however sure the form seems. The density
    of the other kind is taken to hold `LOOK_ALIKES` of the kind's own: contamination, after Huber, "Robust
    estimation of a location parameter", 1964.

    Parameters
    ----------
    probability_of_kind : (n,) float64
        As `posterior` returns it for this share.
    share : float or (n,) float64
        Of all examples, that is of the kind; between 0 and 1, both excluded.

    Returns
    -------
    (n,) float64
        At most ``share / (share + LOOK_ALIKES * (1 - share))``.

    Examples
    --------
    >>> allow_look_alikes(np.array([0.5, 1.0]), 0.01).round(2).tolist()
    [0.42, 0.72]
    >>> allow_look_alikes(np.array([0.5, 1.0]), 0.2).round(2).tolist()
    [0.5, 0.98]
    >>> allow_look_alikes(np.zeros(0), 0.2).tolist()
    []
    """
    chance = LOOK_ALIKES * (1 - np.asarray(share)) / np.asarray(share)
    # Of odds: the reciprocal grows by what the look-alikes add. 0 stays 0.
    bounded: Floats = probability_of_kind / (1 + chance * probability_of_kind)
    return bounded


def forget_look_alikes(probability_of_kind: Floats, share: float | Floats) -> Floats:
    """Undo `allow_look_alikes`, so that more evidence can be added.

    Parameters
    ----------
    probability_of_kind : (n,) float64
        As `allow_look_alikes` returns it for this share.
    share : float or (n,) float64

    Returns
    -------
    (n,) float64
        Between 0 and 1.

    Examples
    --------
    >>> forget_look_alikes(allow_look_alikes(np.array([0.1, 0.9]), 0.05), 0.05).round(6).tolist()
    [0.1, 0.9]
    >>> forget_look_alikes(np.zeros(0), 0.05).tolist()
    []
    """
    chance = LOOK_ALIKES * (1 - np.asarray(share)) / np.asarray(share)
    result: Floats = np.clip(
        probability_of_kind / np.maximum(1 - chance * probability_of_kind, 1e-9), 0.0, 1.0
    )
    return result


def estimate_share(log_odds: Floats, prior_share: float) -> float:
    """Estimate which share of some examples is of a kind, from their log likelihood ratios.

    Expectation maximisation; the prior counts as `PRIOR_EXAMPLES` examples. Right only where the ratios
    are those of the pure kinds: Saerens et al., "Adjusting the outputs of a classifier to new a priori
    probabilities", 2002.

    Parameters
    ----------
    log_odds : (n,) float64
    prior_share : float
        Between 0 and 1.

    Returns
    -------
    float

    Examples
    --------
    >>> round(estimate_share(np.repeat([8.0, -8.0], [100, 900]), 0.02), 2)
    0.1
    >>> estimate_share(np.zeros(0), 0.02)
    0.02
    """
    ratios = np.ascontiguousarray(log_odds)
    share: float = _mixture_share(ratios, len(ratios), prior_share, PRIOR_EXAMPLES, _EM_STEPS)["share"].item()
    return share


def best_bin_share(mixed: Floats, mixed_weight: Floats, pure: Floats, pure_weight: Floats) -> float:
    """Estimate which share of a mixture is of a kind of which pure examples are at hand.

    Above any threshold of the score, the mixture holds at least its share of what the pure examples
    hold there; the ratio of the two is smallest where nothing else is left. Returned is the least upper
    bound (one standard error) of the ratio, which keeps clear of tails too thin to count
    (after Garg et al., 2021).

    Parameters
    ----------
    mixed, mixed_weight : (n,) float64
        Scores of the mixture, higher where more like the kind, and how much each counts.
    pure, pure_weight : (m,) float64
        The same of the pure examples.

    Returns
    -------
    float
        Between 0 and 0.95; 0 where nothing counts.

    Examples
    --------
    >>> several = np.linspace(1, 2, 1000)
    >>> mixed = np.concatenate([np.linspace(-1, 0, 900), several[::10]])
    >>> round(best_bin_share(mixed, np.ones(1000), several, np.ones(1000)), 2)
    0.11
    >>> best_bin_share(mixed, np.ones(1000), several[:0], np.ones(0))
    0.0
    """
    if not (mixed_weight.sum() > 0 and pure_weight.sum() > 0):
        return 0.0
    order = stable_argsort(pure)
    ordered, mass = pure[order], np.cumsum(pure_weight[order])
    position = np.searchsorted(mass, _LEVELS * mass[-1])
    thresholds = np.unique(ordered[np.minimum(position, len(ordered) - 1)])
    pure_above = _share_from(thresholds, ordered, mass)
    order = stable_argsort(mixed)
    mixed_above = _share_from(thresholds, mixed[order], np.cumsum(mixed_weight[order]))
    n_mixed, n_pure = _effective_count(mixed_weight), _effective_count(pure_weight)
    variance = 1 / (mixed_above * n_mixed + 1) + (1 - pure_above) / (n_pure * pure_above)
    upper = (mixed_above + 1 / n_mixed) / pure_above * (1 + np.sqrt(variance))
    # The least bound itself: the least ratio is too small, picked as it is among many that vary.
    return float(min(upper.min(), _MAX_SHARE))


def _share_from(thresholds: Floats, ordered: Floats, mass: Floats) -> Floats:
    """Return which share of the mass lies at or above each threshold."""
    below = np.concatenate([[0.0], mass])[np.searchsorted(ordered, thresholds)]
    above: Floats = np.maximum(1 - below / mass[-1], 1e-12)
    return above


def _effective_count(weight: Floats) -> float:
    """Return how many examples of equal weight would vary as little (Kish, 1965)."""
    return float(weight.sum() ** 2 / (weight * weight).sum())


def pure_share_at(
    share: float, mixed: Floats, mixed_weight: Floats, pure: Floats, pure_weight: Floats
) -> Floats:
    """Say of each example of a mixture how probably it is of the pure kind.

    The share times the ratio of both densities, which is taken to rise with the score (isotonic
    regression: no form of the densities is assumed).

    Parameters
    ----------
    share : float
        Of the mixture, that is of the kind.
    mixed, mixed_weight, pure, pure_weight : (n,) and (m,) float64
        As `best_bin_share` takes them.

    Returns
    -------
    (n,) float64
        Between 0 and 1.

    Examples
    --------
    >>> pure_share_at(0.5, np.array([1.0, 2.0]), np.ones(2), np.array([2.0]), np.ones(1)).round(3).tolist()
    [0.0, 1.0]
    >>> pure_share_at(0.5, np.zeros(0), np.zeros(0), np.zeros(1), np.ones(1)).tolist()
    []
    """
    if not (mixed_weight.sum() > 0 and pure_weight.sum() > 0):
        return np.zeros(len(mixed))
    ratio = np.exp(log_density_ratio(mixed, mixed, mixed_weight, pure, pure_weight, most=_CERTAIN))
    result: Floats = np.clip(share * ratio, 0.0, 1.0)
    return result


def log_density_ratio(
    scores: Floats, first: Floats, first_weight: Floats, second: Floats, second_weight: Floats,
    most: float = MAX_LOG_RATIO,
) -> Floats:  # fmt: skip
    """Say how much denser one kind lies than another at some scores: the logarithm of the ratio.

    The ratio is taken to rise with the score; isotonic regression assumes nothing else of either density.

    Parameters
    ----------
    scores : (k,) float64
        Where to look.
    first, first_weight : (n,) float64
        Scores of one kind and how much each counts.
    second, second_weight : (m,) float64
        The same of the kind that is larger.
    most : float
        Largest value, and the least one below 0: few examples cannot say more.

    Returns
    -------
    (k,) float64
        0 where a kind has no examples.

    Examples
    --------
    >>> low, high = np.array([0.0, 1.0, 1.0]), np.array([1.0, 2.0, 2.0])
    >>> log_density_ratio(np.arange(3.0), low, np.ones(3), high, np.ones(3), most=4).round(1).tolist()
    [-4.0, -0.7, 4.0]
    >>> log_density_ratio(np.array([1.0]), low[:0], np.ones(0), high, np.ones(3)).tolist()
    [0.0]
    """
    if not (first_weight.sum() > 0 and second_weight.sum() > 0):
        return np.zeros(len(scores))
    # Equal scores are one point, or their order would count.
    values = np.concatenate([first, second])
    first_rows, level, _ = group_rows(values)
    levels = values[first_rows]
    of_first, of_second = level[: len(first)], level[len(first) :]
    first_mass = np.bincount(of_first, first_weight, minlength=len(levels)) / first_weight.sum()
    second_mass = np.bincount(of_second, second_weight, minlength=len(levels)) / second_weight.sum()
    mass = first_mass + second_mass
    held = mass > 0
    fitted = fit_isotonic(second_mass[held] / mass[held], mass[held])
    # P(second | score) where both are equally common.
    if scores is first:  # in the order of the levels, where the next place is near
        likely = np.interp(levels, levels[held], fitted)[of_first]
    else:
        likely = np.interp(scores, levels[held], fitted)
    least = 1 / (1 + np.exp(most))
    likely = np.clip(likely, least, 1 - least)
    result: Floats = np.log(likely / (1 - likely))
    return result
