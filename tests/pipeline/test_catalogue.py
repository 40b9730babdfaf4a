import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors.registry import all_rules, rules
from audit.findings.finding import Severity
from audit.loaders.defects import DEFECTS
from audit.loaders.defects_label_images import LABEL_IMAGE_DEFECTS
from audit.pipeline.catalogue import WORKER_DIED, UnknownRuleError, catalogue, check_prefixes, is_on

RULES = st.sampled_from(["mask.tiny", "mask.empty", "overlap.duplicate", "ref.image"])
PREFIXES = st.lists(st.sampled_from(["mask", "mask.tiny", "overlap", "overlap.duplicate", "ref"]), max_size=4)


def test_every_rule_is_listed_once_and_sorted():
    listed = list(catalogue())
    assert listed == sorted(listed)
    assert set(listed) == {*all_rules(), *DEFECTS, *LABEL_IMAGE_DEFECTS, WORKER_DIED}


def test_no_two_places_say_the_same_rule():
    assert not set(rules()) & {*DEFECTS, *LABEL_IMAGE_DEFECTS}
    assert not set(DEFECTS) & set(LABEL_IMAGE_DEFECTS)


def test_every_rule_says_what_it_is():
    for rule in catalogue().values():
        assert rule.title, rule.id
        assert len(rule.manual.strip()) >= len(rule.title.strip()), rule.id
        assert Severity(rule.severity)


def test_a_detector_shows_its_options():
    manual = catalogue()["overlap.duplicate"].manual
    assert manual.startswith(rules()["overlap.duplicate"].manual.strip())
    assert "min_iou" in manual.partition("Options\n-------\n")[2]


def test_prefixes_match_whole_parts_only():
    assert is_on("mask.tiny", ["mask"], [])
    assert not is_on("mask.tiny", ["mask.tin"], [])
    assert not is_on("masks.tiny", ["mask"], [])


def test_the_longer_prefix_wins_and_then_ignore():
    assert is_on("mask.tiny", ["mask.tiny"], ["mask"])
    assert not is_on("mask.empty", ["mask.tiny"], ["mask"])
    assert not is_on("mask.tiny", ["mask"], ["mask.tiny"])
    assert not is_on("mask.tiny", ["mask"], ["mask"])


@given(RULES, PREFIXES)
def test_order_and_repetition_do_not_count(rule, prefixes):
    assert is_on(rule, prefixes, []) == is_on(rule, prefixes[::-1] * 2, [])
    assert is_on(rule, [], prefixes) == is_on(rule, [], prefixes[::-1] * 2)


@given(RULES, PREFIXES, PREFIXES)
def test_ignoring_never_switches_on(rule, select, ignore):
    assert is_on(rule, select, ignore) <= is_on(rule, select, [])


@pytest.mark.parametrize("wrong", ["overlap.dupl", "overlapp", "", "overlap."])
def test_an_unknown_prefix_is_answered(wrong):
    with pytest.raises(UnknownRuleError, match="no rule or family is called"):
        check_prefixes([wrong], catalogue())
