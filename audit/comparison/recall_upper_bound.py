"""What NMS would do to the labels themselves: recall that is lost before any model exists."""

from __future__ import annotations

import numpy as np

from audit.carriers import dataclass
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray
from audit.comparison.nms import find_independent_set
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

DENSITY: tuple[tuple[str, int], ...] = (
    ("1 to 5", 5),
    ("6 to 15", 15),
    ("16 to 50", 50),
    ("over 50", 1 << 60),
)
"""Name and largest number of labels an image: COCO's images hold 7 on average, crowded ones over 50."""


@dataclass(frozen=True, slots=True)
class RecallUpperBound:
    """The most recall that NMS leaves possible on these labels."""

    method: str
    """``box`` or ``mask``."""
    per_class: bool
    threshold: float
    n_labels: int
    """Labels that are no crowd regions, have a mask and a category."""
    n_kept: int
    by_category: IntArray
    """(categories, 2): labels, and those that can be kept."""
    by_density: IntArray
    """(`DENSITY`, 2): the same by the number of labels in the image."""

    @property
    def recall(self) -> float:
        """Kept by labels; NaN without labels."""
        return self.n_kept / self.n_labels if self.n_labels else float("nan")


def recall_upper_bound(
    tables: ComparisonTables, *, method: str, threshold: float, per_class: bool = True
) -> RecallUpperBound:
    """Run NMS on the labels, with the scores that would keep the most of them.

    Parameters
    ----------
    tables : ComparisonTables
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
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaa.", ".bbbb"), scene("....."))))
    >>> [recall_upper_bound(tables, method="box", threshold=iou).recall for iou in (0.5, 0.7)]
    [0.5, 1.0]
    >>> recall_upper_bound(measure_comparison(*compared()), method="box", threshold=0.5).n_labels
    0
    """
    is_counted = evaluated_labels(tables)
    pairs = find_conflicts(tables, tables.label_pairs, method, threshold, per_class)
    pairs = pairs.take(is_counted[pairs.a] & is_counted[pairs.b])
    is_kept = find_independent_set(len(tables.labels), pairs.a, pairs.b)[is_counted]
    category, image = tables.labels.category[is_counted], tables.labels.image[is_counted]
    n_in_image = np.bincount(image, minlength=len(tables.image_id))[image]
    density = np.searchsorted([most for _, most in DENSITY], n_in_image)
    return RecallUpperBound(
        method, per_class, threshold, int(is_counted.sum()), int(is_kept.sum()),
        _count_kept(category, is_kept, tables.categories), _count_kept(density, is_kept, len(DENSITY)),
    )  # fmt: skip


def evaluated_labels(tables: ComparisonTables) -> BoolArray:
    """Say which labels a model is expected to find: no crowd regions, with pixels and a category.

    Parameters
    ----------
    tables : ComparisonTables

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> evaluated_labels(measure_comparison(*compared((scene("aabb", crowd="b"), scene("....")))))
    array([ True, False])
    >>> evaluated_labels(measure_comparison(*compared())).tolist()
    []
    """
    labels = tables.labels
    is_expected: BoolArray = ~labels.iscrowd & (labels.area > 0) & (labels.category >= 0)
    return is_expected


def find_conflicts(
    tables: ComparisonTables, pairs: MaskPairs, method: str, threshold: float, per_class: bool
) -> MaskPairs:
    """Return the pairs that NMS would not leave side by side.

    Parameters
    ----------
    tables : ComparisonTables
    pairs : MaskPairs
        ``tables.label_pairs`` or ``tables.prediction_pairs``.
    method : {"box", "mask", "mask_ios"}
    threshold : float
        Pairs with exactly this overlap are left, as in torchvision's ``nms``.
    per_class : bool

    Returns
    -------
    MaskPairs

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaa.", ".bbbb"), scene("....."))))
    >>> [len(find_conflicts(tables, tables.label_pairs, "mask", iou, True)) for iou in (0.5, 0.6)]
    [1, 0]
    >>> nothing = measure_comparison(*compared())
    >>> len(find_conflicts(nothing, nothing.label_pairs, "box", 0.5, True))
    0
    """
    instances = tables.labels if pairs is tables.label_pairs else tables.predictions
    is_conflict = measure_overlap(pairs, method) > threshold
    if per_class:
        is_conflict &= instances.category[pairs.a] == instances.category[pairs.b]
    return pairs.take(is_conflict)


def measure_overlap(pairs: MaskPairs, method: str) -> FloatArray:
    """Return what NMS compares: IoU of boxes, IoU of masks, or the share of the smaller mask.

    Parameters
    ----------
    pairs : MaskPairs
    method : {"box", "mask", "mask_ios"}

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> tables = measure_comparison(*compared((scene("aaaa.", ".bbb."), scene("....."))))
    >>> [measure_overlap(tables.label_pairs, method).tolist() for method in ("box", "mask", "mask_ios")]
    [[0.75], [0.75], [1.0]]
    >>> measure_overlap(measure_comparison(*compared()).label_pairs, "mask_ios").tolist()
    []
    """
    if method == "box":
        return pairs.box_iou
    return pairs.iou if method == "mask" else pairs.ios


def _count_kept(group: IntArray, is_kept: BoolArray, n_groups: int) -> IntArray:
    """Count members of each group, and those that are kept: (groups, 2)."""
    counts = [np.bincount(group[chosen], minlength=n_groups) for chosen in (np.ones_like(is_kept), is_kept)]
    return np.stack(counts, axis=1).astype(np.int64)
