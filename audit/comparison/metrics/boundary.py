"""How well outlines agree: boundary IoU."""

from __future__ import annotations

import numpy as np

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.measuring import blocks
from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.geometry.boundary import boundary_iou


def measure_boundary_ious(
    labels: Dataset,
    predictions: Dataset,
    m: ComparisonTables,
    label: IntArray,
    prediction: IntArray,
) -> FloatArray:
    """Measure the boundary IoU of pairs; see `audit.geometry.boundary.boundary_iou`.

    Parameters
    ----------
    labels, predictions : Dataset
    m : ComparisonTables
    label, prediction : (k,) int64
        Pairs.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> nothing, none = empty_dataset(), np.zeros(0, dtype=np.int64)
    >>> measure_boundary_ious(nothing, nothing, measure_comparison(nothing, nothing), none, none).tolist()
    []
    """
    result = np.zeros(len(label))
    diagonal = np.sqrt(m.height.astype(float) ** 2 + m.width.astype(float) ** 2)
    order = np.argsort(label, kind="stable")
    for block in blocks(labels, predictions, m.labels, m.predictions):
        here = order[slice(*np.searchsorted(label[order], [block.labels.start, block.labels.stop]))]
        result[here] = boundary_iou(
            block.label_runs,
            block.prediction_runs,
            label[here] - block.labels.start,
            prediction[here] - block.predictions.start,
            diagonal[m.labels.image[label[here]]],
        )
    return result
