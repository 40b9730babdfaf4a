"""Which predictions LVIS' rules judge: nobody looked for every category in every image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audit.comparison.comparison_tables import Instances
from audit.dataset.federated import FREQUENCIES, FederatedLabels
from audit.dataset.model import FloatArray, IntArray

MAX_DETECTIONS_PER_IMAGE = 300
"""Predictions of an image, all categories together, that LVIS counts."""


def mark_unjudged(
    labels: Instances, predictions: Instances, federated: FederatedLabels, n_categories: int
) -> tuple[Instances, Instances]:
    """Mark what LVIS' rules do not judge.

    Parameters
    ----------
    labels, predictions : Instances
    federated : FederatedLabels
    n_categories : int

    Returns
    -------
    labels, predictions : Instances
        Not verified: predictions whose category has no label in the image and was not looked for there; and
        what has an area of 0, which the LVIS API leaves out on both sides. Excusable: predictions of a
        category of which not every object is labelled there.

    References
    ----------
    Gupta et al., "LVIS", 2019; LVISEval of the LVIS API.

    Examples
    --------
    >>> from audit.comparison.measuring import draw_instances
    >>> from audit.testing import compared, scene
    >>> names = {"b": "x", "q": "x"}
    >>> pair = scene("aa..", categories=names), scene("pp..", "..qq", categories=names)
    >>> labels, predictions = compared(pair)
    >>> sides = draw_instances(labels, scored=False), draw_instances(predictions, scored=True)
    >>> nothing = np.zeros((0, 2), dtype=np.int64)
    >>> mark_unjudged(*sides, FederatedLabels(nothing, nothing), 2)[1].is_verified.tolist()
    [True, False]
    >>> mark_unjudged(*sides, FederatedLabels(np.array([[0, 1]]), nothing), 2)[1].is_verified.tolist()
    [True, True]
    """
    n_keys = n_categories + 1  # one more for an unknown category, which is -1

    def keys(image: IntArray, category: IntArray) -> IntArray:
        return image * n_keys + category + 1

    labels = replace(labels, is_verified=labels.declared_area > 0)
    there = keys(labels.image, labels.category)[labels.is_verified]
    looked_for = np.r_[there, keys(*federated.negative.T)]
    of_prediction = keys(predictions.image, predictions.category)
    predictions = replace(
        predictions,
        is_verified=np.isin(of_prediction, looked_for) & ((predictions.area > 0) | ~predictions.has_mask),
        is_excusable=np.isin(of_prediction, keys(*federated.not_exhaustive.T)),
    )
    return labels, predictions


def keep_best_of_images(order: IntArray, image: IntArray) -> IntArray:
    """Leave out what is beyond the best of its image.

    Parameters
    ----------
    order : (n,) int64
        Predictions, best first.
    image : (predictions,) int64

    Returns
    -------
    (m,) int64
        In the same order.

    Examples
    --------
    >>> keep_best_of_images(np.arange(302)[::-1], np.zeros(302, dtype=int))[[0, -1]].tolist()
    [301, 2]
    >>> keep_best_of_images(np.zeros(0, dtype=int), np.zeros(0, dtype=int)).tolist()
    []
    """
    by_image = np.argsort(image[order], kind="stable")
    images = image[order][by_image]
    place = np.arange(len(order)) - np.searchsorted(images, images)
    is_kept = np.zeros(len(order), dtype=np.bool_)
    is_kept[by_image[place < MAX_DETECTIONS_PER_IMAGE]] = True
    return order[is_kept]


def average_by_frequency(precision: FloatArray, federated: FederatedLabels | None) -> dict[str, float]:
    """Average precision over rare, common and frequent categories.

    Parameters
    ----------
    precision : (ranges, categories, thresholds, recalls) float64
        Of an `Evaluation`; -1 = no labels.
    federated : FederatedLabels or None

    Returns
    -------
    dict of str to float
        ``APr``, ``APc``, ``APf``; NaN where no such category has labels. Empty where no frequency is known.

    References
    ----------
    Gupta et al., "LVIS", 2019; LVISEval of the LVIS API.

    Examples
    --------
    >>> precision = np.array([0.5, 0.7, -1.0]).reshape(1, 3, 1, 1)
    >>> nothing = np.zeros((0, 2), dtype=np.int64)
    >>> average_by_frequency(precision, FederatedLabels(nothing, nothing, np.array([[0, 0], [1, 2], [2, 1]])))
    {'APr': 0.5, 'APc': nan, 'APf': 0.7}
    >>> average_by_frequency(precision, FederatedLabels(nothing, nothing))
    {}
    """
    if federated is None or not len(federated.frequency):
        return {}
    averages = {}
    for position, letter in enumerate(FREQUENCIES):
        categories = federated.frequency[federated.frequency[:, 1] == position, 0]
        of_group = precision[0][categories]
        defined = of_group[of_group > -1]
        averages[f"AP{letter}"] = float(defined.mean()) if len(defined) else float("nan")
    return averages
