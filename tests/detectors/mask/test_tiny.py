import pytest

from audit.findings.finding import Severity
from audit.testing import drawn, hits, scene

RULE = "mask.tiny"
DOT = scene("......\n..aa..\n..aa..\n......")
BIG = scene("a" * 40 + "\n" + ("a" * 40 + "\n") * 39)
SMALL = scene("......\n" + ".aaaa.\n" * 4 + "......\n")  # 16 px
AT_THE_BORDER = scene("aaaa..\n" * 4 + "......\n" * 2)
NOTHING = drawn(20, 20, {"a": [[(30, 30), (40, 30), (40, 40)]]})


def test_finds_a_dot():
    (hit,) = hits(RULE, DOT)
    assert hit.instances == (0,)
    assert hit.evidence == {"area_px": 4, "category_median_px": None}
    assert hit.score == pytest.approx(1 / 1.4)
    assert hit.severity is None
    assert hit.message == "The mask has only 4 px (at least 10 expected)."


@pytest.mark.parametrize(("min_px", "found"), [(4, 0), (5, 1)])
def test_the_least_size_is_an_option(min_px, found):
    assert len(hits(RULE, DOT, min_px=min_px)) == found


def test_a_segmentation_that_draws_nothing_is_an_error():
    (hit,) = hits(RULE, NOTHING)
    assert (hit.severity, hit.score) == (Severity.ERROR, 1.0)
    assert hit.evidence["area_px"] == 0
    assert hits(RULE, NOTHING, min_px=0) == [hit]


def test_finds_what_is_far_smaller_than_its_category():
    (hit,) = hits(RULE, SMALL, *[BIG] * 20)
    assert hit.evidence == {"area_px": 16, "category_median_px": pytest.approx(1600)}
    assert "100 times fewer than its category's usual 1600 px" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"min_ratio": 99.0}, 1),
        ({"min_ratio": 101.0}, 0),
        ({"min_instances": 21}, 1),
        ({"min_instances": 22}, 0),
        ({"min_deviations": 1e9}, 1),  # all others are equally large
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, SMALL, *[BIG] * 20, **options)) == found


def test_a_category_of_many_sizes_has_no_usual_one():
    sizes = [scene(f"{'a' * n}\n" * n) for n in range(4, 60, 2)]
    assert hits(RULE, SMALL, *sizes) == []
    assert len(hits(RULE, SMALL, *sizes, min_deviations=1.0)) == 1


def test_what_the_border_cuts_off_is_not_compared():
    assert hits(RULE, AT_THE_BORDER, *[BIG] * 20) == []


@pytest.mark.parametrize("clean", [BIG, SMALL, scene("......")])
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []
