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


def shifted(n_images, shift_of_image):
    """Make images with a label of category 2 each, and predictions shifted by so much (ids 1 to 3)."""
    names = {0: "first", 1: "second", 2: "third"}
    every = picture(
        x=(50, 0, 52, 2),
        y=(50, 4, 52, 6),
        z=(50, 8, 52, 10),
        categories={"x": "first", "y": "second", "z": "third"},
    )
    pairs = [(every, picture())]
    for number in range(n_images):
        category = names[1 + shift_of_image(number)]
        pairs.append(
            (
                picture(a=(5, 5, 25, 25), categories={"a": "second"}),
                picture(p=(5, 5, 25, 25), categories={"p": category}),
            )
        )
    return hits("category_swap", *pairs)


@pytest.mark.parametrize("shift", [1, -1])
def test_ids_that_are_shifted_by_one_are_said_once(shift):
    (hit,) = shifted(20, lambda number: -shift if number else 0)
    assert hit.evidence == {"shift": shift, "matches": 20, "fit": 1, "fit_shifted": 19}
    assert f"with {shift:+d} 19 would" in hit.message


def test_few_or_mixed_swaps_are_no_shift():
    assert len(shifted(19, lambda number: 1)) == 19
    assert len(shifted(20, lambda number: 1 if number % 2 else -1)) == 20
