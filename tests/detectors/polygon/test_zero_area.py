import pytest

from audit.findings.finding import Severity

RULE = "polygon.zero_area"
SQUARE = [(2, 2), (12, 2), (12, 12), (2, 12)]


@pytest.mark.parametrize(
    "ring",
    [
        [(2, 2), (12, 12), (22, 22)],
        [(2, 2), (2, 2), (2, 2)],
        [(2, 2), (12, 2), (2, 2), (30, 2)],
        [(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)],
    ],
)
def test_finds_a_line(said, ring):
    (hit,) = said(RULE, [ring])
    assert hit.instances == (0,)
    assert (hit.evidence["zero_area_rings"], hit.evidence["rings"]) == (1, 1)
    assert (hit.score, hit.severity) == (1.0, None)
    assert hit.message.startswith("The outline encloses no area: its points lie on one line or in one place")


def test_a_line_beside_a_sound_part_is_a_warning(said):
    (hit,) = said(RULE, [SQUARE, [(2, 20), (12, 20), (22, 20)]])
    assert hit.severity is Severity.WARNING
    assert hit.evidence == {"zero_area_rings": 1, "rings": 2, "area_px": 100}
    assert (hit.score, "(1 of 2 polygons)" in hit.message) == (0.5, True)


@pytest.mark.parametrize(
    "ring", [SQUARE, [(2, 2), (30, 2), (30, 2.01)], [(2, 2), (22, 22), (22, 2), (2, 22)]]
)
def test_silent_on_clean(said, ring):
    assert said(RULE, [ring]) == []
