"""Pairs of masks: which two, and what was measured between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.runs import IntArray
from audit.geometry.sort_keys import stable_lexsort

NOT_MEASURED = -1
"""In columns of pixels that nobody asked for."""


@dataclass(frozen=True, slots=True)
class MaskPairs:
    """Pairs of masks of one image, as columns; all arrays (k,).

    The two masks come from one set (then a < b) or from two, for example a from the labels and b from the
    predictions. `MaskPairs.of` fills the columns that were not measured.
    """

    a: IntArray
    """Position of the first mask in its set."""
    b: IntArray
    """Position of the second mask in its set."""
    intersection: IntArray
    """Shared pixels."""
    area_a: IntArray
    """Pixels of the first mask."""
    area_b: IntArray
    iscrowd: NDArray[np.bool_]
    """Whether the first mask is a crowd region."""
    box_iou: NDArray[np.float64]
    """IoU of the boxes; NaN where it was not measured."""
    depth: IntArray
    """Side of the largest square of shared pixels; `NOT_MEASURED`."""
    gap: IntArray
    """Pixels between the two, 0 = they overlap or are neighbours; `NOT_MEASURED`."""
    contact: IntArray
    """Unit pixel edges between the two, 0 where they overlap; `NOT_MEASURED`."""

    @classmethod
    def of(
        cls,
        a: IntArray,
        b: IntArray,
        intersection: IntArray,
        area_a: IntArray,
        area_b: IntArray,
        *,
        iscrowd: NDArray[np.bool_] | None = None,
        box_iou: NDArray[np.float64] | None = None,
        depth: IntArray | None = None,
        gap: IntArray | None = None,
        contact: IntArray | None = None,
    ) -> MaskPairs:
        """Make pairs from what was measured.

        Parameters
        ----------
        a, b : (k,) int64
            Positions of the masks.
        intersection, area_a, area_b : (k,) int64
            Pixels: shared, of the first mask, of the second.
        iscrowd : (k,) bool, optional
            Whether the first mask is a crowd region; none is where it is left out.
        box_iou : (k,) float64, optional
        depth, gap, contact : (k,) int64, optional
            Pixels.

        Examples
        --------
        >>> one, two = np.array([0]), np.array([1])
        >>> pairs = MaskPairs.of(one, two, np.array([2]), np.array([3]), np.array([5]))
        >>> pairs.iou.round(3).tolist(), pairs.gap.tolist()
        ([0.333], [-1])
        """
        unknown = np.full(len(a), NOT_MEASURED, dtype=np.int64)
        return cls(
            a,
            b,
            intersection,
            area_a,
            area_b,
            np.zeros(len(a), dtype=np.bool_) if iscrowd is None else iscrowd,
            np.full(len(a), np.nan) if box_iou is None else box_iou,
            *(unknown if column is None else column for column in (depth, gap, contact)),
        )

    def __len__(self) -> int:
        return len(self.a)

    @property
    def union(self) -> IntArray:
        """Pixels of either mask; with a crowd region those of the second mask alone, as in COCO."""
        return np.where(self.iscrowd, self.area_b, self.area_a + self.area_b - self.intersection)

    @property
    def iou(self) -> NDArray[np.float64]:
        """Intersection over union, as ``pycocotools.mask.iou(b, a, iscrowd)`` gives it; 0 for empty masks."""
        return _ratio(self.intersection, self.union)

    @property
    def ioa_a(self) -> NDArray[np.float64]:
        """Share of the first mask that lies inside the second."""
        return _ratio(self.intersection, self.area_a)

    @property
    def ioa_b(self) -> NDArray[np.float64]:
        """Share of the second mask that lies inside the first."""
        return _ratio(self.intersection, self.area_b)

    @property
    def ios(self) -> NDArray[np.float64]:
        """Share of the smaller mask that lies inside the larger."""
        return _ratio(self.intersection, np.minimum(self.area_a, self.area_b))

    def take(self, chosen: NDArray[np.bool_] | IntArray) -> MaskPairs:
        """Select pairs.

        Parameters
        ----------
        chosen : (k,) bool or (m,) int64
            A mask, or positions in any order.

        Examples
        --------
        >>> len(no_pairs().take(np.zeros(0, dtype=bool)))
        0
        """
        positions = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen  # once for ten arrays
        # Columns that nobody measured are one array.
        taken: dict[int, NDArray[Any]] = {}
        for column in self._columns():
            if id(column) not in taken:
                taken[id(column)] = column[positions]
        return MaskPairs(*(taken[id(column)] for column in self._columns()))

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


def _ratio(pixels: IntArray, whole: IntArray) -> NDArray[np.float64]:
    """Divide, where a mask without pixels has a share of 0."""
    ratio: NDArray[np.float64] = pixels / np.maximum(whole, 1)
    return ratio


def no_pairs() -> MaskPairs:
    """Make the pairs of nothing.

    Examples
    --------
    >>> len(no_pairs())
    0
    """
    none = np.zeros(0, dtype=np.int64)
    return MaskPairs.of(none, none, none, none, none)


def concatenate_pairs(parts: Sequence[MaskPairs]) -> MaskPairs:
    """Put pairs together, sorted by (a, b).

    Parameters
    ----------
    parts : sequence of MaskPairs
        Of the same sets of masks.

    Examples
    --------
    >>> first, second = np.array([0]), np.array([1])
    >>> parts = [MaskPairs.of(second, second, first, first, first), MaskPairs.of(first, second, *[first] * 3)]
    >>> concatenate_pairs(parts).a.tolist()
    [0, 1]
    >>> len(concatenate_pairs([]))
    0
    """
    if not parts:
        return no_pairs()
    joined = parts[0]
    if len(parts) > 1:
        names = [field.name for field in fields(MaskPairs)]
        joined = MaskPairs(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    ascends = joined.a[1:] > joined.a[:-1]
    ascends |= (joined.a[1:] == joined.a[:-1]) & (joined.b[1:] >= joined.b[:-1])
    return joined if ascends.all() else joined.take(stable_lexsort((joined.b, joined.a)))
