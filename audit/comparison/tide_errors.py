"""What each wrong prediction and each missed label is, and how much average precision it costs: TIDE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from audit.comparison.average_precision import interpolate_precision
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.matching import BoolArray, match_detections
from audit.comparison.recall_upper_bound import evaluated_labels
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.runs import heads

ERROR_TYPES = ("cls", "loc", "both", "dupe", "bkg", "miss")
"""Wrong category; poor localisation; both; one label again; background; missed label."""
POSITIVE, BACKGROUND = 0.5, 0.1
_RECALLS = np.arange(101) / 100
"""As the reference has them; COCO's differ in the last bit, which can move a recall by one place."""
_MOST = 100
"""Predictions an image."""


@dataclass(frozen=True, slots=True)
class TideErrors:
    """One row a wrong prediction, then one a missed label; all arrays (k,)."""

    kind: np.ndarray
    """Text: values of `ERROR_TYPES`."""
    prediction: IntArray
    """Position in ``ComparisonTables.predictions``; -1 for a missed label."""
    label: IntArray
    """Position in ``ComparisonTables.labels``: the missed one, or what the error is about; -1 = none."""
    iou: FloatArray
    """Of the two; for background the largest with any label."""
    cost: Mapping[str, float]
    """AP (IoU 0.5, 0 to 1) that is gained where all errors of a kind are mended, at least 0, and of
    ``false_positives`` and ``false_negatives`` as a whole."""
    ap: float
    """AP at IoU 0.5, over all categories that have labels or predictions; NaN without any."""

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True)
class _Points:
    """What average precision is computed from: predictions that count, right or wrong."""

    category: IntArray
    score: FloatArray
    right: BoolArray
    turn: IntArray
    """Order among equal scores."""


def find_tide_errors(m: ComparisonTables) -> TideErrors:
    """Sort the errors of predictions by kind, each into the first that fits.

    A prediction that matches no label of its category (greedy, IoU at least 0.5) is *loc* if its best label
    of that category has an IoU of 0.1 to 0.5; *cls* if one of another category reaches 0.5; *dupe* if a label
    of its category reaches 0.5 but is taken; *bkg* if no label exceeds 0.1; else *both*. A label that is
    neither matched nor would be by mending a *loc* or *cls* is a *miss*.

    References
    ----------
    Bolya et al., "TIDE: a general toolbox for identifying object detection errors", 2020.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> len(find_tide_errors(measure_comparison(empty_dataset(), empty_dataset())))
    0
    """
    p, g = m.predictions, m.labels
    judged = evaluated_labels(m)
    turn = _turns(m)
    used = (p.category >= 0) & p.has_mask & (turn < _MOST)
    pairs = m.cross_pairs.take(m.cross_pairs.intersection > 0)
    pairs = pairs.take(used[pairs.b] & (judged[pairs.a] | g.iscrowd[pairs.a]))
    iou = pairs.iou
    same = g.category[pairs.a] == p.category[pairs.b]
    crowd = g.iscrowd[pairs.a]
    order = np.empty(len(p), dtype=np.int64)
    order[np.lexsort((p.row, -p.score, p.image))] = np.arange(len(p))
    fine = same & ~crowd
    matched = match_detections(
        pairs.take(fine), iou[fine], order, np.zeros((1, len(g)), dtype=np.bool_),
        np.zeros(len(g), dtype=np.bool_), np.array([POSITIVE]),
    )[0]  # fmt: skip
    right = matched >= 0
    taken = np.zeros(len(g), dtype=np.bool_)
    taken[matched[right]] = True
    aside = np.zeros(len(p), dtype=np.bool_)
    aside[pairs.b[same & crowd & (iou > POSITIVE)]] = True
    own, own_iou = _best(len(p), pairs.b[fine], pairs.a[fine], iou[fine])
    other, other_iou = _best(len(p), *(v[~same & ~crowd] for v in (pairs.b, pairs.a, iou)))
    again = fine & taken[pairs.a]
    dupe, dupe_iou = _best(len(p), pairs.b[again], pairs.a[again], iou[again])
    some = np.bincount(g.image[judged], minlength=len(m.image_id)) > 0
    nearest = np.where(own_iou >= other_iou, own, other)
    nearest_iou = np.maximum(own_iou, other_iou)
    kind = np.full(len(p), "", dtype=object)
    label, label_iou = np.full(len(p), -1, dtype=np.int64), np.zeros(len(p))
    for name, holds, which, value in reversed(
        [
            ("bkg", ~some[p.image], np.full(len(p), -1), np.zeros(len(p))),
            ("loc", (own_iou >= BACKGROUND) & (own_iou <= POSITIVE), own, own_iou),
            ("cls", other_iou >= POSITIVE, other, other_iou),
            ("dupe", dupe_iou >= POSITIVE, dupe, dupe_iou),
            ("bkg", nearest_iou <= BACKGROUND, np.full(len(p), -1), nearest_iou),
            ("both", np.ones(len(p), dtype=np.bool_), nearest, nearest_iou),
        ]
    ):
        kind[holds], label[holds], label_iou[holds] = name, which[holds], value[holds]
    wrong = np.flatnonzero(used & ~right)
    wrong = wrong[np.argsort(order[wrong], kind="stable")]
    mended = _mended(kind, label, taken, wrong)
    missed = np.flatnonzero(judged & ~taken & ~np.isin(np.arange(len(g)), label[mended]))
    # A label that several errors of kind loc or cls are about is won back by the best of them only.
    about = wrong[np.isin(kind[wrong], ("loc", "cls")) & ~taken[label[wrong]]]
    missed = missed[~np.isin(missed, label[about])]
    points = _Points(p.category, p.score, right, order)
    cost, ap = _costs(m, points, kind, label, mended, wrong, missed, judged, used & ~aside)
    return TideErrors(
        kind=np.concatenate([kind[wrong], np.full(len(missed), "miss", dtype=object)]),
        prediction=np.concatenate([wrong, np.full(len(missed), -1)]),
        label=np.concatenate([label[wrong], missed]),
        iou=np.concatenate([label_iou[wrong], np.zeros(len(missed))]),
        cost=cost,
        ap=ap,
    )


def _turns(m: ComparisonTables) -> IntArray:
    """Return how many better predictions of its image, of any category, each one has."""
    p = m.predictions
    order = np.lexsort((p.row, -p.score, p.image))
    first = heads(p.image[order])
    turn = np.empty(len(p), dtype=np.int64)
    turn[order] = np.arange(len(p)) - np.repeat(first, np.diff(np.r_[first, len(p)]))
    return turn


def _best(n: int, prediction: IntArray, label: IntArray, iou: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the label with the largest IoU for each prediction; of equal ones the first."""
    order = np.lexsort((-label, iou, prediction))
    which, value = np.full(n, -1, dtype=np.int64), np.zeros(n)
    which[prediction[order]], value[prediction[order]] = label[order], iou[order]
    return which, value


def _mended(kind: np.ndarray, label: IntArray, taken: BoolArray, wrong: IntArray) -> IntArray:
    """Return the predictions that would match if they were mended: the best one of each free label."""
    able = wrong[np.isin(kind[wrong], ("loc", "cls"))]
    able = able[~taken[label[able]]]
    _, first = np.unique(label[able], return_index=True)  # ``wrong`` is in order of score in each image
    return able[np.sort(first)]


def _costs(
    m: ComparisonTables, points: _Points, kind: np.ndarray, label: IntArray, mended: IntArray,
    wrong: IntArray, missed: IntArray, judged: BoolArray, counts: BoolArray,
) -> tuple[dict[str, float], float]:  # fmt: skip
    g, n = m.labels, m.categories
    wanted = np.bincount(g.category[judged], minlength=n)
    base = _mean_ap(points, wanted, counts, points.turn)
    # Mended data lists errors first, then what was right: so equal scores are ordered.
    turn = points.turn + np.where(points.right, len(points.turn), 0)
    cost: dict[str, float] = {}
    for name in ERROR_TYPES:
        if name == "miss":
            less = wanted - np.bincount(g.category[missed], minlength=n)
            cost[name] = max(_mean_ap(points, less, counts, turn) - base, 0.0)
            continue
        of_kind = np.zeros(len(kind), dtype=np.bool_)
        of_kind[wrong] = kind[wrong] == name
        won = np.zeros(len(kind), dtype=np.bool_)
        won[mended] = of_kind[mended]
        category = points.category.copy()
        category[won] = g.category[label[won]]
        fixed = _Points(category, points.score, points.right | won, points.turn)
        cost[name] = max(_mean_ap(fixed, wanted, (counts & ~of_kind) | won, turn) - base, 0.0)
    sure = _Points(points.category, points.right.astype(float), points.right, points.turn)
    cost["false_positives"] = _mean_ap(sure, wanted, counts, turn) - base
    found = np.bincount(points.category[points.right & counts], minlength=n)
    cost["false_negatives"] = _mean_ap(points, found, counts, turn) - base
    return cost, base


def _mean_ap(points: _Points, wanted: IntArray, counts: BoolArray, turn: IntArray) -> float:
    """Average AP over the categories that have labels or predictions."""
    rows = np.flatnonzero(counts)
    rows = rows[np.lexsort((turn[rows], -points.score[rows], points.category[rows]))]
    bounds = np.searchsorted(points.category[rows], np.arange(len(wanted) + 1))
    found = []
    for category in np.flatnonzero((np.diff(bounds) > 0) | (wanted > 0)).tolist():
        right = points.right[rows[bounds[category] : bounds[category + 1]]][None]
        number = int(wanted[category])
        found.append(float(interpolate_precision(right, ~right, number, _RECALLS).mean()) if number else 0.0)
    return float(np.mean(found)) if found else float("nan")
