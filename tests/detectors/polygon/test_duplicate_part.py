import pytest

RULE = "polygon.duplicate_part"
SQUARE = [(2, 2), (12, 2), (12, 12), (2, 12)]
OTHER = [(20, 20), (30, 20), (30, 30)]


@pytest.mark.parametrize(
    "copy",
    [
        SQUARE,
        SQUARE[::-1],
        SQUARE[2:] + SQUARE[:2],
        [*SQUARE, SQUARE[0]],
        [*SQUARE[:2], (12, 7), *SQUARE[2:]],
    ],
)
def test_finds_a_part_that_is_there_twice_however_it_is_written(said, copy):
    (hit,) = said(RULE, [SQUARE, OTHER, copy])
    assert hit.instances == (0,)
    assert hit.evidence == {"duplicate_rings": 1, "rings": 3}
    assert hit.score == pytest.approx(1 / 3)
    assert hit.message == "1 of the 3 polygons repeats an earlier one."


def test_counts_every_copy(said):
    (hit,) = said(RULE, [SQUARE, SQUARE, OTHER, SQUARE, OTHER])
    assert hit.evidence == {"duplicate_rings": 3, "rings": 5}
    assert "3 of the 5 polygons repeat an" in hit.message


@pytest.mark.parametrize(
    "rings", [[SQUARE], [SQUARE, OTHER], [SQUARE, [(2, 2), (12, 2), (12, 12), (2, 12.1)]]]
)
def test_silent_on_clean(said, rings):
    assert said(RULE, rings) == []


def test_the_same_part_in_two_annotations_is_no_copy(said):
    assert said(RULE, [SQUARE], [SQUARE]) == []
