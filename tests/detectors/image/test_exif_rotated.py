import pytest

from audit.detectors.image.exif_rotated import detect
from audit.detectors.rule import NoOptions
from audit.findings.finding import Severity


def hits(m):
    return list(detect(m, NoOptions()))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_masks_drawn_on_the_turned_picture_are_an_error(pictured, orientation):
    (hit,) = hits(pictured({}, {"width": 48, "height": 64, "exif_orientation": orientation}))
    assert (hit.image, hit.severity, hit.score) == (1, Severity.ERROR, 1.0)
    assert hit.evidence == {
        "exif_orientation": orientation,
        "declared_width": 48,
        "declared_height": 64,
        "picture_width": 64,
        "picture_height": 48,
    }
    assert "stored as 64 x 48 (width x height), shown as 48 x 64, declared as 48 x 64" in hit.message


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
def test_a_declared_size_that_fits_the_stored_pixels_is_a_warning(pictured, orientation):
    (hit,) = hits(pictured({"exif_orientation": orientation}))
    assert (hit.severity, hit.score) == (None, 0.5)


def test_a_square_picture_does_not_tell(pictured):
    square = {"width": 64, "height": 64, "picture_height": 64, "exif_orientation": 6}
    assert hits(pictured(square))[0].severity is None


@pytest.mark.parametrize("orientation", [0, 1])
def test_silent_where_the_picture_is_shown_as_stored_or_nothing_is_known(pictured, orientation):
    assert hits(pictured({"exif_orientation": orientation})) == []


def test_silent_where_the_picture_is_unreadable(pictured):
    assert hits(pictured({"picture": "image.unreadable", "exif_orientation": 6})) == []
