import hashlib
import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from audit.dataset import pixels
from audit.dataset.paths import RefusedError
from audit.dataset.pixels import PictureInfo, inspect_picture, load_picture

rng = np.random.default_rng(7)
NOISE = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
EXTENSIONS = {
    "JPEG": "jpg",
    "PNG": "png",
    "GIF": "gif",
    "BMP": "bmp",
    "WEBP": "webp",
    "TIFF": "tif",
    "PPM": "ppm",
}


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_header(width, height, *chunks):
    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))]
    parts += [chunk(*c) for c in chunks]
    parts += [chunk(b"IDAT", zlib.compress(b"\0" * 100)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def seen(folder, data, name="x.jpg"):
    (folder / name).write_bytes(data)
    return inspect_picture(folder, name)


@pytest.mark.parametrize("kind", EXTENSIONS)
def test_whole_pictures_are_ok_and_cut_ones_are_not(tmp_path, kind):
    data = encoded(Image.fromarray(NOISE), kind)
    whole = seen(tmp_path, data)
    assert whole == PictureInfo("ok", "", 48, 64, 1, hashlib.sha256(data).hexdigest())
    for share in (0.5, 0.9):
        assert seen(tmp_path, data[: int(len(data) * share)]).state == "image.unreadable"


def test_the_hash_can_be_left_out(tmp_path):
    (tmp_path / "x.png").write_bytes(encoded(Image.fromarray(NOISE), "PNG"))
    assert inspect_picture(tmp_path, "x.png", read_hash=False) == PictureInfo("ok", "", 48, 64, 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_bytes_after_the_end_are_no_truncation(tmp_path, kind):
    assert seen(tmp_path, encoded(Image.fromarray(NOISE), kind) + b"camera trailer").state == "ok"


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0" * 500])
def test_what_is_no_picture_is_unreadable(tmp_path, data):
    assert seen(tmp_path, data).state == "image.unreadable"


def test_a_format_outside_the_list_is_unreadable(tmp_path):
    assert seen(tmp_path, encoded(Image.fromarray(NOISE), "EPS"), "x.png").state == "image.unreadable"


def test_bombs_are_not_unpacked(tmp_path, monkeypatch):
    text = b"Comment\0\0" + zlib.compress(b"A" * 80_000_000)
    many = [(b"zTXt", b"k\0\0" + zlib.compress(b"A" * 1_000_000))] * 70
    assert seen(tmp_path, png_header(50_000, 50_000)).state == "image.bomb"
    assert seen(tmp_path, png_header(10, 10, (b"zTXt", text))).state == "image.bomb"
    assert seen(tmp_path, png_header(10, 10, *many)).state == "image.bomb"
    monkeypatch.setattr(pixels, "MAX_FILE_BYTES", 1000)
    assert seen(tmp_path, encoded(Image.fromarray(NOISE), "BMP")).state == "image.bomb"


def test_what_lies_elsewhere_or_is_no_file(tmp_path):
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    os.mkfifo(root / "pipe")
    (root / "zero").symlink_to("/dev/zero")
    (root / "passwd").symlink_to("/etc/passwd")
    (root / "loop").symlink_to("loop")
    (tmp_path / "secret.png").write_bytes(encoded(Image.fromarray(NOISE), "PNG"))
    expected = {
        "folder": "image.unreadable",
        "pipe": "image.not_regular",
        "zero": "image.not_regular",
        "passwd": "path.symlink_escape",
        "loop": "image.unreadable",
        "../secret.png": "path.traversal",
        "absent.png": "image.missing",
        "http://x/y.png": "path.url",
        str(tmp_path / "secret.png"): "path.absolute",
    }
    found = {name: inspect_picture(root, name) for name in expected}
    assert {name: p.state for name, p in found.items()} == expected
    for p in found.values():
        assert p.detail
        assert (p.height, p.width, p.exif_orientation, p.sha256) == (0, 0, 0, "")


def exif(value):
    e = Image.Exif()
    e[274] = value
    return e


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_and_pixels_are_as_stored_whatever_the_orientation(tmp_path, kind, orientation):
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(Image.fromarray(NOISE), kind, exif=exif(orientation), **options)
    found = seen(tmp_path, data)
    assert (found.state, found.height, found.width) == ("ok", 48, 64)
    assert found.exif_orientation == orientation
    stored = load_picture(tmp_path, "x.jpg")
    assert stored.shape == (48, 64, 3)
    if kind != "JPEG":
        assert (stored == NOISE).all()


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_unknown(tmp_path, value):
    assert seen(tmp_path, encoded(Image.fromarray(NOISE), "JPEG", exif=exif(value))).exif_orientation == 0


def test_exif_that_is_garbage_does_not_make_a_picture_unreadable(tmp_path):
    data = encoded(Image.fromarray(NOISE), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40)
    assert seen(tmp_path, data).state == "ok"


MODES = {
    "1": Image.fromarray(NOISE[..., 0] > 128),
    "L": Image.fromarray(NOISE[..., 0]),
    "P": Image.fromarray(NOISE).quantize(16),
    "RGB": Image.fromarray(NOISE),
    "RGBA": Image.fromarray(NOISE).convert("RGBA"),
    "LA": Image.fromarray(NOISE[..., 0]).convert("LA"),
    "I;16": Image.fromarray(NOISE[..., 0].astype(np.uint16) * 250),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_loads_as_rgb(tmp_path, mode):
    found = seen(tmp_path, encoded(MODES[mode], "PNG"))
    assert (found.state, found.height, found.width) == ("ok", 48, 64)
    picture = load_picture(tmp_path, "x.jpg")
    assert picture.dtype == np.uint8
    assert picture.shape == (48, 64, 3)
    assert picture.std() > 10


def test_cmyk_and_float_pictures_load(tmp_path):
    (tmp_path / "c.jpg").write_bytes(encoded(Image.fromarray(NOISE).convert("CMYK"), "JPEG"))
    (tmp_path / "f.tif").write_bytes(encoded(Image.fromarray(NOISE[..., 0].astype(np.float32)), "TIFF"))
    for name in ("c.jpg", "f.tif"):
        assert inspect_picture(tmp_path, name).state == "ok"
        assert load_picture(tmp_path, name).shape == (48, 64, 3)


def test_sixteen_bit_grey_is_stretched(tmp_path):
    grey = np.tile(np.linspace(1000, 1400, 64).astype(np.uint16), (48, 1))
    (tmp_path / "x.png").write_bytes(encoded(Image.fromarray(grey), "PNG"))
    picture = load_picture(tmp_path, "x.png")
    assert (picture.min(), picture.max()) == (0, 255)
    assert (np.diff(picture[0, :, 0].astype(int)) >= 0).all()


def test_a_flat_sixteen_bit_picture_loads_black(tmp_path):
    (tmp_path / "x.png").write_bytes(encoded(Image.fromarray(np.full((5, 5), 900, np.uint16)), "PNG"))
    assert load_picture(tmp_path, "x.png").max() == 0


def test_transparency_is_laid_on_white(tmp_path):
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[:2, :, 3] = 255
    (tmp_path / "x.png").write_bytes(encoded(Image.fromarray(clear), "PNG"))
    assert load_picture(tmp_path, "x.png")[:, 0, 0].tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_large_pictures_are_scaled_down_and_small_ones_are_not(tmp_path, kind):
    (tmp_path / "x").write_bytes(encoded(Image.fromarray(NOISE), kind))
    assert load_picture(tmp_path, "x", max_side=32).shape == (24, 32, 3)
    assert load_picture(tmp_path, "x", max_side=640).shape == (48, 64, 3)


def test_load_refuses_what_inspect_refuses(tmp_path):
    whole = encoded(Image.fromarray(NOISE), "JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bomb.png").write_bytes(png_header(50_000, 50_000))
    for name in ("cut.jpg", "bomb.png", "absent.png", "../x"):
        with pytest.raises(RefusedError) as e:
            load_picture(tmp_path, name)
        assert e.value.rule == inspect_picture(tmp_path, name).state


def test_no_warning_escapes_and_nothing_is_printed(tmp_path, capfd):
    tiff = encoded(Image.fromarray(NOISE), "TIFF", description="a" * 500)
    large = png_header(10_000, 10_000)
    with pytest.warns(Image.DecompressionBombWarning), Image.open(io.BytesIO(large)):
        pass
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert seen(tmp_path, large).state == "ok"
        seen(tmp_path, tiff[:400], "x.tif")
    assert not caught
    assert capfd.readouterr() == ("", "")


def test_text_in_a_png_of_normal_size_is_fine(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a" * 10_000, zip=True)
    assert seen(tmp_path, encoded(Image.fromarray(NOISE), "PNG", pnginfo=info)).state == "ok"


@pytest.mark.parametrize(("limit", "refused"), [(12, False), (11, True)])
def test_a_large_picture_is_loaded_small_only(tmp_path, monkeypatch, limit, refused):
    monkeypatch.setattr("audit.dataset.pixels.MAX_PIXELS", limit)
    (tmp_path / "x.png").write_bytes(encoded(Image.new("RGB", (4, 3)), "PNG"))
    assert load_picture(tmp_path, "x.png", max_side=2).shape == (2, 2, 3)
    if refused:
        with pytest.raises(RefusedError, match="more than 11 pixels") as caught:
            load_picture(tmp_path, "x.png")
        assert caught.value.rule == "limit.large_picture"
    else:
        assert load_picture(tmp_path, "x.png").shape == (3, 4, 3)
