import pytest

from audit.testing import hits, scene

RULE = "mask.inverted"
OBJECT = "..........\n" * 3 + "...aaaa...\n" * 4 + "..........\n" * 3
RIGHT = scene(OBJECT)
INVERTED = scene(OBJECT.replace("a", "_").replace(".", "a").replace("_", "."))  # 84 px of 100


def test_finds_the_mask_that_leaves_out_what_the_others_cover():
    (hit,) = hits(RULE, *[RIGHT] * 10, INVERTED)
    assert hit.instances == (10,)
    assert hit.evidence == {"share_of_image": 0.84, "left_out_px": 16, "category_median_px": 16.0}
    assert hit.score == pytest.approx(0.84)
    assert hit.message == (
        "The mask covers 84 % of its image and leaves out 16 px; masks of its category usually have 16 px: "
        "object and background seem to be swapped."
    )


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"min_share": 0.84}, 1),
        ({"min_share": 0.85}, 0),
        ({"min_instances": 11}, 1),
        ({"max_factor": 1.0}, 1),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, *[RIGHT] * 10, INVERTED, **options)) == found


@pytest.mark.parametrize(("side", "found"), [(3, 1), (2, 1), (1, 0)])
def test_what_is_left_out_has_the_size_of_an_object(side, found):
    """16 px are usual: 4 px are a quarter of that, 1 px is a pinhole."""
    rows = ["." * side + "a" * (10 - side)] * side + ["a" * 10] * (10 - side)
    corner = scene("\n".join(["a" * 10, *("a" + row[:-1] for row in rows[:-1])]))
    assert len(hits(RULE, *[RIGHT] * 10, corner)) == found


def test_where_nothing_is_usual_the_object_must_be_a_hole():
    (hit,) = hits(RULE, INVERTED)
    assert hit.evidence["category_median_px"] is None
    at_border = scene("....aaaaaa\n" * 4 + "aaaaaaaaaa\n" * 6)
    assert hits(RULE, at_border) == []
    assert len(hits(RULE, *[RIGHT] * 10, at_border)) == 1  # elsewhere objects have this size


def test_a_dataset_of_inverted_masks_is_said_once():
    (hit,) = hits(RULE, *[INVERTED] * 20)
    assert hit.severity == "warning"
    assert hit.evidence["annotations"] == 20


@pytest.mark.parametrize(
    "clean",
    [
        scene("aaaaaaaaaa\n" * 10),  # nothing is left out
        scene("aaaaaaaaaa\n" * 9 + ".........."),  # does not reach all borders
        scene(OBJECT.replace("a", "_").replace(".", "a").replace("_", "."), crowd="a"),
        RIGHT,
    ],
)
def test_silent_on_clean(clean):
    assert hits(RULE, *[RIGHT] * 10, clean) == []


def test_silent_on_nothing():
    assert hits(RULE) == []
