import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors.registry import all_rules
from audit.pipeline.rule_selection import UnknownRuleError, check_prefixes, is_selected

RULES = st.sampled_from(["mask.tiny", "mask.empty", "overlap.duplicate", "ref.image"])
PREFIXES = st.lists(st.sampled_from(["mask", "mask.tiny", "overlap", "overlap.duplicate", "ref"]), max_size=4)


def test_prefixes_match_whole_parts_only():
    assert is_selected("mask.tiny", ["mask"], [])
    assert not is_selected("mask.tiny", ["mask.tin"], [])
    assert not is_selected("masks.tiny", ["mask"], [])


def test_the_longer_prefix_wins_and_then_ignore():
    assert is_selected("mask.tiny", ["mask.tiny"], ["mask"])
    assert not is_selected("mask.empty", ["mask.tiny"], ["mask"])
    assert not is_selected("mask.tiny", ["mask"], ["mask.tiny"])
    assert not is_selected("mask.tiny", ["mask"], ["mask"])


@given(RULES, PREFIXES)
def test_order_and_repetition_do_not_count(rule, prefixes):
    assert is_selected(rule, prefixes, []) == is_selected(rule, prefixes[::-1] * 2, [])
    assert is_selected(rule, [], prefixes) == is_selected(rule, [], prefixes[::-1] * 2)


@given(RULES, PREFIXES, PREFIXES)
def test_ignoring_never_switches_on(rule, select, ignore):
    assert is_selected(rule, select, ignore) <= is_selected(rule, select, [])


@pytest.mark.parametrize("wrong", ["overlap.dupl", "overlapp", "", "overlap."])
def test_an_unknown_prefix_is_answered(wrong):
    with pytest.raises(UnknownRuleError, match="no rule or family is called"):
        check_prefixes([wrong], all_rules())
