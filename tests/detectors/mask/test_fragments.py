import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

RULE = "mask.fragments"
SPECK = scene("aaaaaaaaaa....aa\n" * 2 + "aaaaaaaaaa......\n" * 8)  # 100 px and 4 px
THIN = [
    (2, 2),
    (12, 2),
    (12, 7),
    (16, 7),
    (16, 6),
    (18, 6),
    (18, 8),
    (16, 8),
    (16, 7.1),
    (12, 7.1),
    (12, 12),
    (2, 12),
]


def test_finds_a_speck_beside_the_body():
    (hit,) = hits(RULE, SPECK)
    assert hit.instances == (0,)
    assert hit.evidence == {
        "parts": 2,
        "smallest_part_px": 4,
        "largest_part_px": 100,
        "smallest_share": 4 / 104,
    }
    assert hit.score == 1 - 4 / 104
    assert hit.severity is None
    assert "has 2 parts, and the smallest has 4 px, 3.85% of the mask" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [({"max_px": 4}, 1), ({"max_px": 3}, 0), ({"max_share": 0.039}, 1), ({"max_share": 0.038}, 0)],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, SPECK, **options)) == found


def test_a_polygon_that_is_too_thin_to_draw_is_an_info():
    (hit,) = hits(RULE, drawn(20, 20, {"a": [THIN]}))
    assert hit.severity is Severity.INFO
    assert hit.evidence["parts"] == 2
    assert hit.message.startswith("The outline is so thin that the mask falls into 2 parts")


def test_a_speck_that_was_drawn_is_a_warning():
    rings = [[(2, 2), (12, 2), (12, 12), (2, 12)], [(15, 5), (17, 5), (17, 7), (15, 7)]]
    assert hits(RULE, drawn(20, 20, {"a": rings}))[0].severity is None


@pytest.mark.parametrize(
    "clean",
    [
        scene("aaaaaaaaaa\n" * 10),
        scene("aaaaaaaaaa.aaaaaaaaaa\n" * 4),
        scene("aa.a\n" * 3),  # small, but no small part of it
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []
