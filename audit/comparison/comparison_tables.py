"""What is compared: the masks of the labels and those of the predictions, with all pairs that overlap."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset, FloatArray, IntArray, MaskKind
from audit.geometry.mask_pairs import MaskPairs


@dataclass(frozen=True, slots=True)
class Instances:
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

    def take(self, chosen: NDArray[np.bool_] | IntArray) -> Instances:
        """Select some, in ascending order.

        Examples
        --------
        >>> len(no_instances().take(np.zeros(0, dtype=bool)))
        0
        """
        return Instances(*(getattr(self, f.name)[chosen] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class ComparisonTables:
    """Labels and predictions with everything measured between them."""

    labels: Instances
    predictions: Instances
    cross_pairs: MaskPairs
    """Pairs of one image whose masks or boxes overlap: a = label, b = prediction; sorted, as the others."""
    label_pairs: MaskPairs
    """The same of two labels, a < b."""
    prediction_pairs: MaskPairs
    """The same of two predictions, a < b."""
    image_id: IntArray
    """(images,) ids as in the file."""
    height: IntArray
    width: IntArray
    categories: int
    """How many there are."""


def no_instances() -> Instances:
    """Make a side that holds nothing.

    Examples
    --------
    >>> len(no_instances())
    0
    """
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    no = np.zeros(0, dtype=np.bool_)
    return Instances(
        none, none, none, no, nothing, no, none, nothing, np.zeros((0, 4)), np.zeros(0, dtype=np.uint64)
    )


def list_instances(dataset: Dataset, *, scored: bool) -> Instances:
    """List what of a dataset can be compared; areas, boxes and hashes are filled by measuring.

    Parameters
    ----------
    dataset : Dataset
    scored : bool
        Whether these are predictions: then a finite score is needed.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> len(list_instances(empty_dataset(), scored=True))
    0
    """
    a = dataset.annotations
    usable = a.image >= 0
    if scored:
        usable &= np.isfinite(a.score)
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort((a.index[rows], a.source[rows], a.image[rows]))]
    return Instances(
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
