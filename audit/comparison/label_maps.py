"""Masks that share no pixel: what metrics on label maps need, for many choices of predictions.

The rule, since masks may overlap but a map has one value a pixel: of predictions the higher score wins; of
labels the smaller mask, as what lies on top is mostly smaller; a crowd region loses to every label. Equal
ones go to the earlier in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray
from audit.comparison.measuring import blocks
from audit.dataset.model import Dataset, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.overlap import shared_pixels
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.run_set_ops import common, subtract
from audit.geometry.runs import Runs, concatenate, unite
from audit.geometry.shape import areas


@dataclass(frozen=True, slots=True)
class LabelMaps:
    """Two label maps an image, as areas and shared pixels."""

    label_area: IntArray
    """(labels,) pixels."""
    prediction_area: IntArray
    """(predictions,) pixels; 0 for those that are not in the map."""
    kept: BoolArray
    """(predictions,) which are in the map."""
    label: IntArray
    """(k,) pairs that share pixels, sorted."""
    prediction: IntArray
    pixels: IntArray
    all: IntArray
    """(pairs of `LabelMapBuilder.cross_pairs`,) the same, 0 where nothing is shared."""
    loser: IntArray
    """(pairs of `LabelMapBuilder.pairs`,) the prediction that gives its pixels up; -1 = not both are kept."""

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True, slots=True)
class LabelMapBuilder:
    """Flat labels, and what is needed to flatten any choice of predictions without drawing masks again."""

    m: ComparisonTables
    labels: IndexedRuns
    label_area: IntArray
    cross_pairs: MaskPairs
    """Pairs of a flat label and a whole prediction."""
    pairs: MaskPairs
    """Pairs of predictions that share pixels."""
    pieces: Runs
    """What each of these pairs shares."""

    def maps(self, kept: BoolArray, rank: IntArray, like: LabelMaps | None = None) -> LabelMaps:
        """Flatten some predictions.

        Parameters
        ----------
        kept : (predictions,) bool
        rank : (predictions,) int64
            All different; the lower wins a pixel.
        like : LabelMaps, optional
            Of another choice: images in which this one is the same are not flattened again.

        Examples
        --------
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.dataset.model import empty_dataset
        >>> m = measure_comparison(empty_dataset(), empty_dataset())
        >>> none = np.zeros(0, dtype=np.int64)
        >>> len(prepare_label_maps(empty_dataset(), empty_dataset(), m).maps(none > 0, none))
        0
        """
        p, n = self.m.predictions, len(self.m.predictions)
        a, b = self.pairs.a, self.pairs.b
        both = kept[a] & kept[b]
        loser = np.where(both, np.where(rank[a] < rank[b], b, a), -1)
        anew = np.ones(n, dtype=np.bool_) if like is None else self._anew(like, kept, loser)
        piece = self.pieces.keep((both & anew[a])[self.pieces.mask])
        taken = unite(loser[piece.mask].astype(np.int32), piece.x, piece.y0, piece.y1, n)
        lost = areas(taken)
        area = np.where(kept, p.area - lost, 0)
        pairs = self.cross_pairs
        pixels = np.where(kept[pairs.b], pairs.intersection, 0)
        less = np.flatnonzero((lost[pairs.b] > 0) & (pixels > 0))
        pixels[less] -= shared_pixels(IndexedRuns.of(taken), self.labels, pairs.b[less], pairs.a[less])
        if like is not None:
            area, pixels = (
                np.where(anew, area, like.prediction_area),
                np.where(anew[pairs.b], pixels, like.all),
            )
        some = pixels > 0
        return LabelMaps(
            self.label_area, area, kept, pairs.a[some], pairs.b[some], pixels[some], all=pixels, loser=loser
        )

    def _anew(self, like: LabelMaps, kept: BoolArray, loser: IntArray) -> BoolArray:
        """Say which predictions lie in images in which another choice was made."""
        image = self.m.predictions.image
        changed = np.zeros(len(self.m.image_id), dtype=np.bool_)
        changed[image[kept != like.kept]] = True
        changed[image[self.pairs.a[loser != like.loser]]] = True
        found: BoolArray = changed[image]
        return found


def prepare_label_maps(labels: Dataset, predictions: Dataset, m: ComparisonTables) -> LabelMapBuilder:
    """Flatten the labels, and cut out what predictions share.

    Parameters
    ----------
    labels, predictions : Dataset
    m : ComparisonTables
        Of these.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> nothing = empty_dataset()
    >>> prepare_label_maps(nothing, nothing, measure_comparison(nothing, nothing)).label_area.tolist()
    []
    """
    rank = rank_labels(m)
    flat: list[Runs] = []
    across: list[IntArray] = []
    pieces: list[Runs] = []
    meet = m.prediction_pairs.take(m.prediction_pairs.intersection > 0)
    over = m.cross_pairs.take(m.cross_pairs.intersection > 0)
    for block in blocks(labels, predictions, m.labels, m.predictions):
        first, start = block.labels.start, block.predictions.start
        own = make_exclusive(
            block.label_runs, _within(m.label_pairs, block.labels), rank[block.labels], first
        )
        flat.append(own)
        here = _within(over, block.labels)
        across.append(
            shared_pixels(
                IndexedRuns.of(own), IndexedRuns.of(block.prediction_runs), here.a - first, here.b - start
            )
        )
        pair = _within(meet, block.predictions)
        indexed = IndexedRuns.of(block.prediction_runs)
        pieces.append(common(indexed, indexed, pair.a - start, pair.b - start))
    runs = concatenate(flat)
    flat_area, shared = areas(runs), np.concatenate([np.zeros(0, dtype=np.int64), *across])
    cross_pairs = replace(over, intersection=shared, area_a=flat_area[over.a])
    return LabelMapBuilder(m, IndexedRuns.of(runs), flat_area, cross_pairs, meet, concatenate(pieces))


def make_exclusive(runs: Runs, pairs: MaskPairs, rank: IntArray, first: int) -> Runs:
    """Give every pixel to one mask.

    Parameters
    ----------
    runs : Runs
    pairs : MaskPairs
        That share pixels; positions from ``first`` on.
    rank : (count,) int64
        All different; the lower wins.
    first : int

    Examples
    --------
    >>> from audit.geometry.runs import from_dense
    >>> pairs = MaskPairs.of(*(np.array([value]) for value in (0, 1, 1, 2, 2)))
    >>> runs = from_dense(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> areas(make_exclusive(runs, pairs, np.array([0, 1]), 0)).tolist()
    [2, 1]
    >>> areas(make_exclusive(runs, pairs.take(np.array([], dtype=int)), np.array([0, 1]), 0)).tolist()
    [2, 2]
    """
    pairs = pairs.take(pairs.intersection > 0)
    if len(pairs) == 0:
        return runs
    indexed, a, b = IndexedRuns.of(runs), pairs.a - first, pairs.b - first
    piece = common(indexed, indexed, a, b)
    loser = np.where(rank[a] < rank[b], b, a).astype(np.int32)
    return subtract(runs, unite(loser[piece.mask], piece.x, piece.y0, piece.y1, runs.count))


def rank_labels(m: ComparisonTables) -> IntArray:
    """Rank labels for flattening: crowd regions last, the smaller first, then as in the file.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> rank_labels(measure_comparison(empty_dataset(), empty_dataset())).tolist()
    []
    """
    n = len(m.labels)
    rank = np.empty(n, dtype=np.int64)
    rank[np.lexsort((np.arange(n), m.labels.area, m.labels.iscrowd))] = np.arange(n)
    return rank


def _within(pairs: MaskPairs, where: slice) -> MaskPairs:
    low, high = np.searchsorted(pairs.a, [where.start, where.stop])
    return pairs.take(np.arange(low, high))
