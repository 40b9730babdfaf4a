import pytest

from audit.detectors.image.size_mismatch import Options, detect


def hits(m, **options):
    return list(detect(m, Options(**options)))


def declared(width, height, **more):
    return {"width": width, "height": height, **more}


@pytest.mark.parametrize(
    ("width", "height", "relation", "factor", "words"),
    [
        (48, 64, "swapped", None, "width and height are swapped"),
        (128, 96, "scaled", 2.0, "2 times as large"),
        (32, 24, "scaled", 0.5, "0.5 times as large"),
        (37, 24, "different", None, "neither swapped nor scaled"),
        (65, 48, "different", None, "neither swapped nor scaled"),
        (64, 96, "different", None, "neither swapped nor scaled"),
        (21, 16, "scaled", 0.328125, "0.3281 times as large"),
    ],
)
def test_says_how_the_sizes_differ(pictured, width, height, relation, factor, words):
    (hit,) = hits(pictured({}, declared(width, height)))
    assert hit.image == 1
    assert hit.evidence == {
        "declared_width": width,
        "declared_height": height,
        "picture_width": 64,
        "picture_height": 48,
        "relation": relation,
    } | ({"factor": factor} if factor else {})
    assert "has 64 x 48 pixels" in hit.message
    assert f"{width} x {height} are declared: {words}." in hit.message


def test_a_portrait_picture_scales_by_its_longer_side(pictured):
    (hit,) = hits(pictured(declared(50, 99, picture_width=100, picture_height=199)))
    assert hit.evidence["relation"] == "scaled"
    assert hit.evidence["factor"] == round(99 / 199, 6)


def test_small_factors_are_only_different(pictured):
    m = pictured(declared(1010, 1010, picture_width=1000, picture_height=1000))
    assert hits(m)[0].evidence["relation"] == "different"
    assert hits(m, min_factor=1.005)[0].evidence["relation"] == "scaled"


def test_exif_explains_a_swap_and_nothing_else(pictured):
    assert hits(pictured(declared(48, 64, exif_orientation=6))) == []
    assert len(hits(pictured(declared(48, 64, exif_orientation=3)))) == 1
    assert len(hits(pictured(declared(128, 96, exif_orientation=6)))) == 1


def test_silent_where_one_of_the_sizes_is_unknown(pictured):
    unread = {"picture": "image.unreadable", "picture_height": 0, "picture_width": 0}
    assert hits(pictured(declared(0, 0), declared(0, 48), unread)) == []
