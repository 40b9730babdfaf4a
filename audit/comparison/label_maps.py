"""Masks that share no pixel: what metrics on label maps need, for many choices of predictions.

The rule, since masks may overlap but a map has one value a pixel: of predictions the higher score wins; of
labels the smaller mask, as what lies on top is mostly smaller; a crowd region loses to every label. Equal
ones go to the earlier in the file.

No map is painted. What two predictions share is cut out once; a choice of predictions is then a few sums of
such pieces, so that dozens of choices cost little more than one.
"""

from __future__ import annotations

from ctypes import c_int64
from dataclasses import replace

import numpy as np

from audit.carriers import dataclass
from audit.comparison.average_precision import rank_by_score
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray
from audit.dataset.model import IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.native_runs import RUNS, int64_array, run_arguments, thread_count
from audit.geometry.overlap import count_intersections
from audit.geometry.run_set_ops import cut_out_masks, intersect_masks
from audit.geometry.runs import Runs
from audit.geometry.shape import measure_areas
from audit.geometry.sort_keys import stable_argsort, stable_lexsort
from audit.native.library import array, declare

_count_lost_pixels = declare(
    "maskaudit_count_lost_pixels",
    *RUNS, array("i8"), c_int64, c_int64, *RUNS, array("i8"), array("i8"), array("i8"), c_int64, c_int64,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelMaps:
    """Two label maps an image, as areas and shared pixels."""

    tables: ComparisonTables
    """What was flattened."""
    label_area: IntArray
    """(labels,) pixels in the map."""
    prediction_area: IntArray
    """(predictions,) pixels in the map; 0 for those that are not drawn."""
    is_drawn: BoolArray
    """(predictions,) which are in the map."""
    pairs: MaskPairs
    """Pairs that share pixels in the maps: a = label, b = prediction; sorted."""
    all_intersections: IntArray
    """(`LabelMapBuilder.cross_pairs`,) shared pixels of all pairs, also of those that share none."""
    loser: IntArray
    """(`LabelMapBuilder.prediction_pairs`,) the one that gives its pixels up; -1 = not both are drawn."""

    def without_crowds(self) -> LabelMaps:
        """Leave crowd regions out of the labels, as background.

        Examples
        --------
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.testing import compared, scene
        >>> data = compared((scene("aabb", crowd="b"), scene("pppp")))
        >>> maps = prepare_label_maps(measure_comparison(*data)).draw()
        >>> maps.label_area.tolist(), maps.without_crowds().label_area.tolist()
        ([2, 2], [2, 0])
        """
        return replace(
            self,
            label_area=np.where(self.tables.labels.iscrowd, 0, self.label_area),
            pairs=self.pairs.take(~self.pairs.iscrowd),
        )


@dataclass(frozen=True, slots=True)
class LabelMapBuilder:
    """Flat labels, and what is needed to flatten any choice of predictions without drawing masks again."""

    tables: ComparisonTables
    labels: Runs
    label_area: IntArray
    cross_pairs: MaskPairs
    """Pairs of a flat label and a whole prediction."""
    prediction_pairs: MaskPairs
    """Pairs of predictions that share pixels."""
    pieces: Runs
    """What each of these pairs shares."""
    first_pair: IntArray
    """(predictions + 1,) where in ``pair_order`` the pairs with labels of each prediction begin."""
    pair_order: IntArray
    """(cross_pairs,) positions of these pairs, by prediction."""
    label_of_pair: IntArray
    """(cross_pairs,) their labels."""

    def draw(
        self,
        is_drawn: BoolArray | None = None,
        rank: IntArray | None = None,
        previous: LabelMaps | None = None,
    ) -> LabelMaps:
        """Flatten a choice of predictions.

        Parameters
        ----------
        is_drawn : (predictions,) bool, optional
            All where it is left out.
        rank : (predictions,) int64, optional
            All different; the lower wins a pixel. That of the scores where it is left out.
        previous : LabelMaps, optional
            Of another choice: predictions that lose the same pixels in both are not flattened again.

        Returns
        -------
        LabelMaps

        Examples
        --------
        >>> from audit.comparison.measuring import measure_comparison
        >>> from audit.testing import compared, scene
        >>> data = compared((scene("aaaa.."), scene("pppp..", "...qqq")), scores={"q": 0.8})
        >>> builder = prepare_label_maps(measure_comparison(*data))
        >>> builder.draw().prediction_area.tolist()
        [4, 2]
        >>> builder.draw(np.array([False, True])).pairs.intersection.tolist()
        [1]
        >>> len(prepare_label_maps(measure_comparison(*compared())).draw().pairs)
        0
        """
        predictions = self.tables.predictions
        n_predictions = len(predictions)
        is_drawn = np.ones(n_predictions, dtype=np.bool_) if is_drawn is None else is_drawn
        rank = rank_by_score(self.tables) if rank is None else rank
        a, b = self.prediction_pairs.a, self.prediction_pairs.b
        compete = is_drawn[a] & is_drawn[b]
        loser = np.where(compete, np.where(rank[a] < rank[b], b, a), -1)
        is_new = np.ones(n_predictions, dtype=np.bool_)
        if previous is not None:
            is_new = self._is_changed(previous, is_drawn, loser)
        lost = _count_lost_pixels(
            *run_arguments(self.pieces), np.where(is_new[loser], loser, -1), len(loser), n_predictions,
            *run_arguments(self.labels), self.first_pair, self.pair_order, self.label_of_pair,
            len(self.cross_pairs), thread_count(),
        )  # fmt: skip
        area = np.where(is_drawn, predictions.area - lost["area"], 0)
        # What each flat prediction shares with each flat label: all, less what it lost there.
        pairs = self.cross_pairs
        intersection = np.where(is_drawn[pairs.b], pairs.intersection - lost["common"], 0)
        if previous is not None:
            area = np.where(is_new, area, previous.prediction_area)
            intersection = np.where(is_new[pairs.b], intersection, previous.all_intersections)
        return self._to_maps(is_drawn, area, intersection, loser)

    def _to_maps(
        self, is_drawn: BoolArray, area: IntArray, intersection: IntArray, loser: IntArray
    ) -> LabelMaps:
        shares = intersection > 0
        label, prediction = self.cross_pairs.a[shares], self.cross_pairs.b[shares]
        return LabelMaps(
            tables=self.tables,
            label_area=self.label_area,
            prediction_area=area,
            is_drawn=is_drawn,
            pairs=MaskPairs.of(
                label, prediction, intersection[shares], self.label_area[label], area[prediction],
                iscrowd=self.cross_pairs.iscrowd[shares],
            ),
            all_intersections=intersection,
            loser=loser,
        )  # fmt: skip

    def _is_changed(self, previous: LabelMaps, is_drawn: BoolArray, loser: IntArray) -> BoolArray:
        """Say which predictions are drawn otherwise than in another choice, or lose other pixels."""
        is_changed: BoolArray = is_drawn != previous.is_drawn
        is_other = loser != previous.loser
        for lost in (loser[is_other], previous.loser[is_other]):
            is_changed[lost[lost >= 0]] = True
        return is_changed


def prepare_label_maps(
    tables: ComparisonTables, of_same_labels: LabelMapBuilder | None = None
) -> LabelMapBuilder:
    """Flatten the labels, and cut out what predictions share.

    Parameters
    ----------
    tables : ComparisonTables
    of_same_labels : LabelMapBuilder, optional
        Made of the same labels with other predictions: its labels are flat already.

    Returns
    -------
    LabelMapBuilder

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaa..", "..bb.."), scene("......")))
    >>> prepare_label_maps(measure_comparison(*data)).label_area.tolist()
    [2, 2]
    >>> prepare_label_maps(measure_comparison(*compared())).label_area.tolist()
    []
    """
    prediction_pairs = tables.prediction_pairs.take(tables.prediction_pairs.intersection > 0)
    cross_pairs = tables.cross_pairs.take(tables.cross_pairs.intersection > 0)
    if of_same_labels is None:
        runs = make_exclusive(tables.labels.runs, tables.label_pairs, rank_labels(tables), 0)
        label_area = measure_areas(runs)
    else:
        runs, label_area = of_same_labels.labels, of_same_labels.label_area
    masks = tables.predictions.runs
    pieces = intersect_masks(masks, masks, prediction_pairs.a, prediction_pairs.b)
    # A label that lost no pixel shares with each prediction what it shared before.
    is_cut = (label_area != tables.labels.area)[cross_pairs.a]
    intersection = cross_pairs.intersection.copy()
    intersection[is_cut] = count_intersections(runs, masks, cross_pairs.a[is_cut], cross_pairs.b[is_cut])
    cross_pairs = replace(cross_pairs, intersection=intersection, area_a=label_area[cross_pairs.a])
    n_pairs = np.bincount(cross_pairs.b, minlength=len(tables.predictions))
    pair_order = stable_argsort(cross_pairs.b)
    return LabelMapBuilder(
        tables, runs, label_area, cross_pairs, prediction_pairs, pieces,
        int64_array(np.concatenate([[0], np.cumsum(n_pairs)])), pair_order, cross_pairs.a[pair_order],
    )  # fmt: skip


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
        Position of the first mask of ``runs``.

    Returns
    -------
    Runs

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> pairs = MaskPairs.of(*(np.array([value]) for value in (0, 1, 1, 2, 2)))
    >>> runs = dense_to_runs(np.array([[[1, 1, 0]], [[0, 1, 1]]], dtype=bool))
    >>> measure_areas(make_exclusive(runs, pairs, np.array([0, 1]), 0)).tolist()
    [2, 1]
    >>> measure_areas(make_exclusive(runs, pairs.take(np.array([], dtype=int)), np.array([0, 1]), 0)).tolist()
    [2, 2]
    """
    shares = pairs.intersection > 0
    a, b = pairs.a[shares] - first, pairs.b[shares] - first
    a_wins = rank[a] < rank[b]
    return cut_out_masks(runs, np.where(a_wins, b, a), np.where(a_wins, a, b))


def rank_labels(tables: ComparisonTables) -> IntArray:
    """Rank labels for flattening: crowd regions last, the smaller first, then as in the file.

    Parameters
    ----------
    tables : ComparisonTables

    Returns
    -------
    (labels,) int64
        0 wins.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> rank_labels(measure_comparison(*compared((scene("aaabbc", crowd="c"), scene("......"))))).tolist()
    [1, 0, 2]
    >>> rank_labels(measure_comparison(*compared())).tolist()
    []
    """
    labels = tables.labels
    position = np.arange(len(labels))
    rank = np.empty(len(labels), dtype=np.int64)
    rank[stable_lexsort((labels.area, labels.iscrowd))] = position
    return rank
