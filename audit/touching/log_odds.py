"""Both classifiers, and how their examples are cleared of the very errors that they are to find.

Neither kind of example is pure. Some instances are several objects drawn as one, and the more of them there
are, the more unions have such a member and hold three objects; some touching pairs are one object drawn as
two, whose union is a single one, and whose halves are no single objects. Where errors are common, a
classifier of the examples as drawn finds the errors to be the rule. So it is fitted several times, and each
time every example counts as much as the last fit trusts it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.findings.sanitize import encodable
from audit.geometry.disk_arrays import full_array, release_pages
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.runs import IntArray
from audit.geometry.sort_keys import sort_unique
from audit.geometry.text_hash import hash_texts
from audit.measure.schema import Measurements
from audit.touching.candidate_pairs import MIN_AREA_PX, plausible_cuts
from audit.touching.evidence import (
    PAIR_FEATURES,
    SHAPE_FEATURES,
    cut_features,
    instance_features,
    pair_features,
    several_index,
    union_features,
)
from audit.touching.logistic import (
    FOLDS,
    median_and_spread,
    out_of_fold,
    probability,
    stretch_log_odds,
)
from audit.touching.mixture import best_bin_share, estimate_share, posterior, pure_share_at
from audit.touching.reference_stats import ReferenceStats, not_close, subtract_typical

CHUNK_ROWS = 1 << 15
"""Examples described together: bounds memory."""
MIN_IMAGES = 2 * FOLDS
"""Images from which on no example is judged by a model that saw its image."""
PRIOR_SHARE = 0.02
"""Share of merged instances, and of split pairs, that is assumed before anything is learned."""
_MIN_SINGLE_PX = 3 * MIN_AREA_PX
"""Solitary objects so large could have been drawn as two: those that unions are compared with."""
_MEMBER_SHARE = 5.0
"""How much more common merged instances may be among members of touching pairs than among all: those that
were drawn as one have no pair left, while three objects of which two were drawn as one have."""
_MAX_SHARE, _MIN_SHARE = 0.5, 1e-4
_MERGED_SLOPE, _MERGED_BAR = 2.0, 2.0
"""An object counts half at log odds of -2 of being several, and little above."""
_SHAPE_RIDGE, _PAIR_RIDGE = 2.0, 30.0
_PAIR_PASSES, _PAIR_DOUBT = 4, 0.5
_PAIR_STRETCH = 1.5
"""At most: objects cut by chance are easier told from pairs than those that a labeller split."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LogOdds:
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

    def select(self, instances: IntArray, pairs: IntArray, cuts: IntArray) -> LogOdds:
        """Keep the chosen rows.

        Parameters
        ----------
        instances, pairs, cuts : (n,) int64
            Rows of ``merged``, ``split`` and ``cut``.
        """
        of_pairs = self.union[pairs], self.split[pairs], self.eligible[pairs]
        return LogOdds(self.merged[instances], self.isolated[instances], *of_pairs, self.cut[cuts])


def no_log_odds(stats: ReferenceStats, eligible: Flags, n_cuts: int) -> LogOdds:
    """Return ratios that say nothing.

    Parameters
    ----------
    stats : ReferenceStats
    eligible : (pairs,) bool
    n_cuts : int
    """
    n_pairs = len(eligible)
    zeros = np.zeros(n_pairs), np.zeros(n_pairs)
    return LogOdds(np.zeros(len(stats.usable)), stats.isolated, *zeros, eligible, np.zeros(n_cuts))


def learn_log_odds(
    measurements: Measurements, stats: ReferenceStats, pairs: MaskPairs, eligible: Flags,
    pixels: Floats | None = None,
) -> LogOdds:  # fmt: skip
    """Learn what tells several objects from one, and split objects from two.

    Parameters
    ----------
    measurements : Measurements
    stats : ReferenceStats
    pairs : MaskPairs
        Those of `audit.touching.candidate_pairs.union_pairs`.
    eligible : (pairs,) bool
        Those to learn from.
    pixels : (instances + pairs, k) float64, optional
        What pictures say of each instance and union; NaN = not known.

    Returns
    -------
    LogOdds
    """
    rows = np.flatnonzero(stats.usable)
    n_rows = len(rows)
    instance_fold = deal_folds(measurements, stats)
    fold = np.concatenate([instance_fold[rows], instance_fold[pairs.a]])
    features = _describe_shapes(measurements, stats, pairs, rows)
    if pixels is not None:
        of_pixels = _describe_pixels(measurements, pixels, pairs)
        of_rows = np.concatenate([of_pixels[rows], of_pixels[len(instance_fold) :]])
        features = np.concatenate([features, of_rows], axis=1)
    is_union = np.arange(len(features)) >= n_rows
    solitary = not_close(measurements)[rows]
    large = solitary & (measurements.instances["area_px"].to_numpy()[rows] >= _MIN_SINGLE_PX)
    one_share, looks_one = _compare_with_singles(several_index(features, solitary, is_union), large, eligible)

    scale = median_and_spread(features)

    def fit(instance_weight: Floats, union_weight: Floats) -> Floats:
        weight = np.concatenate([instance_weight, union_weight])
        return out_of_fold(
            features, is_union, weight, fold,
            ridge=_SHAPE_RIDGE, passes=1, doubt_negative=1.0, doubt_positive=1.0, scale=scale,
        )  # fmt: skip

    def trust_unions(member_merged: Floats, looks_one: Floats) -> Floats:
        """Count unions less that seem to be one object, or to have a member that is several."""
        clean = np.ones(len(instance_fold))
        clean[rows] = 1 - member_merged
        trusted: Floats = eligible * (1 - looks_one) * clean[pairs.a] * clean[pairs.b]
        return trusted

    # First against objects that touch none: those are no halves of split ones.
    drawn = fit(solitary.astype(float), eligible * (1 - looks_one))
    # The ratios are those of kinds as drawn: where many instances are merged they are bounded, and a merged
    # member is told by a low bar.
    union_weight = trust_unions(probability(_MERGED_SLOPE * (drawn[:n_rows] + _MERGED_BAR)), looks_one)
    mixture = drawn[:n_rows], np.ones(n_rows), drawn[n_rows:], union_weight
    instance_weight = 1 - pure_share_at(best_bin_share(*mixture), *mixture)
    cleared = fit(instance_weight, union_weight)
    cleared = stretch_log_odds(cleared, is_union, np.concatenate([instance_weight, union_weight]))
    share = estimate_share(cleared[:n_rows], PRIOR_SHARE)
    looks_one = posterior(one_share, -cleared[n_rows:])
    member_share = min(_MEMBER_SHARE * share, _MAX_SHARE)
    union_weight = trust_unions(posterior(member_share, cleared[:n_rows]), looks_one)
    instance_weight = 1 - posterior(share, cleared[:n_rows])

    merged_odds = np.zeros(len(instance_fold))
    merged_odds[rows] = cleared[:n_rows]
    split, cut = _learn_pair_log_odds(
        measurements, stats, pairs, eligible * (1 - looks_one), cleared[n_rows:], merged_odds, instance_fold
    )
    # Pairs that seem to be one object teach nothing about unions.
    union_weight *= 1 - posterior(estimate_share(split[eligible], PRIOR_SHARE), split)
    final = fit(instance_weight, union_weight)
    final = stretch_log_odds(final, is_union, np.concatenate([instance_weight, union_weight]))
    merged_odds[rows] = final[:n_rows]
    return LogOdds(merged_odds, stats.isolated, final[n_rows:], split, eligible, cut)


def _describe_shapes(
    measurements: Measurements, stats: ReferenceStats, pairs: MaskPairs, rows: IntArray
) -> Floats:
    """Describe instances, then unions; columns lie in one piece, so that one can be looked at alone."""
    features: Floats = full_array((len(SHAPE_FEATURES), len(rows) + len(pairs)), np.float64).T
    _fill_rows(features[: len(rows)], lambda chunk: instance_features(measurements, stats, rows[chunk]))
    _fill_rows(features[len(rows) :], lambda chunk: union_features(measurements, stats, pairs, chunk))
    return features


def _fill_rows(features: Floats, describe: Callable[[slice], Floats]) -> None:
    """Describe examples a chunk at a time: bounds memory."""
    for start in range(0, len(features), CHUNK_ROWS):
        chunk = slice(start, min(start + CHUNK_ROWS, len(features)))
        features[chunk] = describe(chunk)
        release_pages()


def _describe_pixels(measurements: Measurements, pixels: Floats, pairs: MaskPairs) -> Floats:
    """Describe instances, then unions, by their pixels: as they are, and beside the image's own singles."""
    # What is not known is taken to be as usual, and so says nothing.
    usual = [np.median(column[np.isfinite(column)]) for column in pixels.T]
    values = np.where(np.isnan(pixels), usual, pixels)
    rows = np.concatenate([np.arange(len(measurements.instances)), pairs.a])
    return np.concatenate([values, subtract_typical(measurements, values, rows)], axis=1)


def _compare_with_singles(index: Floats, large: Flags, eligible: Flags) -> tuple[float, Floats]:
    """Tell which share of the unions looks like one object, and how probably each does.

    Parameters
    ----------
    index : (instances + pairs,) float64
        See `audit.touching.evidence.several_index`. Nothing was fitted to it: a classifier of unions
        that are half of them single objects learns what else tells both kinds apart.
    large : (instances,) bool
        Solitary objects to compare with.
    eligible : (pairs,) bool
    """
    n_rows = len(large)
    mixture = -index[n_rows:], eligible.astype(float), -index[:n_rows], large.astype(float)
    one_share = max(best_bin_share(*mixture), _MIN_SHARE)
    return one_share, pure_share_at(one_share, *mixture)


def _learn_pair_log_odds(
    measurements: Measurements, stats: ReferenceStats, pairs: MaskPairs, trusted: Floats,
    union: Floats, merged: Floats, instance_fold: IntArray,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Tell pairs as drawn from cut objects; return the evidence for one object of both."""
    cut_rows = measurements.cuts["instance"].to_numpy()
    features: Floats = full_array((len(PAIR_FEATURES), len(union) + len(cut_rows)), np.float64).T
    _fill_rows(features[: len(union)], lambda chunk: pair_features(measurements, stats, pairs, union, chunk))
    _fill_rows(features[len(union) :], lambda chunk: cut_features(measurements, stats, merged, chunk))
    drawn = np.arange(len(features)) < len(union)
    fold = np.concatenate([instance_fold[pairs.a], instance_fold[cut_rows]])
    # A merged object that was cut in two is a pair as it should be drawn.
    single = probability(-_MERGED_SLOPE * (merged[cut_rows] + _MERGED_BAR))
    usable = np.concatenate([trusted, plausible_cuts(measurements) * single])
    # Cuts are as many as were made: weighed so that both kinds are equally likely.
    weight = usable * np.where(drawn, 1.0, usable[drawn].sum() / max(usable[~drawn].sum(), 1e-9))
    log_odds = out_of_fold(
        features, drawn, weight, fold, ridge=_PAIR_RIDGE, passes=_PAIR_PASSES,
        doubt_negative=_PAIR_DOUBT, doubt_positive=_PAIR_DOUBT,
    )  # fmt: skip
    certain = weight * ~(drawn & (log_odds < 0))
    split = -stretch_log_odds(log_odds, drawn, certain, _PAIR_STRETCH)
    return split[: len(union)], split[len(union) :]


def deal_folds(measurements: Measurements, stats: ReferenceStats) -> IntArray:
    """Deal the instances out: by their images' names, or, of few images, by stripes of each.

    Names, not ids: a new export with new ids must give the same scores.

    Parameters
    ----------
    measurements : Measurements
    stats : ReferenceStats

    Returns
    -------
    (instances,) int64
        0 to `FOLDS` - 1.
    """
    instances, images = measurements.instances, measurements.images
    image = instances["image"].to_numpy()
    # One more name and width at the end, for instances of unknown images (row -1).
    name_hash = hash_texts([*map(encodable, images["file_name"]), ""])
    fold: IntArray = (name_hash % np.uint64(FOLDS)).astype(np.int64)[image]
    if len(sort_unique(image[stats.usable])) >= MIN_IMAGES:
        return fold
    width = np.maximum(np.r_[images["width"].to_numpy(), 1][image], 1)
    centre = instances["x"].to_numpy() + instances["w"].to_numpy() / 2
    stripe = np.clip(centre * FOLDS // width, 0, FOLDS - 1).astype(np.int64)
    dealt: IntArray = (fold + stripe) % FOLDS
    return dealt
