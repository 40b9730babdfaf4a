"""A large picture is shown like a small one, strip by strip."""

import numpy as np
import pytest
from PIL import Image

from audit.dataset import picture_colours
from audit.dataset.picture_colours import shrink_to_rgb, to_rgb

SMOOTH = (np.add.outer(np.arange(120), np.arange(200)) * 0.8).astype(np.uint8)
PICTURES = {
    "L": Image.fromarray(SMOOTH),
    "RGB": Image.fromarray(np.dstack([SMOOTH, SMOOTH // 2, 255 - SMOOTH])),
    "RGBA": Image.fromarray(np.dstack([SMOOTH] * 3 + [255 - SMOOTH])),
    "P": Image.fromarray(SMOOTH).convert("P"),
    "I;16": Image.fromarray(SMOOTH.astype(np.uint16) * 100 + 1000),
    "F": Image.fromarray(SMOOTH.astype(np.float32) / 7),
}


@pytest.mark.parametrize("mode", PICTURES)
@pytest.mark.parametrize("max_side", [20, 33, 199])
def test_strips_do_not_show(mode, max_side, monkeypatch):
    whole = np.asarray(shrink_to_rgb(PICTURES[mode], max_side)).astype(int)
    monkeypatch.setattr(picture_colours, "_STRIP_PIXELS", 200 * 7)
    strips = np.asarray(shrink_to_rgb(PICTURES[mode], max_side)).astype(int)
    assert strips.shape == whole.shape == (round(120 * max_side / 200), max_side, 3)
    assert (
        np.abs(strips - whole).max() <= 4
    )  # grey levels: means of means are rounded twice, steps lie a little elsewhere


def test_a_picture_that_is_not_larger_keeps_its_pixels():
    assert np.array_equal(shrink_to_rgb(PICTURES["RGB"], 200), PICTURES["RGB"])
    assert np.array_equal(shrink_to_rgb(PICTURES["RGB"], 900), PICTURES["RGB"])


def test_strips_of_deep_grey_share_one_range(monkeypatch):
    """A dark half and a bright half stay dark and bright, though each strip alone is uniform."""
    halves = np.full((64, 64), 1000, dtype=np.uint16)
    halves[32:] = 9000
    monkeypatch.setattr(picture_colours, "_STRIP_PIXELS", 64 * 8)
    shown = np.asarray(shrink_to_rgb(Image.fromarray(halves), 16))
    assert (shown[:8] == 0).all()
    assert (shown[8:] == 255).all()


def test_the_range_can_be_given():
    grey = Image.fromarray(np.array([[0, 50, 100, 200]], dtype=np.int32))
    assert np.asarray(to_rgb(grey, (0.0, 100.0)))[0, :, 0].tolist() == [0, 127, 255, 255]
