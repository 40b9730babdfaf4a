import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits

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


@pytest.mark.parametrize(
    ("box", "severity"),
    [
        ((2, 2, 18, 10), None),  # to the spike's tip, as boxes taken from points reach
        ((2, 2, 12, 10), None),
        ((2, 2, 11.5, 10), Severity.INFO),
        ((2, 2, 10, 10), Severity.INFO),
        ((5, 5, 2, 2), Severity.INFO),  # inside the mask: another fault
    ],
)
def test_a_warning_where_the_box_reaches_beyond_the_mask(box, severity):
    (hit,) = hits(RULE, drawn(40, 40, {"a": [THORN]}, boxes={"a": box}))
    assert hit.severity is severity
    assert ("box_reach_px" in hit.evidence) == (severity is None)
    if severity is None:
        assert hit.evidence["box_reach_px"] == box[2] - 10
        assert hit.message.endswith(f"and the box in the file reaches {box[2] - 10} px beyond the mask.")


def test_option_moves_the_reach():
    wide = drawn(40, 40, {"a": [THORN]}, boxes={"a": (2, 2, 13, 10)})
    assert hits(RULE, wide, min_reach_px=3.0)[0].severity is None
    assert hits(RULE, wide, min_reach_px=3.1)[0].severity is Severity.INFO


def test_a_habit_is_a_warning_where_one_box_reaches_beyond():
    narrow, wide = (drawn(40, 40, {"a": [THORN]}, boxes={"a": (2, 2, w, 10)}) for w in (10, 18))
    assert hits(RULE, *[narrow] * 20)[0].severity is Severity.INFO
    assert hits(RULE, *[narrow] * 19, wide)[0].severity is Severity.WARNING
