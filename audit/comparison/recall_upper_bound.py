"""What NMS would do to the labels themselves: recall that is lost before any model exists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray
from audit.comparison.nms import find_independent_set
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

THRESHOLDS = tuple(round(0.05 * k, 2) for k in range(2, 20))


@dataclass(frozen=True, slots=True)
class RecallUpperBound:
    """The most recall that NMS leaves possible on these labels."""

    method: str
    """``box`` or ``mask``."""
    per_class: bool
    threshold: float
    labels: int
    """Labels that are no crowd regions, have a mask and a category."""
    kept: int
    by_category: IntArray
    """(categories, 2): labels, and those that can be kept."""
    by_density: IntArray
    """(`DENSITY`, 2): the same by the number of labels in the image."""

    @property
    def recall(self) -> float:
        """Kept by labels; NaN without labels."""
        return self.kept / self.labels if self.labels else float("nan")


DENSITY: tuple[tuple[str, int], ...] = (
    ("1 to 5", 5),
    ("6 to 15", 15),
    ("16 to 50", 50),
    ("over 50", 1 << 60),
)
"""Name and largest number of labels an image."""


def recall_upper_bound(
    m: ComparisonTables, *, method: str, threshold: float, per_class: bool = True
) -> RecallUpperBound:
    """Run NMS on the labels, with the scores that would keep the most of them.

    Parameters
    ----------
    m : ComparisonTables
    method : {"box", "mask"}
        Whose IoU NMS compares.
    threshold : float
        Labels with a larger IoU conflict.
    per_class : bool
        Whether only labels of one category conflict.

    Returns
    -------
    RecallUpperBound

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> recall_upper_bound(m, method="box", threshold=0.5).labels
    0
    """
    counted = evaluated_labels(m)
    pairs = find_conflicts(m, m.label_pairs, method, threshold, per_class)
    pairs = pairs.take(counted[pairs.a] & counted[pairs.b])
    kept = find_independent_set(len(m.labels), pairs.a, pairs.b)[counted]
    category = m.labels.category[counted]
    image = m.labels.image[counted]
    crowd = np.bincount(image, minlength=len(m.image_id))[image]
    density = np.searchsorted([most for _, most in DENSITY], crowd)
    return RecallUpperBound(
        method, per_class, threshold, int(counted.sum()), int(kept.sum()),
        _counts(category, kept, m.categories), _counts(density, kept, len(DENSITY)),
    )  # fmt: skip


def evaluated_labels(m: ComparisonTables) -> BoolArray:
    """Say which labels a model is expected to find: no crowd regions, with pixels and a category.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> evaluated_labels(measure_comparison(empty_dataset(), empty_dataset())).tolist()
    []
    """
    judged: BoolArray = ~m.labels.iscrowd & (m.labels.area > 0) & (m.labels.category >= 0)
    return judged


def find_conflicts(
    m: ComparisonTables, pairs: MaskPairs, method: str, threshold: float, per_class: bool
) -> MaskPairs:
    """Return the pairs that NMS would not leave side by side.

    Parameters
    ----------
    m : ComparisonTables
    pairs : MaskPairs
        ``m.label_pairs`` or ``m.prediction_pairs``.
    method : {"box", "mask", "mask_ios"}
    threshold : float
    per_class : bool

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> len(find_conflicts(m, m.label_pairs, "box", 0.5, True))
    0
    """
    side = m.labels if pairs is m.label_pairs else m.predictions
    chosen = measure_overlap(pairs, method) > threshold
    if per_class:
        chosen &= side.category[pairs.a] == side.category[pairs.b]
    return pairs.take(chosen)


def measure_overlap(pairs: MaskPairs, method: str) -> FloatArray:
    """Return what NMS compares: IoU of boxes, IoU of masks, or the share of the smaller mask.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_comparison(empty_dataset(), empty_dataset())
    >>> measure_overlap(m.label_pairs, "mask_ios").tolist()
    []
    """
    if method == "box":
        return pairs.box_iou
    return pairs.iou if method == "mask" else pairs.ios


def find_safe_threshold(m: ComparisonTables, most_lost: float = 0.01) -> float:
    """Find the strictest threshold of box NMS by category that keeps nearly all labels.

    Parameters
    ----------
    m : ComparisonTables
    most_lost : float
        Share of the labels that may be lost.

    Returns
    -------
    float
        One of `THRESHOLDS`; the largest of them where none is safe.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> find_safe_threshold(measure_comparison(empty_dataset(), empty_dataset()))
    0.1
    """
    for threshold in THRESHOLDS:
        found = recall_upper_bound(m, method="box", threshold=threshold)
        if found.labels - found.kept <= most_lost * found.labels:
            return threshold
    return THRESHOLDS[-1]


def _counts(group: IntArray, kept: BoolArray, groups: int) -> IntArray:
    both = [np.bincount(group[chosen], minlength=groups) for chosen in (np.ones_like(kept), kept)]
    return np.stack(both, axis=1).astype(np.int64)
