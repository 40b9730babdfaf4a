"""Channels of pictures, against numpy."""

import numpy as np
import pytest

from audit.geometry.picture_channels import is_grey


@pytest.mark.parametrize("place", [0, 1023, 1024, 2999])
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_pixel_of_colour_is_found_wherever_it_lies(place, channel):
    rgb = np.repeat(np.arange(3000, dtype=np.uint8).reshape(50, 60, 1), 3, axis=2)
    assert is_grey(rgb)
    rgb.reshape(-1, 3)[place, channel] ^= 1
    assert not is_grey(rgb)


def test_views_of_a_picture_are_read_as_they_look():
    rgb = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    part = rgb[3:11:2, ::3]
    assert not is_grey(part)
    assert is_grey(rgb[..., [1, 1, 1]])
