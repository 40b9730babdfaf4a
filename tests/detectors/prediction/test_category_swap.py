import pytest
from evidence import LABELS, hits
from pictures import picture


def test_category_swap():
    other = picture(p=(5, 5, 25, 25), q=(5, 40, 25, 60), categories={"p": "another"})
    (hit,) = hits("category_swap", (LABELS, other), scores={"p": 0.95})
    assert hit.instances == (0,)
    assert hit.evidence["iou"] == 1.0
    assert hit.score == pytest.approx(0.95)
    assert hit.field == "category_id"
    assert hits("category_swap", (LABELS, other), min_score=0.97, scores={"p": 0.95}) == []


def test_a_comparable_prediction_of_the_own_category_speaks_for_the_label():
    both = picture(p=(5, 5, 25, 25), q=(5, 5, 25, 25), categories={"p": "another"})
    assert hits("category_swap", (LABELS, both), scores={"p": 0.9, "q": 0.6}) == []
    assert hits("category_swap", (LABELS, both), scores={"p": 0.9, "q": 0.2})


def test_an_object_of_the_other_category_that_lies_there_is_no_swap():
    labels = picture(a=(5, 5, 25, 25), b=(5, 5, 25, 24), categories={"b": "another"})
    found = picture(p=(5, 5, 25, 24), categories={"p": "another"})
    assert hits("category_swap", (labels, found)) == []


def test_ids_that_mean_other_categories_are_no_swaps():
    """They are one hit of prediction.category_ids."""
    other = picture(p=(5, 5, 25, 25), categories={"p": "another"})
    label = picture(a=(5, 5, 25, 25))
    assert len(hits("category_swap", *[(label, other)] * 19)) == 19
    assert hits("category_swap", *[(label, other)] * 20) == []
