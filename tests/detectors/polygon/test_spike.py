import pytest

RULE = "polygon.spike"
SQUARE = [(2, 2), (12, 2), (12, 12), (2, 12)]
THORN = [(2, 2), (12, 2), (20, 2), (12, 2), (12, 12), (2, 12)]


@pytest.mark.parametrize(
    ("ring", "vertices"),
    [
        (THORN, 6),
        (THORN[2:] + THORN[:2], 6),
        ([(2, 2), (20, 2), (12, 2), (12, 12), (2, 12)], 5),
        ([(2, 2), (12, 2), (18, -4), (18, -4), (12, 2), (12, 12)], 6),
    ],
)
def test_finds_a_thorn(said, ring, vertices):
    (hit,) = said(RULE, [ring])
    assert hit.instances == (0,)
    assert hit.evidence == {"spikes": 1, "vertices": vertices}
    assert hit.message.endswith(f"at 1 of its {vertices} points: a spike without width.")


def test_counts_every_thorn(said):
    (hit,) = said(RULE, [[*THORN, (2, 20), (2, 12)]])
    assert hit.evidence == {"spikes": 2, "vertices": 8}
    assert "2 of its 8 points: spikes without width." in hit.message


@pytest.mark.parametrize(
    "ring", [SQUARE, [*SQUARE, SQUARE[0]], [(2, 2), (30, 2.2), (2, 2.4)], [(2, 2), (7, 2), (12, 2), (12, 12)]]
)
def test_silent_on_clean(said, ring):
    assert said(RULE, [ring]) == []


def test_a_line_is_no_spike(said):
    assert said(RULE, [[(2, 2), (12, 12), (22, 22)]]) == []
