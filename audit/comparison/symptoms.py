"""Signs of how training went: symptoms, not causes. Each is a number beside one to compare it with."""

from __future__ import annotations

import numpy as np

from audit.carriers import dataclass
from audit.comparison.coco_metrics import Evaluation
from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.matching import BoolArray
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import FloatArray, IntArray

N_BINS = 10
"""Bins of a reliability diagram, as many as in the paper's figures 1 and 4 (Guo et al., 2017)."""
_FULL_BOX_SHARE = 0.95
"""Share of a box that a mask fills when it is the box itself: 1, less what rounding to pixels takes."""


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


def measure_calibration(score: FloatArray, is_right: BoolArray) -> Calibration:
    """Compare scores with how often they are right.

    Parameters
    ----------
    score : (n,) float64
        Scores outside of 0 to 1 count in the first or last bin.
    is_right : (n,) bool

    Returns
    -------
    Calibration

    References
    ----------
    Guo et al., "On calibration of modern neural networks", 2017, equation 3.

    Examples
    --------
    >>> calibration = measure_calibration(np.array([0.9, 0.9]), np.array([True, False]))
    >>> round(calibration.ece, 3), calibration.predictions.sum()
    (0.4, np.int64(2))
    >>> measure_calibration(np.zeros(0), np.zeros(0, dtype=bool)).ece
    nan
    """
    edges = np.linspace(0.0, 1.0, N_BINS + 1)
    # Bins are (low, high], as in the paper; a score of 0 belongs to the first.
    bin_of_score = np.clip(np.searchsorted(edges, score, side="left") - 1, 0, N_BINS - 1)
    n_in_bin = np.bincount(bin_of_score, minlength=N_BINS)
    divisor = np.maximum(n_in_bin, 1)
    mean_score, accuracy = (
        np.where(n_in_bin > 0, np.bincount(bin_of_score, weights=values, minlength=N_BINS) / divisor, np.nan)
        for values in (score, is_right)
    )
    n_scores = n_in_bin.sum()
    ece = float(np.nansum(n_in_bin * np.abs(mean_score - accuracy)) / n_scores) if n_scores else float("nan")
    return Calibration(edges[:-1], edges[1:], n_in_bin, mean_score, accuracy, ece)


def find_symptoms(
    tables: ComparisonTables,
    evaluation: Evaluation,
    mask_iou: FloatArray,
    boundary_iou: FloatArray,
    is_touching: BoolArray,
) -> tuple[Symptom, ...]:
    """Work out all symptoms.

    Parameters
    ----------
    tables : ComparisonTables
    evaluation : Evaluation
        Of masks.
    mask_iou, boundary_iou : (predictions,) float64
        IoU of masks and of outlines with the matched label; NaN where there is none.
    is_touching : (labels,) bool
        Labels that touch or overlap another one.

    Returns
    -------
    tuple of Symptom
        ``touching_iou``, ``touching_recall``, ``ap75``, ``boundary_iou`` and ``full_boxes``.

    Examples
    --------
    >>> from audit.comparison.average_precision import evaluate_detections, mask_candidates
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aabb..cc"), scene("pp....qq"))))
    >>> evaluation = evaluate_detections(tables, mask_candidates(tables))
    >>> ones, is_touching = np.ones(2), np.array([True, True, False])
    >>> symptoms = find_symptoms(tables, evaluation, ones, ones, is_touching)
    >>> [(s.name, s.value, s.compared_with) for s in symptoms][1]
    ('touching_recall', 0.5, 1.0)
    >>> nothing, none = measure_comparison(*compared()), np.zeros(0)
    >>> evaluation = evaluate_detections(nothing, mask_candidates(nothing))
    >>> [s.n for s in find_symptoms(nothing, evaluation, none, none, none > 0)]
    [0, 0, 0, 0, 0]
    """
    label_of = evaluation.matched_label[0]
    matched = np.flatnonzero(np.isfinite(mask_iou))
    on_touching = is_touching[label_of[matched]] if len(matched) else np.zeros(0, dtype=np.bool_)
    expected = evaluated_labels(tables)
    is_found = np.zeros(len(tables.labels), dtype=np.bool_)
    is_found[label_of[matched]] = True
    metrics = evaluation.summarize()
    label_is_full, prediction_is_full = _fills_box(tables.labels), _fills_box(tables.predictions)
    return (
        Symptom(
            "touching_iou", "Mask IoU of touching against isolated objects",
            _mean(mask_iou[matched[on_touching]]), _mean(mask_iou[matched[~on_touching]]),
            int(on_touching.sum()),
            "Much lower for touching objects: the mask head does not tell neighbours apart.",
        ),
        Symptom(
            "touching_recall", "Recall of touching against isolated objects",
            _mean(is_found[expected & is_touching]), _mean(is_found[expected & ~is_touching]),
            int((expected & is_touching).sum()),
            "Much lower for touching objects: NMS or the proposals lose them.",
        ),
        Symptom(
            "ap75", "AP75 against AP50", metrics["AP75"], metrics["AP50"], int(expected.sum()),
            "Far below AP50: objects are found, but outlined badly.",
        ),
        Symptom(
            "boundary_iou", "Boundary IoU against mask IoU of matched objects",
            _mean(boundary_iou[matched]), _mean(mask_iou[matched]), len(matched),
            "Far below the mask IoU: outlines are smooth or coarse, or the labels' outlines are.",
        ),
        Symptom(
            "full_boxes", "Masks that fill their box, predictions against labels",
            _mean(prediction_is_full), _mean(label_is_full), len(prediction_is_full),
            "More than among the labels: the mask head has learned boxes, or labels are boxes in part.",
        ),
    )  # fmt: skip


def _fills_box(instances: Instances) -> BoolArray:
    """Say which masks fill their box (that of the file, which may be larger); crowd regions are left out."""
    box_area = instances.box[:, 2] * instances.box[:, 3]
    is_counted = (instances.area > 0) & ~instances.iscrowd
    is_full: BoolArray = (instances.area >= _FULL_BOX_SHARE * box_area)[is_counted]
    return is_full


def _mean(values: FloatArray | BoolArray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
