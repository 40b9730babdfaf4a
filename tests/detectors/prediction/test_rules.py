"""What all rules about predictions promise."""

import pytest
from evidence import CLEAN, evidence_of, hits
from pictures import picture

from audit.detectors.registry import prediction_rules


@pytest.mark.parametrize("rule", prediction_rules())
def test_silent_on_clean_and_on_empty_input(rule):
    name = rule.removeprefix("prediction.")
    assert hits(name, CLEAN) == []
    assert hits(name, *[CLEAN] * 30) == []
    assert hits(name, (picture(), picture())) == []
    assert hits(name) == []


@pytest.mark.parametrize("rule", prediction_rules().values(), ids=list(prediction_rules()))
def test_manual_pages_are_whole(rule):
    for section in ("What it finds", "Why it matters", "When it is wrong", "Example", "Reference"):
        assert f"\n{section}\n{'-' * len(section)}\n" in rule.manual, section
    for option in rule.options.__dataclass_fields__.values():
        assert option.metadata["unit"] and option.metadata["help"]


def test_calibrated_scores_follow_what_was_right():
    wrong = picture(p=(5, 5, 25, 25), q=(40, 80, 50, 90))
    evidence = evidence_of(*[(picture(a=(5, 5, 25, 25)), wrong)] * 30, scores={"p": 0.9, "q": 0.6})
    assert evidence.calibrated_score[0] > 0.9 > 0.2 > evidence.calibrated_score[1]
