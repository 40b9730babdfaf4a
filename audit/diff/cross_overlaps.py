"""The masks of two datasets laid over each other: which of one overlap which of the other, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset, IntArray
from audit.geometry.boundary import boundary_iou
from audit.geometry.candidate_box_pairs import close_boxes
from audit.geometry.overlap import shared_pixels
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import Runs, batches
from audit.geometry.shape import areas, boxes
from audit.measure.masks import dataset_runs

_BATCH = 10_000
"""Masks drawn together: some tens of megabytes."""


@dataclass(frozen=True, slots=True)
class Side:
    """Some annotations of a dataset."""

    dataset: Dataset
    rows: IntArray
    """(n,) positions in ``dataset.annotations``, sorted by ``image``; all with a mask and an image."""
    image: IntArray
    """(n,) number of the picture: the same for both sides, not negative."""

    def runs(self, part: slice) -> Runs:
        """Draw some of the masks."""
        return dataset_runs(self.dataset, self.rows[part])

    def diagonals(self, at: IntArray) -> NDArray[np.float64]:
        """Return the diagonals of the images of some of the annotations, pixels."""
        images = self.dataset.images
        where = self.dataset.annotations.image[self.rows[at]]
        return np.hypot(images.height[where], images.width[where])


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs of masks, one of each side, that share pixels; sorted by (one, other)."""

    one: IntArray
    """Position among the rows of the one side."""
    other: IntArray
    shared: IntArray
    """Pixels."""
    area_one: IntArray
    """Pixels of each pair's mask of the one side."""
    area_other: IntArray

    @property
    def iou(self) -> NDArray[np.float64]:
        """Intersection by union."""
        return self.shared / (self.area_one + self.area_other - self.shared)

    @property
    def share_one(self) -> NDArray[np.float64]:
        """Share of the one side's mask that the other covers."""
        return self.shared / self.area_one

    @property
    def share_other(self) -> NDArray[np.float64]:
        """Share of the other side's mask that the one covers."""
        return self.shared / self.area_other

    def __len__(self) -> int:
        return len(self.one)


def cross_overlaps(one: Side, other: Side) -> Overlaps:
    """Measure every overlap between masks of two sides on the same picture.

    Parameters
    ----------
    one, other : Side

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> rows, image = np.array([0]), np.array([0])
    >>> old, new = (Side(dataset(scene(text)), rows, image) for text in ("aaa.", ".bbb"))
    >>> found = cross_overlaps(old, new)
    >>> found.shared.tolist(), found.iou.tolist()
    ([2], [0.5])
    >>> len(cross_overlaps(Side(old.dataset, rows[:0], image[:0]), new))
    0
    """
    images = np.union1d(one.image, other.image)
    size = sum(
        np.bincount(np.searchsorted(images, side.image), minlength=len(images)) for side in (one, other)
    )
    parts = []
    for batch in batches(np.asarray(size, dtype=np.int64), _BATCH):
        chosen = images[batch]
        cuts = [_cut(side, chosen) for side in (one, other)]
        parts.append(_measure(one, other, cuts[0], cuts[1]))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Overlaps(none, none, none, none, none)
    columns = (np.concatenate([part[k] for part in parts]) for k in range(5))
    a, b, shared, area_a, area_b = columns
    order = np.lexsort((b, a))
    return Overlaps(a[order], b[order], shared[order], area_a[order], area_b[order])


def _cut(side: Side, images: IntArray) -> slice:
    return slice(
        int(np.searchsorted(side.image, images[0])), int(np.searchsorted(side.image, images[-1], "right"))
    )


def _measure(one: Side, other: Side, left: slice, right: slice) -> tuple[IntArray, ...]:
    a_runs, b_runs = one.runs(left), other.runs(right)
    box = np.concatenate([boxes(a_runs), boxes(b_runs)])
    image = np.concatenate([one.image[left], other.image[right]])
    pairs = [(a, b) for a, b in close_boxes(image, box, 0)]
    none = [(np.zeros(0, dtype=np.int64),) * 2]
    a, b = (np.concatenate(side) for side in zip(*(pairs or none), strict=True))
    across = (a < a_runs.count) & (b >= a_runs.count)
    a, b = a[across], b[across] - a_runs.count
    shared = shared_pixels(IndexedRuns.of(a_runs), IndexedRuns.of(b_runs), a, b)
    met = shared > 0
    a, b, shared = a[met], b[met], shared[met]
    return a + left.start, b + right.start, shared, areas(a_runs)[a], areas(b_runs)[b]


def boundary_ious(one: Side, other: Side, a: IntArray, b: IntArray) -> NDArray[np.float64]:
    """Compare the rims of pairs of masks; see `audit.geometry.boundary.boundary_iou`.

    Parameters
    ----------
    one, other : Side
    a, b : (p,) int64
        Positions among their rows.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> side = Side(dataset(scene("aaa")), np.array([0]), np.array([0]))
    >>> boundary_ious(side, side, np.array([0]), np.array([0])).tolist()
    [1.0]
    >>> boundary_ious(side, side, np.array([], dtype=int), np.array([], dtype=int)).tolist()
    []
    """
    found = np.zeros(len(a))
    for start in range(0, len(a), _BATCH):
        part = slice(start, start + _BATCH)
        left = Side(one.dataset, one.rows[a[part]], one.image[a[part]]).runs(slice(None))
        right = Side(other.dataset, other.rows[b[part]], other.image[b[part]]).runs(slice(None))
        same = np.arange(left.count)
        found[part] = boundary_iou(left, right, same, same, one.diagonals(a[part]))
    return found
