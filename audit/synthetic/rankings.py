"""From a scan of planted labels to rankings: what each rule could have named, and what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict, TypeVar

import numpy as np
import pandas as pd

from audit.findings.finding import Finding
from audit.measure.schema import Measurements
from audit.synthetic.ranking_metrics import RankingMetrics, bootstrap_intervals, measure_ranking, rank_items
from audit.synthetic.truth import Truth

_Key = TypeVar("_Key")
MERGED, SPLIT = "touching.merged", "touching.split"
RULES_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "duplicates": ("overlap.duplicate", "annotation.duplicate"),
    "overlaps": ("overlap.partial", "overlap.contained", "overlap.sliver"),
    "shifts": ("mask.off_edge",),
}
"""The rules that should find each further kind. No rule looks for objects that nobody drew."""


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
    rows: list[ScoreRow] = []
    instances = measurements.instances[measurements.instances["merge_score"].notna()]
    columns = (instances[name] for name in ("image_id", "annotation_id", "merge_score"))
    for image, number, score in zip(*columns, strict=True):
        rows.append(
            {"image_id": int(image), "kind": "merge", "annotation_ids": [int(number)], "score": score}
        )
    pairs = measurements.pairs[measurements.pairs["split_score"].notna()]
    names = ("image_id", "annotation_id_a", "annotation_id_b", "split_score")
    for image, a, b, score in zip(*(pairs[name] for name in names), strict=True):
        ids = [int(a), int(b)]
        rows.append({"image_id": int(image), "kind": "split", "annotation_ids": ids, "score": score})
    return rows


def rank_scores(truth: Truth, rows: Iterable[ScoreRow]) -> dict[str, pd.DataFrame]:
    """Lay scores beside the answers, for merged and for split objects.

    Every annotation but crowd regions could have been named as merged; every touching pair that could
    be one object, as split. A scored pair that does not touch is a false alarm; one that touches but
    could not be one object, or that is ignored, is neither right nor wrong.

    Parameters
    ----------
    truth : Truth
    rows : iterable of ScoreRow

    Returns
    -------
    dict
        Rule to ranking.

    Examples
    --------
    >>> {rule: len(ranking) for rule, ranking in rank_scores(Truth({"3": 1}), []).items()}
    {'touching.merged': 1, 'touching.split': 0}
    """
    image = {int(position): value for position, value in truth.annotations.items()}
    ignored = set(truth.ignore_annotations)
    merge_score: dict[int, float] = {}
    split_score: dict[tuple[int, int], float] = {}
    for row in rows:
        ids, score = row["annotation_ids"], float(row["score"])
        if np.isnan(score) or any(number not in image for number in ids):
            continue
        if row["kind"] == "merge":
            merge_score.update({number: max(score, merge_score.get(number, -np.inf)) for number in ids})
        else:
            pair = _ordered(*ids)
            split_score[pair] = max(score, split_score.get(pair, -np.inf))
    left_out = {_ordered(*p) for p in truth.ignore_pairs}
    left_out |= {_ordered(*touching[:2]) for touching in truth.touching_pairs if not touching[6]}
    instances = {number: position for number, position in image.items() if number not in ignored}
    pairs = {_ordered(*touching[:2]): touching[2] for touching in truth.touching_pairs if touching[6]}
    pairs |= {pair: image[pair[0]] for pair in split_score}
    pairs = {pair: position for pair, position in pairs.items() if pair not in left_out}
    return {
        MERGED: _rank(instances, merge_score, {merge.annotation_id for merge in truth.merges}),
        SPLIT: _rank(pairs, split_score, {_ordered(*split.annotation_ids) for split in truth.splits}),
    }


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (min(a, b), max(a, b))


def _rank(items: Mapping[_Key, int], score: Mapping[_Key, float], planted: set[_Key]) -> pd.DataFrame:
    """Rank items, given with their images; those without a score rank last."""
    return rank_items(
        np.array([item in planted for item in items], dtype=bool),
        np.array([score.get(item, np.nan) for item in items], dtype=float),
        np.array(list(items.values()), dtype=np.int64),
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
    kinds = {error.kind for error in truth.spoiled}
    listed = list(findings)
    shared = measurements.pairs[measurements.pairs["intersection_px"] > 0]
    columns = (shared[name].tolist() for name in ("annotation_id_a", "annotation_id_b", "image_id"))
    overlapping = {_ordered(a, b): image for a, b, image in zip(*columns, strict=True)}
    instances = {int(position): value for position, value in truth.annotations.items()}
    rankings = {}
    for kind, rules in RULES_OF_KIND.items():
        if kind not in kinds:
            continue
        planted = [error.annotation_ids for error in truth.spoiled if error.kind == kind]
        # What was spoiled in another way is neither right nor wrong for this rule.
        spoiled_otherwise = {frozenset(eosin.annotation_ids) for eosin in truth.spoiled if eosin.kind != kind}
        named = [(f.annotation_ids, f.score) for f in listed if f.rule in rules]
        if kind == "shifts":
            score = _highest((ids[0], score) for ids, score in named if ids)
            rankings[rules[0]] = _rank(instances, score, {number for ids in planted for number in ids})
        else:
            pair_score = _highest((_ordered(*ids), score) for ids, score in named if len(ids) == 2)
            pairs = {
                p: position for p, position in overlapping.items() if frozenset(p) not in spoiled_otherwise
            }
            rankings[rules[0]] = _rank(pairs, pair_score, {_ordered(*ids) for ids in planted})
    return rankings


def _highest(named: Iterable[tuple[_Key, float]]) -> dict[_Key, float]:
    highest: dict[_Key, float] = {}
    for key, score in named:
        highest[key] = max(score, highest.get(key, -np.inf))
    return highest


def judge_rankings(rankings: Mapping[str, pd.DataFrame], draws: int) -> list[RuleRanking]:
    """Judge rankings, with intervals over images.

    Parameters
    ----------
    rankings : mapping
        Rule id to ranking.
    draws : int
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
            *bootstrap_intervals(ranking, draws),
        )
        for rule, ranking in rankings.items()
    ]
