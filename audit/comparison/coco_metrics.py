"""COCO's twelve numbers, averaged from precision and recall, and the settings that they are counted at."""

from __future__ import annotations

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray

# The settings of COCOeval, which pycocotools calls Params.iouThrs, maxDets and areaRng.
IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
MAX_DETECTIONS = (1, 10, 100)
"""Detections of an image and category that AR is given for; beyond the last, they are left out."""
AREA_RANGES: tuple[tuple[str, float, float], ...] = (
    ("all", 0.0, 1e10),
    ("small", 0.0, 32.0**2),
    ("medium", 32.0**2, 96.0**2),
    ("large", 96.0**2, 1e10),
)
"""Name, least and largest area in pixels, both included: an object of 32 x 32 is small and medium."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What matching and counting gave, before it is averaged."""

    precision: FloatArray
    """(ranges, categories, thresholds, recalls); -1 = no labels."""
    recall: FloatArray
    """(ranges, maxima, categories, thresholds); -1 = no labels."""
    matched_label: IntArray
    """(thresholds, predictions) the label of each prediction, over all areas; -1 = none. (0, predictions)
    where sizes were not told apart."""
    maxima: tuple[int, ...] = MAX_DETECTIONS
    """Detections of an image and category that recall is given for."""

    def summarize(self) -> dict[str, float]:
        """Return COCO's twelve numbers (AP alone where sizes were not told apart); NaN = nothing to average.

        Examples
        --------
        >>> from audit.comparison.average_precision import evaluate_detections, mask_candidates
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.testing import compared, scene
        >>> tables = measure_comparison(*compared((scene("aabb"), scene("pp.."))))
        >>> metrics = evaluate_detections(tables, mask_candidates(tables)).summarize()
        >>> round(metrics["AP50"], 3), metrics["AR100"]
        (0.505, 0.5)
        >>> tables = measure_comparison(*compared())
        >>> metrics = evaluate_detections(tables, mask_candidates(tables)).summarize()
        >>> list(metrics)[:3], bool(np.isnan(metrics["AP"]))
        (['AP', 'AP50', 'AP75'], True)
        """
        at_50, at_75 = (int(np.argmin(np.abs(IOU_THRESHOLDS - iou))) for iou in (0.5, 0.75))
        precision, recall = self.precision, self.recall
        metrics = {
            "AP": _mean_defined(precision[0]),
            "AP50": _mean_defined(precision[0, :, at_50]),
            "AP75": _mean_defined(precision[0, :, at_75]),
        }
        sizes = range(1, len(precision))
        metrics |= {f"AP_{AREA_RANGES[k][0]}": _mean_defined(precision[k]) for k in sizes}
        metrics |= {f"AR{most}": _mean_defined(recall[0, k]) for k, most in enumerate(self.maxima)}
        return metrics | {f"AR_{AREA_RANGES[k][0]}": _mean_defined(recall[k, -1]) for k in sizes}

    def ap_by_category(self) -> FloatArray:
        """Return AP of each category; NaN without labels.

        Examples
        --------
        >>> from audit.comparison.average_precision import evaluate_detections, mask_candidates
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.testing import compared, scene
        >>> tables = measure_comparison(*compared((scene("aa.b", categories={"b": "x"}), scene("pp.."))))
        >>> evaluate_detections(tables, mask_candidates(tables)).ap_by_category().round(3).tolist()
        [1.0, 0.0]
        """
        average = self.precision[0].mean(axis=(1, 2))
        return np.where(average < 0, np.nan, average)


def _mean_defined(values: FloatArray) -> float:
    """Average what is not -1, which is how COCOeval marks what has no labels."""
    defined = values[values > -1]
    return float(defined.mean()) if len(defined) else float("nan")
