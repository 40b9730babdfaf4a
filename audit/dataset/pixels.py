"""Where pictures come from: looking at a picture file, and loading it for a report.

Looking reads the header, the last bytes and, for the hash, the file once; pixels are decoded only
where the end of the file does not show that it is whole. Only the formats of `FORMATS` are read,
with Pillow's limit against decompression bombs on.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from audit.carriers import dataclass
from audit.dataset.paths import RefusedError, open_inside
from audit.dataset.picture_colours import shrink_to_rgb, to_rgb
from audit.dataset.picture_limits import MAX_FILE_BYTES, MAX_PIXELS
from audit.dataset.plain_png import decode_plain_png
from audit.geometry.picture_channels import is_grey

FORMATS = ("BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow's names of the picture formats that are read."""

_ORIENTATION = 274  # the EXIF and TIFF tag
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_PLACES = ((273, 279), (324, 325))  # offsets and lengths of strips, of tiles
_TAIL = 64  # bytes at the end of a file that are looked at
_QUIET = threading.RLock()
_UNDO_ORIENTATION = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What is known about one picture file."""

    state: str
    """``ok``, or the rule id of what is wrong."""
    detail: str = ""
    """What is wrong, in words."""
    height: int = 0
    """Pixels as stored, before any EXIF rotation; 0 = unknown."""
    width: int = 0
    exif_orientation: int = 0
    """1..8; 1 = shown as stored; 0 = unknown."""
    sha256: str = ""
    """Of the file's bytes, hexadecimal; empty = not read."""


def inspect_picture(picture_folder: Path, file_name: str, *, read_hash: bool = True) -> PictureInfo:
    """Look at one picture file; what is wrong with it becomes the answer, never an exception.

    A file cut short is noticed by its missing end mark (JPEG, PNG, GIF), its declared length (WebP)
    or its strips' places (TIFF). Where that is missing, all pixels are decoded to be sure: some
    cameras write past the mark, some tools forget it. Bytes damaged in the middle are not noticed.

    Parameters
    ----------
    picture_folder : Path
        The picture folder.
    file_name : str
        As in the dataset.
    read_hash : bool
        Whether to read the whole file for its SHA-256.

    Returns
    -------
    PictureInfo

    Examples
    --------
    >>> inspect_picture(Path("."), "no such picture.png").state
    'image.missing'
    >>> inspect_picture(Path("."), "").state
    'path.invalid'
    """
    try:
        picture_file = open_inside(picture_folder, file_name)
    except RefusedError as refusal:
        return PictureInfo(refusal.rule, refusal.detail)
    with picture_file:
        try:
            file_size = _check_size(picture_file)
            sha256 = hashlib.file_digest(picture_file, "sha256").hexdigest() if read_hash else ""
            return replace(_read_header(picture_file, file_size), sha256=sha256)
        except RefusedError as refusal:
            return PictureInfo(refusal.rule, refusal.detail)
        except OSError:
            return PictureInfo("image.unreadable", "the file cannot be read to its end")


def load_picture(picture_folder: Path, file_name: str, *, max_side: int | None = None) -> NDArray[np.uint8]:
    """Load a picture as it is stored, for looking at.

    Not turned by its EXIF orientation, because masks refer to the stored pixels. Grey of more than
    8 bits is stretched between its 0.5 and 99.5 percentiles; transparency is laid on white.

    Parameters
    ----------
    picture_folder : Path
        The picture folder.
    file_name : str
        As in the dataset.
    max_side : int, optional
        Pixels; a larger picture is scaled down to it.

    Returns
    -------
    (H, W, 3) uint8
        RGB.

    Raises
    ------
    RefusedError
        With the rule that `inspect_picture` gives, and where the pixels cannot be decoded; with
        ``limit.large_picture`` where more than `MAX_PIXELS` pixels are asked for at their full size.

    Examples
    --------
    >>> try:
    ...     load_picture(Path("."), "no such picture.png")
    ... except RefusedError as refused:
    ...     refused.rule
    'image.missing'
    """
    with open_inside(picture_folder, file_name) as picture_file:
        _check_size(picture_file)
        return _decode_rgb(picture_file, max_side)


def load_channels(picture_folder: Path, file_name: str) -> NDArray[np.uint8]:
    """Load a picture as it is stored, for measuring: a grey one as one channel.

    Parameters
    ----------
    picture_folder : Path
        The picture folder.
    file_name : str
        As in the dataset.

    Returns
    -------
    (H, W, 1) or (H, W, 3) uint8
        What `load_picture` gives; one channel where red, green and blue are equal in every pixel.

    Raises
    ------
    RefusedError
        As `load_picture` does.

    Examples
    --------
    >>> try:
    ...     load_channels(Path("."), "no such picture.png")
    ... except RefusedError as refused:
    ...     refused.rule
    'image.missing'
    """
    with open_inside(picture_folder, file_name) as picture_file:
        _check_size(picture_file)
        plain_picture = decode_plain_png(picture_file, MAX_PIXELS)
        if plain_picture is not None:
            return plain_picture
        picture_file.seek(0)
        rgb = _decode_rgb(picture_file, None)
    return np.ascontiguousarray(rgb[..., :1]) if is_grey(rgb) else rgb


def _decode_rgb(picture_file: BufferedReader, max_side: int | None) -> NDArray[np.uint8]:
    """Decode a picture with Pillow, at its full size without a longest side."""
    with open_picture(picture_file) as picture:
        if max_side is None and picture.width * picture.height > MAX_PIXELS:
            raise RefusedError("limit.large_picture", f"it has more than {MAX_PIXELS:,} pixels")
        orientation = _read_orientation(picture) if isinstance(picture, TiffImageFile) else 1
        if max_side is not None:
            # JPEGs can be decoded at a fraction of their size, which is faster.
            picture.draft("RGB", (max_side, max_side))
        picture.load()
        # Pillow turns TIFF files while it loads them, and no others.
        stored_picture = picture.transpose(_UNDO_ORIENTATION[orientation]) if orientation > 1 else picture
        if max_side is None:
            return np.array(to_rgb(stored_picture), dtype=np.uint8)
        return np.array(shrink_to_rgb(stored_picture, max_side), dtype=np.uint8)


@contextmanager
def open_picture(picture_file: BinaryIO) -> Iterator[Image.Image]:
    """Open an image with Pillow: allowed formats only, no warnings, one kind of error.

    One thread at a time is inside. (libtiff writes a line to the process's stderr where compressed
    TIFF pixels are damaged; nothing in Python can stop that.)

    Parameters
    ----------
    picture_file : binary file
        Stays open.

    Yields
    ------
    PIL.Image.Image
        Header read, pixels not yet decoded; whatever the ``with`` block makes of it is guarded too.

    Raises
    ------
    RefusedError
        ``image.bomb`` or ``image.unreadable``.

    Examples
    --------
    >>> import io
    >>> try:
    ...     with open_picture(io.BytesIO(b"")):
    ...         pass
    ... except RefusedError as refused:
    ...     refused.detail
    'not a picture of a known format'
    """
    # Filters of warnings belong to the whole process, so one thread at a time may change them.
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(picture_file, formats=FORMATS) as picture:
                yield picture
        except RefusedError:
            raise
        except UnidentifiedImageError:
            raise RefusedError("image.unreadable", "not a picture of a known format") from None
        except Image.DecompressionBombError:
            pixel_limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
            raise RefusedError(
                "image.bomb", f"its header declares more than {pixel_limit:,} pixels"
            ) from None
        except MemoryError:
            raise RefusedError("image.bomb", "it does not fit into memory") from None
        except Exception as decoder_error:  # decoders of broken files raise anything
            raise _translate_error(decoder_error) from None


def _check_size(picture_file: BufferedReader) -> int:
    file_size = picture_file.seek(0, 2)
    picture_file.seek(0)
    if file_size == 0:
        raise RefusedError("image.unreadable", "the file is empty")
    if file_size > MAX_FILE_BYTES:
        raise RefusedError("image.bomb", f"the file has {file_size:,} bytes, more than {MAX_FILE_BYTES:,}")
    return file_size


def _read_header(picture_file: BinaryIO, file_size: int) -> PictureInfo:
    picture_file.seek(max(0, file_size - _TAIL))
    last_bytes = picture_file.read()
    picture_file.seek(0)
    with open_picture(picture_file) as picture:
        width, height = picture.size
        if isinstance(picture, TiffImageFile):  # Pillow has swapped them where the orientation says so
            width, height = int(picture.tag_v2[_TIFF_WIDTH]), int(picture.tag_v2[_TIFF_HEIGHT])
        picture_info = PictureInfo("ok", "", height, width, _read_orientation(picture))
        # Decoding all pixels costs far more than the header, so it is the last resort.
        if not _ends_well(picture, picture_file, file_size, last_bytes):
            picture.load()
        return picture_info


def _read_orientation(picture: Image.Image) -> int:
    # Asking a PNG for EXIF that no chunk before its pixels announced would decode it.
    if picture.format == "PNG" and not {"exif", "Raw profile type exif"} & picture.info.keys():
        return 1
    try:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF is no broken picture
        return 0
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 0


def _ends_well(picture: Image.Image, picture_file: BinaryIO, file_size: int, last_bytes: bytes) -> bool:
    """Say whether the end of the file shows that nothing is cut off."""
    # An MPO file is several JPEGs in a row and ends as one.
    file_format = "JPEG" if picture.format == "MPO" else picture.format
    if file_format == "JPEG":
        return last_bytes.endswith(b"\xff\xd9")
    if file_format == "PNG":
        return last_bytes.endswith(b"IEND\xaeB`\x82")
    if file_format == "GIF":
        return last_bytes.endswith(b"\x3b")
    if file_format == "WEBP":
        read_position = picture_file.tell()
        picture_file.seek(4)
        declared_size = int.from_bytes(picture_file.read(4), "little") + 8
        picture_file.seek(read_position)
        return declared_size <= file_size
    if isinstance(picture, TiffImageFile):
        tiff_tags = picture.tag_v2
        part_ends = [
            offset + length
            for offset_tag, length_tag in _TIFF_PLACES
            for offset, length in zip(
                tiff_tags.get(offset_tag, ()), tiff_tags.get(length_tag, ()), strict=False
            )
        ]
        return bool(part_ends) and max(part_ends) <= file_size
    return False


def _translate_error(decoder_error: Exception) -> RefusedError:
    error_text = str(decoder_error)
    # Pillow's limits on compressed text in PNG files come as plain ValueErrors.
    if isinstance(decoder_error, ValueError) and (
        "Decompressed data too large" in error_text or "Too much memory" in error_text
    ):
        return RefusedError("image.bomb", "its compressed text unpacks to a huge size")
    if "truncated" in error_text.lower():
        return RefusedError("image.unreadable", "the picture is cut short")
    return RefusedError("image.unreadable", "the picture is damaged")
