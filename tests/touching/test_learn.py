from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.dataset.shard import split_shards
from audit.measure.parquet_files import read_parquet, write_parquet
from audit.measure.schema import Measurements
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards
from audit.pipeline.run import scan
from audit.testing import dataset, measured, scene
from audit.touching.learn import auroc, score_touching
from audit.touching.log_odds import deal_folds
from audit.touching.logistic import FOLDS, probability
from audit.touching.mixture import estimate_share
from audit.touching.reference_stats import reference_stats


def of(data, size: int) -> Measurements:
    return score_touching(merge_shards(data, [measure_shard(shard) for shard in split_shards(data, size)]))


def test_scores_do_not_depend_on_how_the_work_is_cut(draw_cells):
    data = dataset(*(draw_cells(k, int(k == 3), int(k == 5)) for k in range(20)))
    one, many = of(data, 10_000), of(data, 30)
    for name in ("instances", "pairs", "shapes", "unions", "cuts", "conventions"):
        assert getattr(one, name).equals(getattr(many, name)), name


def test_scores_are_probabilities_and_stored(wrong, tmp_path):
    merged, split = wrong.instances["merge_score"], wrong.pairs["split_score"]
    assert merged.between(0, 1).all()
    assert split.dropna().between(0, 1).all()
    write_parquet(wrong, tmp_path)
    again = read_parquet(tmp_path)
    for name in ("instances", "pairs", "shapes", "unions", "cuts", "conventions"):
        assert getattr(again, name).equals(getattr(wrong, name)), name
    assert score_touching(again).instances.equals(wrong.instances)


def test_shares_are_estimated(wrong):
    everything = wrong.conventions.iloc[0]
    assert everything["learned"]
    assert everything["auroc"] > 0.95
    assert 0 < everything["merged_share"] < 0.05


@pytest.mark.parametrize("every", [12, 6, 3])
def test_scores_add_up_to_what_was_planted(cells, every):
    # Reliability in the large: the expected number of errors, to one in three and two.
    planted = 48 // every
    m = cells(48, dict.fromkeys(range(0, 48, every), (1, 1)))
    assert m.instances["merge_score"].sum() == pytest.approx(planted, rel=1 / 3, abs=2)
    assert m.pairs["split_score"].sum() == pytest.approx(planted, rel=1 / 3, abs=2)


def test_crowds_and_pairs_of_two_categories_are_not_scored():
    m = measured(scene("aab", "..b", crowd="a"), scene("aab", categories={"a": "x", "b": "y"}))
    assert m.instances["merge_score"].isna().all()
    assert len(m.unions) == 0


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_auroc_counts_pairs(high, low):
    above = [(h > k) + 0.5 * (h == k) for h in high for k in low]
    assert auroc(np.array(high, float), np.array(low, float)) == pytest.approx(np.mean(above))


@given(st.floats(0.0, 0.3), st.integers(200, 2000))
def test_share_finds_the_share(truth, n):
    several = round(truth * n)
    evidence = np.repeat([9.0, -9.0], [several, n - several])
    assert estimate_share(evidence, 0.02) == pytest.approx((several + 50 * 0.02) / (n + 50), abs=0.01)


def test_probability_is_bounded():
    assert probability(np.array([-1e9, 1e9])).tolist() == [0, 1]


@pytest.mark.shared
def test_people_and_litter_cry_no_wolf(shared_data):
    for place in ("coco_mini/instances.json", "taco/annotations.json", "lvis_val_100/lvis_val_100.json"):
        result = scan(shared_data / place, select=["touching"])
        loud = [f for f in result.findings if f.severity.value != "info"]
        assert len(loud) <= 0.01 * len(result.measurements.instances), place


@pytest.mark.shared
def test_human_corrections_rank_high(shared_data):
    import json

    m = scan(shared_data / "dsb2018/as_released.json", select=["touching"]).measurements
    labels = json.loads((shared_data / "dsb2018/corrections.json").read_text())["labels"]
    corrected = [int(k) for k, what in labels.items() if "merge" in what]
    rank = m.instances.set_index("annotation_id")["merge_score"].rank(ascending=False, pct=True)
    assert np.mean([rank[k] <= 0.02 for k in corrected]) >= 0.9


def test_images_are_dealt_by_name_and_few_of_them_in_stripes(wrong):
    stats, image = reference_stats(wrong), wrong.instances["image"].to_numpy()
    fold = deal_folds(wrong, stats)
    assert all(len(set(fold[image == k].tolist())) == 1 for k in set(image.tolist()))
    assert len(set(fold.tolist())) == FOLDS
    renamed = replace(wrong, images=wrong.images.assign(image_id=wrong.images["image_id"] + 7))
    assert (deal_folds(renamed, stats) == fold).all(), "ids do not count"
    few = replace(stats, usable=stats.usable & (image < 3))
    stripes = deal_folds(wrong, few)
    of_first = stripes[image == 0]
    middle = (wrong.instances["x"] + wrong.instances["w"] / 2).to_numpy()[image == 0]
    width = wrong.images["width"][0]
    shift = (of_first - middle * FOLDS // width) % FOLDS
    assert len(set(shift.tolist())) == 1, "fifths of the width, from where the image's name says"
    assert len(set(of_first.tolist())) > 1
