"""Sampling plans: how many images to review, and how many of them may be wrong."""

from __future__ import annotations

import math

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.measure.schema import Measurements

MAX_SIZE = 1_000_000
"""Images of a sample at most, where the batch is not known to be smaller."""
DENSITY_CLASSES = 3
ROUNDING = 1e-12
"""A risk that is met exactly, as 1 of 20 images by a confidence of 0.95, must not fail by its last digit."""


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

        Parameters
        ----------
        rate : float
            Share of wrong images of the batch.

        Examples
        --------
        >>> [round(Plan(125, 3).acceptance(rate), 3) for rate in (0.01, 0.02, 0.05)]
        [0.963, 0.759, 0.124]
        >>> Plan(10, 0, lot=20).acceptance(0.0)
        1.0
        """
        if self.lot is None:
            from scipy.special import bdtr  # late: it takes longer to import than a small scan

            return float(bdtr(self.accept, self.size, rate))
        return probability_of_at_most(self.accept, self.size, _count_wrong(rate, self.lot), self.lot)

    def acceptance_of_good(self) -> float:
        """Return the probability that a batch with at most the acceptable share of wrong images is accepted.

        Examples
        --------
        >>> Plan(10, 0, lot=100, good=0.005).acceptance_of_good()
        1.0
        >>> Plan(0, 0, lot=0).acceptance_of_good()
        1.0
        """
        if self.lot is None:
            return self.acceptance(self.good)
        n_wrong = math.floor(self.good * self.lot + 1e-9)  # of 100 images, 0.5 % are none
        return probability_of_at_most(self.accept, self.size, n_wrong, self.lot)


def probability_of_at_most(accept: int, size: int, wrong: int, lot: int) -> float:
    """Return the probability of at most ``accept`` wrong images in a sample without replacement.

    Parameters
    ----------
    accept, size, wrong, lot : int
        Wrong images allowed in the sample, its size, wrong images in the lot, and the lot's size.

    Examples
    --------
    >>> round(probability_of_at_most(0, 10, 5, 100), 4)
    0.5838
    >>> probability_of_at_most(0, 0, 0, 0)
    1.0
    """
    if not lot:
        return 1.0  # scipy has no distribution over nothing
    from scipy.stats import hypergeom  # late: it takes longer to import than most commands take

    return float(hypergeom.cdf(accept, lot, wrong, size))


def zero_failure_plan(limit: float, confidence: float = 0.95, lot: int | None = None) -> Plan:
    """Find the smallest sample that, without one wrong image, shows the batch to be good.

    Parameters
    ----------
    limit : float
        Share of wrong images to rule out, 0 < limit < 1.
    confidence : float
    lot : int, optional
        Images of the batch.

    Raises
    ------
    ValueError
        If no plan of at most `MAX_SIZE` images does.

    Examples
    --------
    >>> [zero_failure_plan(rate).size for rate in (0.01, 0.02, 0.05)]
    [299, 149, 59]
    >>> zero_failure_plan(0.05, lot=100).size, zero_failure_plan(0.05, lot=0).size
    (45, 0)
    """
    _check_probabilities(limit, confidence)
    plan = Plan(_smallest_size(0, lot, limit, confidence), 0, lot, limit, confidence)
    if not _refuses_limit(plan):
        raise ValueError(f"no sample of at most {MAX_SIZE:,} images rules out so low a rate")
    return plan


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
    _check_probabilities(limit, confidence)
    _check_probabilities(producer_risk, 0.5)
    if not 0 < good < limit:
        raise ValueError("the acceptable rate must lie between 0 and the rate to be refused")
    accept = 0
    while True:
        size = _smallest_size(accept, lot, limit, confidence)
        plan = Plan(size, accept, lot, limit, confidence, good, producer_risk)
        if not _refuses_limit(plan):
            raise ValueError("no sample tells these two rates apart; take rates further apart")
        if plan.acceptance_of_good() >= 1 - producer_risk - ROUNDING:
            return plan
        accept += 1


def exact_upper_bound(wrong: int, size: int, confidence: float, lot: int) -> float:
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
    >>> [exact_upper_bound(0, size, 0.95, lot) for size, lot in ((45, 100), (100, 100), (0, 0))]
    [0.04, 0.0, 1.0]
    """
    if not lot:
        return 1.0
    low, high = wrong, lot - (size - wrong)
    while low < high:  # the probability falls with the number of wrong images
        middle = (low + high + 1) // 2
        if probability_of_at_most(wrong, size, middle, lot) > 1 - confidence + ROUNDING:
            low = middle
        else:
            high = middle - 1
    return low / lot


def stratify_images(measurements: Measurements) -> tuple[str, ...]:
    """Put every image into a stratum: its most frequent category, and how many objects it has.

    Parameters
    ----------
    measurements : Measurements

    Returns
    -------
    tuple of str
        One an image record, for example ``cell, 12-40 annotations``.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> stratify_images(measured(scene("ab"), scene("..")))
    ('thing, 2 annotations', 'nothing, 0 annotations')
    >>> stratify_images(measured())
    ()
    """
    n_annotations = measurements.images["annotations"].to_numpy()
    names = measurements.categories["name"].tolist()
    instances = measurements.instances
    usable = instances[(instances["image"] >= 0) & (instances["category"] >= 0)]
    counts = usable.groupby(["image", "category"]).size().reset_index(name="n")
    # The most frequent first, then the category that the file lists first.
    ranked = counts.sort_values(["image", "n", "category"], ascending=[True, False, True])
    first = ranked.drop_duplicates("image")
    category = dict(zip(first["image"].tolist(), first["category"].tolist(), strict=True))
    density = _name_density_classes(n_annotations)
    return tuple(
        f"{names[category[row]] if row in category else 'nothing'}, {density[count]} annotations"
        for row, count in enumerate(n_annotations.tolist())
    )


def _name_density_classes(n_annotations: IntArray) -> dict[int, str]:
    """Name the class of every count: thirds of the images that have annotations."""
    positive = n_annotations[n_annotations > 0]
    names = {0: "0"}
    if not len(positive):
        return names
    levels = np.arange(1, DENSITY_CLASSES) / DENSITY_CLASSES
    limits = np.unique(np.quantile(positive, levels, method="lower"))
    density_class = np.searchsorted(limits, positive)
    for number in np.unique(density_class).tolist():
        counts = positive[density_class == number]
        low, high = int(counts.min()), int(counts.max())
        names |= dict.fromkeys(counts.tolist(), str(low) if low == high else f"{low}-{high}")
    return names


def draw_images(strata: tuple[str, ...], size: int, seed: int) -> IntArray:
    """Draw images at random, every stratum with its share.

    Every image is drawn with the same probability: the strata are put in a random order and shuffled within,
    and every k-th image is taken from a random start. In a fixed order small strata beside each other would
    be drawn together or not at all, seed after seed.

    Parameters
    ----------
    strata : tuple of str
        The stratum of every image.
    size : int
        Images to draw.
    seed : int

    Returns
    -------
    (min(size, images),) int64
        Rows of the images table, ascending.

    Examples
    --------
    >>> drawn = draw_images(("a",) * 60 + ("b",) * 40, 10, seed=1)
    >>> int((drawn < 60).sum()), int((drawn >= 60).sum())
    (6, 4)
    >>> draw_images((), 10, seed=1).tolist()
    []
    """
    n_images = len(strata)
    if size >= n_images:
        return np.arange(n_images)
    generator = np.random.default_rng(seed)
    names, stratum = np.unique(np.array(strata), return_inverse=True)
    order = np.lexsort((generator.random(n_images), generator.permutation(len(names))[stratum]))
    steps = np.floor((generator.random() + np.arange(size)) * n_images / size).astype(np.int64)
    return np.sort(order[np.minimum(steps, n_images - 1)])


def _count_wrong(rate: float, lot: int) -> int:
    """Return the number of wrong images of a lot with at least so high a rate."""
    return min(lot, math.ceil(rate * lot - 1e-9))


def _smallest_size(accept: int, lot: int | None, limit: float, confidence: float) -> int:
    """Return the smallest sample that refuses batches at the limit; the largest there is where none does."""
    low, high = 0, MAX_SIZE if lot is None else lot
    while low < high:  # the probability of accepting falls with the size
        middle = (low + high) // 2
        if _refuses_limit(Plan(middle, accept, lot, limit, confidence)):
            high = middle
        else:
            low = middle + 1
    return low


def _refuses_limit(plan: Plan) -> bool:
    """Tell whether a batch at the limit is refused with the plan's confidence; an empty one has no rate."""
    return plan.lot == 0 or plan.acceptance(plan.limit) <= 1 - plan.confidence + ROUNDING


def _check_probabilities(rate: float, confidence: float) -> None:
    if not 0 < rate < 1 or not 0 < confidence < 1:
        raise ValueError("rates and confidences lie between 0 and 1")
