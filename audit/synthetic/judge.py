"""From a scan of a planted dataset to rankings: what each rule could have named, and what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict, TypeVar

import numpy as np

from audit.findings.finding import Finding
from audit.measure.schema import Measurements
from audit.synthetic.figures import Figures, Ranking, figures, intervals
from audit.synthetic.truth import Truth

_Key = TypeVar("_Key")
MERGED, SPLIT = "touching.merged", "touching.split"
SAYS: Mapping[str, tuple[str, ...]] = {
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
class Line:
    """How one rule did."""

    rule: str
    planted: int
    items: int
    """That it could have named."""
    figures: Figures
    low: Figures
    high: Figures


def scores(m: Measurements) -> list[ScoreRow]:
    """List the scores of all instances and pairs that have one.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> scores(empty_measurements())
    []
    """
    rows: list[ScoreRow] = []
    t = m.instances[m.instances["merge_score"].notna()]
    for image, one, score in zip(t["image_id"], t["annotation_id"], t["merge_score"], strict=True):
        rows.append({"image_id": int(image), "kind": "merge", "annotation_ids": [int(one)], "score": score})
    p = m.pairs[m.pairs["split_score"].notna()]
    names = ("image_id", "annotation_id_a", "annotation_id_b", "split_score")
    for image, a, b, score in zip(*(p[name] for name in names), strict=True):
        ids = [int(a), int(b)]
        rows.append({"image_id": int(image), "kind": "split", "annotation_ids": ids, "score": score})
    return rows


def rankings(truth: Truth, rows: Iterable[ScoreRow]) -> dict[str, Ranking]:
    """Lay scores beside the answers, for merged and for split objects.

    Every annotation but crowd regions could have been named as merged; every touching pair that could
    be one object, as split. A scored pair that does not touch is a false alarm; one that touches but
    could not be one object, or that is ignored, is neither right nor wrong.

    Parameters
    ----------
    truth : Truth
    rows : iterable of ScoreRow

    Examples
    --------
    >>> {rule: len(r.planted) for rule, r in rankings(Truth({"3": 1}, [], [], []), []).items()}
    {'touching.merged': 1, 'touching.split': 0}
    """
    image = {int(k): v for k, v in truth.annotations.items()}
    ignored = set(truth.ignore_annotations)
    one: dict[int, float] = {}
    two: dict[tuple[int, int], float] = {}
    for row in rows:
        ids, score = row["annotation_ids"], float(row["score"])
        if np.isnan(score) or any(i not in image for i in ids):
            continue
        if row["kind"] == "merge":
            one.update({i: max(score, one.get(i, -np.inf)) for i in ids})
        else:
            pair = _pair(*ids)
            two[pair] = max(score, two.get(pair, -np.inf))
    left_out = {_pair(*p) for p in truth.ignore_pairs} | {
        _pair(*t[:2]) for t in truth.touching_pairs if not t[6]
    }
    merged = {i: k for i, k in image.items() if i not in ignored}
    split = {_pair(*t[:2]): t[2] for t in truth.touching_pairs if t[6]} | {p: image[p[0]] for p in two}
    split = {p: k for p, k in split.items() if p not in left_out}
    return {
        MERGED: _ranking(merged, one, {merge.annotation_id for merge in truth.merges}),
        SPLIT: _ranking(split, two, {_pair(*s.annotation_ids) for s in truth.splits}),
    }


def _pair(a: int, b: int) -> tuple[int, int]:
    return (min(a, b), max(a, b))


def _ranking(items: Mapping[_Key, int], score: Mapping[_Key, float], planted: set[_Key]) -> Ranking:
    return Ranking(
        np.array([k in planted for k in items], dtype=bool),
        np.array([score.get(k, np.nan) for k in items], dtype=float),
        np.array(list(items.values()), dtype=np.int64),
    )


def spoiled(truth: Truth, m: Measurements, findings: Iterable[Finding]) -> dict[str, Ranking]:
    """Lay the findings of other rules beside the answers: duplicates and overlaps by pair, shifts by mask.

    Only pairs that share pixels could have been named.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> spoiled(Truth({}, [], [], []), empty_measurements(), [])
    {}
    """
    kinds = {s.kind for s in truth.spoiled}
    said = list(findings)
    shared = m.pairs[m.pairs["intersection_px"] > 0]
    ids = zip(shared["annotation_id_a"].tolist(), shared["annotation_id_b"].tolist(), strict=True)
    pairs = dict(zip((_pair(a, b) for a, b in ids), shared["image_id"].tolist(), strict=True))
    single = {int(k): v for k, v in truth.annotations.items()}
    result = {}
    for kind, rules in SAYS.items():
        if kind not in kinds:
            continue
        planted = [s.annotation_ids for s in truth.spoiled if s.kind == kind]
        # What was spoiled in another way is neither right nor wrong for this rule.
        other = {frozenset(s.annotation_ids) for s in truth.spoiled if s.kind != kind}
        named = [(f.annotation_ids, f.score) for f in said if f.rule in rules]
        if kind == "shifts":
            one = _highest((ids[0], score) for ids, score in named if ids)
            result[rules[0]] = _ranking(single, one, {i for ids in planted for i in ids})
        else:
            two = _highest((_pair(*ids), score) for ids, score in named if len(ids) == 2)
            fair = {p: k for p, k in pairs.items() if frozenset(p) not in other}
            result[rules[0]] = _ranking(fair, two, {_pair(*ids) for ids in planted})
    return result


def _highest(named: Iterable[tuple[_Key, float]]) -> dict[_Key, float]:
    result: dict[_Key, float] = {}
    for key, score in named:
        result[key] = max(score, result.get(key, -np.inf))
    return result


def lines(found: Mapping[str, Ranking], draws: int) -> list[Line]:
    """Judge rankings, with intervals over images.

    Parameters
    ----------
    found : mapping
        Rule id to ranking.
    draws : int
        Of the bootstrap; 0 = no intervals.

    Examples
    --------
    >>> lines({}, 10)
    []
    """
    return [
        Line(rule, int(r.planted.sum()), len(r.planted), figures(r), *intervals(r, draws))
        for rule, r in found.items()
    ]
