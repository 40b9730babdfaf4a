import pytest
from scipy.stats import binomtest

from audit.testing import hits, scene

RULE = "image.missing_category"
NAMES = {"a": "road", "b": "car"}


def both(file_name=""):
    return scene("aabb", categories=NAMES, file_name=file_name)


def no_road(file_name=""):
    return scene("..bb", categories=NAMES, file_name=file_name)


def test_names_the_image_without_what_all_others_have():
    (hit,) = hits(RULE, *[both()] * 49, no_road("x.png"))
    assert hit.image == 49
    assert len(hit.categories) == 1
    assert hit.evidence == {"images_with": 49, "of": 49, "share": 1.0}
    assert hit.score == pytest.approx(binomtest(49, 49).proportion_ci(method="wilson").low)
    assert hit.message == "x.png has no “road”, which 49 of the 49 other annotated images have."


@pytest.mark.parametrize(
    ("having", "lacking", "found"), [(40, 1, 1), (39, 1, 0), (60, 2, 2), (50, 4, 0), (200, 8, 8)]
)
def test_the_others_must_be_many_and_agree(having, lacking, found):
    assert len(hits(RULE, *[both()] * having, *[no_road()] * lacking)) == found


@pytest.mark.parametrize(
    ("options", "found"), [({"min_share": 0.95}, 0), ({"min_images": 49}, 1), ({"min_images": 50}, 0)]
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, *[both()] * 49, no_road(), **options)) == found


def test_images_are_compared_with_those_of_their_folder():
    roads = [both(f"road/{k}.png") for k in range(50)]
    fields = [no_road(f"field/{k}.png") for k in range(50)]
    assert hits(RULE, *roads, *fields) == []
    (hit,) = hits(RULE, *roads, *fields, no_road("road/x.png"))
    assert "50 of the 50 other annotated images of its folder" in hit.message


def test_folders_are_told_apart_however_they_are_written():
    mixed = [both(f"{'road/' if k % 2 else 'road//'}{k}.png") for k in range(49)]
    (hit,) = hits(RULE, *mixed, *[no_road(f"field/{k}.png") for k in range(50)], no_road("road\\x.png"))
    assert "49 of the 49 other annotated images of its folder" in hit.message


def test_images_without_annotations_and_one_category_alone_are_left_out():
    assert hits(RULE, *[both()] * 49, scene("....")) == []
    assert hits(RULE, *[scene("aa")] * 50) == []
    assert hits(RULE) == []
