"""Whether a group is large enough to tell: the chance that a much higher rate would be noticed."""

from __future__ import annotations

from audit.gates.bounds import ImageCounts, design_effect

FACTOR = 3.0
"""Times the rate of the others: an annotator whom nobody would want to miss."""
POWER = 0.8
"""Least chance of noticing it; the usual demand on an experiment (Cohen, 1988)."""


def chance_to_notice(group: ImageCounts, rest: ImageCounts, p_value: float, factor: float = FACTOR) -> float:
    """Return the probability that a group with a multiple of the others' rate is told from them.

    Parameters
    ----------
    group : ImageCounts
        Its own defects do not count, only how much it tells.
    rest : ImageCounts
    p_value : float
        Largest p-value of Fisher's exact test at which a group is named.
    factor : float

    Returns
    -------
    float
        1 where the others have no defects: nothing is a multiple of nothing.

    References
    ----------
    Cohen, "Statistical power analysis for the behavioral sciences", 1988.

    Examples
    --------
    >>> import numpy as np
    >>> def counts(images, defective):
    ...     return ImageCounts(np.full(images, 10), (np.arange(images) % 10 < defective) * 1)
    >>> [round(chance_to_notice(counts(images, 1), counts(900, 1), 0.05), 2) for images in (3, 30, 300)]
    [0.09, 0.6, 1.0]
    >>> chance_to_notice(counts(0, 0), counts(900, 1), 0.05)
    0.0
    """
    if not rest.n_defective or not group.n_units:
        return float(bool(group.n_units))
    from scipy.stats import binom

    # How defects crowd in images is known from the others; a small group's own few would only mislead.
    effect = design_effect(rest)
    n_group = round(group.n_units / effect)
    n_rest, defective_rest = round(rest.n_units / effect), round(rest.n_defective / effect)
    named_from = _least_named(n_group, n_rest, defective_rest, p_value)
    return float(binom.sf(named_from - 1, n_group, min(1.0, factor * rest.rate)))


def _least_named(n_group: int, n_rest: int, defective_rest: int, p_value: float) -> int:
    """Return the least number of defects at which a group is named as worse; one more than it has if none."""
    from scipy.stats import fisher_exact

    # From the others' rate on, more defects are ever less likely by chance: bisection.
    low, high = -(-n_group * defective_rest // max(n_rest, 1)), n_group + 1
    while low < high:
        middle = (low + high) // 2
        table = [[middle, n_group - middle], [defective_rest, n_rest - defective_rest]]
        if fisher_exact(table).pvalue <= p_value:
            high = middle
        else:
            low = middle + 1
    return low
