from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.diff.diff import diff
from audit.pipeline.run import scan
from audit.testing import Scene, scene

BIG = "aaaaaaaa\naaaaaaaa\naaaaaaaa"


def changes(version, old, new):
    return diff(version(*old), version(*new))


def kinds(result):
    return {kind: n for kind, n in result.counts().items() if n}


def test_nothing_changed(version):
    result = changes(version, [scene("aa.b")], [scene("cc.d")])
    assert kinds(result) == {"kept": 2}
    assert result.changes == ()


def test_recategorised(version):
    old, new = scene("aa.b", categories={"a": "cell"}), scene("aa.b", categories={"a": "dirt"})
    result = changes(
        version, [old, scene("x", categories={"x": "dirt"})], [new, scene("x", categories={"x": "cell"})]
    )
    assert kinds(result) == {"kept": 1, "recategorised": 2}
    assert (result.changes[0].old_category, result.changes[0].new_category) == ("cell", "dirt")
    assert result.changes[0].iou == 1.0
    assert result.reshaped_too == 0


def test_reshaped(version):
    (change,) = changes(
        version, [scene(BIG)], [scene(BIG.replace("aaaaaaaa\naa", "aaaaaaa.\naa", 1))]
    ).changes
    assert change.kind == "reshaped"
    assert change.iou == pytest.approx(23 / 24, abs=1e-6)
    assert 0 < change.boundary_iou < 1
    assert (change.old_ids, change.new_ids) == ((1,), (1,))


def test_reshaped_and_recategorised(version):
    old = scene(BIG, categories={"a": "cell"})
    new = scene(BIG.replace("a", ".", 1), categories={"a": "dirt"})
    extra = [scene("xy", categories={"x": "cell", "y": "dirt"})]
    result = changes(version, [old, *extra], [new, *extra])
    assert kinds(result) == {"kept": 2, "recategorised": 1}
    assert result.reshaped_too == 1


def test_split_and_merged(version):
    one, two = [scene("aaaabbbb".replace("b", "a"))], [scene("bbbbcccc")]
    split = changes(version, one, two)
    assert kinds(split) == {"split": 1}
    assert (split.changes[0].old_ids, split.changes[0].new_ids) == ((1,), (1, 2))
    assert (split.masks_added, split.masks_removed, split.split_into) == (2, 1, 2)
    merged = changes(version, two, one)
    assert kinds(merged) == {"merged": 1}
    assert (merged.masks_added, merged.masks_removed, merged.merged_from) == (1, 2, 2)


def test_an_object_added_inside_another_is_no_split(version):
    corner = "b" + BIG[1:]
    result = changes(version, [scene(BIG)], [scene(corner)])
    assert kinds(result) == {"added": 1, "reshaped": 1}


def test_added_removed_and_images(version):
    old = [scene("a...", file_name="1"), scene("b", file_name="2")]
    new = [scene("...c", file_name="1"), scene("d", file_name="3")]
    result = changes(version, old, new)
    assert kinds(result) == {"added": 2, "removed": 2}
    assert (result.images_added, result.images_removed) == (("3",), ("2",))


def test_findings(version):
    twice = scene("aa", "bb", file_name="1")
    result = changes(
        version,
        [twice, scene("a.b", file_name="2")],
        [scene("a.b", file_name="1"), scene("cc", "dd", file_name="2")],
    )
    assert [f.file_name for f in result.findings_new] == ["2"]
    assert [f.file_name for f in result.findings_fixed] == ["1"]
    assert result.findings_remaining == 0
    assert changes(version, [twice], [twice]).findings_remaining == 1


def test_of_equal_findings_as_many_remain_as_there_were(version):
    """Three masks in one place are three equal pairs, two masks are one."""
    pair, triple = [scene("aa", "bb")], [scene("aa", "bb", "cc")]
    added, fixed = changes(version, pair, triple), changes(version, triple, pair)
    assert (len(added.findings_new), len(added.findings_fixed), added.findings_remaining) == (2, 0, 1)
    assert (len(fixed.findings_new), len(fixed.findings_fixed), fixed.findings_remaining) == (0, 2, 1)


def test_two_equal_masks_are_two(version):
    twice, once = scene("aa", "bb"), scene("aa")
    assert kinds(changes(version, [twice], [once])) == {"kept": 1, "removed": 1}
    assert kinds(changes(version, [once], [twice])) == {"added": 1, "kept": 1}


def test_nothing_to_nothing(version):
    assert kinds(changes(version, [], [])) == {}


MASK = st.lists(st.booleans(), min_size=16, max_size=16).map(lambda b: np.array(b).reshape(4, 4))
VERSION = st.lists(MASK.filter(np.any), max_size=5)


@settings(max_examples=25)
@given(VERSION, VERSION)
def test_every_mask_is_accounted_for_once_and_back_is_the_mirror(version, old, new):
    scenes = [
        [Scene(4, 4, {str(k): mask for k, mask in enumerate(masks)}, file_name="p")] for masks in (old, new)
    ]
    there, back = changes(version, *scenes), changes(version, *reversed(scenes))
    for masks, side in ((old, "old_ids"), (new, "new_ids")):
        named = Counter(i for change in there.changes for i in getattr(change, side))
        assert all(n == 1 for n in named.values())
        assert len(named) + there.kept == len(masks)
    assert there.kept == back.kept
    if not masks_tie(there) and not masks_tie(back):
        mirror = {"added": "removed", "removed": "added", "split": "merged", "merged": "split"}
        assert kinds(there) == {mirror.get(kind, kind): n for kind, n in kinds(back).items()}


def masks_tie(result):
    """Splits come before merges where a mask could be in both, so such versions have no mirror."""
    return result.counts()["split"] + result.counts()["merged"] > 0


@pytest.mark.shared
def test_taco_grew(shared_data):
    taco = shared_data / "taco"
    result = diff(scan(taco / "annotations_2019-06-09.json"), scan(taco / "annotations_2019-06-24.json"))
    assert (result.masks_added, result.masks_removed) == (329, 4)
    assert kinds(result) == {"kept": 1815, "recategorised": 8, "split": 1, "added": 327, "removed": 3}
    (split,) = [c for c in result.changes if c.kind == "split"]
    assert (split.old_category, split.new_category) == (
        "Disposable plastic cup",
        "Disposable plastic cup, Plastic lid",
    )
