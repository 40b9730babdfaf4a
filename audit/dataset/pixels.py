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
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from audit.dataset.paths import RefusedError, open_inside

FORMATS = ("BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Pillow's names of the picture formats that are read."""
MAX_FILE_BYTES = 2**30
"""Largest picture file that is opened."""

_ORIENTATION = 274  # the EXIF and TIFF tag
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_PLACES = ((273, 279), (324, 325))  # offsets and lengths of strips, of tiles
_TAIL = 64  # bytes at the end of a file that are looked at
_LOW, _HIGH = 0.5, 99.5  # percentiles that become black and white
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


def inspect_picture(root: Path, file_name: str, *, read_hash: bool = True) -> PictureInfo:
    """Look at one picture file; what is wrong with it becomes the answer, never an exception.

    A file cut short is noticed by its missing end mark (JPEG, PNG, GIF), its declared length (WebP)
    or its strips' places (TIFF). Where that is missing, all pixels are decoded to be sure: some
    cameras write past the mark, some tools forget it. Bytes damaged in the middle are not noticed.

    Parameters
    ----------
    root : Path
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
        file = open_inside(root, file_name)
    except RefusedError as refused:
        return PictureInfo(refused.rule, refused.detail)
    with file:
        try:
            size = _check_size(file)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest() if read_hash else ""
            return replace(_look(file, size), sha256=sha256)
        except RefusedError as refused:
            return PictureInfo(refused.rule, refused.detail)
        except OSError:
            return PictureInfo("image.unreadable", "the file cannot be read to its end")


def load_picture(root: Path, file_name: str, *, max_side: int | None = None) -> NDArray[np.uint8]:
    """Load a picture as it is stored, for looking at.

    Not turned by its EXIF orientation, because masks refer to the stored pixels. Grey of more than
    8 bits is stretched between its 0.5 and 99.5 percentiles; transparency is laid on white.

    Parameters
    ----------
    root : Path
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
        With the rule that `inspect_picture` gives, and where the pixels cannot be decoded.

    Examples
    --------
    >>> try:
    ...     load_picture(Path("."), "no such picture.png")
    ... except RefusedError as refused:
    ...     refused.rule
    'image.missing'
    """
    with open_inside(root, file_name) as file:
        _check_size(file)
        with open_picture(file) as picture:
            orientation = _orientation(picture) if isinstance(picture, TiffImageFile) else 1
            if max_side is not None:
                picture.draft("RGB", (max_side, max_side))
            picture.load()
            # Pillow turns TIFF files while it loads them, and no others.
            turned = picture.transpose(_UNDO_ORIENTATION[orientation]) if orientation > 1 else picture
            rgb = _to_rgb(turned)
            if max_side is not None and max(rgb.size) > max_side:
                scale = max_side / max(rgb.size)
                shape = (max(1, round(rgb.width * scale)), max(1, round(rgb.height * scale)))
                rgb = rgb.resize(shape, Image.Resampling.BOX)
            return np.array(rgb, dtype=np.uint8)


@contextmanager
def open_picture(file: BinaryIO) -> Iterator[Image.Image]:
    """Open an image with Pillow: allowed formats only, no warnings, one kind of error.

    One thread at a time is inside. (libtiff writes a line to the process's stderr where compressed
    TIFF pixels are damaged; nothing in Python can stop that.)

    Parameters
    ----------
    file : binary file
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
            with Image.open(file, formats=FORMATS) as picture:
                yield picture
        except RefusedError:
            raise
        except UnidentifiedImageError:
            raise RefusedError("image.unreadable", "not a picture of a known format") from None
        except Image.DecompressionBombError:
            limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
            raise RefusedError("image.bomb", f"its header declares more than {limit:,} pixels") from None
        except MemoryError:
            raise RefusedError("image.bomb", "it does not fit into memory") from None
        except Exception as e:  # decoders of broken files raise anything
            raise _broken(e) from None


def _check_size(file: BufferedReader) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    if size == 0:
        raise RefusedError("image.unreadable", "the file is empty")
    if size > MAX_FILE_BYTES:
        raise RefusedError("image.bomb", f"the file has {size:,} bytes, more than {MAX_FILE_BYTES:,}")
    return size


def _look(file: BinaryIO, size: int) -> PictureInfo:
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    file.seek(0)
    with open_picture(file) as picture:
        width, height = picture.size
        if isinstance(picture, TiffImageFile):  # Pillow has swapped them where the orientation says so
            width, height = int(picture.tag_v2[_TIFF_WIDTH]), int(picture.tag_v2[_TIFF_HEIGHT])
        seen = PictureInfo("ok", "", height, width, _orientation(picture))
        if not _ends_well(picture, file, size, tail):
            picture.load()
        return seen


def _orientation(picture: Image.Image) -> int:
    # Asking a PNG for EXIF that no chunk before its pixels announced would decode it.
    if picture.format == "PNG" and not {"exif", "Raw profile type exif"} & picture.info.keys():
        return 1
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF is no broken picture
        return 0
    return value if isinstance(value, int) and 1 <= value <= 8 else 0


def _ends_well(picture: Image.Image, file: BinaryIO, size: int, tail: bytes) -> bool:
    """Say whether the end of the file shows that nothing is cut off."""
    kind = "JPEG" if picture.format == "MPO" else picture.format
    if kind == "JPEG":
        return tail.endswith(b"\xff\xd9")
    if kind == "PNG":
        return tail.endswith(b"IEND\xaeB`\x82")
    if kind == "GIF":
        return tail.endswith(b"\x3b")
    if kind == "WEBP":
        place = file.tell()
        file.seek(4)
        declared = int.from_bytes(file.read(4), "little") + 8
        file.seek(place)
        return declared <= size
    if isinstance(picture, TiffImageFile):
        tags = picture.tag_v2
        ends = [
            offset + length
            for offsets, lengths in _TIFF_PLACES
            for offset, length in zip(tags.get(offsets, ()), tags.get(lengths, ()), strict=False)
        ]
        return bool(ends) and max(ends) <= size
    return False


def _broken(e: Exception) -> RefusedError:
    text = str(e)
    # Pillow's limits on compressed text in PNG files come as plain ValueErrors.
    if isinstance(e, ValueError) and ("Decompressed data too large" in text or "Too much memory" in text):
        return RefusedError("image.bomb", "its compressed text unpacks to a huge size")
    if "truncated" in text.lower():
        return RefusedError("image.unreadable", "the picture is cut short")
    return RefusedError("image.unreadable", "the picture is damaged")


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_stretched(np.asarray(picture))).convert("RGB")
    if picture.mode in {"LA", "PA", "RGBA", "La", "RGBa"} or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return picture.convert("RGB")


def _stretched(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    values = np.nan_to_num(grey.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = np.percentile(values, (_LOW, _HIGH))
    if high <= low:
        low, high = float(values.min()), max(float(values.max()), float(values.min()) + 1)
    from skimage.exposure import rescale_intensity  # slow to import, and few pictures have more than 8 bits

    scaled: NDArray[np.uint8] = rescale_intensity(  # type: ignore[no-untyped-call]
        values, in_range=(low, high), out_range=np.uint8
    )
    return scaled
