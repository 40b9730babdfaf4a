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
    tables: ComparisonTables,
    label: IntArray,
    prediction: IntArray,
) -> FloatArray:
    """Measure the boundary IoU of pairs; see `audit.geometry.boundary.boundary_iou`.

    Parameters
    ----------
    labels, predictions : Dataset
    tables : ComparisonTables
        Of these.
    label, prediction : (k,) int64
        Pairs of one image: positions in ``tables.labels`` and ``tables.predictions``.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data, first = compared((scene("aaaa"), scene("ppp."))), np.array([0])
    >>> measure_boundary_ious(*data, measure_comparison(*data), first, first).tolist()
    [0.75]
    >>> nothing, none = compared(), np.zeros(0, dtype=np.int64)
    >>> measure_boundary_ious(*nothing, measure_comparison(*nothing), none, none).tolist()
    []
    """
    iou = np.zeros(len(label))
    diagonal = np.sqrt(tables.height.astype(float) ** 2 + tables.width.astype(float) ** 2)
    by_label = np.argsort(label, kind="stable")
    for block in blocks(labels, predictions, tables.labels, tables.predictions):
        bounds = np.searchsorted(label[by_label], [block.labels.start, block.labels.stop])
        rows = by_label[slice(*bounds)]
        iou[rows] = boundary_iou(
            block.label_runs,
            block.prediction_runs,
            label[rows] - block.labels.start,
            prediction[rows] - block.predictions.start,
            diagonal[tables.labels.image[label[rows]]],
        )
    return iou
