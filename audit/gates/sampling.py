"""Sampling plans: how many images to review, and how many of them may be wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, gammaln

from audit.dataset.model import IntArray
from audit.measure.schema import Measurements

MAX_SIZE = 1_000_000
DENSITY_CLASSES = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """Review ``size`` images; accept the batch if at most ``accept`` of them are wrong."""

    size: int
    accept: int
    lot: int | None = None
    """Images of the batch; None = very many."""
    limit: float = 0.0
    """Share of wrong images that must be refused ..."""
    confidence: float = 0.0
    """... with this probability."""
    good: float = 0.0
    """Share of wrong images that must be accepted (AQL) ...; 0 = nothing was demanded."""
    producer_risk: float = 0.0
    """... but for this probability."""

    def acceptance(self, rate: float) -> float:
        """Return the probability that a batch with so many wrong images is accepted.

        Examples
        --------
        >>> [round(Plan(125, 3).acceptance(rate), 3) for rate in (0.01, 0.02, 0.05)]
        [0.963, 0.759, 0.124]
        >>> Plan(10, 0, lot=20).acceptance(0.0)
        1.0
        """
        if self.lot is None:
            return float(bdtr(self.accept, self.size, rate))
        return hypergeometric(self.accept, self.size, _wrong(rate, self.lot), self.lot)


def hypergeometric(accept: int, size: int, wrong: int, lot: int) -> float:
    """Return the probability of at most ``accept`` wrong images in a sample without replacement.

    Parameters
    ----------
    accept, size, wrong, lot : int
        Wrong images allowed in the sample, its size, wrong images in the lot, and the lot's size.

    Examples
    --------
    >>> round(hypergeometric(0, 10, 5, 100), 4)
    0.5838
    >>> hypergeometric(0, 0, 0, 0)
    1.0
    """
    least = max(0, size - (lot - wrong))
    k = np.arange(least, min(accept, size, wrong) + 1)
    if not len(k):
        return 0.0

    def chosen(n: int, of: NDArray[np.int64] | int) -> NDArray[np.float64]:
        return np.asarray(gammaln(n + 1) - gammaln(np.asarray(of) + 1) - gammaln(n - np.asarray(of) + 1))

    terms = np.exp(chosen(wrong, k) + chosen(lot - wrong, size - k) - chosen(lot, size))
    return float(min(1.0, terms.sum()))


def zero_failure_plan(limit: float, confidence: float = 0.95, lot: int | None = None) -> Plan:
    """Find the smallest sample that, without one wrong image, shows the batch to be good.

    Parameters
    ----------
    limit : float
        Share of wrong images to rule out, 0 < limit < 1.
    confidence : float
    lot : int, optional
        Images of the batch.

    Examples
    --------
    >>> [zero_failure_plan(rate).size for rate in (0.01, 0.02, 0.05)]
    [299, 149, 59]
    >>> zero_failure_plan(0.05, lot=100).size, zero_failure_plan(0.05, lot=0).size
    (45, 0)
    """
    _check(limit, confidence)

    def refuses(size: int) -> bool:
        return Plan(size, 0, lot).acceptance(limit) <= 1 - confidence

    size = _first(refuses, MAX_SIZE if lot is None else lot)
    return Plan(size, 0, lot, limit, confidence)


def two_point_plan(
    good: float, limit: float, *, producer_risk: float = 0.05, confidence: float = 0.9, lot: int | None = None
) -> Plan:
    """Find the smallest sample that accepts good batches and refuses bad ones.

    Parameters
    ----------
    good : float
        Acceptable share of wrong images (AQL).
    limit : float
        Share to be refused (LTPD), above ``good``.
    producer_risk : float
        Largest probability that a batch with ``good`` is refused.
    confidence : float
        Least probability that a batch with ``limit`` is refused; one minus the consumer's risk.
    lot : int, optional
        Images of the batch.

    Raises
    ------
    ValueError
        If no plan of at most `MAX_SIZE` images does both.

    References
    ----------
    Schilling and Neubauer, "Acceptance sampling in quality control", chapter 2.

    Examples
    --------
    >>> plan = two_point_plan(0.01, 0.05)
    >>> plan.size, plan.accept
    (132, 3)
    >>> plan.acceptance(0.01) >= 0.95, plan.acceptance(0.05) <= 0.1
    (True, True)
    >>> two_point_plan(0.01, 0.05, lot=0).size
    0
    """
    _check(limit, confidence)
    _check(producer_risk, 0.5)
    if not 0 < good < limit:
        raise ValueError("the acceptable rate must lie between 0 and the rate to be refused")
    largest = MAX_SIZE if lot is None else lot
    accept = 0
    while True:

        def refuses(size: int, accept: int = accept) -> bool:
            return Plan(size, accept, lot).acceptance(limit) <= 1 - confidence

        size = _first(refuses, largest)
        plan = Plan(size, accept, lot, limit, confidence, good, producer_risk)
        # A whole batch that was reviewed leaves no risk.
        if plan.acceptance(good) >= 1 - producer_risk or size == lot:
            return plan
        if size >= MAX_SIZE:
            raise ValueError("no sample tells these two rates apart; take rates further apart")
        accept += 1


def upper_rate(wrong: int, size: int, confidence: float, lot: int) -> float:
    """Bound the share of wrong images of a lot from above, exactly.

    Parameters
    ----------
    wrong : int
        Wrong images of the sample.
    size : int
        Images of the sample.
    confidence : float
    lot : int
        Images of the batch.

    Returns
    -------
    float
        The largest share at which so few wrong ones are not yet too unlikely; 1 for an empty lot.

    Examples
    --------
    >>> upper_rate(0, 45, 0.95, 100), upper_rate(0, 100, 0.95, 100), upper_rate(0, 0, 0.95, 0)
    (0.04, 0.0, 1.0)
    """
    if not lot:
        return 1.0
    low, high = wrong, lot - (size - wrong)
    while low < high:  # the probability falls with the number of wrong images
        middle = (low + high + 1) // 2
        if hypergeometric(wrong, size, middle, lot) > 1 - confidence:
            low = middle
        else:
            high = middle - 1
    return low / lot


def strata(m: Measurements) -> tuple[str, ...]:
    """Put every image into a stratum: its most frequent category, and how many objects it has.

    Parameters
    ----------
    m : Measurements

    Returns
    -------
    tuple of str
        One an image record, for example ``cell, 12-40 annotations``.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> strata(measured(scene("ab"), scene("..")))
    ('thing, 2 annotations', 'nothing, 0 annotations')
    >>> strata(measured())
    ()
    """
    number = m.images["annotations"].to_numpy()
    names = m.categories["name"].tolist()
    known = m.instances[(m.instances["image"] >= 0) & (m.instances["category"] >= 0)]
    count = known.groupby(["image", "category"]).size().reset_index(name="n")
    first = count.sort_values(["image", "n", "category"], ascending=[True, False, True]).drop_duplicates(
        "image"
    )
    category = dict(zip(first["image"].tolist(), first["category"].tolist(), strict=True))
    dense = _density_classes(number)
    return tuple(
        f"{names[category[row]] if row in category else 'nothing'}, {dense[k]} annotations"
        for row, k in enumerate(number.tolist())
    )


def _density_classes(number: IntArray) -> dict[int, str]:
    """Name the class of every count: thirds of the images that have annotations."""
    some = number[number > 0]
    found = {0: "0"}
    if not len(some):
        return found
    cuts = np.unique(np.quantile(some, np.arange(1, DENSITY_CLASSES) / DENSITY_CLASSES, method="lower"))
    at = np.searchsorted(cuts, some)
    for k in np.unique(at).tolist():
        own = some[at == k]
        low, high = int(own.min()), int(own.max())
        found |= dict.fromkeys(own.tolist(), str(low) if low == high else f"{low}-{high}")
    return found


def draw(groups: tuple[str, ...], size: int, seed: int) -> IntArray:
    """Draw images at random, every stratum with its share.

    Every image is drawn with the same probability: the images are put in the order of their strata,
    shuffled within each, and every k-th is taken from a random start.

    Parameters
    ----------
    groups : tuple of str
        The stratum of every image.
    size : int
    seed : int

    Returns
    -------
    (min(size, images),) int64
        Rows of the images table, ascending.

    Examples
    --------
    >>> drawn = draw(("a",) * 60 + ("b",) * 40, 10, seed=1)
    >>> int((drawn < 60).sum()), int((drawn >= 60).sum())
    (6, 4)
    >>> draw((), 10, seed=1).tolist()
    []
    """
    n = len(groups)
    if size >= n:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    _, stratum = np.unique(np.array(groups), return_inverse=True)
    order = np.lexsort((rng.random(n), stratum))
    places = np.floor((rng.random() + np.arange(size)) * n / size).astype(np.int64)
    return np.sort(order[np.minimum(places, n - 1)])


def _wrong(rate: float, lot: int) -> int:
    """Return the number of wrong images of a lot with at least so high a rate."""
    return min(lot, math.ceil(rate * lot - 1e-9))


def _first(holds: Callable[[int], bool], largest: int) -> int:
    """Return the smallest number for which something holds that stays true; ``largest`` where none does."""
    low, high = 0, largest
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _check(rate: float, confidence: float) -> None:
    if not 0 < rate < 1 or not 0 < confidence < 1:
        raise ValueError("rates and confidences lie between 0 and 1")
