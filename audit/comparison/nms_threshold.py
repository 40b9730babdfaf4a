"""The threshold of box NMS: which one the model used, and which is the strictest that loses no labels."""

from __future__ import annotations

from dataclasses import replace

from audit.carriers import dataclass
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.options import CompareOptions
from audit.comparison.recall_upper_bound import recall_upper_bound

THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(2, 20))
"""0.1, 0.15 ... 0.95: what people set, in steps finer than anybody tunes."""
DUPLICATE_LABEL_IOU = 0.8
"""Mask IoU from which on two labels of a category are one object given twice, as in ``overlap.duplicate``."""


@dataclass(frozen=True, slots=True)
class NmsThresholds:
    """What is known of the model's NMS."""

    threshold: float
    """Box IoU that it allowed: given, or the largest that two results of a category have; NaN = unknown."""
    is_given: bool
    """Whether the threshold was given, not estimated."""
    pairs: int
    """Pairs of one category that the estimate is seen from."""
    safe: float
    """The strictest threshold at which NMS by category would keep nearly all labels."""


def find_nms_thresholds(tables: ComparisonTables, options: CompareOptions | None = None) -> NmsThresholds:
    """Put together what is known of the model's NMS.

    Parameters
    ----------
    tables : ComparisonTables
    options : CompareOptions, optional
        ``nms_threshold`` and ``max_label_loss`` count.

    Returns
    -------
    NmsThresholds

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaa"), scene("pppp", ".qqq"))))
    >>> find_nms_thresholds(tables, CompareOptions(nms_threshold=0.8))
    NmsThresholds(threshold=0.8, is_given=True, pairs=1, safe=0.1)
    >>> find_nms_thresholds(measure_comparison(*compared()))
    NmsThresholds(threshold=nan, is_given=False, pairs=0, safe=0.1)
    """
    options = options or CompareOptions()
    estimate, n_pairs = estimate_nms_threshold(tables)
    return NmsThresholds(
        estimate if options.nms_threshold is None else options.nms_threshold,
        options.nms_threshold is not None,
        n_pairs,
        find_safe_threshold(tables, options.max_label_loss),
    )


def estimate_nms_threshold(tables: ComparisonTables) -> tuple[float, int]:
    """Estimate the threshold of the model's NMS: the largest box IoU that two results of a category have.

    Parameters
    ----------
    tables : ComparisonTables

    Returns
    -------
    threshold : float
        NaN where no two results of one category and image overlap.
    pairs : int
        How many pairs it is seen from.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> estimate_nms_threshold(measure_comparison(*compared((scene("aaaa"), scene("pppp", ".qqq")))))
    (0.75, 1)
    >>> estimate_nms_threshold(measure_comparison(*compared()))
    (nan, 0)
    """
    category, pairs = tables.predictions.category, tables.prediction_pairs
    box_iou = pairs.box_iou[(category[pairs.a] == category[pairs.b]) & (pairs.box_iou > 0)]
    return (float(box_iou.max()), len(box_iou)) if len(box_iou) else (float("nan"), 0)


def find_safe_threshold(tables: ComparisonTables, max_loss: float = 0.01) -> float:
    """Find the strictest threshold of box NMS by category that keeps nearly all labels.

    Of a label that is given twice NMS may remove one: that is one object.

    Parameters
    ----------
    tables : ComparisonTables
    max_loss : float
        Share of the labels that may be lost.

    Returns
    -------
    float
        One of `THRESHOLDS`; the largest of them where none is safe.

    Examples
    --------
    The two labels have a box IoU of 0.6:

    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> find_safe_threshold(measure_comparison(*compared((scene("aaaa.", ".bbbb"), scene(".....")))))
    0.6
    >>> find_safe_threshold(measure_comparison(*compared()))
    0.1
    """
    category, pairs = tables.labels.category, tables.label_pairs
    is_duplicate = (pairs.iou >= DUPLICATE_LABEL_IOU) & (category[pairs.a] == category[pairs.b])
    tables = replace(tables, label_pairs=pairs.take(~is_duplicate))
    for threshold in THRESHOLDS:
        bound = recall_upper_bound(tables, method="box", threshold=threshold)
        if bound.n_labels - bound.n_kept <= max_loss * bound.n_labels:
            return threshold
    return THRESHOLDS[-1]
