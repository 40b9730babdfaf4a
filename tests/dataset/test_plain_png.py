"""PNG files read without Pillow, against Pillow."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_channels, load_picture
from audit.dataset.plain_png import decode_plain_png

FILTERS = range(5)
NOISE = np.random.default_rng(3).integers(0, 256, (15, 13, 4), dtype=np.uint8)


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(rows, height, width, colour_type, *, before=(), after=(), bits=8, interlaced=0):
    """Write a file of filtered rows."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, interlaced))
    packed = zlib.compress(rows)
    pixels = (chunk(b"IDAT", packed[:20]), chunk(b"IDAT", packed[20:]))
    return b"\x89PNG\r\n\x1a\n" + b"".join((header, *before, *pixels, *after, chunk(b"IEND", b"")))


def filtered(channels, colour_type, **options):
    """Write noise as rows of all filters in turn: what comes of it is whatever a decoder makes of it."""
    rows = NOISE[..., :channels].copy()
    content = b"".join(bytes([y % len(FILTERS)]) + row.tobytes() for y, row in enumerate(rows))
    return png(content, *rows.shape[:2], colour_type, **options)


def saved(picture, **options):
    picture_file = io.BytesIO()
    picture.save(picture_file, "PNG", **options)
    return picture_file.getvalue()


def as_pillow_sees(content):
    return np.array(Image.open(io.BytesIO(content)).convert("RGB"))


def decode(content, max_pixels=10**6):
    return decode_plain_png(io.BytesIO(content), max_pixels)


@pytest.mark.parametrize(("channels", "colour_type"), [(1, 0), (3, 2)])
def test_all_filters_are_undone(channels, colour_type):
    content = filtered(channels, colour_type)
    decoded = decode(content)
    assert decoded.shape[2] == channels
    assert np.array_equal(np.broadcast_to(decoded, (15, 13, 3)), as_pillow_sees(content))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (33, 40)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_pictures_look_as_pillow_shows_them(shape, mode):
    smooth = np.add.outer(np.arange(shape[0]), np.arange(shape[1]) * 3) % 251
    grey = np.stack([smooth] * 3 + [np.full(shape, 255)], axis=2).astype(np.uint8)
    for colour in (0, 5):
        grey[-1, -1, 1] ^= colour
        picture = Image.fromarray(grey).convert(mode)
        decoded = decode(saved(picture))
        assert decoded.shape[2] == (3 if colour and mode != "L" else 1)
        assert np.array_equal(np.broadcast_to(decoded, (*shape, 3)), np.array(picture.convert("RGB")))


def test_colour_in_any_row_is_kept():
    for row in range(4):
        pixels = np.repeat(np.arange(12, dtype=np.uint8).reshape(4, 3, 1), 3, axis=2)
        pixels[row, 1, 2] = 99
        assert np.array_equal(decode(saved(Image.fromarray(pixels))), pixels)


def test_chunks_that_change_no_pixel_are_passed_over():
    extra = (chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"pHYs", bytes(9)))
    assert np.array_equal(decode(filtered(3, 2, before=extra, after=extra)), decode(filtered(3, 2)))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(filtered(3, 2, before=(chunk(b"tRNS", bytes(6)),)), id="a transparent colour"),
        pytest.param(filtered(3, 2, before=(chunk(b"gAMA", b""),)), id="a chunk of another length"),
        pytest.param(filtered(3, 2, after=(chunk(b"tEXt", b"transparency\0x"),)), id="text"),
        pytest.param(filtered(3, 2, before=(chunk(b"sRGB", b"\0")[:-1] + b"x",)), id="a wrong checksum"),
        pytest.param(
            filtered(3, 2, after=(chunk(b"gAMA", bytes(4)), chunk(b"IDAT", b""))), id="pixels apart"
        ),
        pytest.param(filtered(3, 2)[:-6], id="cut off in the last chunk"),
        pytest.param(filtered(3, 2)[:60], id="cut off in the pixels"),
        pytest.param(filtered(3, 2, interlaced=1), id="interlaced"),
        pytest.param(filtered(3, 2, bits=16), id="16 bits"),
        pytest.param(filtered(4, 6), id="not opaque"),
        pytest.param(saved(Image.new("P", (3, 3))), id="a palette"),
        pytest.param(saved(Image.new("LA", (3, 3))), id="grey with transparency"),
        pytest.param(png(b"\0" * 6, 2, 3, 0), id="too few pixels"),
        pytest.param(png(b"\0" * 9, 2, 3, 0), id="too many pixels"),
        pytest.param(png(b"\x05\0\0\0" * 2, 2, 3, 0), id="an unknown filter"),
        pytest.param(png(b"", 0, 3, 0), id="no rows"),
        pytest.param(png(b"\0" * 10**6, 2, 3, 0), id="a bomb"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="a signature alone"),
        pytest.param(b"\xff\xd8\xff", id="a JPEG"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_plain_is_left_to_pillow(content):
    assert decode(content) is None


def test_a_picture_with_more_pixels_than_allowed_is_not_unpacked():
    content = saved(Image.new("L", (4, 3)))
    assert decode(content, 12).shape == (3, 4, 1)
    assert decode(content, 11) is None


def test_damage_anywhere_is_judged_as_pillow_judges_it(tmp_path):
    whole = bytearray(saved(Image.fromarray(NOISE[..., :3]), pnginfo=PngImagePlugin.PngInfo()))
    rng = np.random.default_rng(5)
    for _ in range(60):
        damaged = whole.copy()
        damaged[rng.integers(8, len(whole))] ^= 1 << rng.integers(8)
        (tmp_path / "x.png").write_bytes(damaged)
        seen = []
        for load in (load_picture, load_channels):
            try:
                seen.append(np.broadcast_to(load(tmp_path, "x.png"), (15, 13, 3)).tolist())
            except RefusedError as refused:
                seen.append(str(refused))
            except ValueError:
                seen.append("another size")
        assert seen[0] == seen[1]
