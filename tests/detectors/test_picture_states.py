import pytest

from audit.detectors.hit_findings import convert_hits
from audit.detectors.picture_states import ImageSizes, shorten_name
from audit.detectors.registry import dataset_rules

MESSAGES = {
    "image.missing": "The picture b{0}.jpg is not in the picture folder: why.",
    "image.unreadable": "The picture b{0}.jpg cannot be read: why.",
    "image.bomb": "The picture b{0}.jpg is too large to open: why.",
    "image.not_regular": "The picture b{0}.jpg is why.",
    "path.symlink_escape": "The picture b{0}.jpg was not opened: why.",
}


@pytest.mark.parametrize("rule_id", MESSAGES)
def test_finds_the_images_in_its_state_and_no_others(pictured, rule_id):
    rule = dataset_rules()[rule_id]
    bad = {"picture": rule_id, "picture_detail": "why", "file_name": "b{0}.jpg", "image_id": 9}
    others = [{"picture": state} for state in ("ok", "not_checked", "path.traversal", *MESSAGES)]
    m = pictured(*[o for o in others if o["picture"] != rule_id], bad)
    (finding,) = convert_hits(rule_id, rule.severity, rule.detect(m, rule.options()), m)
    assert (finding.severity, finding.image_id, finding.pointer) == (
        "error",
        9,
        f"/images/{len(m.images) - 1}",
    )
    assert finding.message == MESSAGES[rule_id]
    assert finding.evidence == {"file_name": "b{0}.jpg", "detail": "why"}
    assert finding.annotation_ids == ()


@pytest.mark.parametrize("rule_id", [*MESSAGES, "image.size_mismatch", "image.exif_rotated"])
def test_silent_on_sound_unchecked_and_no_pictures(pictured, rule_id):
    rule = dataset_rules()[rule_id]
    unchecked = {
        "picture": "not_checked",
        "picture_height": 0,
        "picture_width": 0,
        "exif_orientation": 0,
    }
    for m in (pictured(), pictured({}, {}), pictured(unchecked, unchecked)):
        assert list(rule.detect(m, rule.options())) == []


def test_long_names_are_shortened_in_messages():
    assert shorten_name("a" * 120) == "a" * 120
    assert shorten_name("a" * 121) == "…" + "a" * 119


def test_evidence_names_each_side_of_both_sizes():
    sizes = ImageSizes(image=0, file_name="a.png", declared=(640, 480), stored=(320, 240), orientation=1)
    assert sizes.evidence == {
        "declared_width": 640,
        "declared_height": 480,
        "picture_width": 320,
        "picture_height": 240,
    }
