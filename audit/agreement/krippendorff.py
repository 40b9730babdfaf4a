"""Krippendorff's alpha of any number of raters, for categories without an order."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray

MISSING = -2
"""Label of an object that a rater does not have, though the rater labelled its picture."""
ABSENT = -3
"""Label of an object in a picture that the rater did not label: no value at all."""
N_RESAMPLES = 1000
"""Draws of the bootstrap."""
CONFIDENCE = 0.95
"""Of the interval."""


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """What alpha is computed from, for some groups of units: units, pictures, or everything."""

    by_label: sparse.csr_array
    """(groups, labels): how often each label was given, in units that at least two raters labelled."""
    agreeing: FloatArray
    """(groups,): labels, each weighted by the share of the other raters of its unit that gave the same."""

    @classmethod
    def of(cls, labels: IntArray) -> LabelCounts:
        """Count the labels of each unit.

        Parameters
        ----------
        labels : (units, raters) int64
            `ABSENT` where a rater has no value.

        Examples
        --------
        >>> LabelCounts.of(np.array([[1, 1, 2], [1, ABSENT, ABSENT]])).agreeing.tolist()
        [1.0, 0.0]
        """
        n_units, n_raters = labels.shape
        values, codes = np.unique(labels, return_inverse=True)
        unit = np.repeat(np.arange(n_units), n_raters)
        is_usable = (labels != ABSENT) & ((labels != ABSENT).sum(axis=1, keepdims=True) > 1)
        usable = is_usable.ravel()
        shape = (n_units, len(values))
        entries = np.ones(int(usable.sum())), (unit[usable], codes.ravel()[usable])
        by_label = sparse.csr_array(sparse.coo_array(entries, shape=shape))
        n_labels = is_usable.sum(axis=1)
        repeated = by_label.multiply(by_label).sum(axis=1) - n_labels
        return cls(by_label, repeated / np.maximum(n_labels - 1, 1))

    def sum_by(self, group: IntArray, n_groups: int) -> LabelCounts:
        """Return the sums over the units of each group.

        Parameters
        ----------
        group : (units,) int64
        n_groups : int
        """
        members = np.ones(len(group)), (group, np.arange(len(group)))
        gathered = sparse.csr_array(sparse.coo_array(members, shape=(n_groups, len(group))))
        return LabelCounts(sparse.csr_array(gathered @ self.by_label), gathered @ self.agreeing)


def _alpha_of(frequency: FloatArray, agreeing: FloatArray) -> FloatArray:
    """Return alpha of each row of label frequencies; NaN where fewer than two labels occur."""
    n_labels = frequency.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        same_by_chance = (frequency * (frequency - 1)).sum(axis=-1) / (n_labels * (n_labels - 1))
        alpha = 1 - (1 - agreeing / n_labels) / (1 - same_by_chance)
    return np.where((frequency > 0).sum(axis=-1) > 1, alpha, np.nan)


def krippendorff_alpha(labels: IntArray) -> float:
    """Return Krippendorff's alpha of raters for categories without an order.

    Parameters
    ----------
    labels : (units, raters) int64
        What each rater called every unit; `ABSENT` where a rater has no value. Units with one value do not
        count.

    Returns
    -------
    float
        1 = they agree, 0 = as by chance; NaN where only one category occurs.

    References
    ----------
    Krippendorff, "Computing Krippendorff's alpha-reliability", 2011.

    Examples
    --------
    >>> round(krippendorff_alpha(np.array([[1, 1], [1, 2], [2, 2], [2, 2]])), 3)
    0.533
    >>> round(krippendorff_alpha(np.array([[1, 1, ABSENT], [1, 2, 2], [ABSENT, 2, 2]])), 3)
    0.5
    >>> krippendorff_alpha(np.zeros((0, 3), dtype=np.int64))
    nan
    """
    counts = LabelCounts.of(labels)
    return float(_alpha_of(counts.by_label.sum(axis=0), counts.agreeing.sum()))


def bootstrap_alpha(labels: IntArray, picture: IntArray) -> tuple[float, float]:
    """Bound Krippendorff's alpha by drawing pictures anew, with all that is in them.

    Parameters
    ----------
    labels : (units, raters) int64
    picture : (units,) int64
        Not negative; objects of one picture are wrong together, so pictures are drawn, not objects.

    Returns
    -------
    low, high : float
        Of the 95 % percentile interval, from 1,000 draws with a fixed seed; NaN where alpha is, and for
        fewer than two pictures.

    References
    ----------
    Efron, "Bootstrap methods: another look at the jackknife", 1979; the cluster bootstrap draws whole
    clusters.

    Examples
    --------
    >>> labels = np.array([[1, 1], [1, 2], [2, 2], [2, 2]])
    >>> low, high = bootstrap_alpha(labels, np.arange(4))
    >>> low < krippendorff_alpha(labels) <= high
    True
    >>> bootstrap_alpha(np.zeros((0, 3), dtype=np.int64), np.zeros(0, dtype=np.int64))
    (nan, nan)
    """
    _, picture = np.unique(picture, return_inverse=True)
    n_pictures = int(picture.max(initial=-1)) + 1
    counts = LabelCounts.of(labels).sum_by(picture, n_pictures)
    if n_pictures < 2 or np.isnan(_alpha_of(counts.by_label.sum(axis=0), counts.agreeing.sum())):
        return float("nan"), float("nan")
    generator = np.random.default_rng(0)
    drawn = generator.multinomial(n_pictures, np.full(n_pictures, 1 / n_pictures), size=N_RESAMPLES)
    weights = drawn.astype(np.float64)
    alphas = _alpha_of((counts.by_label.T @ weights.T).T, weights @ counts.agreeing)
    # A draw in which one category is left has nothing to disagree about.
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(alphas, [tail, 1 - tail])
    return float(low), float(high)
