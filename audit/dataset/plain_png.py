"""PNG files as microscopes and most programs write them, read without Pillow.

Pillow turns every picture into four bytes a pixel, copies it, and decodes one picture at a time. A grey PNG,
as of nuclei and cells, becomes one byte a pixel here. What is not quite plain is left to Pillow: it says what
is wrong with a file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from ctypes import c_int64
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from audit.native.library import array, declare

_unfilter_png = declare("maskaudit_unfilter_png", array("u1"), c_int64, c_int64, c_int64)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 6: 4}
"""Of the colour types grey, RGB and RGBA."""
_PASSED_OVER = {b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"pHYs": 9, b"tIME": 7}
"""Chunks that change no pixel, and how long they are."""


def decode_plain_png(picture_file: BinaryIO, max_pixels: int) -> NDArray[np.uint8] | None:
    """Read a PNG of 8 bits that is neither interlaced nor transparent, and has no unusual chunks.

    Parameters
    ----------
    picture_file : binary file
        Is read from its present place to its end.
    max_pixels : int
        Of a larger picture nothing is unpacked.

    Returns
    -------
    (H, W, 1) or (H, W, 3) uint8, or None
        One channel where red, green and blue are equal everywhere. None for any other file, broken ones too.

    References
    ----------
    W3C, "Portable Network Graphics (PNG) Specification", https://www.w3.org/TR/png.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> picture_file = io.BytesIO()
    >>> Image.new("RGB", (3, 2), (7, 7, 7)).save(picture_file, "PNG")
    >>> decode_plain_png(io.BytesIO(picture_file.getvalue()), 6).shape
    (2, 3, 1)
    >>> decode_plain_png(io.BytesIO(b""), 6) is None
    True
    """
    if picture_file.read(len(_SIGNATURE)) != _SIGNATURE:
        return None
    chunks = list(_read_chunks(memoryview(picture_file.read())))
    if len(chunks) < 3 or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        return None
    width, height, bit_depth, colour_type, *methods = struct.unpack(">IIBBBBB", chunks[0][1])
    channels = _CHANNELS.get(colour_type, 0)
    if bit_depth != 8 or not channels or any(methods) or not 0 < width * height <= max_pixels:
        return None
    pixel_chunks = [number for number, (name, _) in enumerate(chunks) if name == b"IDAT"]
    if not pixel_chunks or pixel_chunks[-1] - pixel_chunks[0] + 1 != len(pixel_chunks):
        return None
    others = [*chunks[1 : pixel_chunks[0]], *chunks[pixel_chunks[-1] + 1 : -1]]
    if any(_PASSED_OVER.get(name) != len(content) for name, content in others):
        return None
    rows = _inflate([chunks[number][1] for number in pixel_chunks], height * (1 + width * channels))
    if rows is None:
        return None
    columns = _unfilter_png(rows, height, width, channels)
    kept_channels = int(columns["channels"][0])
    return columns["pixels"].reshape(height, width, kept_channels) if kept_channels else None


def _read_chunks(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the chunks; ends before one that is damaged, and after the last with one that is none."""
    place = 0
    while place < len(content):
        if place + 12 > len(content):
            return
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 8 + length
        if end + 4 > len(content):
            return
        (checksum,) = struct.unpack_from(">I", content, end)
        # As in Pillow, the checksum that zlib keeps of all pixels is enough for them.
        if name != b"IDAT" and zlib.crc32(content[place + 4 : end]) != checksum:
            return
        yield name, content[place + 8 : end]
        place = end + 4


def _inflate(parts: list[memoryview], size: int) -> NDArray[np.uint8] | None:
    """Unpack a stream that has exactly so many bytes; no more than that is ever unpacked."""
    rows, filled = np.empty(size, dtype=np.uint8), 0
    stream = zlib.decompressobj()
    try:
        for part in parts:
            unpacked = stream.decompress(part, size - filled + 1)
            if filled + len(unpacked) > size:
                return None
            rows[filled : filled + len(unpacked)] = np.frombuffer(unpacked, dtype=np.uint8)
            filled += len(unpacked)
    except zlib.error:
        return None
    return rows if filled == size and stream.eof and not stream.unused_data else None
