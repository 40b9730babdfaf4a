import numpy as np
import pytest

from audit.detectors.polygon.normalised import flag_normalised
from audit.findings.finding import Severity
from audit.testing import drawn, hits, measured, scene

RULE = "polygon.normalised"
SHARES = [(0.1, 0.1), (0.5, 0.1), (0.5, 0.83)]


def test_finds_shares_where_pixels_belong():
    (hit,) = hits(RULE, drawn(48, 64, {"a": [SHARES]}))
    assert hit.instances == (0,)
    assert hit.evidence == {"max_abs_coordinate": 0.83, "width": 64, "height": 48, "area_px": 1}
    assert "No coordinate of the polygon exceeds 0.83, in an image of 64 x 48 pixels" in hit.message


@pytest.mark.parametrize(("min_side", "found"), [(64, 1), (65, 0)])
def test_the_least_image_is_an_option(min_side, found):
    assert len(hits(RULE, drawn(48, 64, {"a": [SHARES]}), min_side=min_side)) == found


def test_a_habit_stays_an_error():
    (hit,) = hits(RULE, *[drawn(48, 64, {"a": [SHARES]})] * 20)
    assert hit.severity is Severity.ERROR


@pytest.mark.parametrize(
    "clean",
    [
        drawn(48, 64, {"a": [[(0, 0), (1, 0), (1.01, 1)]]}),
        drawn(48, 64, {"a": [[(-2, 0), (1, 0), (1, 1)]]}),
        drawn(48, 64, {"a": [SHARES, [(5, 5), (9, 5), (9, 9)]]}),
        drawn(4, 4, {"a": [SHARES]}),
        scene("a......."),
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_says_which_annotations():
    m = measured(drawn(48, 64, {"a": [SHARES], "b": [[(5, 5), (9, 5), (9, 9)]]}), scene("........a"))
    assert flag_normalised(m).tolist() == [True, False, False]
    assert flag_normalised(m).dtype == np.bool_
