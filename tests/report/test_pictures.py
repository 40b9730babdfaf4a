import base64
import io

import numpy as np
import pytest
from PIL import Image

from audit.report.pictures import THUMBNAIL_SIDE, encode_pictures, write_data_url
from audit.report.report_data import ReportData
from audit.testing import drawn

SIZE = (200, 100)
CORNER = {"a": [[(150, 60), (170, 60), (170, 80), (150, 80)]]}


@pytest.fixture
def pages(result, said, pictures):
    """Return a result with one finding in the corner of each image, and the pages."""

    def make(names: dict[str, tuple[int, int]], there: dict[str, tuple[int, int]], **stored):
        scenes = [drawn(h, w, CORNER, file_name=name) for name, (w, h) in names.items()]
        findings = tuple(said("mask.tiny", k, image=k, file_name=name) for k, name in enumerate(names, 1))
        found = result(*scenes, findings=findings, image_root=pictures(there))
        return found, ReportData.of(found, 200).pages

    return make


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def test_a_picture_is_whole_and_as_large_as_it_is(pages):
    found, some = pages({"a.png": SIZE}, {"a.png": SIZE})
    (one,) = encode_pictures(found, some, thumbnails=0)
    assert opened(one.jpeg).size == SIZE
    assert one.small == b""
    assert one.box == (0, 0, *SIZE)
    assert one.picture("x.jpg").whole


def test_a_large_picture_is_scaled_down_and_keeps_its_place(pages):
    found, some = pages({"a.png": SIZE}, {"a.png": SIZE})
    (one,) = encode_pictures(found, some, thumbnails=1, side=50)
    assert opened(one.jpeg).size == (50, 25)
    assert one.box == (0, 0, *SIZE)
    assert max(opened(one.small).size) <= THUMBNAIL_SIDE


def test_only_the_first_get_a_small_copy(pages):
    names = {f"{k}.png": SIZE for k in range(3)}
    found, some = pages(names, names)
    assert [bool(one.small) for one in encode_pictures(found, some, thumbnails=2)] == [True, True, False]


def test_a_crop_is_the_part_around_the_findings(pages):
    found, some = pages({"a.png": SIZE}, {"a.png": SIZE})
    (one,) = encode_pictures(found, some, thumbnails=0, crop=True)
    x, y, w, h = one.box
    zoom = some[0].findings[0].zoom
    assert (x, y, w, h) == tuple(int(v) for v in zoom)
    assert opened(one.jpeg).size == (w, h)
    assert not one.picture("").whole
    whole = np.asarray(Image.open(found.image_root / "a.png").convert("RGB"), dtype=int)
    part = np.asarray(opened(one.jpeg), dtype=int)
    assert np.abs(part - whole[y : y + h, x : x + w]).mean() < 6


def test_a_crop_is_as_fine_as_a_whole_picture_would_be(pages):
    """At most 64 pixels: the picture as a whole is scaled down to a third, the part is not."""
    found, some = pages({"a.png": SIZE}, {"a.png": SIZE})
    (whole,) = encode_pictures(found, some, thumbnails=0, side=64)
    (part,) = encode_pictures(found, some, thumbnails=0, side=64, crop=True)
    assert opened(whole.jpeg).size == (64, 32)
    assert opened(part.jpeg).size == part.box[2:]


def test_a_picture_of_another_size_than_declared_is_placed_over_the_whole(result, said, pictures):
    """Masks are in declared coordinates; the picture is stretched over what was stored."""
    scene = drawn(100, 200, CORNER, file_name="a.png")
    found = result(
        scene, findings=(said("mask.tiny", 1, image=1),), image_root=pictures({"a.png": (100, 50)})
    )
    (one,) = encode_pictures(found, ReportData.of(found, 9).pages, thumbnails=0)
    assert one.box == (0, 0, 200, 100)


def test_unreadable_and_missing_pictures_are_left_out(pages):
    names = {"a.png": SIZE, "gone.png": SIZE, "b.png": SIZE, "../outside.png": SIZE, "": SIZE}
    found, some = pages(names, {"a.png": SIZE, "b.png": SIZE})
    (found.image_root / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    got = dict(zip([p.name for p in some], encode_pictures(found, some, thumbnails=9), strict=True))
    assert {name for name, one in got.items() if one} == {"a.png"}


def test_without_a_folder_there_are_none(result, said):
    found = result(drawn(9, 9, {}), findings=(said("mask.tiny", image=1),))
    assert list(encode_pictures(found, ReportData.of(found, 9).pages, thumbnails=9)) == [None]


def test_the_same_picture_gives_the_same_bytes(pages):
    names = {f"{k}.png": SIZE for k in range(40)}
    found, some = pages(names, names)
    assert list(encode_pictures(found, some, thumbnails=9)) == list(
        encode_pictures(found, some, thumbnails=9)
    )


def test_a_data_url_holds_the_picture():
    kind, _, text = write_data_url(b"\xff\xd8\xff").partition(",")
    assert kind == "data:image/jpeg;base64"
    assert base64.b64decode(text) == b"\xff\xd8\xff"


def test_a_dark_picture_is_made_visible_and_says_so(pages):
    found, some = pages({"a.png": SIZE}, {"a.png": SIZE})
    file = found.image_root / "a.png"
    stored = np.asarray(Image.open(file).convert("RGB"))
    Image.fromarray(stored // 8).save(file)
    (dark,) = encode_pictures(found, some, thumbnails=0)
    assert dark.stretched and dark.picture("x").stretched
    assert np.asarray(opened(dark.jpeg)).max() > 200
    Image.fromarray(stored).save(file)
    (bright,) = encode_pictures(found, some, thumbnails=0)
    assert not bright.stretched
