from dataclasses import replace

import numpy as np
import pytest

from audit.testing import measured, scene
from audit.touching import learn
from audit.touching.learn import score_touching
from audit.touching.learned import (
    MAX_BATCHES,
    has_convention,
    list_batches,
    list_contacts,
    merged_instances,
    split_pairs,
)
from audit.touching.log_odds import LogOdds
from audit.touching.reference_stats import typical_areas


def with_scores(m, merge, split):
    instances, pairs = m.instances.copy(), m.pairs.copy()
    instances["merge_score"], pairs["split_score"] = merge, split
    return replace(m, instances=instances, pairs=pairs)


@pytest.mark.parametrize(("score", "named"), [(0.75, True), (0.7499, False)])
def test_named_from_the_default_score_on(wrong, score, named):
    m = with_scores(wrong, score, score)
    assert merged_instances(m).all() == merged_instances(m).any() == named
    assert split_pairs(m).any() == named
    assert not merged_instances(m, 0.9).any()


def test_nothing_is_named_without_a_convention(wrong):
    unknown = replace(wrong, conventions=wrong.conventions.assign(learned=False))
    assert not has_convention(unknown).any()
    assert not merged_instances(unknown, 0.0).any()
    assert not split_pairs(unknown, 0.0).any()


@pytest.mark.parametrize(("log_odds", "counted"), [(1.01, True), (0.99, False)])
def test_batches_are_compared_by_what_is_likely_merged(wrong, log_odds, counted):
    m = with_scores(wrong, 0.01, 0.01)
    m = replace(m, shapes=m.shapes.assign(merge_log_odds=np.float32(log_odds)))
    contacts = list_contacts(m, likely_merged=True)
    assert contacts.merged.sum() == (len(m.instances) if counted else 0)
    assert not list_contacts(m).merged.any()


def test_contacts_are_touching_pairs_and_merged_instances(wrong):
    m = with_scores(wrong, 0.01, 0.01)
    rows = [3, 5]
    merge = m.instances["merge_score"].copy()
    merge[rows] = 0.95
    m = with_scores(m, merge, 0.01)
    contacts = list_contacts(m)
    assert contacts.merged.tolist() == [False] * (len(contacts.image) - 2) + [True] * 2
    assert contacts.image[-2:].tolist() == m.instances["image"][rows].tolist()
    assert not contacts.split.any()


@pytest.mark.parametrize(
    ("folders", "listed"), [(1, 0), (2, 2), (MAX_BATCHES, MAX_BATCHES), (MAX_BATCHES + 1, 0)]
)
def test_folders_are_batches_where_there_are_several_but_not_too_many(folders, listed):
    m = measured(scene("a", file_name="x/1.png"))
    names = [f"{k}/1.png" for k in range(folders)]
    images = m.images.loc[[0] * folders].reset_index(drop=True).assign(file_name=names)
    batches = list(list_batches(replace(m, images=images)))
    assert len(batches) == listed
    assert all(batch.kind == "folder" and batch.images.sum() == 1 for batch in batches)


def test_scores_are_the_odds_of_the_shape_times_those_of_the_category(wrong):
    (row,) = wrong.conventions[wrong.conventions["category"] == 0].to_dict("records")
    share, log_odds = row["merged_share"], wrong.shapes["merge_log_odds"].to_numpy().astype(float)
    expected = 1 / (1 + np.exp(-log_odds) * (1 - share) / share)
    assert wrong.instances["merge_score"].to_numpy() == pytest.approx(expected, abs=2e-4)


def test_evidence_counts_less_where_a_category_is_too_small_to_learn_from(wrong):
    rows = np.flatnonzero(wrong.instances["merge_score"].to_numpy() < 0.5)[:9]
    instances = wrong.instances.copy()
    instances.loc[rows, "category"] = 1
    categories = wrong.categories.loc[[0, 0]].reset_index(drop=True)
    m = score_touching(replace(wrong, instances=instances, categories=categories))
    (row,) = m.conventions[m.conventions["category"] == 1].to_dict("records")
    n_pairs = row["pairs"]
    assert n_pairs < 30
    assert row["reason"] == f"only {n_pairs} touching pairs; 30 are needed to learn how they are drawn"
    share, log_odds = row["merged_share"], m.shapes["merge_log_odds"].to_numpy()[rows].astype(float)
    expected = 1 / (1 + np.exp(-learn.DISTRUST * log_odds) * (1 - share) / share)
    assert m.instances["merge_score"].to_numpy()[rows] == pytest.approx(expected, abs=2e-4)
    assert learn.DISTRUST == 0.25
    assert not has_convention(m)[rows].any()


@pytest.mark.parametrize(
    ("unions", "isolated", "reason"),
    [
        (30, 30, ""),
        (29, 30, "only 29 touching pairs; 30 are needed to learn how they are drawn"),
        (30, 29, "only 29 objects stand alone; 30 are needed to learn what one looks like"),
    ],
)
def test_how_much_is_needed_to_learn(unions, isolated, reason):
    assert learn._too_few(unions, isolated) == reason


def test_typical_area_is_that_of_isolated_objects(wrong):
    area = typical_areas(wrong)
    merged = wrong.instances["merge_score"].to_numpy() > 0.8
    assert merged.any()
    assert (wrong.instances["area_px"].to_numpy()[merged] > 1.5 * area[merged]).all()


def log_odds(above, of, split=-1.0):
    """Unions of which ``above`` of ``of`` look more like two objects than every instance."""
    union = np.where(np.arange(of) < above, 1.0, -1.0)
    flags = np.ones(of, dtype=bool)
    return LogOdds(np.zeros(of), flags, union, np.full(of, split), flags, np.zeros(of))


@pytest.mark.parametrize(("above", "learned"), [(850, True), (849, False)])
def test_a_convention_is_learned_from_an_auroc_on(above, learned):
    odds = log_odds(above, 1000)
    convention = learn._learn_convention(learn._count_examples(0, odds), odds, None)
    assert convention.auroc == above / 1000
    assert convention.learned is learned
    assert convention.pair_auroc == 1.0


def test_pairs_that_seem_to_be_one_object_are_no_measure():
    odds = log_odds(100, 1000, split=1.0)
    convention = learn._learn_convention(learn._count_examples(0, odds), odds, None)
    assert (convention.auroc, convention.pair_auroc) == (0.5, 0.5)


@pytest.mark.parametrize(("instances", "learned"), [(30, True), (29, False)])
def test_a_category_needs_thirty_pairs_and_thirty_isolated_objects_of_its_own(instances, learned):
    odds = log_odds(instances, instances)
    overall = learn._Convention(-1, 1000, 1000, 1000, 0.95, 0.9, merged_share=0.02, split_share=0.02)
    convention = learn._learn_convention(learn._count_examples(0, odds), odds, overall)
    assert convention.learned is learned
    trust = instances / (instances + 50)
    assert convention.auroc == pytest.approx(trust + (1 - trust) * 0.95)
