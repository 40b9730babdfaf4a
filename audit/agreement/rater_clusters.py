"""Raters who agree among themselves more than with others: two schools of labelling, for instance."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from audit.dataset.model import FloatArray, IntArray

MIN_RATERS = 4
"""Fewer raters have no schools: with three, one is always the farthest."""
REASONABLE_STRUCTURE = 0.5
"""Mean silhouette above which clusters are told: Kaufman and Rousseeuw call that a reasonable structure."""


def cluster_raters(alpha: FloatArray) -> IntArray:
    """Group raters by how far every two of them agree.

    Average linkage of 1 - alpha; of all numbers of clusters the one with the largest mean silhouette.

    Parameters
    ----------
    alpha : (raters, raters) float64
        Symmetric; NaN where two have no picture in common, which counts as no agreement.

    Returns
    -------
    (raters,) int64
        Number of each one's cluster, counted from the first rater's 0; all 0 where there are no clusters.

    References
    ----------
    Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis", 1987.
    Kaufman and Rousseeuw, "Finding groups in data", 1990: what a silhouette means.

    Examples
    --------
    >>> alpha = np.kron(np.eye(2), np.full((2, 2), 0.8)) + 0.1
    >>> cluster_raters(alpha).tolist()
    [0, 0, 1, 1]
    >>> cluster_raters(np.full((4, 4), 0.7)).tolist(), cluster_raters(np.zeros((0, 0))).tolist()
    ([0, 0, 0, 0], [])
    """
    n_raters = len(alpha)
    best: IntArray = np.zeros(n_raters, dtype=np.int64)
    if n_raters < MIN_RATERS:
        return best
    distance = np.clip(1 - np.nan_to_num(alpha, nan=0.0), 0.0, None)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(distance[np.triu_indices(n_raters, 1)], "average")
    most = REASONABLE_STRUCTURE
    for n_clusters in range(2, n_raters):
        cluster = fcluster(tree, n_clusters, "maxclust").astype(np.int64) - 1
        width = _mean_silhouette(distance, cluster)
        if width > most:
            most, best = width, cluster
    order: dict[int, int] = {}
    return np.array([order.setdefault(number, len(order)) for number in best.tolist()], dtype=np.int64)


def _mean_silhouette(distance: FloatArray, cluster: IntArray) -> float:
    """Return how much nearer raters are to their cluster than to the next one: -1 to 1."""
    n_clusters = int(cluster.max()) + 1
    if n_clusters < 2:
        return 0.0
    member = np.eye(n_clusters)[cluster]
    size = member.sum(axis=0)
    total = distance @ member
    own_size = size[cluster]
    own = total[np.arange(len(cluster)), cluster] / np.maximum(own_size - 1, 1)
    others = np.where(member > 0, np.inf, total / size).min(axis=1)
    farther = np.maximum(own, others)
    width = np.divide(others - own, farther, out=np.zeros(len(own)), where=farther > 0)
    # A rater alone has no cluster to be near to.
    return float(np.where(own_size > 1, width, 0.0).mean())
