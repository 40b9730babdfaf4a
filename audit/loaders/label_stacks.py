"""Files that may hold several label images: TIFF with pages, ``.npy`` arrays; each page is an image.

Pillow reads the pages, as it reads all pictures: its limits hold, and no other decoder is let near the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageSequence

from audit.dataset.paths import RefusedError, open_inside
from audit.dataset.picture_limits import MAX_FILE_BYTES
from audit.dataset.pixels import open_picture
from audit.loaders.label_images import LabelImage, make_label_image, unusable_label_image
from audit.loaders.label_runs import check_size, find_format_fault, split_instances, split_strips

MAX_PAGES = 10_000
_PICKLE_REMEDY = "it holds Python objects, which are not loaded: save the masks alone, with numpy.save"


def read_label_stack(folder: Path, path: Path, file_name: str) -> list[LabelImage]:
    """Read a file of labels; what is wrong with it, or with a page, is its ``fault``.

    Parameters
    ----------
    folder : Path
    path : Path
        Relative to the folder, and inside it.
    file_name : str
        Of the picture; page 2 of several is called ``a.tif[2]``.

    Examples
    --------
    >>> [page.fault for page in read_label_stack(Path("."), Path("no such file.npy"), "a.jpg")]
    [('label.unreadable', 'no such file')]
    """
    try:
        with open_inside(folder, path.as_posix()) as file:
            data = file.read(MAX_FILE_BYTES + 1)
            sha256 = hashlib.sha256(data).hexdigest()
            file.seek(0)
            if path.suffix.lower() == ".npy":
                return read_array(data, file_name, sha256)
            return list(_read_tiff(file, file_name, sha256))
    except RefusedError as refusal:
        return [unusable_label_image(file_name, "", "label.unreadable", refusal.detail)]


def _read_tiff(file: BufferedReader, file_name: str, sha256: str) -> Iterator[LabelImage]:
    with open_picture(file) as picture:
        n_pages = getattr(picture, "n_frames", 1)
        if n_pages > MAX_PAGES:
            raise RefusedError("label.unreadable", f"it has more than {MAX_PAGES:,} pages")
        for number, page in enumerate(ImageSequence.Iterator(picture), 1):
            name = f"{file_name}[{number}]" if n_pages > 1 else file_name
            fault = find_format_fault(page)
            split = (None, None, fault) if fault else split_instances(page)
            yield make_label_image(name, (page.height, page.width), split, sha256)


def read_array(data: bytes, file_name: str, sha256: str) -> list[LabelImage]:
    """Read a ``.npy`` file of shape (H, W) or (pages, H, W); never a pickle.

    Parameters
    ----------
    data : bytes
    file_name : str
        Of the picture.
    sha256 : str

    Examples
    --------
    >>> import io
    >>> buffer = io.BytesIO()
    >>> np.save(buffer, np.array([[0, 1], [2, 2]]))
    >>> read_array(buffer.getvalue(), "a.png", "")[0].labels.tolist()
    [1, 2]
    >>> read_array(b"", "a.png", "")[0].fault
    ('label.unreadable', 'it is no .npy file')
    """
    if not data.startswith(b"\x93NUMPY"):
        return [unusable_label_image(file_name, sha256, "label.unreadable", "it is no .npy file")]
    try:
        array = _map_array(data)
    except ValueError as error:
        return [unusable_label_image(file_name, sha256, "label.unreadable", str(error))]
    return split_array(array, file_name, sha256)


def split_array(array: NDArray[np.generic], file_name: str, sha256: str) -> list[LabelImage]:
    """Make label images of the pages of an array.

    Parameters
    ----------
    array : (H, W) or (pages, H, W)
    file_name, sha256 : str

    Examples
    --------
    >>> [page.file_name for page in split_array(np.zeros((2, 1, 1), dtype=int), "a", "")]
    ['a[1]', 'a[2]']
    """
    if array.ndim not in (2, 3) or array.dtype.kind not in "buif" or 0 in array.shape:
        what = f"an array of {array.dtype} of the shape {array.shape} is no label image"
        return [unusable_label_image(file_name, sha256, "label.format", what)]
    if array.ndim == 3 and len(array) > MAX_PAGES:
        what = f"it has more than {MAX_PAGES:,} pages"
        return [unusable_label_image(file_name, sha256, "label.format", what)]
    pages = array.reshape(-1, *array.shape[-2:])
    height, width = pages.shape[1:]
    images = []
    for number, page in enumerate(pages, 1):
        name = f"{file_name}[{number}]" if len(pages) > 1 else file_name
        fault = check_size(height, width)
        split = (None, None, fault) if fault else split_strips(_StripReader(page), height, width)
        images.append(make_label_image(name, (height, width), split, sha256))
    return images


def read_npy_header(stream: BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    r"""Read the header of a ``.npy`` file; the array begins where the stream then is.

    Returns
    -------
    tuple
        Shape; whether columns come first; dtype.

    Raises
    ------
    ValueError
        If it is broken, or of a version that is not known.

    Examples
    --------
    >>> stream = BytesIO()
    >>> np.save(stream, np.zeros((1, 2), dtype=np.uint8))
    >>> read_npy_header(BytesIO(stream.getvalue()))[0]
    (1, 2)
    >>> read_npy_header(BytesIO(b""))
    Traceback (most recent call last):
    ValueError: EOF: reading magic string, expected 8 bytes got 0
    """
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"its version {version} is not known")
    is_first = version == (1, 0)
    read_header = np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
    try:
        return read_header(stream)
    except (TokenError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        # numpy takes a header that it cannot read for one of Python 2, and so for Python's text.
        raise ValueError(f"its header cannot be read ({error})") from error


class _StripReader:
    """Reads columns of an array."""

    def __init__(self, page: NDArray[np.generic]) -> None:
        self.page = page

    def __call__(self, left: int, right: int) -> NDArray[np.generic]:
        return self.page[:, left:right]


def _map_array(data: bytes) -> NDArray[np.generic]:
    """Look at the bytes as the array that their header declares; nothing is allocated for it."""
    stream = BytesIO(data)
    shape, is_fortran, dtype = read_npy_header(stream)
    if dtype.hasobject:
        raise ValueError(_PICKLE_REMEDY)
    body = memoryview(data)[stream.tell() :]
    n_values = 1
    for side in shape:
        n_values *= side
    if any(side < 0 for side in shape) or n_values * dtype.itemsize > len(body) or not dtype.itemsize:
        raise ValueError("it is cut short")
    values = np.frombuffer(body, dtype=dtype, count=n_values)
    return values.reshape(shape, order="F" if is_fortran else "C")
