import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audit.gates.agreement import agreements, nominal_alpha
from audit.gates.grouping import NONE, Grouping, grouping
from audit.pipeline.run import scan
from audit.testing import dataset, measured, scene


def agree(one, other, **categories):
    scenes = [scene(*drawn, categories=categories, file_name="same.png") for drawn in (one, other)]
    m = measured(*scenes)
    image = m.instances["image"].to_numpy()
    names = np.array(["Ann", "Ben"], dtype=object)
    (found,) = agreements(Grouping("x", names[image], names), dataset(*scenes), m)
    return found


def test_the_same_masks_agree():
    found = agree(["aa.b"], ["cc.d"], b="dirt", d="dirt")
    assert (found.matched, found.f1, found.mean_iou, found.same_category, found.alpha) == (
        2,
        1.0,
        1.0,
        2,
        1.0,
    )


def test_an_object_that_one_does_not_have_is_missing():
    found = agree(["aaa.bbb"], ["ccc...."])
    assert (found.instances_one, found.instances_other, found.matched) == (2, 1, 1)
    assert found.f1 == pytest.approx(2 / 3)
    # Units: (thing, thing), (thing, missing).
    assert found.alpha == pytest.approx(nominal_alpha(np.array([0, 0]), np.array([0, -2])))


def test_a_split_is_one_object_that_both_saw():
    found = agree(["aaaaaa"], ["bbbccc"])
    assert (found.splits, found.merges, found.matched) == (1, 0, 0)
    assert np.isnan(found.alpha), "one category, no one missing: nothing to agree about by chance"
    assert (agree(["bbbccc"], ["aaaaaa"]).splits, agree(["bbbccc"], ["aaaaaa"]).merges) == (0, 1)


def test_another_name_is_no_agreement():
    found = agree(["aa.bb"], ["cc.dd"], a="cell", b="dirt", c="cell", d="cell")
    assert (found.matched, found.same_category) == (2, 1)
    assert found.alpha < 1


@given(st.lists(st.tuples(st.integers(-2, 3), st.integers(-2, 3)), min_size=2, max_size=60))
def test_alpha_is_that_of_the_krippendorff_package(units):
    one, other = (np.array(side) for side in zip(*units, strict=True))
    assume(len(np.unique(np.concatenate([one, other]))) > 1)
    theirs = krippendorff.alpha(np.stack([one, other]), level_of_measurement="nominal")
    assert nominal_alpha(one, other) == pytest.approx(theirs, abs=1e-9)


def test_who_shares_no_picture_is_not_compared():
    scenes = scene("a", file_name="1.png"), scene("b", file_name="2.png")
    names = np.array(["Ann", "Ben"], dtype=object)
    assert agreements(Grouping("x", names, names), dataset(*scenes), measured(*scenes)) == ()
    unknown = np.array([NONE, NONE], dtype=object)
    assert agreements(Grouping("x", unknown, unknown), dataset(*scenes), measured(*scenes)) == ()


def test_annotators_of_one_image_record():
    drawn = scene("aa.", "bb.")
    names = np.array(["Ann", "Ben"], dtype=object)
    (found,) = agreements(
        Grouping("x", names, np.array([NONE], dtype=object)), dataset(drawn), measured(drawn)
    )
    assert (found.images, found.matched) == (1, 1)


@pytest.mark.shared
def test_three_annotators_of_real_pictures(shared_data):
    result = scan(shared_data / "iaa" / "test_annotation.json")
    groups = grouping("annotator", result)
    found = agreements(groups, result.dataset, result.measurements)
    assert [(a.one, a.other, a.images) for a in found] == [
        ("ann1", "ann2", 3),
        ("ann1", "ann3", 3),
        ("ann2", "ann3", 3),
    ]
    assert found[0].matched == 6
    assert found[0].merges == 2
    assert found[0].f1 == pytest.approx(0.6)
