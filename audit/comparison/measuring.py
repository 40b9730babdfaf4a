"""Measuring labels against predictions: every pair of one image, some images at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.comparison.comparison_tables import ComparisonTables, Instances, list_instances, no_instances
from audit.dataset.model import (
    Dataset,
    FloatArray,
    IntArray,
    MaskKind,
    Segmentations,
    empty_dataset,
    empty_segmentations,
)
from audit.geometry.candidate_box_pairs import close_boxes
from audit.geometry.mask_pairs import MaskPairs, concatenate_pairs
from audit.geometry.overlap import shared_pixels
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import Runs, batches, concatenate, to_counts
from audit.geometry.shape import areas, boxes, hashes
from audit.measure.masks import dataset_runs

BLOCK = 1024
"""Masks measured together."""


@dataclass(frozen=True, slots=True)
class Block:
    """The masks of some images: labels first, then predictions."""

    labels: slice
    """Positions in the labels' `Instances`."""
    predictions: slice
    label_runs: Runs
    prediction_runs: Runs


Change = Callable[[Runs, slice], Runs]
"""What a what-if does to masks: given those of some images, and their positions."""


def measure_comparison(labels: Dataset, predictions: Dataset) -> ComparisonTables:
    """Measure all pairs of one image: label x label, label x prediction, prediction x prediction.

    Parameters
    ----------
    labels : Dataset
    predictions : Dataset
        With the same rows of images and categories, as `audit.loaders.coco_results` gives them.

    Returns
    -------
    ComparisonTables
        Shared pixels are exactly those of ``pycocotools.mask``.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> m = measure_comparison(dataset(scene("aab")), dataset())
    >>> len(m.labels), len(m.predictions), len(m.cross_pairs)
    (2, 0, 0)
    """
    mine, theirs = list_instances(labels, scored=False), list_instances(predictions, scored=True)
    shapes: list[tuple[_Shapes, _Shapes]] = []
    found: list[tuple[MaskPairs, MaskPairs, MaskPairs]] = []
    for block in blocks(labels, predictions, mine, theirs):
        here = (
            _Shapes.of(mine, block.labels, block.label_runs),
            _Shapes.of(theirs, block.predictions, block.prediction_runs),
        )
        shapes.append(here)
        found.append(_pairs(block, *here, labels))
    images = labels.images
    return ComparisonTables(
        labels=_filled(mine, [one for one, _ in shapes]),
        predictions=_filled(theirs, [other for _, other in shapes]),
        cross_pairs=concatenate_pairs([cross for cross, _, _ in found]),
        label_pairs=concatenate_pairs([pairs for _, pairs, _ in found]),
        prediction_pairs=concatenate_pairs([pairs for _, _, pairs in found]),
        image_id=images.id,
        height=images.height,
        width=images.width,
        categories=len(labels.categories),
    )


def blocks(labels: Dataset, predictions: Dataset, mine: Instances, theirs: Instances) -> Iterator[Block]:
    """Draw the masks of both sides, some images at a time.

    Parameters
    ----------
    labels, predictions : Dataset
    mine, theirs : Instances
        What of them is compared.

    Yields
    ------
    Block
        Together all images that have anything.

    Examples
    --------
    >>> from audit.comparison.comparison_tables import no_instances
    >>> from audit.dataset.model import empty_dataset
    >>> list(blocks(empty_dataset(), empty_dataset(), no_instances(), no_instances()))
    []
    """
    image = np.union1d(mine.image, theirs.image)
    ends = (
        np.searchsorted(mine.image, image, side="right"),
        np.searchsorted(theirs.image, image, side="right"),
    )
    total = ends[0] + ends[1]
    for part in batches(np.diff(total, prepend=0), BLOCK):
        first = [int(end[part.start - 1]) if part.start else 0 for end in ends]
        here = [slice(f, int(end[part.stop - 1])) for f, end in zip(first, ends, strict=True)]
        yield Block(here[0], here[1], _drawn(labels, mine, here[0]), _drawn(predictions, theirs, here[1]))


def redrawn(dataset: Dataset, side: Instances, change: Change | None = None) -> Dataset:
    """Draw the masks of a dataset once, as runs, so that drawing them again costs little.

    Parameters
    ----------
    dataset : Dataset
    side : Instances
        What of it is compared; the rest loses its masks.
    change : callable, optional
        What is done to the masks on the way.

    Returns
    -------
    Dataset
        The same records, with other segmentations.

    Examples
    --------
    >>> from audit.comparison.comparison_tables import no_instances
    >>> from audit.dataset.model import empty_dataset
    >>> len(redrawn(empty_dataset(), no_instances()).annotations)
    0
    """
    nothing = empty_dataset()
    counts, length = [np.zeros(0, dtype=np.uint32)], [np.zeros(0, dtype=np.int64)]
    for block in blocks(dataset, nothing, side, no_instances()):
        image = side.image[block.labels]
        runs = block.label_runs if change is None else change(block.label_runs, block.labels)
        found, start = to_counts(runs, dataset.images.height[image], dataset.images.width[image])
        drawn = side.has_mask[block.labels]
        counts.append(found[np.repeat(drawn, np.diff(start))])
        length.append(np.where(drawn, np.diff(start), 0))
    n = len(dataset.annotations)
    kind, place = np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.int64)
    kind[side.row], place[side.row] = (
        np.where(side.has_mask, MaskKind.RLE, MaskKind.NONE),
        np.arange(len(side)),
    )
    no = np.zeros(len(side) + 1, dtype=np.int64)
    whole = Segmentations(
        np.full(len(side), MaskKind.RLE, dtype=np.uint8), no, no[:1], np.zeros((0, 2)),
        np.r_[0, np.cumsum(np.concatenate(length))], np.concatenate(counts),
    )  # fmt: skip
    segmentation = whole.take(place) if len(side) else empty_segmentations(n)
    there = kind == MaskKind.RLE
    segmentation = _without(replace(segmentation, kind=kind), there)
    return replace(dataset, annotations=replace(dataset.annotations, segmentation=segmentation))


def _without(segmentation: Segmentations, kept: NDArray[np.bool_]) -> Segmentations:
    """Drop the runs of annotations that have no mask."""
    size = np.diff(segmentation.count_start)
    return replace(
        segmentation,
        counts=segmentation.counts[np.repeat(kept, size)],
        count_start=np.r_[0, np.cumsum(np.where(kept, size, 0))],
    )


def _drawn(dataset: Dataset, side: Instances, where: slice) -> Runs:
    return dataset_runs(dataset, side.row[where])


def _known_boxes(declared: FloatArray, measured: IntArray) -> FloatArray:
    """Return the boxes of the file where it has usable ones, else the masks'."""
    usable = np.isfinite(declared) & (np.array([-np.inf, -np.inf, 0, 0]) <= declared)
    return np.where(usable.all(axis=1, keepdims=True), declared, measured)


@dataclass(frozen=True, slots=True)
class _Shapes:
    """What is measured of the masks of one side of a block."""

    part: Instances
    """With the boxes of the file where there are some."""
    area: IntArray
    box: IntArray
    """(n, 4) of the masks."""
    mask_hash: NDArray[np.uint64]

    @staticmethod
    def of(side: Instances, where: slice, runs: Runs) -> _Shapes:
        part, box = side.take(np.arange(where.start, where.stop)), boxes(runs)
        return _Shapes(replace(part, box=_known_boxes(part.box, box)), areas(runs), box, hashes(runs))


def _filled(side: Instances, shapes: list[_Shapes]) -> Instances:
    if not shapes:
        return side
    area, box = np.concatenate([s.area for s in shapes]), np.concatenate([s.box for s in shapes])
    mask_hash = np.concatenate([s.mask_hash for s in shapes])
    return replace(
        side,
        area=area,
        declared_area=np.where(np.isfinite(side.declared_area), side.declared_area, area),
        box=_known_boxes(side.box, box),
        mask_hash=mask_hash,
    )


def _pairs(
    block: Block, mine: _Shapes, theirs: _Shapes, dataset: Dataset
) -> tuple[MaskPairs, MaskPairs, MaskPairs]:
    """Measure the pairs of a block: across, among labels, among predictions."""
    runs = concatenate([block.label_runs, block.prediction_runs])
    indexed, n = IndexedRuns.of(runs), block.label_runs.count
    image, box, crowd = (
        np.concatenate([getattr(side.part, name) for side in (mine, theirs)])
        for name in ("image", "box", "iscrowd")
    )
    measured = np.concatenate([mine.box, theirs.box])
    around = _around(box, measured, dataset.images.width[image], dataset.images.height[image])
    near = list(close_boxes(image, around, 0))
    a = np.concatenate([np.zeros(0, dtype=np.int64), *(pair[0] for pair in near)])
    b = np.concatenate([np.zeros(0, dtype=np.int64), *(pair[1] for pair in near)])
    area = np.concatenate([mine.area, theirs.area])
    pairs = MaskPairs.of(
        a, b, shared_pixels(indexed, indexed, a, b), area[a], area[b],
        iscrowd=crowd[a], box_iou=box_ious(box, a, b, crowd),
    )  # fmt: skip
    pairs = pairs.take(np.flatnonzero((pairs.intersection > 0) | (pairs.box_iou > 0)))
    shift = block.predictions.start - n
    kinds = []
    for chosen, of_a, of_b in (
        ((pairs.a < n) & (pairs.b >= n), block.labels.start, shift),
        (pairs.b < n, block.labels.start, block.labels.start),
        (pairs.a >= n, shift, shift),
    ):
        kind = pairs.take(chosen)
        kinds.append(replace(kind, a=kind.a + of_a, b=kind.b + of_b))
    return kinds[0], kinds[1], kinds[2]


def _around(box: FloatArray, measured: IntArray, width: IntArray, height: IntArray) -> IntArray:
    """Return whole-pixel boxes, inside the image, that hold both the declared and the measured box."""
    size = np.stack([width, height], axis=1)
    low, high = np.floor(box[:, :2]), np.ceil(box[:, :2] + box[:, 2:])
    some = measured[:, 2] > 0
    low[some] = np.minimum(low[some], measured[some, :2])
    high[some] = np.maximum(high[some], (measured[:, :2] + measured[:, 2:])[some])
    low, high = np.clip(low, 0, size).astype(np.int64), np.clip(high, 0, size).astype(np.int64)
    extent = high - low
    extent[(extent <= 0).any(axis=1)] = 0
    return np.concatenate([low, extent], axis=1)


def box_ious(box: FloatArray, a: IntArray, b: IntArray, crowd: NDArray[np.bool_]) -> FloatArray:
    """Measure the IoU of pairs of boxes as COCO does.

    Parameters
    ----------
    box : (n, 4) float64
        xywh.
    a, b : (k,) int64
    crowd : (n,) bool
        Crowd regions: a pair with one has the share of the other box.

    Examples
    --------
    >>> box = np.array([[0, 0, 2, 2], [1, 0, 2, 2.0]])
    >>> box_ious(box, np.array([0]), np.array([1]), np.zeros(2, dtype=bool)).round(3).tolist()
    [0.333]
    >>> none = np.zeros(0, dtype=np.int64)
    >>> box_ious(box, none, none, np.zeros(2, dtype=bool)).tolist()
    []
    """
    low = np.maximum(box[a, :2], box[b, :2])
    high = np.minimum(box[a, :2] + box[a, 2:], box[b, :2] + box[b, 2:])
    side = np.maximum(high - low, 0.0)
    shared, area = side[:, 0] * side[:, 1], box[:, 2] * box[:, 3]
    union = np.where(crowd[a], area[b], np.where(crowd[b], area[a], area[a] + area[b] - shared))
    iou: FloatArray = np.divide(shared, union, out=np.zeros(len(a)), where=union > 0)
    return iou
