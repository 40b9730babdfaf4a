import numpy as np
import pytest

from audit.detectors.classify_pairs import (
    Bounds,
    PairKind,
    allowed,
    hole_filler,
    overlaps,
    pair_kinds,
    quoted_names,
    same_category,
)
from audit.testing import measured, scene


@pytest.mark.parametrize(
    ("drawing", "kind"),
    [
        (scene("aabb"), PairKind.APART),
        (scene("aa.bb"), PairKind.APART),
        (scene("aa", "bb"), PairKind.DUPLICATE),
        (scene("aa", "bb", crowd="b"), PairKind.CROWD),
        (scene("aaa\naba\naaa"), PairKind.FILLS_HOLE),
        (scene("aaaa", "b..."), PairKind.CONTAINED),
        (scene("aaaaa....", "....bbbbb"), PairKind.SLIVER),
        (scene("aaaa..", "..bbbb"), PairKind.PARTIAL),
    ],
)
def test_each_kind(drawing, kind):
    assert pair_kinds(measured(drawing)).tolist() == [kind]


def test_bounds_move_the_kind():
    m = measured(scene("aaaa..", "..bbbb"))
    assert pair_kinds(m, Bounds(sliver_share=0.5)).tolist() == [PairKind.SLIVER]
    assert pair_kinds(m, Bounds(contained_ioa=0.5)).tolist() == [PairKind.CONTAINED]
    assert pair_kinds(m, Bounds(duplicate_iou=0.3)).tolist() == [PairKind.DUPLICATE]


def test_hole_filler_names_the_one_inside():
    assert hole_filler(measured(scene("aaa\naba\naaa"))).tolist() == [1]
    assert hole_filler(measured(scene("bbb\nbab\nbbb"))).tolist() == [0]
    assert hole_filler(measured(scene("ab"))).tolist() == [-1]


def test_overlaps_describes_the_smaller_and_the_larger():
    m = measured(scene("aaaa", "bb..", categories={"b": "cap"}))
    (pair,) = overlaps(m, np.array([True]))
    assert (pair.smaller, pair.larger, pair.smaller_px, pair.larger_px) == (1, 0, 2, 4)
    assert (pair.share, pair.same, pair.intersection_px, pair.iou) == (1.0, False, 2, 0.5)
    assert list(overlaps(m, np.array([False]))) == []


def test_names_and_categories():
    m = measured(scene("ab", categories={"b": "cap"}))
    assert quoted_names(m) == ["“thing”", "“cap”"]
    assert same_category(m).tolist() == [False]
    assert allowed(m, [("cap", "thing")]).tolist() == [True]
    assert allowed(m, [("cap", "cap")]).tolist() == [False]
    assert allowed(m, []).tolist() == [False]
