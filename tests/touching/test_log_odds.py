"""Merged and split objects of any share are found, by classifiers whose examples hold the same errors."""

from dataclasses import replace

import numpy as np
import pytest

from audit.touching.evidence import SHAPE_FEATURES, instance_features, several_index
from audit.touching.learn import score_touching
from audit.touching.learned import merged_instances
from audit.touching.reference_stats import not_close, reference_stats


@pytest.mark.parametrize("every", [12, 6, 3, 2, 1])
def test_a_habit_that_is_really_mixed_is_found(cells, every):
    planted = 48 // every
    m = cells(48, dict.fromkeys(range(0, 48, every), (1, 1)))
    everything = m.conventions.iloc[0]
    for kind, score, candidates in (
        ("merged", m.instances["merge_score"], len(m.instances)),
        ("split", m.pairs["split_score"].fillna(0), everything["pairs"]),
    ):
        assert everything[f"{kind}_share"] == pytest.approx(planted / candidates, rel=1 / 3), kind
        named = score >= 0.75
        assert 0.5 * planted <= named.sum() <= planted / 0.75, kind
        images = (m.instances if kind == "merged" else m.pairs)["image"][named]
        assert set(images) <= set(range(0, 48, every)), f"{kind}: in no image where all is well"


def test_the_index_needs_no_examples_to_tell_several_from_one(wrong):
    stats = reference_stats(wrong)
    features = instance_features(wrong, stats, np.arange(len(wrong.instances)))
    assert features.shape[1] == len(SHAPE_FEATURES) == len(set(SHAPE_FEATURES))
    nothing = np.zeros(len(features), dtype=bool)
    index = several_index(features, not_close(wrong), nothing)
    merged = wrong.instances["merge_score"].to_numpy() >= 0.4
    assert merged.sum() == 3
    assert index[merged].min() > np.percentile(index[~merged], 99)
    empty = several_index(features[:0], nothing[:0], nothing[:0])
    assert empty.tolist() == []


def test_few_touching_objects_of_a_category_are_not_judged_by_the_habit_of_others(cells):
    m = cells(40, dict.fromkeys(range(0, 40, 4), (1, 0)))
    assert merged_instances(m).any()
    # The same masks, of which the last four images are another category, with too few pairs of its own.
    category = np.where(m.instances["image"] >= 36, 1, 0)
    names = m.categories.loc[[0, 0]].reset_index(drop=True)
    few = score_touching(replace(m, instances=m.instances.assign(category=category), categories=names))
    flagged = merged_instances(few)
    assert flagged[category == 0].any() and not flagged[category == 1].any()
