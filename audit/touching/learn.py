"""Learn what one object means in this dataset, and score every instance and every pair by it."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.findings.sanitize import encodable
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.runs import IntArray
from audit.measure.schema import CONVENTIONS, Measurements, table
from audit.touching.evidence import (
    cut_features,
    eligible_pairs,
    instance_features,
    pair_features,
    plausible_cuts,
    union_features,
    union_pairs,
)
from audit.touching.logistic import CHUNK_ROWS, FOLDS, out_of_fold, probability, stretch_log_odds
from audit.touching.reference_stats import ReferenceStats, reference_stats

MIN_UNIONS = 30
"""Touching pairs from which on there is a convention to learn."""
MIN_ISOLATED = 30
"""Isolated objects from which on it is known what one object looks like."""
MIN_INSTANCES = 10
"""Instances of a category from which on the dataset's convention may speak for it."""
MIN_AUROC = 0.85
"""Of instance against union, below which the form of an object does not tell one from two."""
MIN_IMAGES = 2 * FOLDS
"""Images from which on no example is judged by a model that saw its image."""
PRIOR_SHARE = 0.02
"""Share of merged instances, and of split pairs, that is assumed before anything is learned."""
PRIOR_EXAMPLES = 50
"""Examples that the dataset counts for against those of a category."""
DISTRUST = 0.25
"""What evidence counts for where the form of objects is known not to tell."""

_fit_roughly = partial(out_of_fold, ridge=30.0, passes=2, doubt_negative=0.6, doubt_positive=0.6)
_fit_pairs = partial(out_of_fold, ridge=30.0, passes=4, doubt_negative=0.5, doubt_positive=0.5)
_fit_finely = partial(out_of_fold, ridge=2.0, passes=2, doubt_negative=0.85, doubt_positive=1.0)
_PAIR_PRIOR_LOG_ODDS = 2.0
"""Log odds that pairs are trusted with to be two objects before their unions are looked at."""
_DIGITS = 6
_EM_STEPS = 30

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _LogOdds:
    """Log likelihood ratios of a dataset or a category, each from models that did not see the image."""

    merged: Floats
    """(instances,) two objects against one."""
    isolated: Flags
    """(instances,)"""
    union: Floats
    """(pairs,) the same as ``merged``, of each candidate pair's union."""
    split: Floats
    """(pairs,) one object drawn as two against two objects."""
    eligible: Flags
    """(pairs,)"""
    cut: Floats
    """(cuts,) the same as ``split``, of isolated objects cut in two."""

    def select(self, instances: Flags, pairs: Flags, cuts: Flags) -> _LogOdds:
        """Keep the chosen rows.

        Parameters
        ----------
        instances, pairs, cuts : (n,) bool
            One each of the rows that ``merged``, ``split`` and ``cut`` have.
        """
        of_pairs = self.union[pairs], self.split[pairs], self.eligible[pairs]
        return _LogOdds(self.merged[instances], self.isolated[instances], *of_pairs, self.cut[cuts])


@dataclass(frozen=True, slots=True)
class _Convention:
    """What was learned about a category, or about all together: a row of `CONVENTIONS`, in its order."""

    category: int
    instances: int
    isolated: int
    pairs: int
    auroc: float = 0.5
    pair_auroc: float = 0.5
    learned: bool = False
    reason: str = ""
    merged_share: float = 0.0
    split_share: float = 0.0


def score_touching(measurements: Measurements) -> Measurements:
    """Fill ``merge_score``, ``split_score`` and the table of conventions.

    Two classifiers are learned, both judged on images that they did not see. The first tells
    instances from unions of touching pairs: an instance that looks like two together is suspect. The
    second tells pairs as drawn from isolated objects cut in two by chance. Examples that contradict a
    first fit are left out of the last. Scores are probabilities: the classifiers' odds, times the odds
    that this dataset seems to have (Saerens et al., "Adjusting the outputs of a classifier to new a
    priori probabilities", 2002).

    Parameters
    ----------
    measurements : Measurements

    Returns
    -------
    Measurements
        The same with new columns. Scores are NaN where there is nothing to score (no mask, crowd
        regions, pairs that are no candidates) or nothing to learn from.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> score_touching(empty_measurements()).conventions["reason"].tolist()
    ['only 0 touching pairs; 30 are needed to learn how they are drawn']
    """
    stats, pairs = reference_stats(measurements), union_pairs(measurements)
    eligible = eligible_pairs(measurements, pairs)
    reason = _too_few(int(eligible.sum()), int(stats.isolated.sum()))
    n_cuts = len(measurements.cuts)
    if reason:
        log_odds = _no_log_odds(stats, eligible, n_cuts)
    else:
        log_odds = _learn_log_odds(measurements, stats, pairs, eligible)
    everything = log_odds.select(stats.usable, np.full(len(pairs.a), True), np.full(n_cuts, True))
    overall = replace(_count_examples(-1, everything), reason=reason)
    merge_score = np.full(len(measurements.instances), np.nan)
    split_score = np.full(len(measurements.pairs), np.nan)
    conventions = [overall]
    if not reason:
        conventions = [overall := _learn_convention(overall, everything, None)]
        pair_rows = measurements.unions["pair"].to_numpy()
        category = measurements.instances["category"].to_numpy()
        pair_category, cut_category = category[pairs.a], category[measurements.cuts["instance"].to_numpy()]
        for k in np.unique(category[stats.usable]).tolist():
            of_category, of_pairs = stats.usable & (category == k), pair_category == k
            selected = log_odds.select(of_category, of_pairs, cut_category == k)
            convention = _learn_convention(_count_examples(k, selected), selected, overall)
            trust = 1.0 if convention.learned else DISTRUST
            merge_score[of_category] = _posterior(convention.merged_share, trust * selected.merged)
            split_score[pair_rows[of_pairs]] = _posterior(convention.split_share, trust * selected.split)
            conventions.append(convention)
    return replace(
        measurements,
        instances=measurements.instances.assign(merge_score=merge_score.round(_DIGITS)),
        pairs=measurements.pairs.assign(split_score=split_score.round(_DIGITS)),
        shapes=measurements.shapes.assign(merge_log_odds=log_odds.merged.round(_DIGITS).astype(np.float32)),
        unions=measurements.unions.assign(merge_log_odds=log_odds.union.round(_DIGITS).astype(np.float32)),
        conventions=_conventions_table(conventions),
    )


def _conventions_table(conventions: list[_Convention]) -> pd.DataFrame:
    columns = zip(*map(astuple, conventions), strict=True)
    rounded = [[round(v, _DIGITS) if isinstance(v, float) else v for v in column] for column in columns]
    return table(CONVENTIONS, dict(zip(CONVENTIONS, rounded, strict=True)))


def _no_log_odds(stats: ReferenceStats, eligible: Flags, n_cuts: int) -> _LogOdds:
    n_pairs = len(eligible)
    zeros = np.zeros(n_pairs), np.zeros(n_pairs)
    return _LogOdds(np.zeros(len(stats.usable)), stats.isolated, *zeros, eligible, np.zeros(n_cuts))


def _learn_log_odds(
    measurements: Measurements, stats: ReferenceStats, pairs: MaskPairs, eligible: Flags
) -> _LogOdds:
    """Learn both classifiers: roughly what is merged, then what is split, then finely what is merged."""
    rows = np.flatnonzero(stats.usable)
    n_rows = len(rows)
    instance_fold = _deal_folds(measurements, stats)
    chunks = [rows[start : start + CHUNK_ROWS] for start in range(0, n_rows, CHUNK_ROWS)]
    described = [instance_features(measurements, stats, chunk) for chunk in chunks]
    features = np.concatenate([*described, union_features(measurements, stats, pairs)])
    del described  # as large as `features`
    is_union = np.arange(len(features)) >= n_rows
    fold = np.concatenate([instance_fold[rows], instance_fold[pairs.a]])
    weight = np.concatenate([np.ones(n_rows), eligible.astype(float)])
    merged = np.zeros(len(instance_fold))
    rough = _fit_roughly(features, is_union, weight, fold)
    merged[rows] = rough[:n_rows]
    split, cut = _learn_pair_log_odds(
        measurements, stats, pairs, eligible, rough[n_rows:], merged, instance_fold
    )
    # Pairs that seem to be one object teach nothing about unions.
    weight[n_rows:] *= 1 - probability(split)
    fine = _fit_finely(features, is_union, weight, fold)
    fine = stretch_log_odds(fine, is_union, weight)
    merged[rows] = fine[:n_rows]
    return _LogOdds(merged, stats.isolated, fine[n_rows:], split, eligible, cut)


def _learn_pair_log_odds(
    measurements: Measurements, stats: ReferenceStats, pairs: MaskPairs, eligible: Flags,
    union: Floats, merged: Floats, instance_fold: IntArray,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Tell pairs as drawn from cut objects; return the evidence for one object of both."""
    cut_rows = measurements.cuts["instance"].to_numpy()
    of_pairs = pair_features(measurements, stats, pairs, union)
    features = np.concatenate([of_pairs, cut_features(measurements, stats, merged)])
    drawn = np.arange(len(features)) < len(union)
    fold = np.concatenate([instance_fold[pairs.a], instance_fold[cut_rows]])
    # Where many objects are drawn as two, those pairs must not teach what pairs are like: the more a union
    # looks like one object, the less its pair counts.
    trusted = eligible * probability(union + _PAIR_PRIOR_LOG_ODDS)
    usable = np.concatenate([trusted, plausible_cuts(measurements)])
    # Cuts are as many as were made: weighed so that both kinds are equally likely.
    weight = usable * np.where(drawn, 1.0, usable[drawn].sum() / max(usable[~drawn].sum(), 1))
    log_odds = _fit_pairs(features, drawn, weight, fold)
    certain = weight * ~(drawn & (log_odds < 0))
    split = -stretch_log_odds(log_odds, drawn, certain)
    return split[: len(union)], split[len(union) :]


def _deal_folds(measurements: Measurements, stats: ReferenceStats) -> IntArray:
    """Deal the instances out: by their images' names, or, of few images, by stripes of each.

    Names, not ids: a new export with new ids must give the same scores.
    """
    instances, images = measurements.instances, measurements.images
    image = instances["image"].to_numpy()
    # One more name and width at the end, for instances of unknown images (row -1).
    name_hash = pd.util.hash_array(np.array([*map(encodable, images["file_name"]), ""], dtype=object))
    fold: IntArray = (name_hash % np.uint64(FOLDS)).astype(np.int64)[image]
    if len(np.unique(image[stats.usable])) >= MIN_IMAGES:
        return fold
    width = np.maximum(np.r_[images["width"].to_numpy(), 1][image], 1)
    centre = instances["x"].to_numpy() + instances["w"].to_numpy() / 2
    stripe = np.clip(centre * FOLDS // width, 0, FOLDS - 1).astype(np.int64)
    dealt: IntArray = (fold + stripe) % FOLDS
    return dealt


def _too_few(unions: int, isolated: int) -> str:
    if unions < MIN_UNIONS:
        return f"only {unions} touching pairs; {MIN_UNIONS} are needed to learn how they are drawn"
    if isolated < MIN_ISOLATED:
        return f"only {isolated} objects stand alone; {MIN_ISOLATED} are needed to learn what one looks like"
    return ""


def _count_examples(category: int, log_odds: _LogOdds) -> _Convention:
    isolated, pairs = int(log_odds.isolated.sum()), int(log_odds.eligible.sum())
    return _Convention(category, len(log_odds.merged), isolated, pairs)


def _learn_convention(counts: _Convention, log_odds: _LogOdds, overall: _Convention | None) -> _Convention:
    """Judge what was learned about a category; a small one is judged as the whole dataset is."""
    eligible = log_odds.eligible
    # Pairs that seem to be one object are no measure of how well two are told from one.
    two = eligible & (log_odds.split < 0)
    instance_auroc = auroc(log_odds.union[two], log_odds.merged)
    pair_auroc = auroc(log_odds.cut, log_odds.split[two])
    merged_prior, split_prior = PRIOR_SHARE, PRIOR_SHARE
    if overall is not None:
        n_examples = min(counts.isolated, counts.pairs)
        trust = n_examples / (n_examples + PRIOR_EXAMPLES)
        instance_auroc = trust * instance_auroc + (1 - trust) * overall.auroc
        pair_auroc = trust * pair_auroc + (1 - trust) * overall.pair_auroc
        merged_prior, split_prior = overall.merged_share, overall.split_share
    reason = ""
    if counts.instances < MIN_INSTANCES:
        reason = f"only {counts.instances} objects; {MIN_INSTANCES} are needed to know what one looks like"
    elif instance_auroc < MIN_AUROC:
        reason = (
            "what one object looks like does not tell it from two that touch: their forms vary too much "
            f"(AUROC {instance_auroc:.2f}; {MIN_AUROC} is needed)"
        )
    return replace(
        counts,
        auroc=instance_auroc,
        pair_auroc=pair_auroc,
        learned=not reason,
        reason=reason,
        merged_share=estimate_share(log_odds.merged, merged_prior),
        split_share=estimate_share(log_odds.split[eligible], split_prior),
    )


def estimate_share(log_odds: Floats, prior_share: float) -> float:
    """Estimate which share of some examples is of a kind, from their log likelihood ratios.

    Expectation maximisation; the prior counts as `PRIOR_EXAMPLES` examples.

    Parameters
    ----------
    log_odds : (n,) float64
    prior_share : float
        Between 0 and 1.

    Returns
    -------
    float

    Examples
    --------
    >>> round(estimate_share(np.repeat([8.0, -8.0], [100, 900]), 0.02), 2)
    0.1
    >>> estimate_share(np.zeros(0), 0.02)
    0.02
    """
    share = prior_share
    for _ in range(_EM_STEPS):
        likely = _posterior(share, log_odds)
        share = (float(likely.sum()) + PRIOR_EXAMPLES * prior_share) / (len(log_odds) + PRIOR_EXAMPLES)
    return share


def auroc(positive_scores: Floats, negative_scores: Floats) -> float:
    """Say how often a positive example scores above a negative one; ties count half.

    The area under the receiver operating characteristic (Mann and Whitney, 1947); 0.5 where one kind is
    missing.

    Parameters
    ----------
    positive_scores, negative_scores : (n,) and (m,) float64

    Returns
    -------
    float

    Examples
    --------
    >>> auroc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    >>> auroc(np.zeros(0), np.ones(2))
    0.5
    """
    if len(positive_scores) == 0 or len(negative_scores) == 0:
        return 0.5
    ordered = np.sort(negative_scores)
    # Twice the negatives below each positive: those strictly below, plus those at most equal.
    below = np.searchsorted(ordered, positive_scores)
    below += np.searchsorted(ordered, positive_scores, side="right")
    return float(below.sum()) / (2 * len(positive_scores) * len(negative_scores))


def _posterior(share: float, log_odds: Floats) -> Floats:
    """Turn log likelihood ratios into probabilities, where a share of all examples is of the kind."""
    return probability(float(np.log(share / (1 - share))) + log_odds)
