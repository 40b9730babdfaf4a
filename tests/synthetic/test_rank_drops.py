import numpy as np
import pytest

from audit.findings.finding import Finding, Severity
from audit.synthetic.rank_drops import UNLABELLED_RULE, rank_drops
from audit.synthetic.truth import FurtherError, Truth

TRUTH = Truth(
    spoiled=[
        FurtherError("drops", [], 1, (10, 10, 20, 20)),
        FurtherError("drops", [], 2, (10, 10, 20, 20)),
        FurtherError("shifts", [3], 1),
    ]
)


def finding(image_id, x, score, rule=UNLABELLED_RULE):
    evidence = {"x": x, "y": 10, "w": 20, "h": 20}
    return Finding(rule, Severity.WARNING, "", score=score, image_id=image_id, evidence=evidence)


def test_a_place_finds_what_it_overlaps_and_nothing_elsewhere():
    # 12 px beside: an IoU of 8 / 32 is too little; 10 px: 10 / 30.
    ranking = rank_drops(TRUTH, [finding(1, 20, 0.9), finding(2, 22, 0.8), finding(3, 10, 0.7)])
    assert ranking["planted"].sum() == 2
    assert len(ranking) == 4
    by_score = ranking.sort_values("score", ascending=False)
    assert by_score["planted"].tolist()[0]
    assert ranking["score"].max() == pytest.approx(0.9)


def test_the_surest_finding_counts_once():
    ranking = rank_drops(TRUTH, [finding(1, 11, 0.2), finding(1, 10, 0.6), finding(1, 10, 0.5, "mask.tiny")])
    assert len(ranking) == 2
    assert np.nanmax(ranking["score"].to_numpy()) == pytest.approx(0.6)


def test_nothing_was_dropped():
    assert len(rank_drops(Truth(), [finding(1, 10, 0.5)])) == 1
    assert len(rank_drops(Truth(), [])) == 0
