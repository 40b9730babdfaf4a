import pytest
from evidence import hits
from pictures import picture

MERGED = picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 25), q=(5, 25, 25, 45))


def test_merged_label():
    (hit,) = hits("merged_label", MERGED, scores={"p": 0.9, "q": 0.8})
    assert hit.instances == (0,)
    assert hit.evidence == {
        "prediction_ids": [0, 1], "least_score": 0.8, "covered": 1.0, "overlap_px": 0, "whole_score": 0.0,
    }  # fmt: skip
    assert hit.score == pytest.approx(0.8)


def test_merged_label_needs_sure_parts_that_cover_it_and_keep_apart():
    assert hits("merged_label", MERGED, scores={"q": 0.4}) == []
    assert hits("merged_label", MERGED, scores={"q": 0.4}, min_score=0.3)
    label = picture(a=(5, 5, 25, 45))
    assert hits("merged_label", (label, picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28)))) == []
    assert hits("merged_label", (label, picture(p=(5, 5, 25, 15), q=(5, 30, 25, 40)))) == []
    other = picture(p=(5, 5, 25, 25), q=(5, 25, 25, 45), categories={"q": "another"})
    assert hits("merged_label", (label, other)) == []


def test_a_prediction_of_the_whole_lowers_the_score_of_a_merged_label():
    whole = picture(p=(5, 5, 25, 25), q=(5, 25, 25, 45), r=(5, 5, 25, 45))
    (hit,) = hits("merged_label", (MERGED[0], whole), scores={"r": 0.6})
    assert hit.evidence["whole_score"] == 0.6
    assert hit.score == pytest.approx(0.9 * 0.7)
