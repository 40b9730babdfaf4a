from dataclasses import replace

import pytest

from audit.dataset.picture_limits import MAX_PIXELS
from audit.detectors.limit import large_picture
from audit.testing import measured, scene


def judge(height, width, state="ok"):
    tables = measured(scene("a"), scene("."))
    sizes = {"picture_height": [5, height], "picture_width": [5, width]}
    images = tables.images.assign(picture=["ok", state], **sizes)
    return list(large_picture.detect(replace(tables, images=images), large_picture.Options()))


@pytest.mark.parametrize(("height", "found"), [(2**13, False), (2**13 + 1, True)])
def test_at_and_beside_the_limit(height, found):
    assert MAX_PIXELS == 2**13 * 2**13
    assert bool(judge(height, 2**13)) is found


def test_says_which_picture_and_how_large():
    (hit,) = judge(13_000, 12_000)
    assert hit.image == 1
    assert hit.evidence == {"height": 13_000, "width": 12_000}
    assert hit.message == (
        "The picture has 12,000 x 13,000 pixels: too many to be looked at. Its masks were."
    )


def test_silent_without_pictures_and_of_those_that_are_wrong_anyway():
    assert not judge(13_000, 13_000, state="image.unreadable")
    assert not judge(0, 0, state="not_checked")
