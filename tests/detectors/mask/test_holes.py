import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

RULE = "mask.holes"
PINHOLES = scene("aaaaaaaaaaaa\n" * 4 + "aa.aaa..aaaa\n" + "aaaaaaaaaaaa\n" * 4)  # 108 - 3 px
KEYHOLE = [
    (1, 1),
    (11, 1),
    (11, 11),
    (1, 11),
    (1, 6.1),
    (5, 6.1),
    (5, 7),
    (7, 7),
    (7, 5),
    (5, 5),
    (5, 6),
    (1, 6),
]


def test_finds_pinholes():
    (hit,) = hits(RULE, PINHOLES)
    assert hit.instances == (0,)
    assert hit.evidence == {"holes": 2, "hole_px": 3, "smallest_hole_px": 1}
    assert hit.score == 1 - 1 / 105
    assert hit.severity is None
    assert hit.message.startswith("The mask has 2 holes, the smallest of 1 px: ")


@pytest.mark.parametrize(
    ("options", "found"),
    [({"max_px": 4}, 1), ({"max_px": 3}, 0), ({"max_share": 4 / 140}, 1), ({"max_share": 0.028}, 0)],
)
def test_options_move_the_thresholds(options, found):
    four = scene("aaaaaaaaaaaa\n" * 4 + "aaaaa..aaaaa\n" * 2 + "aaaaaaaaaaaa\n" * 6)
    assert len(hits(RULE, four, **options)) == found


def test_a_hole_of_a_polygon_is_an_info():
    (hit,) = hits(RULE, drawn(12, 12, {"a": [KEYHOLE]}))
    assert hit.severity is Severity.INFO
    assert hit.evidence == {"holes": 1, "hole_px": 4, "smallest_hole_px": 4}
    assert hit.message == "The mask has a hole of 4 px: edges of its polygons pass within a pixel."


@pytest.mark.parametrize(
    "clean",
    [
        scene("aaaaaa\n" * 6),
        scene("aaaaaaaaaa\n" * 3 + "aaa....aaa\n" * 4 + "aaaaaaaaaa\n" * 3),  # 16 px: meant
        scene("aaa\na.a\naaa"),  # one of nine pixels is no pinhole
        scene("aaaaaaaa\n" * 5 + "aaa.aaaa\n"),  # open to the outside
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []
