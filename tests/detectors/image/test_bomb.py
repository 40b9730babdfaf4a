import struct
import zlib

RULE = "image.bomb"


def png(width, height):
    """A PNG of some bytes, whatever size it declares."""

    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_finds_a_picture_that_declares_too_many_pixels(looked_at):
    (looked_at.folder / "large.png").write_bytes(png(50_000, 50_000))
    (hit,) = looked_at(RULE, "large.png")
    assert (hit.image, hit.instances) == (1, ())
    assert hit.evidence["file_name"] == "large.png"
    assert hit.message.startswith("The picture large.png is too large to open: ")


def test_silent_on_sound_pictures(looked_at):
    assert looked_at(RULE) == []
