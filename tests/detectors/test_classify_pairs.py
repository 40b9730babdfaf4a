from dataclasses import replace

import numpy as np
import pytest

from audit.detectors import describe_pairs as describe_pairs_module
from audit.detectors.classify_pairs import (
    PairKind,
    PairThresholds,
    classify_pairs,
    find_hole_filler,
    flag_allowed_pairs,
    flag_same_category,
)
from audit.detectors.describe_pairs import QuotedCategoryNames, describe_pairs
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
    assert classify_pairs(measured(drawing)).tolist() == [kind]


def test_bounds_move_the_kind():
    m = measured(scene("aaaa..", "..bbbb"))
    assert classify_pairs(m, PairThresholds(sliver_share=0.5)).tolist() == [PairKind.SLIVER]
    assert classify_pairs(m, PairThresholds(contained_ioa=0.5)).tolist() == [PairKind.CONTAINED]
    assert classify_pairs(m, PairThresholds(duplicate_iou=0.3)).tolist() == [PairKind.DUPLICATE]


def test_hole_filler_names_the_one_inside():
    assert find_hole_filler(measured(scene("aaa\naba\naaa"))).tolist() == [1]
    assert find_hole_filler(measured(scene("bbb\nbab\nbbb"))).tolist() == [0]
    assert find_hole_filler(measured(scene("ab"))).tolist() == [-1]


def test_overlaps_describes_the_smaller_and_the_larger():
    m = measured(scene("aaaa", "bb..", categories={"b": "cap"}))
    (pair,) = describe_pairs(m, np.array([True]))
    assert (pair.smaller, pair.larger, pair.smaller_px, pair.larger_px) == (1, 0, 2, 4)
    assert (pair.share, pair.same, pair.intersection_px, pair.iou) == (1.0, False, 2, 0.5)
    assert list(describe_pairs(m, np.array([False]))) == []


def test_many_pairs_are_described_as_few(monkeypatch):
    m = measured(scene("aaaa", "bbbb", "cccc", "dddd"))
    is_chosen = np.array([True, False, True, True, True, False])
    expected = list(describe_pairs(m, is_chosen))
    monkeypatch.setattr(describe_pairs_module, "PAIRS_TOGETHER", 3)
    assert list(describe_pairs(m, is_chosen)) == expected
    assert [pair.row for pair in expected] == [0, 2, 3, 4]


def test_names_and_categories():
    m = measured(scene("ab", categories={"b": "cap"}))
    assert list(map(QuotedCategoryNames(m).__getitem__, (0, 1))) == ["“thing”", "“cap”"]
    assert flag_same_category(m).tolist() == [False]
    assert flag_allowed_pairs(m, [("cap", "thing")]).tolist() == [True]
    assert flag_allowed_pairs(m, [("cap", "cap")]).tolist() == [False]
    assert flag_allowed_pairs(m, []).tolist() == [False]


def test_kinds_are_kept_with_the_tables_and_their_thresholds():
    m = measured(scene("aaaa..", "..bbbb"))
    kinds = classify_pairs(m)
    assert classify_pairs(m, PairThresholds()) is kinds and not kinds.flags.writeable
    assert classify_pairs(m, PairThresholds(sliver_share=0.5)).tolist() != kinds.tolist()
    apart = replace(m, pairs=m.pairs.assign(intersection_px=np.array([0])))
    assert classify_pairs(apart).tolist() == [PairKind.APART]
    assert flag_same_category(m) is flag_same_category(m)
