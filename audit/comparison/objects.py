"""What is compared: the masks of the labels and those of the predictions, with all pairs that overlap."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset, FloatArray, IntArray, MaskKind


@dataclass(frozen=True, slots=True)
class Objects:
    """The masks of one side, sorted by image, then by their place in the file; all arrays (n,).

    Annotations without a known image, and predictions without a finite score, are left out.
    """

    row: IntArray
    """Position in ``Dataset.annotations``."""
    image: IntArray
    """Position in ``Dataset.images``."""
    category: IntArray
    """Position in ``Dataset.categories``; -1 = unknown."""
    iscrowd: NDArray[np.bool_]
    score: FloatArray
    """Confidence; NaN for labels."""
    has_mask: NDArray[np.bool_]
    """A usable segmentation, with or without pixels."""
    area: IntArray
    """Pixels of the mask."""
    declared_area: FloatArray
    """As in the file, else the mask's: what decides small, medium and large labels, as pycocotools does."""
    box: FloatArray
    """(n, 4) xywh as in the file, else the mask's."""
    mask_hash: NDArray[np.uint64]
    """Of the mask's pixels; 0 = none."""

    def __len__(self) -> int:
        return len(self.row)

    def take(self, chosen: NDArray[np.bool_] | IntArray) -> Objects:
        """Select some, in ascending order.

        Examples
        --------
        >>> len(no_objects().take(np.zeros(0, dtype=bool)))
        0
        """
        return Objects(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Crossed:
    """Pairs of objects of one image whose masks or boxes overlap; all arrays (k,), sorted by (a, b)."""

    a: IntArray
    b: IntArray
    pixels: IntArray
    """Shared pixels."""
    box_iou: FloatArray
    """IoU of the boxes; where one is a crowd region, the share of the other's box."""

    def __len__(self) -> int:
        return len(self.a)

    def take(self, chosen: NDArray[np.bool_] | IntArray) -> Crossed:
        """Select some, in ascending order."""
        return Crossed(self.a[chosen], self.b[chosen], self.pixels[chosen], self.box_iou[chosen])


@dataclass(frozen=True, slots=True)
class Measured:
    """Labels and predictions with everything measured between them."""

    labels: Objects
    predictions: Objects
    across: Crossed
    """a = label, b = prediction."""
    among_labels: Crossed
    """a < b."""
    among_predictions: Crossed
    """a < b."""
    image_id: IntArray
    """(images,) ids as in the file."""
    height: IntArray
    width: IntArray
    categories: int
    """How many there are."""


def no_objects() -> Objects:
    """Make a side that holds nothing.

    Examples
    --------
    >>> len(no_objects())
    0
    """
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    no = np.zeros(0, dtype=np.bool_)
    return Objects(
        none, none, none, no, nothing, no, none, nothing, np.zeros((0, 4)), np.zeros(0, dtype=np.uint64)
    )


def unmeasured(dataset: Dataset, *, scored: bool) -> Objects:
    """List what of a dataset can be compared; areas, boxes and hashes are filled by measuring.

    Parameters
    ----------
    dataset : Dataset
    scored : bool
        Whether these are predictions: then a finite score is needed.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> len(unmeasured(empty_dataset(), scored=True))
    0
    """
    a = dataset.annotations
    usable = a.image >= 0
    if scored:
        usable &= np.isfinite(a.score)
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort((a.index[rows], a.source[rows], a.image[rows]))]
    return Objects(
        row=rows,
        image=a.image[rows],
        category=a.category[rows],
        iscrowd=a.iscrowd[rows] & (not scored),
        score=a.score[rows],
        has_mask=a.segmentation.kind[rows] != MaskKind.NONE,
        area=np.zeros(len(rows), dtype=np.int64),
        declared_area=a.area[rows],
        box=a.bbox[rows],
        mask_hash=np.zeros(len(rows), dtype=np.uint64),
    )


def mask_iou(m: Measured, pairs: Crossed, one: Objects, other: Objects) -> FloatArray:
    """Return the mask IoU of pairs.

    Where ``one`` is a crowd region it is the share of the other mask, as COCO defines it.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_both
    >>> from audit.dataset.model import empty_dataset
    >>> m = measure_both(empty_dataset(), empty_dataset())
    >>> mask_iou(m, m.across, m.labels, m.predictions).tolist()
    []
    """
    mine, theirs = one.area[pairs.a], other.area[pairs.b]
    union = np.where(one.iscrowd[pairs.a], theirs, mine + theirs - pairs.pixels)
    return pairs.pixels / np.maximum(union, 1)
