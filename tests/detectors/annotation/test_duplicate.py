import pytest

from audit.testing import drawn, hits, scene

RULE = "annotation.duplicate"
NAN = float("nan")


def test_finds_a_record_that_repeats_another():
    (hit,) = hits(RULE, scene("aaa.", "bbb."))
    assert (hit.instances, hit.field) == ((0, 1), "")
    assert hit.evidence == {"area_px": 3}
    assert (
        hit.message
        == "Annotation 2 repeats annotation 1: same category, same mask of 3 px, same box and area."
    )


def test_every_copy_names_the_first():
    assert [h.instances for h in hits(RULE, scene("aa", "bb", "cc"))] == [(0, 1), (0, 2)]


def test_absent_boxes_and_areas_are_equal():
    absent = {"a": NAN, "b": NAN}
    assert len(hits(RULE, scene("aa", "bb", areas=absent, boxes={"a": (NAN,) * 4, "b": (NAN,) * 4}))) == 1


def test_polygons_that_draw_the_same_mask_count():
    ring = [(1, 1), (5, 1), (5, 5), (1, 5)]
    assert len(hits(RULE, drawn(9, 9, {"a": [ring], "b": [ring[::-1]]}))) == 1


@pytest.mark.parametrize(
    "clean",
    [
        scene("aa..", ".bb."),
        scene("aa", "bb", categories={"b": "other"}),
        scene("aa", "bb", crowd="b"),
        scene("aa", "bb", areas={"b": 2.5}),
        scene("aa", "bb", boxes={"b": (0, 0, 2, 2)}),
        drawn(9, 9, {name: [[(20, 20), (30, 20), (30, 30)]] for name in "ab"}),  # no mask at all
    ],
)
def test_silent_where_anything_differs(clean):
    assert hits(RULE, clean) == []


def test_no_record_repeats_itself_in_a_large_set():
    assert hits(RULE, *[scene("a")] * 300) == []


def test_silent_across_images_and_on_nothing():
    assert hits(RULE, scene("aa"), scene("aa")) == hits(RULE) == []
