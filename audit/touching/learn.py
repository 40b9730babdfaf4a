"""Learn what one object means in this dataset, and score every instance and every pair by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, replace

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.runs import IntArray
from audit.geometry.sort_keys import stable_argsort
from audit.measure.column_table import ColumnTable
from audit.measure.schema import CONVENTIONS, Measurements, table
from audit.touching.candidate_pairs import eligible_pairs, union_pairs
from audit.touching.log_odds import PRIOR_SHARE, LogOdds, learn_log_odds, no_log_odds
from audit.touching.mixture import PRIOR_EXAMPLES, allow_look_alikes, estimate_share, posterior
from audit.touching.reference_stats import reference_stats

MIN_UNIONS = 30
"""Touching pairs, of a dataset and of each category, from which on there is a convention to learn."""
MIN_ISOLATED = 30
"""Isolated objects, likewise, from which on it is known what one looks like."""
MIN_AUROC = 0.85
"""Of instance against union, below which the form of an object does not tell one from two."""
DISTRUST = 0.25
"""What evidence counts for where the form of objects is known not to tell."""

_DIGITS = 6

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


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


def score_touching(measurements: Measurements, pixels: Floats | None = None) -> Measurements:
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
    pixels : (instances + unions, k) float64, optional
        What the pictures say of each: `audit.touching.pixel_evidence.PixelEvidence`.

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
        log_odds = no_log_odds(stats, eligible, n_cuts)
    else:
        log_odds = learn_log_odds(measurements, stats, pairs, eligible, pixels)
    everything = log_odds.select(np.flatnonzero(stats.usable), np.arange(len(pairs.a)), np.arange(n_cuts))
    overall = replace(_count_examples(-1, everything), reason=reason)
    merge_score = np.full(len(measurements.instances), np.nan)
    split_score = np.full(len(measurements.pairs), np.nan)
    conventions = [overall]
    if not reason:
        conventions = [overall := _learn_convention(overall, everything, None)]
        pair_rows = measurements.unions["pair"].to_numpy()
        category = measurements.instances["category"].to_numpy()
        cut_rows = measurements.cuts["instance"].to_numpy()
        rows_of_categories = _split_categories(
            np.flatnonzero(stats.usable), category, category[pairs.a], category[cut_rows]
        )
        for k, of_category, of_pairs, of_cuts in rows_of_categories:
            selected = log_odds.select(of_category, of_pairs, of_cuts)
            convention = _learn_convention(_count_examples(k, selected), selected, overall)
            trust = 1.0 if convention.learned else DISTRUST
            merge_score[of_category] = posterior(convention.merged_share, trust * selected.merged)
            split_score[pair_rows[of_pairs]] = allow_look_alikes(
                posterior(convention.split_share, trust * selected.split), convention.split_share
            )
            conventions.append(convention)
    return replace(
        measurements,
        instances=measurements.instances.assign(merge_score=merge_score.round(_DIGITS)),
        pairs=measurements.pairs.assign(split_score=split_score.round(_DIGITS)),
        shapes=measurements.shapes.assign(merge_log_odds=log_odds.merged.round(_DIGITS).astype(np.float32)),
        unions=measurements.unions.assign(merge_log_odds=log_odds.union.round(_DIGITS).astype(np.float32)),
        conventions=_conventions_table(conventions),
    )


def learnable_categories(measurements: Measurements) -> list[int]:
    """List the categories with enough examples: rows in categories.

    Whether something can be learned from them is not known before it was tried.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> learnable_categories(empty_measurements())
    []
    """
    stats, pairs = reference_stats(measurements), union_pairs(measurements)
    eligible = eligible_pairs(measurements, pairs)
    category = measurements.instances["category"].to_numpy()
    return [
        k
        for k in np.unique(category[stats.usable]).tolist()
        if not _too_few(
            int((category[pairs.a[eligible]] == k).sum()), int((category[stats.isolated] == k).sum())
        )
    ]


def _conventions_table(conventions: list[_Convention]) -> ColumnTable:
    columns = zip(*map(astuple, conventions), strict=True)
    rounded = [[round(v, _DIGITS) if isinstance(v, float) else v for v in column] for column in columns]
    return table(CONVENTIONS, dict(zip(CONVENTIONS, rounded, strict=True)))


def _split_categories(
    usable: IntArray, category: IntArray, pair_category: IntArray, cut_category: IntArray
) -> Iterator[tuple[int, IntArray, IntArray, IntArray]]:
    """Yield each category of the usable instances with the rows of these, of its pairs and of its cuts."""
    of_usable = category[usable]
    categories = np.unique(of_usable)
    by_kind = [_split_rows(kind, categories) for kind in (of_usable, pair_category, cut_category)]
    for k, instances, pairs, cuts in zip(categories.tolist(), *by_kind, strict=True):
        yield k, usable[instances], pairs, cuts


def _split_rows(category: IntArray, categories: IntArray) -> list[IntArray]:
    """List the rows of each of some categories, which ascend."""
    order = stable_argsort(category)
    ordered = category[order]
    starts, stops = (np.searchsorted(ordered, categories, side=side) for side in ("left", "right"))
    return [order[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]


def _too_few(unions: int, isolated: int) -> str:
    if unions < MIN_UNIONS:
        return f"only {unions} touching pairs; {MIN_UNIONS} are needed to learn how they are drawn"
    if isolated < MIN_ISOLATED:
        return f"only {isolated} objects stand alone; {MIN_ISOLATED} are needed to learn what one looks like"
    return ""


def _count_examples(category: int, log_odds: LogOdds) -> _Convention:
    isolated, pairs = int(log_odds.isolated.sum()), int(log_odds.eligible.sum())
    return _Convention(category, len(log_odds.merged), isolated, pairs)


def _learn_convention(counts: _Convention, log_odds: LogOdds, overall: _Convention | None) -> _Convention:
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
    # Its own objects must teach what they look like: books teach nothing of bananas.
    reason = _too_few(counts.pairs, counts.isolated)
    if not reason and instance_auroc < MIN_AUROC:
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
