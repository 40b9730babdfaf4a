"""Learn what one object means in this dataset, and score every instance and every pair by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.findings.sanitize import encodable
from audit.geometry.runs import IntArray
from audit.measure.schema import CONVENTIONS, Measurements, table
from audit.touching.evidence import (
    Candidates,
    candidates,
    fits_as_cut,
    of_cuts,
    of_instances,
    of_pairs,
    of_unions,
)
from audit.touching.logistic import CHUNK, FOLDS, Fit, out_of_fold, probability, sharpened
from audit.touching.reference_stats import Typical, typical

MIN_UNIONS = 30
"""Touching pairs from which on there is a convention to learn."""
MIN_SINGLES = 30
"""Singles from which on it is known what one object looks like."""
MIN_OWN = 10
"""Instances of a category from which on the dataset's convention may speak for it."""
MIN_SHARPNESS = 0.85
"""AUROC of one against union below which the form of an object does not tell one from several."""

_ROUGH = Fit(ridge=30.0, passes=2, doubt_zero=0.6, doubt_one=0.6)
_PAIRS = Fit(ridge=30.0, passes=4, doubt_zero=0.5, doubt_one=0.5)
_FINE = Fit(ridge=2.0, passes=2, doubt_zero=0.85, doubt_one=1.0)
_DIGITS = 6
_TRUST = 2.0
"""Log odds that pairs are trusted with to be two objects before their unions are looked at."""

MIN_IMAGES = 2 * FOLDS
"""Images from which on no example is judged by a model that saw its image."""
START_SHARE = 0.02
"""Share of merged instances, and of split pairs, that is assumed before anything is learned."""
STRENGTH = 50
"""Examples that the dataset counts for against a category's own."""
DOUBT = 0.25
"""What evidence counts for where the form of objects is known not to tell."""
_TURNS = 30

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Odds:
    """Log likelihood ratios, each from models that did not see the image."""

    merged: Floats
    """(instances,) several objects against one."""
    union: Floats
    """(pairs,) the same of each candidate pair's union."""
    split: Floats
    """(pairs,) one object drawn as two against two objects."""
    cut: Floats
    """(cuts,) the same of the cut singles."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was learned about one category, or about all together."""

    sharpness: float
    pair_sharpness: float
    merged_share: float
    split_share: float
    reason: str


def scored(m: Measurements) -> Measurements:
    """Fill ``merge_score``, ``split_score`` and the table of conventions.

    Two classifiers are learned, both judged on images that they did not see. The first tells
    instances from unions of touching pairs: an instance that looks like two others together is
    suspect. The second tells pairs as drawn from singles cut in two by chance. Examples that contradict
    a first fit are set aside before the last. Scores are probabilities: the classifiers' odds, times the
    odds that this dataset seems to have (Saerens et al., "Adjusting the outputs of a classifier to new a
    priori probabilities", 2002).

    Parameters
    ----------
    m : Measurements

    Returns
    -------
    Measurements
        The same with new columns. Scores are NaN where there is nothing to score (no mask, crowd
        regions, pairs that are no candidates) or nothing to learn from.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> scored(empty_measurements()).conventions["reason"].tolist()
    ['only 0 touching pairs; 30 are needed to learn how they are drawn']
    """
    t, pairs = typical(m), candidates(m)
    n, rows = len(m.instances), m.unions["pair"].to_numpy()
    merge_score, split_score = np.full(n, np.nan), np.full(len(m.pairs), np.nan)
    overall = _Group(t.usable, np.ones(len(pairs.a), dtype=bool), np.ones(len(m.cuts), dtype=bool))
    why = _too_few(t, pairs, overall)
    if why:
        lines = [_line(-1, t, pairs, overall, _Known(0.5, 0.5, 0.0, 0.0, why))]
        odds = _Odds(*(np.zeros(size) for size in (n, len(rows), len(rows), len(m.cuts))))
    else:
        odds = _odds(m, t, pairs)
        known = _learned(odds, t, pairs, overall, None)
        lines = [_line(-1, t, pairs, overall, known)]
        for k, group in _categories(m, t, pairs):
            own = _learned(odds, t, pairs, group, known)
            weight = DOUBT if own.reason else 1.0
            mine, those = group.instances, group.pairs
            merge_score[mine] = probability(_logit(own.merged_share) + weight * odds.merged[mine])
            split_score[rows[those]] = probability(_logit(own.split_share) + weight * odds.split[those])
            lines.append(_line(k, t, pairs, group, own))
    return replace(
        m,
        instances=m.instances.assign(merge_score=merge_score.round(_DIGITS)),
        pairs=m.pairs.assign(split_score=split_score.round(_DIGITS)),
        shapes=m.shapes.assign(several=odds.merged.round(_DIGITS).astype(np.float32)),
        unions=m.unions.assign(several=odds.union.round(_DIGITS).astype(np.float32)),
        conventions=table(CONVENTIONS, {name: [line[name] for line in lines] for name in CONVENTIONS}),
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """The instances, candidate pairs and cut singles of one category, or of all."""

    instances: Flags
    pairs: Flags
    cuts: Flags


def _categories(m: Measurements, t: Typical, pairs: Candidates) -> Iterator[tuple[int, _Group]]:
    category = m.instances["category"].to_numpy()
    of_pair, of_cut = category[pairs.a], category[m.cuts["instance"].to_numpy()]
    for k in np.unique(category[t.usable]).tolist():
        yield k, _Group(t.usable & (category == k), of_pair == k, of_cut == k)


def _odds(m: Measurements, t: Typical, pairs: Candidates) -> _Odds:
    rows = np.flatnonzero(t.usable)
    n = len(rows)
    fold = _folds(m, t)
    parts = [of_instances(m, t, rows[first : first + CHUNK]) for first in range(0, n, CHUNK)]
    x = np.concatenate([*parts, of_unions(m, t, pairs)])
    del parts
    union = np.arange(len(x)) >= n
    where = np.concatenate([fold[rows], fold[pairs.a]])
    weight = np.concatenate([np.ones(n), pairs.eligible.astype(float)])
    merged = np.zeros(len(fold))
    rough = out_of_fold(x, union, weight, where, _ROUGH)
    merged[rows] = rough[:n]
    split, cut = _pair_odds(m, t, pairs, rough[n:], merged, fold)
    # Pairs that seem to be one object teach nothing about unions.
    weight[n:] *= 1 - probability(split)
    fine = out_of_fold(x, union, weight, where, _FINE)
    fine = sharpened(fine, union, weight)
    merged[rows] = fine[:n]
    return _Odds(merged, fine[n:], split, cut)


def _pair_odds(
    m: Measurements, t: Typical, pairs: Candidates, union: Floats, merged: Floats, fold: IntArray
) -> tuple[Floats, Floats]:
    """Tell pairs as drawn from cut singles; return the evidence for one object of both."""
    cut = m.cuts["instance"].to_numpy()
    x = np.concatenate([of_pairs(m, t, pairs, union), of_cuts(m, t, merged)])
    drawn = np.arange(len(x)) < len(union)
    # Where many objects are drawn as two, those pairs must not teach what pairs are like: the more a union
    # looks like one object, the less its pair counts.
    usable = np.concatenate([pairs.eligible * probability(union + _TRUST), fits_as_cut(m)])
    weight = usable * np.where(drawn, 1.0, usable[drawn].sum() / max(usable[~drawn].sum(), 1))
    logit = out_of_fold(x, drawn, weight, np.concatenate([fold[pairs.a], fold[cut]]), _PAIRS)
    sure = weight * ~(drawn & (logit < 0))
    odds = -sharpened(logit, drawn, sure)
    return odds[: len(union)], odds[len(union) :]


def _folds(m: Measurements, t: Typical) -> IntArray:
    """Deal the instances out: by their images' names, or, of few images, by stripes of each.

    Names, not ids: a new export with other ids must give the same scores.
    """
    table = m.instances
    row = table["image"].to_numpy()
    name = pd.util.hash_array(np.array([*map(encodable, m.images["file_name"]), ""], dtype=object))
    fold: IntArray = (name % np.uint64(FOLDS)).astype(np.int64)[row]
    if len(np.unique(row[t.usable])) >= MIN_IMAGES:
        return fold
    width = np.maximum(np.r_[m.images["width"].to_numpy(), 1][row], 1)
    middle = table["x"].to_numpy() + table["w"].to_numpy() / 2
    stripe = np.clip(middle * FOLDS // width, 0, FOLDS - 1).astype(np.int64)
    dealt: IntArray = (fold + stripe) % FOLDS
    return dealt


def _too_few(t: Typical, pairs: Candidates, group: _Group) -> str:
    unions = int((group.pairs & pairs.eligible).sum())
    singles = int((group.instances & t.singles).sum())
    if unions < MIN_UNIONS:
        return f"only {unions} touching pairs; {MIN_UNIONS} are needed to learn how they are drawn"
    if singles < MIN_SINGLES:
        return f"only {singles} objects stand alone; {MIN_SINGLES} are needed to learn what one looks like"
    return ""


def _learned(odds: _Odds, t: Typical, pairs: Candidates, group: _Group, above: _Known | None) -> _Known:
    """Judge what was learned about a group; a small one is judged as the whole dataset is."""
    touching = group.pairs & pairs.eligible
    mine = odds.merged[group.instances]
    number = min(int((group.instances & t.singles).sum()), int(touching.sum()))
    # Pairs that seem to be one object are no measure of how well several are told from one.
    sharp = auroc(odds.union[touching & (odds.split < 0)], mine)
    pair_sharp = auroc(odds.cut[group.cuts], odds.split[touching & (odds.split < 0)])
    merged, split = START_SHARE, START_SHARE
    if above is not None:
        own = number / (number + STRENGTH)
        sharp = own * sharp + (1 - own) * above.sharpness
        pair_sharp = own * pair_sharp + (1 - own) * above.pair_sharpness
        merged, split = above.merged_share, above.split_share
    reason = ""
    if int(group.instances.sum()) < MIN_OWN:
        reason = (
            f"only {int(group.instances.sum())} objects; {MIN_OWN} are needed to know what one looks like"
        )
    elif sharp < MIN_SHARPNESS:
        reason = (
            "what one object looks like does not tell it from two that touch: their forms vary too much "
            f"(AUROC {sharp:.2f}; {MIN_SHARPNESS} is needed)"
        )
    return _Known(sharp, pair_sharp, share(mine, merged), share(odds.split[touching], split), reason)


def share(evidence: Floats, start: float) -> float:
    """Estimate which share of some examples is of a kind, from their log likelihood ratios.

    Expectation maximisation; the start counts as `STRENGTH` examples.

    Examples
    --------
    >>> round(share(np.repeat([8.0, -8.0], [100, 900]), 0.02), 2)
    0.1
    >>> share(np.zeros(0), 0.02)
    0.02
    """
    result = start
    for _ in range(_TURNS):
        likely = probability(_logit(result) + evidence)
        result = (float(likely.sum()) + STRENGTH * start) / (len(evidence) + STRENGTH)
    return result


def auroc(high: Floats, low: Floats) -> float:
    """Say how often an example of the one kind scores above one of the other; ties count half.

    Examples
    --------
    >>> auroc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    >>> auroc(np.zeros(0), np.ones(2))
    0.5
    """
    if len(high) == 0 or len(low) == 0:
        return 0.5
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high) + np.searchsorted(ordered, high, side="right")
    return float(below.sum()) / (2 * len(high) * len(low))


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def _line(k: int, t: Typical, pairs: Candidates, group: _Group, known: _Known) -> dict[str, object]:
    """Write a row of the table of conventions."""
    return {
        "category": k,
        "instances": int(group.instances.sum()),
        "singles": int((group.instances & t.singles).sum()),
        "pairs": int((group.pairs & pairs.eligible).sum()),
        "sharpness": round(known.sharpness, _DIGITS),
        "pair_sharpness": round(known.pair_sharpness, _DIGITS),
        "known": not known.reason,
        "reason": known.reason,
        "merged_share": round(known.merged_share, _DIGITS),
        "split_share": round(known.split_share, _DIGITS),
    }
