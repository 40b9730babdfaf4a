import pytest

RULE = "polygon.self_intersection"
BOW_TIE = [(2, 2), (22, 22), (22, 2), (2, 22)]
SQUARE = [(2, 2), (12, 2), (12, 12), (2, 12)]


def test_finds_a_bow_tie(said):
    (hit,) = said(RULE, [BOW_TIE])
    assert hit.instances == (0,)
    assert hit.evidence == {"self_intersections": 1, "rings": 1, "area_px": 200}
    assert hit.score == 1.0
    assert hit.message == "The outline crosses itself: which pixels are inside depends on the program."


def test_counts_rings(said):
    (hit,) = said(RULE, [SQUARE, BOW_TIE, [(x + 15, y + 15) for x, y in BOW_TIE]])
    assert (hit.evidence["self_intersections"], hit.evidence["rings"]) == (2, 3)
    assert "crosses itself (2 of 3 polygons): " in hit.message


@pytest.mark.parametrize(
    "ring",
    [
        SQUARE,
        [(2, 2), (12, 2), (7, 7), (12, 12), (2, 12), (7, 7)],  # touches itself in a point
        [(2, 2), (12, 2), (20, 2), (12, 2), (12, 12), (2, 12)],  # a spike
        [(2, 2), (2, 2), (12, 2), (12, 12), (12, 12)],  # points twice
        [(2, 2), (12, 12), (22, 22)],  # a line
    ],
)
def test_silent_on_clean(said, ring):
    assert said(RULE, [ring]) == []


def test_a_crossing_beside_a_spike_is_still_seen(said):
    assert len(said(RULE, [[(2, 2), (22, 22), (22, 2), (30, 2), (22, 2), (2, 22)]])) == 1
