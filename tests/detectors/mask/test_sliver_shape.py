import pytest

from audit.testing import hits, scene

RULE = "mask.sliver_shape"


def streak(length=40, margin=3):
    """Draw a streak of one pixel's width, so far from the image's border that nothing is cut."""
    empty = ("." * (length + 2 * margin) + "\n") * margin
    return scene(f"{empty}{'.' * margin}{'a' * length}{'.' * margin}\n{empty}")


STREAK = streak()  # 40 px, perimeter 82
AT_BORDER = scene(f"{'a' * 40}\n{'.' * 40}")
WIDTH, LENGTH = 80 / 82, 41.0


def test_finds_a_streak():
    (hit,) = hits(RULE, STREAK)
    assert hit.instances == (0,)
    assert hit.evidence == {
        "mean_width_px": WIDTH,
        "length_px": LENGTH,
        "category_length_per_width": None,
        "at_border": False,
    }
    assert hit.severity == "info"  # the shape of its category is not known
    assert hit.score == pytest.approx(1 - WIDTH / 4)
    assert hit.message == "The mask is a streak, 41 px long and 1.0 px wide."


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"max_width": 0.98}, 1),
        ({"max_width": 0.97}, 0),
        ({"min_length": 41.0}, 1),
        ({"min_length": 41.5}, 0),
        ({"min_ratio": 42.0}, 1),
        ({"min_ratio": 42.1}, 0),
    ],
)
def test_options_move_the_thresholds(options, found):
    assert len(hits(RULE, STREAK, **options)) == found


SQUARES = [scene("aaaaaaaa\n" * 8)] * 20  # length 16, width 4


def bars(lengths):
    """Draw bars of two pixels' width: thin things of many lengths, none below the rule's least width."""
    return [scene(f"{'a' * length}\n" * 2 + "." * length) for length in lengths]


def test_a_category_of_thin_things_is_silent():
    assert hits(RULE, *[STREAK] * 20) == []
    (hit,) = hits(RULE, *[STREAK] * 20, min_instances=21)
    assert hit.evidence["annotations"] == 20  # then said once


def test_things_of_many_shapes_are_silent_and_things_of_one_shape_are_not():
    # Both categories are usually 9 times as long as wide; only one of them varies.
    varied, alike = bars(range(4, 44, 2)), bars([20, 21] * 10)
    assert hits(RULE, STREAK, *varied) == []
    (hit,) = hits(RULE, STREAK, *alike)
    assert hit.severity is None


@pytest.mark.parametrize(("min_deviations", "found"), [(23.5, 1), (23.6, 0)])
def test_the_distance_to_what_is_usual_is_an_option(min_deviations, found):
    # 42.0 against 4.0 times as long as wide: 23.5 of the least deviation of the logarithm, 0.1.
    assert len(hits(RULE, STREAK, *SQUARES, min_deviations=min_deviations)) == found


def test_a_streak_among_squares_is_a_warning_that_says_what_is_usual():
    (hit,) = hits(RULE, STREAK, *SQUARES)
    assert hit.severity is None
    assert hit.evidence["category_length_per_width"] == pytest.approx(4.0)
    assert "its category is usually 4.0 times as long as wide" in hit.message


@pytest.mark.parametrize(("squares", "severity"), [(18, "info"), (19, None)])
def test_a_category_is_known_from_some_masks_on(squares, severity):
    (hit,) = hits(RULE, STREAK, *SQUARES[:squares])
    assert hit.severity == severity


@pytest.mark.parametrize("clean", [scene("aaaaaaaa\n" * 3), scene("a" * 10), scene(f"{'a' * 60}\n" * 3)])
def test_silent_on_clean(clean):
    assert hits(RULE, clean) == []


def test_what_the_border_may_have_left_of_an_object_is_an_info():
    (hit,) = hits(RULE, AT_BORDER, *SQUARES)
    assert hit.severity == "info"
    assert hit.evidence["at_border"] is True
    assert hit.message.endswith("it may be what the border of the image leaves of an object.")


@pytest.mark.parametrize(("margin", "at_border"), [(1, True), (2, True), (3, False)])
def test_a_mask_drawn_to_a_pixel_or_two_beside_the_border_counts_as_cut(margin, at_border):
    (hit,) = hits(RULE, streak(margin=margin), *SQUARES)
    assert hit.evidence["at_border"] is at_border
    assert (hit.severity == "info") is at_border


@pytest.mark.parametrize(("length", "severity"), [(12, None), (11, "info")])
def test_a_warning_is_longer_for_its_width(length, severity):
    # A line of n pixels: length n + 1, width 2 n / (2 n + 2), so (n + 1)^2 / n times as long as wide.
    (hit,) = hits(RULE, streak(length), *SQUARES, warn_ratio=14.0)
    assert hit.severity == severity


def test_where_objects_are_drawn_in_pieces_a_streak_may_be_one():
    pieces = scene("aaaaa...aaaaa\n" * 5)
    assert hits(RULE, STREAK, *SQUARES, *[pieces] * 2)[0].severity is None
    assert hits(RULE, STREAK, *SQUARES, *[pieces] * 3)[0].severity == "info"
