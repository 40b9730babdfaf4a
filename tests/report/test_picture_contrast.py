import numpy as np
import pytest

from audit.report.picture_contrast import MIN_CONTRAST, stretch_contrast


def grey(*levels):
    """A picture of 200 pixels a level: enough that no percentile falls between two."""
    return np.repeat(np.array(levels, dtype=np.uint8), 200)[None, :, None].repeat(3, axis=2)


@pytest.mark.parametrize(("high", "stretched"), [(10 + MIN_CONTRAST - 1, True), (10 + MIN_CONTRAST, False)])
def test_stretched_only_below_the_least_contrast(high, stretched):
    picture, changed = stretch_contrast(grey(10, high))
    assert changed is stretched
    assert [picture.min(), picture.max()] == ([0, 255] if stretched else [10, high])


def test_levels_between_keep_their_order_and_share():
    picture, _ = stretch_contrast(grey(0, 20, 40))
    assert np.unique(picture).tolist() == [0, 127, 255]


def test_hues_stay_because_channels_are_stretched_alike():
    blue = grey(0, 40)
    blue[..., :2] = 0
    picture, changed = stretch_contrast(blue)
    assert changed
    assert picture[..., :2].max() == 0 and picture[..., 2].max() == 255


def test_a_flat_picture_stays():
    picture, changed = stretch_contrast(grey(7))
    assert not changed and (picture == 7).all()


def test_a_single_hot_pixel_does_not_keep_a_picture_dark():
    dark = grey(5, 30)
    dark[0, 0] = 255
    picture, changed = stretch_contrast(dark)
    assert changed
    assert np.median(picture[0, 200:]) == 255
