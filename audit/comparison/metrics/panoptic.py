"""Panoptic quality of instance masks, made into label maps by the rule of `audit.comparison.label_maps`."""

from __future__ import annotations

import numpy as np

from audit.comparison.label_maps import LabelMaps
from audit.comparison.matching import BoolArray
from audit.dataset.model import IntArray

MATCH_IOU = 0.5
"""IoU above which two segments match: at most one can, so the match is unique (Kirillov, section 4.1)."""
CROWD_SHARE = 0.5
"""Share of a prediction in crowd regions above which it counts neither way, as in the COCO panoptic API."""


def panoptic_quality(maps: LabelMaps) -> tuple[float, float, float]:
    """Return PQ, SQ and RQ, averaged over categories with labels or predictions.

    Segments match by an IoU over 0.5. A prediction of which more than half lies in crowd regions of its
    category counts neither way; crowd regions themselves never match. Pixels without a label are background,
    not void.

    Parameters
    ----------
    maps : LabelMaps
        With crowd regions.

    Returns
    -------
    pq : float
        Panoptic quality, SQ x RQ in each category; NaN without any category.
    sq : float
        Segmentation quality: mean IoU of the matches.
    rq : float
        Recognition quality: F1 of the matches.

    References
    ----------
    Kirillov et al., "Panoptic Segmentation", 2019, section 4; ``pq_compute`` of the COCO panoptic API.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaa.b"), scene("ppp..q", "......")))
    >>> panoptic_quality(prepare_label_maps(measure_comparison(*data)).draw())
    (0.875, 0.875, 1.0)
    >>> nothing = compared()
    >>> panoptic_quality(prepare_label_maps(measure_comparison(*nothing)).draw())
    (nan, nan, nan)
    """
    pairs, labels, predictions = maps.pairs, maps.tables.labels, maps.tables.predictions
    category_a, category_b = labels.category[pairs.a], predictions.category[pairs.b]
    same_category = (category_a == category_b) & (category_a >= 0)  # -1, unknown, is no category
    iou = pairs.iou
    matches = np.flatnonzero(same_category & ~pairs.iscrowd & (iou > MATCH_IOU))
    is_missed, is_wrong = _find_unmatched(maps, same_category, matches)
    n_categories, category = maps.tables.categories, labels.category[pairs.a[matches]]
    n_right, n_wrong, n_missed = (
        np.bincount(of, minlength=n_categories)
        for of in (category, predictions.category[is_wrong], labels.category[is_missed])
    )
    iou_sum = np.bincount(category, weights=iou[matches], minlength=n_categories).astype(float)
    averaged = np.flatnonzero(n_right + n_wrong + n_missed)
    if len(averaged) == 0:
        return float("nan"), float("nan"), float("nan")
    n_right, iou_sum = n_right[averaged], iou_sum[averaged]
    n_segments = n_right + 0.5 * n_wrong[averaged] + 0.5 * n_missed[averaged]
    segmentation = np.where(n_right > 0, iou_sum / np.maximum(n_right, 1), 0.0)
    return (
        float((iou_sum / n_segments).mean()),
        float(segmentation.mean()),
        float((n_right / n_segments).mean()),
    )


def _find_unmatched(
    maps: LabelMaps, same_category: BoolArray, matches: IntArray
) -> tuple[BoolArray, BoolArray]:
    """Say which labels are missed, and which predictions are wrong: (labels,), (predictions,)."""
    pairs, labels, predictions = maps.pairs, maps.tables.labels, maps.tables.predictions
    in_crowd = np.zeros(len(predictions))
    crowd_pairs = pairs.take(same_category & pairs.iscrowd)
    np.add.at(in_crowd, crowd_pairs.b, crowd_pairs.intersection)
    is_found, is_right = np.zeros(len(labels), dtype=np.bool_), np.zeros(len(predictions), dtype=np.bool_)
    is_found[pairs.a[matches]] = is_right[pairs.b[matches]] = True
    is_missed = ~labels.iscrowd & (labels.category >= 0) & (maps.label_area > 0) & ~is_found
    is_wrong = maps.is_drawn & (predictions.category >= 0) & (maps.prediction_area > 0) & ~is_right
    is_wrong &= in_crowd <= CROWD_SHARE * maps.prediction_area
    return is_missed, is_wrong
