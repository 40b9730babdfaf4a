import pytest

from audit.testing import drawn, hits

RULE = "polygon.repeated_point"
RING = [(2, 2), (12, 2), (12, 12), (2, 12)]


def test_finds_a_point_that_is_there_twice_in_a_row(said):
    (hit,) = said(RULE, [[*RING[:2], RING[1], *RING[2:]]])
    assert hit.instances == (0,)
    assert hit.evidence == {"repeated_points": 1, "vertices": 5}
    assert hit.score == 0.2
    assert hit.message == "A point of the 5 of this polygon repeats the one before; the mask stays the same."


def test_counts_the_points_of_all_rings(said):
    (hit,) = said(RULE, [[RING[0], RING[0], *RING], [*RING[:3], RING[2], RING[3]]])
    assert hit.evidence == {"repeated_points": 3, "vertices": 11}
    assert hit.message.startswith("3 points of the 11 of this polygon repeat")


@pytest.mark.parametrize("ring", [RING, [*RING, RING[0]], [*RING[:3], RING[1], RING[3]]])
def test_silent_on_clean(said, ring):
    assert said(RULE, [ring]) == []


def test_one_in_a_hundred_is_a_habit():
    few, sound = drawn(20, 20, {"a": [[RING[0], *RING]]}), drawn(20, 20, {"a": [RING]})
    many = [few] * 20 + [sound] * 1000
    assert len(hits(RULE, *many)) == 1
    assert len(hits(RULE, *many, once_above=0.02)) == 20
