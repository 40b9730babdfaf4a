import pytest

RULE = "polygon.hole_ring"
OUTER = [(2, 2), (32, 2), (32, 32), (2, 32)]
INNER = [(8, 8), (12, 8), (12, 12), (8, 12)]
DEEPER = [(9, 9), (11, 9), (11, 11)]


@pytest.mark.parametrize("rings", [[OUTER, INNER], [INNER, OUTER], [OUTER[::-1], INNER]])
def test_finds_a_ring_inside_another(said, rings):
    (hit,) = said(RULE, rings)
    assert hit.instances == (0,)
    assert hit.evidence == {"hole_rings": 1, "rings": 2, "holes": 0}
    assert hit.score == 0.5
    assert hit.message == "1 of the 2 polygons lies inside another one: COCO fills it, a hole needs RLE."


def test_counts_every_inner_ring_once(said):
    (hit,) = said(RULE, [OUTER, INNER, DEEPER])
    assert hit.evidence["hole_rings"] == 2
    assert "2 of the 3 polygons lie inside" in hit.message


@pytest.mark.parametrize(
    "rings",
    [
        [OUTER],
        [INNER, [(20, 20), (30, 20), (30, 30)]],
        [OUTER, OUTER],  # polygon.duplicate_part
        [OUTER, [(20, 20), (36, 20), (36, 30)]],  # polygon.part_overlap
    ],
)
def test_silent_on_clean(said, rings):
    assert said(RULE, rings) == []
