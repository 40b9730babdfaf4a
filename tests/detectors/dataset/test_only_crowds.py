import pytest

from audit.testing import hits, scene

RULE = "dataset.only_crowds"
CROWD = scene("aa.bb", crowd="ab")
HEAP = scene("aa.bb", categories={"a": "heap", "b": "thing"}, crowd="a")


def test_a_dataset_of_crowds_is_said_once():
    (hit,) = hits(RULE, *[CROWD] * 3)
    assert (hit.image, hit.instances, hit.categories) == (None, (), ())
    assert hit.evidence == {"annotations": 6}
    assert hit.message.startswith("All 6 annotations are crowd regions")


def test_even_a_single_annotation_is_all_of_them():
    assert len(hits(RULE, scene("a", crowd="a"))) == 1


def test_one_object_that_is_none_keeps_it_silent():
    assert hits(RULE, *[CROWD] * 3, scene("a")) == []


@pytest.mark.parametrize(("images", "found"), [(10, 1), (9, 0)])
def test_a_category_of_crowds_needs_a_number(images, found):
    heaps = hits(RULE, *[HEAP] * images)
    assert [hit.evidence for hit in heaps] == [{"annotations": images}] * found


def test_names_the_category():
    (hit,) = hits(RULE, *[HEAP] * 3, min_annotations=3)
    assert hit.categories == (0,)
    assert hit.message == "All 3 annotations of category “heap” are crowd regions, which training leaves out."
    assert hits(RULE, *[HEAP] * 3, scene("a", categories={"a": "heap"}), min_annotations=3) == []


def test_silent_on_clean_and_empty():
    assert hits(RULE, scene("ab"), scene("a.b", crowd="b")) == []
    assert hits(RULE) == []
