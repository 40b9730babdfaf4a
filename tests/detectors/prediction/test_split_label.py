import pytest
from evidence import hits
from pictures import picture

SPLIT = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45)), picture(p=(5, 5, 25, 45))


def test_split_label():
    (hit,) = hits("split_label", SPLIT)
    assert hit.instances == (0, 1)
    assert hit.evidence["covered"] == 1.0
    assert hit.score == pytest.approx(0.9)


def test_split_label_needs_labels_that_fill_the_prediction():
    assert hits("split_label", SPLIT, scores={"p": 0.4}) == []
    assert hits("split_label", (SPLIT[0], picture(p=(0, 0, 60, 60)))) == []
    nested = picture(a=(5, 5, 25, 45), b=(10, 10, 20, 20))
    assert hits("split_label", (nested, SPLIT[1])) == []


def test_predictions_of_the_pieces_lower_the_score_of_a_split_label():
    pieces = picture(p=(5, 5, 25, 45), q=(5, 5, 25, 25), r=(5, 25, 25, 45))
    (hit,) = hits("split_label", (SPLIT[0], pieces), scores={"q": 0.8, "r": 0.6})
    assert hit.evidence["single_score"] == pytest.approx(0.7)
    assert hit.score == pytest.approx(0.9 * 0.65)


def test_of_two_predictions_of_the_same_labels_the_better_is_said():
    twice = picture(p=(5, 5, 25, 45), q=(5, 5, 26, 45))
    (hit,) = hits("split_label", (SPLIT[0], twice), scores={"p": 0.7, "q": 0.95})
    assert hit.evidence["prediction_ids"] == [1]
