import numpy as np
import pytest

from audit.agreement.krippendorff import MISSING, krippendorff_alpha
from audit.agreement.pairwise import compare_raters
from audit.agreement.raters import raters_of_groups
from audit.gates.grouping import NO_GROUP, Grouping, assign_groups
from audit.pipeline.run import scan
from audit.testing import dataset, measured, scene


def compare_annotators(grouping, data, measurements):
    panel = raters_of_groups(
        grouping.instance_groups, grouping.image_groups, data, measurements, no_group=NO_GROUP
    )
    return compare_raters(panel.raters)


def agree(one, other, **categories):
    scenes = [scene(*drawn, categories=categories, file_name="same.png") for drawn in (one, other)]
    m = measured(*scenes)
    image = m.instances["image"].to_numpy()
    names = np.array(["Ann", "Ben"], dtype=object)
    (found,) = compare_annotators(Grouping("x", names[image], names), dataset(*scenes), m)
    return found


def test_the_same_masks_agree():
    found = agree(["aa.b"], ["cc.d"], b="dirt", d="dirt")
    assert (found.n_matched, found.f1, found.mean_iou, found.n_same_category, found.alpha) == (
        2,
        1.0,
        1.0,
        2,
        1.0,
    )


def test_an_object_that_one_does_not_have_is_missing():
    found = agree(["aaa.bbb"], ["ccc...."])
    assert (found.n_instances_a, found.n_instances_b, found.n_matched) == (2, 1, 1)
    assert found.f1 == pytest.approx(2 / 3)
    # Units: (thing, thing), (thing, missing).
    assert found.alpha == pytest.approx(krippendorff_alpha(np.array([[0, 0], [0, MISSING]])))


def test_a_split_is_one_object_that_both_saw():
    found = agree(["aaaaaa"], ["bbbccc"])
    assert (found.n_splits, found.n_merges, found.n_matched) == (1, 0, 0)
    assert np.isnan(found.alpha), "one category, no one missing: nothing to agree about by chance"
    assert (agree(["bbbccc"], ["aaaaaa"]).n_splits, agree(["bbbccc"], ["aaaaaa"]).n_merges) == (0, 1)


def test_a_split_is_named_as_its_largest_part_and_of_equal_parts_as_the_first():
    names = {"a": "cell", "b": "cell", "c": "dirt", "d": "dirt", "e": "dirt"}
    for parts, agreed in (("bbbccc.d", True), ("bbbbcc.d", True), ("bbcccc.d", False)):
        for drawings in ((["aaaaaa.e"], [parts]), ([parts], ["aaaaaa.e"])):
            found = agree(*drawings, **names)
            assert found.n_splits + found.n_merges == 1
            assert (found.alpha == 1.0) == agreed


def test_another_name_is_no_agreement():
    found = agree(["aa.bb"], ["cc.dd"], a="cell", b="dirt", c="cell", d="cell")
    assert (found.n_matched, found.n_same_category) == (2, 1)
    assert found.alpha < 1


def test_who_shares_no_picture_is_not_compared():
    scenes = scene("a", file_name="1.png"), scene("b", file_name="2.png")
    names = np.array(["Ann", "Ben"], dtype=object)
    assert compare_annotators(Grouping("x", names, names), dataset(*scenes), measured(*scenes)) == ()
    unknown = np.array([NO_GROUP, NO_GROUP], dtype=object)
    assert compare_annotators(Grouping("x", unknown, unknown), dataset(*scenes), measured(*scenes)) == ()


def test_annotators_of_one_image_record():
    drawn = scene("aa.", "bb.")
    names = np.array(["Ann", "Ben"], dtype=object)
    (found,) = compare_annotators(
        Grouping("x", names, np.array([NO_GROUP], dtype=object)), dataset(drawn), measured(drawn)
    )
    assert (found.n_images, found.n_matched) == (1, 1)


def test_only_the_groups_with_most_pictures_are_compared(monkeypatch):
    monkeypatch.setattr("audit.agreement.raters.MAX_RATERS", 2)
    pictures = {"Ann": "12", "Ben": "1", "Cleo": "12"}
    drawn = [(name, number) for name, numbers in pictures.items() for number in numbers]
    scenes = [scene("a", file_name=f"{number}.png") for _, number in drawn]
    names = np.array([name for name, _ in drawn], dtype=object)
    (found,) = compare_annotators(Grouping("x", names, names), dataset(*scenes), measured(*scenes))
    assert (found.annotator_a, found.annotator_b, found.n_images) == ("Ann", "Cleo", 2)


def test_missing_is_no_category():
    assert MISSING < -1, "-1 is a category that the file does not define"


@pytest.mark.shared
def test_three_annotators_of_real_pictures(shared_data):
    result = scan(shared_data / "iaa" / "test_annotation.json")
    groups = assign_groups("annotator", result)
    found = compare_annotators(groups, result.dataset, result.measurements)
    assert [(a.annotator_a, a.annotator_b, a.n_images) for a in found] == [
        ("ann1", "ann2", 3),
        ("ann1", "ann3", 3),
        ("ann2", "ann3", 3),
    ]
    assert found[0].n_matched == 6
    assert found[0].n_merges == 2
    assert found[0].f1 == pytest.approx(0.6)
