import numpy as np
import pytest

RULE = "dataset.count_outlier"


def counted(*counts):
    return [{"annotations": int(n), "file_name": f"{k}.png"} for k, n in enumerate(counts)]


def test_finds_the_crowded_image(judged):
    (found,) = judged(RULE, counted(*[38, 40, 42] * 10, 210))
    assert found.file_name == "30.png"
    assert found.evidence["annotations"] == 210
    assert found.evidence["median_annotations"] == pytest.approx(40)
    assert found.score == pytest.approx(1 - 40 / 210)


def test_silent_where_counts_vary_widely(judged):
    rng = np.random.default_rng(0)
    assert judged(RULE, counted(*np.ceil(rng.lognormal(1.6, 0.9, 300)))) == []


def test_silent_on_few_equal_and_no_images(judged):
    assert judged(RULE, counted(*[40] * 18, 400)) == []
    assert judged(RULE, counted(*[40] * 50)) == []
    assert judged(RULE, counted(*[0] * 50, 3)) == []
    assert judged(RULE) == []


def test_the_options_move_the_thresholds(judged):
    images = counted(*[40] * 30, 90)
    assert judged(RULE, images) == []
    assert len(judged(RULE, images, min_ratio=2.0)) == 1
    assert judged(RULE, images, min_ratio=2.0, min_deviations=9.0) == []
    # Equal counts spread by a tenth on the log scale: ln(90 / 40) = 0.8109 is 8.109 deviations.
    assert len(judged(RULE, images, min_ratio=2.0, min_deviations=8.1)) == 1
    assert judged(RULE, images, min_ratio=2.0, min_deviations=8.12) == []
    assert len(judged(RULE, counted(*[40] * 5, 400), min_images=5)) == 1


def test_two_kinds_of_pages_are_no_outliers(judged):
    """Most have equally many, so the median deviation is 0; nine in ten know the second kind."""
    assert judged(RULE, counted(*[13] * 48, *[44] * 12)) == []
    assert judged(RULE, counted(*[1] * 70, *[12, 15, 20] * 10)) == []
    assert len(judged(RULE, counted(*[13] * 48, 44))) == 1


@pytest.mark.parametrize(("crowded", "found"), [(9, 9), (11, 0)])
def test_one_in_ten_is_another_kind(judged, crowded, found):
    assert len(judged(RULE, counted(*[13] * (100 - crowded), *[44] * crowded))) == found


@pytest.mark.parametrize(("annotations", "found"), [(11, 1), (10, 0)])
def test_ten_more_than_the_median_is_the_least(judged, annotations, found):
    assert len(judged(RULE, counted(*[1] * 60, annotations))) == found


def test_least_difference_is_an_option(judged):
    assert len(judged(RULE, counted(*[1] * 60, 9), min_difference=8)) == 1
    assert judged(RULE, counted(*[1] * 60, 9), min_difference=9) == []


@pytest.mark.parametrize(
    ("usual", "crowded", "found"),
    [
        (170, 10, 10),
        (170, 11, 1),
        (539, 11, 11),  # two in a hundred are few
        (538, 11, 1),
    ],
)
def test_many_images_are_said_once(judged, usual, crowded, found):
    images = counted(*([38, 40, 42] * usual)[:usual], *[400] * crowded)
    assert len(judged(RULE, images)) == found


def test_what_is_said_once(judged):
    (found,) = judged(RULE, counted(*[38, 40, 42] * 30, *[400, 500] * 6))
    assert (found.severity, found.image_id) == ("info", None)
    assert found.message == (
        "12 of the 102 images have 400 to 500 annotations, the others mostly 40: "
        "two kinds of images. The first are 90.png, 91.png, 92.png, 93.png, 94.png."
    )
    assert len(judged(RULE, counted(*[38, 40, 42] * 30, *[400, 500] * 6), max_listed=12)) == 12
    assert len(judged(RULE, counted(*[38, 40, 42] * 30, *[400, 500] * 6), once_above=1.0)) == 12
