"""From a scan of planted labels to rankings: what each rule could have named, and what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict, TypeVar

import numpy as np
import pandas as pd

from audit.carriers import dataclass
from audit.findings.finding import Finding
from audit.measure.schema import Measurements
from audit.synthetic.ranking_metrics import RankingMetrics, bootstrap_intervals, measure_ranking, rank_items
from audit.synthetic.truth import Truth

_Key = TypeVar("_Key")
_NamedIds = Sequence[tuple[tuple[int, ...], float]]  # the annotations and the score of each finding
MERGED, SPLIT = "touching.merged", "touching.split"
RULES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "duplicates": ("overlap.duplicate", "annotation.duplicate"),
    "overlaps": ("overlap.partial", "overlap.contained", "overlap.sliver"),
    "shifts": ("mask.off_edge",),
}
"""The rules that should find each further kind of annotations; drops leave none (`rank_drops`)."""


class ScoreRow(TypedDict):
    """One score, as other tools read it."""

    image_id: int
    kind: str
    """``merge`` or ``split``."""
    annotation_ids: list[int]
    score: float


@dataclass(frozen=True, slots=True)
class RuleRanking:
    """How well one rule ranked what was planted."""

    rule: str
    planted: int
    items: int
    """That it could have named."""
    figures: RankingMetrics
    low: RankingMetrics
    high: RankingMetrics


def list_scores(measurements: Measurements) -> list[ScoreRow]:
    """List the scores of all instances and pairs that have one.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list_scores(empty_measurements())
    []
    """
    score_rows: list[ScoreRow] = []
    instances = measurements.instances[measurements.instances["merge_score"].notna()]
    columns = (instances[column_name] for column_name in ("image_id", "annotation_id", "merge_score"))
    for image_id, annotation_id, score in zip(*columns, strict=True):
        score_rows.append(
            {
                "image_id": int(image_id),
                "kind": "merge",
                "annotation_ids": [int(annotation_id)],
                "score": score,
            }
        )
    pairs = measurements.pairs[measurements.pairs["split_score"].notna()]
    column_names = ("image_id", "annotation_id_a", "annotation_id_b", "split_score")
    for image_id, first_id, second_id, score in zip(
        *(pairs[column_name] for column_name in column_names), strict=True
    ):
        pair_ids = [int(first_id), int(second_id)]
        score_rows.append(
            {"image_id": int(image_id), "kind": "split", "annotation_ids": pair_ids, "score": score}
        )
    return score_rows


def rank_scores(truth: Truth, score_rows: Iterable[ScoreRow]) -> dict[str, pd.DataFrame]:
    """Lay scores beside the answers, for merged and for split objects.

    Every annotation but crowd regions could have been named as merged; every touching pair that could
    be one object, as split. A scored pair that does not touch is a false alarm; one that touches but
    could not be one object, or that is ignored, is neither right nor wrong.

    Parameters
    ----------
    truth : Truth
    score_rows : iterable of ScoreRow

    Returns
    -------
    dict
        Rule to ranking.

    Examples
    --------
    >>> {rule: len(ranking) for rule, ranking in rank_scores(Truth({"3": 1}), []).items()}
    {'touching.merged': 1, 'touching.split': 0}
    """
    image_ids = {int(position): value for position, value in truth.annotations.items()}
    ignored = set(truth.ignore_annotations)
    merge_score: dict[int, float] = {}
    split_score: dict[tuple[int, int], float] = {}
    for score_row in score_rows:
        annotation_ids, score = score_row["annotation_ids"], float(score_row["score"])
        if np.isnan(score) or any(annotation_id not in image_ids for annotation_id in annotation_ids):
            continue
        if score_row["kind"] == "merge":
            merge_score.update(
                {
                    annotation_id: max(score, merge_score.get(annotation_id, -np.inf))
                    for annotation_id in annotation_ids
                }
            )
        else:
            sorted_pair = _ordered(*annotation_ids)
            split_score[sorted_pair] = max(score, split_score.get(sorted_pair, -np.inf))
    ignored_pairs = {_ordered(*ignored_pair) for ignored_pair in truth.ignore_pairs}
    ignored_pairs |= {_ordered(*touching[:2]) for touching in truth.touching_pairs if not touching[6]}
    ranked_instances = {
        annotation_id: position
        for annotation_id, position in image_ids.items()
        if annotation_id not in ignored
    }
    ranked_pairs = {_ordered(*touching[:2]): touching[2] for touching in truth.touching_pairs if touching[6]}
    ranked_pairs |= {sorted_pair: image_ids[sorted_pair[0]] for sorted_pair in split_score}
    ranked_pairs = {
        sorted_pair: position
        for sorted_pair, position in ranked_pairs.items()
        if sorted_pair not in ignored_pairs
    }
    return {
        MERGED: _rank(ranked_instances, merge_score, {merge.annotation_id for merge in truth.merges}),
        SPLIT: _rank(ranked_pairs, split_score, {_ordered(*split.annotation_ids) for split in truth.splits}),
    }


def _ordered(first_id: int, second_id: int) -> tuple[int, int]:
    return (min(first_id, second_id), max(first_id, second_id))


def _rank(
    image_by_item: Mapping[_Key, int], score_by_item: Mapping[_Key, float], planted: set[_Key]
) -> pd.DataFrame:
    """Rank items, given with their images; those without a score rank last."""
    return rank_items(
        np.array([item in planted for item in image_by_item], dtype=bool),
        np.array([score_by_item.get(item, np.nan) for item in image_by_item], dtype=float),
        np.array(list(image_by_item.values()), dtype=np.int64),
    )


def rank_findings(
    truth: Truth, measurements: Measurements, findings: Iterable[Finding]
) -> dict[str, pd.DataFrame]:
    """Lay the findings of further rules beside the answers: duplicates and overlaps by pair, shifts by mask.

    Only pairs that share pixels could have been named.

    Parameters
    ----------
    truth : Truth
    measurements : Measurements
    findings : iterable of Finding

    Returns
    -------
    dict
        Rule to ranking.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> rank_findings(Truth(), empty_measurements(), [])
    {}
    """
    planted_kinds = {error.kind for error in truth.spoiled}
    listed_findings = list(findings)
    overlapping = _overlapping_pairs(measurements)
    rankings = {}
    for error_kind, kind_rules in RULES_OF_KIND.items():
        if error_kind not in planted_kinds:
            continue
        named_ids = [
            (finding.annotation_ids, finding.score)
            for finding in listed_findings
            if finding.rule in kind_rules
        ]
        if error_kind == "shifts":
            rankings[kind_rules[0]] = _rank_masks(truth, error_kind, named_ids)
        else:
            rankings[kind_rules[0]] = _rank_pairs(truth, error_kind, named_ids, overlapping)
    return rankings


def _overlapping_pairs(measurements: Measurements) -> dict[tuple[int, int], int]:
    """Return the image of every two annotations that share pixels."""
    pairs = measurements.pairs[measurements.pairs["intersection_px"] > 0]
    columns = (pairs[name].tolist() for name in ("annotation_id_a", "annotation_id_b", "image_id"))
    return {
        _ordered(first_id, second_id): image_id
        for first_id, second_id, image_id in zip(*columns, strict=True)
    }


def _rank_masks(truth: Truth, error_kind: str, named_ids: _NamedIds) -> pd.DataFrame:
    """Rank annotations by the highest score with which they were named first."""
    item_scores = _highest(
        (annotation_ids[0], score) for annotation_ids, score in named_ids if annotation_ids
    )
    planted = {
        annotation_id
        for error in truth.spoiled
        if error.kind == error_kind
        for annotation_id in error.annotation_ids
    }
    instances = {int(annotation_id): image_id for annotation_id, image_id in truth.annotations.items()}
    return _rank(instances, item_scores, planted)


def _rank_pairs(
    truth: Truth, error_kind: str, named_ids: _NamedIds, overlapping: Mapping[tuple[int, int], int]
) -> pd.DataFrame:
    """Rank pairs; one that was spoiled in another way is neither right nor wrong for this rule."""
    pair_scores = _highest(
        (_ordered(*annotation_ids), score) for annotation_ids, score in named_ids if len(annotation_ids) == 2
    )
    planted = {_ordered(*error.annotation_ids) for error in truth.spoiled if error.kind == error_kind}
    spoiled_otherwise = {
        frozenset(error.annotation_ids) for error in truth.spoiled if error.kind != error_kind
    }
    ranked_pairs = {
        id_pair: image_id
        for id_pair, image_id in overlapping.items()
        if frozenset(id_pair) not in spoiled_otherwise
    }
    return _rank(ranked_pairs, pair_scores, planted)


def _highest(named_items: Iterable[tuple[_Key, float]]) -> dict[_Key, float]:
    highest: dict[_Key, float] = {}
    for item_key, score in named_items:
        highest[item_key] = max(score, highest.get(item_key, -np.inf))
    return highest


def judge_rankings(rankings: Mapping[str, pd.DataFrame], n_draws: int) -> list[RuleRanking]:
    """Judge rankings, with intervals over images.

    Parameters
    ----------
    rankings : mapping
        Rule id to ranking.
    n_draws : int
        Of the bootstrap; 0 = no intervals.

    Examples
    --------
    >>> judge_rankings({}, 10)
    []
    """
    return [
        RuleRanking(
            rule,
            int(ranking["planted"].sum()),
            len(ranking),
            measure_ranking(ranking),
            *bootstrap_intervals(ranking, n_draws),
        )
        for rule, ranking in rankings.items()
    ]
