import pytest

from audit.testing import hits, scene

RULES = ("dataset.duplicate_image", "dataset.leak")


def image(name, **values):
    return {"file_name": name, "height": 9, "width": 9, "annotations": 3, **values}


@pytest.mark.parametrize(("rule", "source"), [(RULES[0], 0), (RULES[1], 1)])
def test_by_picture_and_by_masks(judged, rule, source):
    for same, by in (({"picture_hash": "ab"}, "picture"), ({"masks_hash": 7}, "masks")):
        pictures = [image("a.png", **same), image("c.png"), image("b.png", source=source, **same)]
        (found,) = judged(rule, pictures)
        assert found.file_name == "b.png"
        assert (found.evidence["first_file_name"], found.evidence["by"]) == ("a.png", by)
        assert judged(RULES[1 - source], pictures) == []


@pytest.mark.parametrize("rule", RULES)
def test_bytes_that_differ_decide_against_equal_masks(judged, rule):
    pictures = [
        image("a.png", masks_hash=7, picture_hash="ab"),
        image("b.png", masks_hash=7, picture_hash="cd"),
    ]
    assert judged(rule, pictures) == []


@pytest.mark.parametrize(("rule", "source"), [(RULES[0], 0), (RULES[1], 1)])
def test_few_masks_and_other_sizes_say_nothing(judged, rule, source):
    def two(**values):
        return [
            image("a.png", masks_hash=7, annotations=1),
            image("b.png", masks_hash=7, source=source, **values),
        ]

    assert judged(rule, two(annotations=1)) == []
    assert len(judged(rule, two(annotations=1), min_masks=1)) == 1
    assert judged(rule, two(annotations=1, width=8), min_masks=1) == []


def test_one_name_twice_is_another_rule(judged):
    assert judged(RULES[0], [image("a.png", masks_hash=7), image("a.png", masks_hash=7)]) == []


def test_three_copies_name_the_first(judged):
    found = judged(RULES[0], [image(f"{k}.png", picture_hash="x") for k in range(3)])
    assert [f.evidence["first_file_name"] for f in found] == ["0.png", "0.png"]


@pytest.mark.parametrize("rule", RULES)
def test_silent_on_clean_and_empty(rule):
    assert hits(rule, scene("ab"), scene("ba.")) == []
    assert hits(rule) == []


def test_drawn_scenes_with_equal_masks():
    (hit,) = hits(RULES[0], scene("ab", file_name="a"), scene("ab", file_name="b"))
    assert (hit.image, hit.evidence["annotations"]) == (1, 2)


@pytest.mark.parametrize(("rule", "source", "severity"), [(RULES[0], 0, "info"), (RULES[1], 1, "warning")])
def test_a_standing_camera_is_said_once(judged, rule, source, severity):
    def frames(number):
        return [image(f"{k}.png", masks_hash=7, source=source * (k > 0)) for k in range(number)]

    assert {f.severity for f in judged(rule, frames(6))} == {"warning"}
    assert len(judged(rule, frames(6))) == 5
    (found,) = judged(rule, frames(7))
    assert (found.severity, found.image_id) == (severity, None)
    assert (found.evidence["images"], found.evidence["of"], found.evidence["by"]) == (6, 7, "masks")
    assert "Give the pictures to tell." in found.message
    assert len(judged(rule, frames(7), max_listed=6)) == 6


@pytest.mark.parametrize(("rule", "source", "severity"), [(RULES[0], 0, "warning"), (RULES[1], 1, "error")])
def test_many_equal_pictures_are_named_each_beside_equal_masks(judged, rule, source, severity):
    pictures = [image(f"{k}.png", picture_hash="x", source=source * (k > 0)) for k in range(9)]
    masks = [image(f"m{k}.png", masks_hash=7, source=source * (k > 0)) for k in range(9)]
    found = judged(rule, pictures + masks)
    assert [f.severity for f in found[:8]] == [severity] * 8
    assert [f.evidence["by"] for f in found] == ["picture"] * 8 + ["masks"]


def test_equal_masks_are_never_an_error_without_the_pictures(judged):
    for number in (2, 6, 7, 60):
        images = [image(f"{k}.png", masks_hash=7, source=k % 2) for k in range(number)]
        assert all(f.severity != "error" for rule in RULES for f in judged(rule, images))
