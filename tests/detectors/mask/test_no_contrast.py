from dataclasses import replace

import numpy as np
import pytest

from audit.detectors.mask import no_contrast
from audit.testing import hits, measured, scene

RULE = "mask.no_contrast"
MASK = "..............\n" + ".aaaaaaaaaaaa.\n" * 10 + "..............\n"


def judge(separation, *scenes, **options):
    scenes = scenes or (scene(MASK),) * len(separation)
    m = measured(*scenes)
    m = replace(m, instances=m.instances.assign(edge_here=np.array(separation, dtype=float)))
    return list(no_contrast.detect(m, no_contrast.Options(**options)))


CLEAR = [0.7] * 20


def test_finds_a_mask_over_nothing():
    (hit,) = judge([0.02, *CLEAR])
    assert hit.instances == (0,)
    assert hit.evidence == {"separation": 0.02, "category_separation": 0.7}
    assert hit.score == pytest.approx(1 - 0.02 / 0.7)
    assert "2 % of its variation there, where 70 % is usual" in hit.message


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"max_separation": 0.02}, 1),
        ({"max_separation": 0.01}, 0),
        ({"min_usual": 0.71}, 0),
        ({"min_instances": 21}, 1),
        ({"min_instances": 22}, 0),
        ({"min_area": 120}, 1),
        ({"min_area": 121}, 0),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(judge([0.02, *CLEAR], **options)) == found


def test_a_category_that_seldom_stands_out_is_silent():
    assert judge([0.02, *[0.2] * 20]) == []


@pytest.mark.parametrize("kind", ["border", "crowd", "not known"])
def test_some_masks_are_not_judged(kind):
    other = {
        "border": scene("aaaaaaaaaaaa\n" * 10),
        "crowd": scene(MASK, crowd="a"),
        "not known": scene(MASK),
    }[kind]
    separation = [np.nan if kind == "not known" else 0.02, *CLEAR]
    assert judge(separation, other, *[scene(MASK)] * 20) == []


def test_silent_without_pictures_and_on_nothing():
    assert hits(RULE, *[scene(MASK)] * 21) == []
    assert hits(RULE) == []
