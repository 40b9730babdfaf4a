"""Panoptic quality of instance masks, made into label maps by the rule of `audit.comparison.label_maps`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.label_maps import LabelMaps
from audit.dataset.model import FloatArray, IntArray

_MATCH = 0.5


@dataclass(frozen=True, slots=True)
class PanopticQuality:
    """Counts by category; all arrays (categories,)."""

    tp: IntArray
    fp: IntArray
    fn: IntArray
    iou: FloatArray
    """Sum over the matches."""

    @property
    def seen(self) -> IntArray:
        """Categories with labels or predictions: those that are averaged."""
        return np.flatnonzero(self.tp + self.fp + self.fn)

    def numbers(self) -> dict[str, float]:
        """Return PQ, SQ and RQ, averaged over categories; NaN without any.

        Examples
        --------
        >>> none = np.zeros(1, dtype=np.int64)
        >>> PanopticQuality(none + 1, none + 1, none, np.array([0.8])).numbers()
        {'pq': 0.5333333333333333, 'sq': 0.8, 'rq': 0.6666666666666666}
        >>> PanopticQuality(none, none, none, np.zeros(1)).numbers()["pq"]
        nan
        """
        k = self.seen
        if len(k) == 0:
            return dict.fromkeys(("pq", "sq", "rq"), float("nan"))
        tp = self.tp[k]
        size = tp + 0.5 * self.fp[k] + 0.5 * self.fn[k]
        quality = {
            "pq": self.iou[k] / size,
            "sq": np.where(tp > 0, self.iou[k] / np.maximum(tp, 1), 0.0),
            "rq": tp / size,
        }
        return {name: float(values.mean()) for name, values in quality.items()}


def panoptic_quality(m: ComparisonTables, maps: LabelMaps) -> PanopticQuality:
    """Count segments that match by an IoU over 0.5, and those that do not.

    A prediction of which more than half lies in crowd regions of its category counts neither way; crowd
    regions themselves never match. Pixels without a label are background, not void.

    References
    ----------
    Kirillov et al., "Panoptic Segmentation", 2019, section 4; ``pq_compute`` of the COCO panoptic API.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> nothing, none = empty_dataset(), np.zeros(0, dtype=np.int64)
    >>> m = measure_comparison(nothing, nothing)
    >>> panoptic_quality(m, prepare_label_maps(nothing, nothing, m).maps(none > 0, none)).tp.tolist()
    []
    """
    g, p, n = m.labels, m.predictions, m.categories
    same = g.category[maps.label] == p.category[maps.prediction]
    crowd = g.iscrowd[maps.label]
    union = maps.label_area[maps.label] + maps.prediction_area[maps.prediction] - maps.pixels
    iou = maps.pixels / np.maximum(union, 1)
    hit = np.flatnonzero(same & ~crowd & (iou > _MATCH))
    in_crowd = np.zeros(len(p))
    np.add.at(in_crowd, maps.prediction[same & crowd], maps.pixels[same & crowd])
    found_g, found_p = np.zeros(len(g), dtype=np.bool_), np.zeros(len(p), dtype=np.bool_)
    found_g[maps.label[hit]] = found_p[maps.prediction[hit]] = True
    missed = ~g.iscrowd & (g.category >= 0) & (maps.label_area > 0) & ~found_g
    wrong = maps.kept & (p.category >= 0) & (maps.prediction_area > 0) & ~found_p
    wrong &= in_crowd <= _MATCH * maps.prediction_area
    category = g.category[maps.label[hit]]
    return PanopticQuality(
        tp=np.bincount(category, minlength=n),
        fp=np.bincount(p.category[wrong], minlength=n),
        fn=np.bincount(g.category[missed], minlength=n),
        iou=np.bincount(category, weights=iou[hit], minlength=n).astype(float),
    )
