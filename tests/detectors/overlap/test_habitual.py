import pytest
from scipy.stats import binomtest

from audit.findings.finding import Severity
from audit.testing import hits, measured, scene

RULE = "overlap.habitual"
NAMES = {"a": "bottle", "b": "cap"}
BODY, CAP = "aaaaaaaaaa\n" * 10, ".....bb...\n" * 2 + "..........\n" * 8
CAP_ON = scene(BODY, CAP, categories=NAMES)
CAP_OFF = scene("aaa......bb\n" * 2, categories=NAMES)
BOXES = scene("aaaaaaaaaa......\n" * 8, "......bbbbbbbbbb\n" * 8)
CELLS = scene(  # no boxes: a corner is missing
    ".aaaaaaaaa......\n" + "aaaaaaaaaa......\n" * 7, "......bbbbbbbbb.\n" + "......bbbbbbbbbb\n" * 7
)
NEIGHBOURS = scene("aaaabbbb\n" * 4)


def test_says_a_pair_of_categories_once():
    (hit,) = hits(RULE, *[CAP_ON] * 9, CAP_OFF)
    interval = binomtest(9, 10).proportion_ci(method="wilson")
    assert hit.instances == ()
    assert [measured(CAP_ON).categories["name"][row] for row in hit.categories] == ["bottle", "cap"]
    assert hit.severity is Severity.INFO
    assert hit.evidence == {
        "images_together": 10,
        "images_overlapping": 9,
        "pairs": 9,
        "rate": 0.9,
        "rate_low": pytest.approx(interval.low),
        "rate_high": pytest.approx(interval.high),
    }
    assert "“bottle” and “cap” overlap in 9 of the 10 images that hold both" in hit.message
    assert "90 %, 95 % interval 60 % to 98 %" in hit.message
    assert {type(value) for value in hit.evidence.values()} == {int, float}


def test_one_category_is_a_warning():
    (hit,) = hits(RULE, *[CELLS] * 9, NEIGHBOURS)
    assert hit.severity is Severity.WARNING
    assert hit.evidence["images_together"] == 10
    assert "“thing” overlap in 9 of the 10 images in which two come within 2 px" in hit.message
    assert len(hit.categories) == 1


def test_neighbours_that_are_boxes_overlap_by_construction():
    assert hits(RULE, *[BOXES] * 10) == []
    assert len(hits(RULE, *[CELLS] * 10)) == 1


@pytest.mark.parametrize(
    ("options", "found"),
    [({"min_images": 9}, 1), ({"min_images": 10}, 0), ({"min_rate": 0.59}, 1), ({"min_rate": 0.6}, 0)],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, *[CAP_ON] * 9, CAP_OFF, **options)) == found


@pytest.mark.parametrize(("min_rate_same", "found"), [(0.59, 1), (0.6, 0)])
def test_one_category_has_its_own_threshold(min_rate_same, found):
    assert len(hits(RULE, *[CELLS] * 9, NEIGHBOURS, min_rate_same=min_rate_same)) == found


@pytest.mark.parametrize(
    "clean",
    [
        [CAP_ON] * 5,
        [CAP_ON] * 8 + [CAP_OFF] * 30,
        [CELLS] * 6 + [NEIGHBOURS] * 30,
        [NEIGHBOURS] * 20,
        [scene("aaaaaaaaaa.........\n" * 6, ".........bbbbbbbbbb\n" * 6, categories=NAMES)] * 20,
        [scene(BODY, CAP, categories=NAMES, crowd="a")] * 20,
        [scene("aa", "bb", categories=NAMES)] * 20,
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, *clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []
