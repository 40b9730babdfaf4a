"""From scores and findings to rankings, and what they are worth: held against plain counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.findings.finding import Finding, Severity
from audit.synthetic.ranking_metrics import bootstrap_intervals, measure_ranking, rank_items
from audit.synthetic.rankings import MERGED, SPLIT, list_scores, rank_findings, rank_scores
from audit.synthetic.truth import FurtherError, Merge, Split, Truth
from audit.testing import measured, scene

TRUTH = Truth(
    {"1": 7, "2": 7, "3": 8, "4": 8, "5": 8},
    merges=[Merge(1, 7)],
    splits=[Split((4, 3), 8)],
    touching_pairs=[(3, 4, 8, 0, 9, 0.9, 1), (1, 2, 7, 0, 9, 0.9, 1), (4, 5, 8, 0, 2, 0.9, 0)],
    ignore_annotations=[2],
)


def row(kind, score, *ids):
    return {"image_id": 7, "kind": kind, "annotation_ids": list(ids), "score": score}


def test_every_annotation_could_have_been_named_as_merged_but_those_ignored():
    ranking = rank_scores(TRUTH, [row("merge", 0.2, 1), row("merge", 0.9, 1), row("merge", 0.1, 99)])[MERGED]
    assert ranking["planted"].tolist() == [True, False, False, False]
    assert ranking["score"][0] == 0.9, "the highest counts"
    assert ranking["score"][1:].isna().all()
    assert ranking["image"].tolist() == [7, 8, 8, 8]


def test_pairs_that_could_be_one_object_and_false_alarms_are_judged_as_split():
    rows = [
        row("split", 0.8, 3, 4),
        row("split", 0.3, 5, 1),
        row("split", 0.7, 5, 4),
        row("split", np.nan, 1, 2),
    ]
    ranking = rank_scores(TRUTH, rows)[SPLIT]
    assert ranking["planted"].tolist() == [True, False, False]
    assert ranking["score"].tolist()[0] == 0.8
    assert np.isnan(ranking["score"][1]) and ranking["score"][2] == 0.3, "4 and 5 are neither right nor wrong"


def test_ignored_pairs_are_left_out():
    truth = Truth(TRUTH.annotations, touching_pairs=TRUTH.touching_pairs, ignore_pairs=[(2, 1)])
    assert len(rank_scores(truth, [])[SPLIT]) == 1


def test_scores_of_all_instances_and_pairs_are_listed(wrong):
    rows = list_scores(wrong)
    kinds = [r["kind"] for r in rows]
    assert kinds.count("merge") == wrong.instances["merge_score"].notna().sum()
    assert kinds.count("split") == wrong.pairs["split_score"].notna().sum()
    assert [r["score"] for r in rows if r["kind"] == "merge"] == wrong.instances["merge_score"].tolist()


def finding(rule, score, *ids):
    return Finding(rule, Severity.WARNING, "said", annotation_ids=ids, score=score)


def test_findings_are_ranked_by_pair_and_by_mask():
    m = measured(scene("aab", "..b"), scene("aA"))
    m = measured(scene("aa.\n.cc"), scene("aa", "aa"))
    ids = m.instances["annotation_id"].tolist()
    truth = Truth({str(i): 1 for i in ids}, spoiled=[FurtherError("shifts", [ids[1]], 1)])
    findings = [finding("mask.off_edge", 0.4, ids[1]), finding("mask.off_edge", 0.6, ids[1], ids[0])]
    (ranking,) = rank_findings(truth, m, [*findings, finding("mask.tiny", 1.0, ids[2])]).values()
    assert ranking["planted"].tolist() == [i == ids[1] for i in ids]
    assert ranking["score"][1] == 0.6
    assert ranking["score"].isna().sum() == len(ids) - 1


def naive(planted, score):
    """AUROC, average precision and recall at 80 %, by their definitions."""
    score = np.where(np.isnan(score), -np.inf, score)
    high, low = score[planted], score[~planted]
    auroc = np.mean([(h > k) + 0.5 * (h == k) for h in high for k in low])
    precision_sum, recall_80, before = 0.0, 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        named = score >= threshold
        precision, recall = planted[named].mean(), planted[named].sum() / planted.sum()
        precision_sum += (recall - before) * precision
        before = recall
        if precision >= 0.8 - 1e-9 and threshold > -np.inf:
            recall_80 = max(recall_80, recall)
    return auroc, precision_sum, recall_80


@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.9, float("nan")])), min_size=2, max_size=25
    )
)
def test_metrics_are_what_their_definitions_say(items):
    planted, score = np.array([p for p, _ in items]), np.array([s for _, s in items])
    metrics = measure_ranking(rank_items(planted, score, np.zeros(len(items), dtype=int)))
    if planted.all() or not planted.any():
        assert np.isnan(metrics.auroc) and np.isnan(metrics.recall_p95)
        return
    found = metrics.auroc, metrics.average_precision, metrics.recall_p80
    assert found == pytest.approx(naive(planted, score))


def test_recall_at_95_needs_more_than_at_80():
    planted = np.array([True] * 8 + [False] * 2 + [True] * 2)
    ranking = rank_items(planted, np.arange(12, 0, -1.0), np.zeros(12, dtype=int))
    metrics = measure_ranking(ranking)
    assert (metrics.recall_p80, metrics.recall_p95) == (1.0, 0.8)


def test_intervals_are_drawn_over_images():
    rng = np.random.default_rng(0)
    planted = rng.random(200) < 0.3
    ranking = rank_items(planted, planted + rng.normal(0, 1, 200), np.repeat(np.arange(20), 10))
    low, high = bootstrap_intervals(ranking, 60)
    middle = measure_ranking(ranking).auroc
    assert low.auroc < middle < high.auroc
    narrow, wide = bootstrap_intervals(ranking, 60, confidence=0.5)
    assert low.auroc < narrow.auroc < wide.auroc < high.auroc
    one_image = ranking.assign(image=1)
    low, high = bootstrap_intervals(one_image, 20)
    assert low == high == measure_ranking(ranking)
