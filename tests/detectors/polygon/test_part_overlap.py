import pytest

RULE = "polygon.part_overlap"
LEFT = [(2, 2), (12, 2), (12, 12), (2, 12)]


def moved(x, y):
    return [(px + x, py + y) for px, py in LEFT]


def test_finds_parts_that_overlap(said):
    (hit,) = said(RULE, [LEFT, moved(8, 0)])
    assert hit.instances == (0,)
    assert hit.evidence == {"overlapping_rings": 1, "rings": 2}
    assert hit.score == 0.5
    assert hit.message == "1 of the 2 polygons overlaps an earlier one in part."


def test_counts_the_later_ones(said):
    (hit,) = said(RULE, [LEFT, moved(8, 0), moved(16, 0)])
    assert hit.evidence["overlapping_rings"] == 2
    assert "2 of the 3 polygons overlap an" in hit.message


@pytest.mark.parametrize(
    ("by", "found"),
    [((9.875, 0), 1), ((9.9375, 0), 0), ((10, 0), 0), ((9, 9), 1), ((9.1, 9.1), 0)],
)
def test_a_square_pixel_must_be_shared(said, by, found):
    assert len(said(RULE, [LEFT, moved(*by)])) == found


@pytest.mark.parametrize(
    "rings", [[LEFT], [LEFT, moved(20, 0)], [LEFT, LEFT], [LEFT, [(4, 4), (8, 4), (8, 8)]]]
)
def test_silent_on_clean(said, rings):
    assert said(RULE, rings) == []
