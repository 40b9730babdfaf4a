from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from audit.gates.gate import judge_batch
from audit.gates.grouping import NO_GROUP, Grouping
from audit.gates.groups import ALL_RULES, MERGED, TOUCHING, GroupRate, _mark_differing, compare_groups
from audit.gates.policy import Policy
from audit.report.gate_wording import describe_group_rate
from audit.testing import measured, scene

TWICE = ("aa..\naa..\n....\n..cc", "bb..\nbb..\n....\n....")
APART = ("aa..\naa..\n....\n..cc",)
TOUCH = ("aabb\naabb\n....\n..cc",)


def report(batch, scenes, names):
    """Group scenes by their own names."""
    drawn = [scene(*layers, file_name=f"{k}.png") for k, layers in enumerate(scenes)]
    scan = batch(*drawn)
    images = np.array(names, dtype=object)
    groups = Grouping("x", images[scan.measurements.instances["image"].to_numpy()], images)
    return judge_batch(scan, Policy(), today=date(2026, 1, 1), grouping=groups).groups


def test_who_draws_twice_is_named(batch):
    found = report(batch, [TWICE] * 30 + [APART] * 60, ["Ann"] * 30 + ["Ben"] * 30 + ["Cleo"] * 30)
    named = {(r.group, r.subject) for r in found.differing()}
    assert ("Ann", "overlap.duplicate") in named
    assert ("Ann", ALL_RULES) in named
    ann = next(r for r in found.rates if r.group == "Ann" and r.subject == ALL_RULES)
    assert (ann.n_annotations, ann.n_found) == (90, 60)
    assert ann.low < 2 / 3 < ann.high
    assert ann.rest_rate == 0
    assert "66.7 % of annotations with any finding, 0 % elsewhere" in describe_group_rate(ann)


def test_a_group_that_is_too_small_is_said_to_be(batch):
    scenes = [TWICE] * 30 + [APART] * 270
    found = report(batch, scenes, ["Ann", "Ben"] * 15 + ["Cleo"] * 2 + ["Ann", "Ben"] * 134)
    assert found.too_small == ("Cleo",)
    assert report(batch, scenes[25:35], ["Ann"] * 10).too_small == ()


def test_who_separates_touching_objects_is_named(batch):
    found = report(batch, [TOUCH] * 30 + [APART] * 60, ["Ann"] * 30 + ["Ben"] * 60)
    (line,) = [r for r in found.differing() if r.group == "Ann" and r.subject == TOUCHING]
    assert "separates touching objects" in describe_group_rate(line)
    (line,) = [r for r in found.differing() if r.group == "Ben" and r.subject == TOUCHING]
    assert "merges touching objects" in describe_group_rate(line)


def test_equal_groups_are_not_named(batch):
    found = report(batch, [TWICE, APART] * 30, ["Ann", "Ann", "Ben", "Ben"] * 15)
    assert found.differing() == ()


def test_few_images_name_nobody(batch):
    assert report(batch, [TWICE, APART, APART], ["Ann", "Ben", "Ben"]).differing() == ()


def test_false_names_are_rare(batch):
    """Shuffle who made what, 100 times: at most a few runs may name somebody (5 % are expected)."""
    rng = np.random.default_rng(1)
    scenes = [scene(*(TWICE if k % 5 == 0 else APART), file_name=f"{k}.png") for k in range(120)]
    scan = batch(*scenes)
    row = scan.measurements.instances["image"].to_numpy()
    runs = 0
    for _ in range(100):
        images = np.array(rng.permutation(["Ann", "Ben", "Cleo", "Dan"] * 30), dtype=object)
        groups = Grouping("x", images[row], images)
        result = judge_batch(scan, Policy(), today=date(2026, 1, 1), grouping=groups)
        runs += any(r.subject == ALL_RULES for r in result.groups.differing())
    assert runs <= 12


def test_those_without_a_group_come_last_and_are_not_tested(batch):
    found = report(batch, [TWICE] * 30 + [APART] * 30, [NO_GROUP] * 30 + ["Ann"] * 30)
    assert found.names == ("Ann", NO_GROUP)
    assert found.differing() == ()


def merged_rates(scores):
    """Compare two annotators by the merge scores of their objects."""
    m = measured(*(scene("a", file_name=f"{k}.png") for k in range(len(scores))))
    m = replace(m, instances=m.instances.assign(merge_score=np.array(scores)))
    names = np.array(["Ann", "Ben"] * (len(scores) // 2), dtype=object)
    return {
        r.group: r for r in compare_groups(Grouping("x", names, names), [], m).rates if r.subject == MERGED
    }


def test_a_mask_counts_as_several_objects_from_one_half_on():
    rates = merged_rates([0.5, 0.4999, 0.9, np.nan])
    assert (rates["Ann"].n_found, rates["Ann"].n_annotations) == (2, 2)
    assert (rates["Ben"].n_found, rates["Ben"].n_annotations) == (0, 1)
    assert merged_rates([np.nan, np.nan]) == {}


@pytest.mark.parametrize(("p_value", "differs"), [(0.05, True), (0.0501, False)])
def test_false_discoveries_are_kept_at_five_percent(p_value, differs):
    rates = [GroupRate(name, ALL_RULES, 10, 1, 0, 1, p_value, False, 0.5) for name in ("Ann", "Ben")]
    assert [rate.differs for rate in _mark_differing(rates)] == [differs] * 2
    # Of two comparisons the smaller p-value counts twice.
    rates = [replace(rates[0], p_value=p_value / 2), replace(rates[1], p_value=0.9)]
    assert [rate.differs for rate in _mark_differing(rates)] == [differs, False]
