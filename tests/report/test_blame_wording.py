"""The blame in words."""

from dataclasses import replace

import pytest

from audit.comparison.blame import Blame
from audit.comparison.conventions import unknown_conventions
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.run import compare_datasets
from audit.comparison.usual_values import USUAL_VALUES
from audit.report.blame_wording import list_evidence, summarize_blame, title_evidence
from audit.testing import compared, scene


@pytest.fixture(scope="module")
def comparison():
    data = compared((scene("aabb"), scene("pppp", "qq..", "..rr")))
    return compare_datasets(*data, unknown_conventions)


def judged(comparison, *blames, of=4000):
    evidence = tuple(Evidence(name, 3.0, 2.5, 3.5, 120, of) for name in USUAL_VALUES)
    return replace(comparison, blame=blames, evidence=evidence)


RATE = "3.0 overlapping pairs per 100 predictions (healthy models: up to 5)."


def test_the_answer_names_groups_and_how_sure_it_is(comparison):
    labels, nms = Blame("labels", 0.93, ("whole_and_parts",)), Blame("nms", 0.6, ("missed_by_nms",))
    assert summarize_blame(judged(comparison)) == f"Nothing unusual. {RATE}"
    assert summarize_blame(judged(comparison, labels)) == f"Probable cause: the labels (93 % sure). {RATE}"
    assert summarize_blame(judged(comparison, labels, nms)) == (
        f"Probable causes: the labels (93 % sure), non-maximum suppression (60 % sure). {RATE}"
    )


def test_what_cannot_be_told_apart_is_said(comparison):
    either = Blame("undetermined", 0.8, ("whole_and_parts",), ("training", "labels"))
    assert (
        summarize_blame(judged(comparison, either))
        == f"Not distinguishable: the training or the labels. {RATE}"
    )
    nobody = Blame("undetermined", 0.8, ("overlapping_pairs",))
    assert summarize_blame(judged(comparison, nobody)).startswith("More predictions overlap than usual, but")


def test_few_predictions_acquit_nobody(comparison):
    assert summarize_blame(comparison).startswith("Nothing unusual, but 3 predictions are too few to tell.")


def test_evidence_has_titles_ranges_and_marks(comparison):
    assert {title_evidence(name) for name in USUAL_VALUES} and len(
        {*map(title_evidence, USUAL_VALUES)}
    ) == len(USUAL_VALUES)
    lines = {line[0]: line for line in list_evidence(judged(comparison, Blame("labels", 0.9, ("spills",))))}
    assert lines[title_evidence("spills")][1:] == ("3.00 per 100", "2.50 to 3.50", "up to 0.5", True, True)
    assert lines[title_evidence("overlapping_pairs")][4:] == (False, True)
    assert lines[title_evidence("box_fit")][3:] == ("from 0.8", True, False)
    assert lines[title_evidence("mask_size")][3] == "0.9 to 1.06"


def test_pairs_at_the_seams_of_tiles_are_counted_apart(comparison):
    answer = summarize_blame(judged(comparison, Blame("nms", 0.95, ("at_tile_seams",))))
    assert answer == (
        f"Probable cause: non-maximum suppression (95 % sure). {RATE} 3.0 more lie at the seams of tiles."
    )
