"""Signs of how training went: symptoms, not causes. Each is a number beside one to compare it with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.comparison.average_precision import Evaluation
from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.matching import BoolArray
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import FloatArray, IntArray

BINS = 10
_FULL_BOX = 0.95


@dataclass(frozen=True, slots=True)
class Symptom:
    """One number, and what it says."""

    name: str
    title: str
    value: float
    compared_with: float
    """NaN where there is nothing to compare it with."""
    n: int
    """What it was seen from."""
    meaning: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores against how often they are right; all arrays (bins,)."""

    low: FloatArray
    """Lower end of each bin of scores."""
    high: FloatArray
    predictions: IntArray
    mean_score: FloatArray
    """NaN in an empty bin."""
    right: FloatArray
    """Share that matches a label of its category with an IoU of 0.5; NaN in an empty bin."""
    ece: float
    """Expected calibration error: the mean distance of the two, weighted by predictions; NaN without any."""


def measure_calibration(score: FloatArray, right: BoolArray) -> Calibration:
    """Compare scores with how often they are right.

    Parameters
    ----------
    score : (n,) float64
    right : (n,) bool

    References
    ----------
    Guo et al., "On calibration of modern neural networks", 2017, equation 3.

    Examples
    --------
    >>> found = measure_calibration(np.array([0.9, 0.9]), np.array([True, False]))
    >>> round(found.ece, 3), found.predictions.sum()
    (0.4, np.int64(2))
    >>> measure_calibration(np.zeros(0), np.zeros(0, dtype=bool)).ece
    nan
    """
    edges = np.linspace(0.0, 1.0, BINS + 1)
    place = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, BINS - 1)
    n = np.bincount(place, minlength=BINS)
    some = np.maximum(n, 1)
    mean = np.where(n > 0, np.bincount(place, weights=score, minlength=BINS) / some, np.nan)
    rate = np.where(n > 0, np.bincount(place, weights=right, minlength=BINS) / some, np.nan)
    ece = float(np.nansum(n * np.abs(mean - rate)) / n.sum()) if n.sum() else float("nan")
    return Calibration(edges[:-1], edges[1:], n, mean, rate, ece)


def find_symptoms(
    m: ComparisonTables, evaluation: Evaluation, iou: FloatArray, boundary: FloatArray, crowded: BoolArray
) -> tuple[Symptom, ...]:
    """Work out all symptoms.

    Parameters
    ----------
    m : ComparisonTables
    evaluation : Evaluation
        Of masks.
    iou : (predictions,) float64
        Mask IoU with the matched label; NaN where there is none.
    boundary : (predictions,) float64
        Boundary IoU with the matched label; NaN where there is none.
    crowded : (labels,) bool
        Labels that touch or overlap another one.

    Examples
    --------
    >>> from audit.comparison.average_precision import evaluate_detections, mask_candidates
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> none = np.zeros(0)
    >>> [s.n for s in find_symptoms(m, evaluate_detections(m, mask_candidates(m)), none, none, none > 0)]
    [0, 0, 0, 0, 0]
    """
    matched = evaluation.matched[0]
    hit = np.flatnonzero(np.isfinite(iou))
    near = crowded[matched[hit]] if len(hit) else np.zeros(0, dtype=np.bool_)
    judged = evaluated_labels(m)
    found = np.zeros(len(m.labels), dtype=np.bool_)
    found[matched[hit]] = True
    numbers = evaluation.numbers()
    mine, theirs = _full(m.labels), _full(m.predictions)
    return (
        Symptom(
            "touching_iou", "Mask IoU of touching against isolated objects",
            _mean(iou[hit[near]]), _mean(iou[hit[~near]]), int(near.sum()),
            "Much lower for touching objects: the mask head does not tell neighbours apart.",
        ),
        Symptom(
            "touching_recall", "Recall of touching against isolated objects",
            _mean(found[judged & crowded]), _mean(found[judged & ~crowded]), int((judged & crowded).sum()),
            "Much lower for touching objects: NMS or the proposals lose them.",
        ),
        Symptom(
            "ap75", "AP75 against AP50", numbers["AP75"], numbers["AP50"], int(judged.sum()),
            "Far below AP50: objects are found, but outlined badly.",
        ),
        Symptom(
            "boundary_iou", "Boundary IoU against mask IoU of matched objects",
            _mean(boundary[hit]), _mean(iou[hit]), len(hit),
            "Far below the mask IoU: outlines are smooth or coarse, or the labels' outlines are.",
        ),
        Symptom(
            "full_boxes", "Masks that fill their box, predictions against labels",
            _mean(theirs), _mean(mine), len(theirs),
            "More than among the labels: the mask head has learned boxes, or labels are boxes in part.",
        ),
    )  # fmt: skip


def _full(side: Instances) -> BoolArray:
    """Say which masks fill their box (that of the file, which may be larger)."""
    size = side.box[:, 2] * side.box[:, 3]
    some = (side.area > 0) & ~side.iscrowd
    full: BoolArray = (side.area >= _FULL_BOX * size)[some]
    return full


def _mean(values: FloatArray | BoolArray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
