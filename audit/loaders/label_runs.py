"""The pixels of a label image become a mask of runs for each label."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audit.dataset.model import IntArray
from audit.geometry import guard
from audit.geometry.runs import Runs

MAX_RUNS = 2**22
"""Runs of one value in a label image: 20,000 cells have a fifth of them."""
_STRIP_PIXELS = 2**22
"""Pixels that are looked at at a time: a small file may unpack to hundreds of millions."""
_GREY_MODES = frozenset({"1", "L", "P", "I", "I;16", "I;16L", "I;16B", "F"})


def find_format_fault(picture: Image.Image) -> str:
    """Say why a picture cannot hold instances, from its header; empty where it can."""
    if picture.mode not in _GREY_MODES:
        return f"its pixels are colours ({picture.mode})"
    return check_picture_size(picture)


def check_picture_size(picture: Image.Image) -> str:
    """Say why a picture is too large for masks; empty where it is not."""
    return check_size(picture.height, picture.width)


def check_size(height: int, width: int) -> str:
    """Say why an image is too large for masks; empty where it is not.

    Examples
    --------
    >>> check_size(8, 8), check_size(10**6, 1)
    ('', '1 x 1000000 pixels are more than a mask may have')
    """
    if guard.image_size_faults(np.array([height]), np.array([width]))[0]:
        return f"{width} x {height} pixels are more than a mask may have"
    return ""


def split_instances(
    picture: Image.Image, read_labels: Callable[[NDArray[np.generic]], NDArray[np.generic]] | None = None
) -> tuple[IntArray | None, Runs | None, str]:
    """Return the labels of a label image and the mask of each; or neither, and why not.

    Parameters
    ----------
    picture : Image
    read_labels : callable, optional
        From pixels to (H, W) labels, where pixels are not the labels themselves.
    """
    width, height = picture.size

    def read_strip(left: int, right: int) -> NDArray[np.generic]:
        pixels = np.asarray(picture.crop((left, 0, right, height)))
        return pixels if read_labels is None else read_labels(pixels)

    return split_strips(read_strip, height, width)


def split_strips(
    read_strip: Callable[[int, int], NDArray[np.generic]], height: int, width: int
) -> tuple[IntArray | None, Runs | None, str]:
    """Return the labels of an image and the mask of each; or neither, and why not.

    Parameters
    ----------
    read_strip : callable
        Returns the labels between two columns, (height, right - left).
    height, width : int

    Examples
    --------
    >>> pixels = np.array([[0, 3], [3, 7]])
    >>> split_strips(lambda left, right: pixels[:, left:right], 2, 2)[0].tolist()
    [3, 7]
    """
    strips: list[IntArray] = [np.zeros((4, 0), dtype=np.int64)]
    n_runs = 0
    strip_width = max(1, _STRIP_PIXELS // max(height, 1))
    for left in range(0, width, strip_width):
        pixels = read_strip(left, min(left + strip_width, width))
        fault = _find_value_fault(pixels)
        if fault:
            return None, None, fault
        strips.append(_find_runs(pixels, left))
        n_runs += strips[-1].shape[1]
        if n_runs > MAX_RUNS:
            return None, None, f"its pixels change more than {MAX_RUNS:,} times: noise, not instances"
    value, column, first_row, end_row = np.concatenate(strips, axis=1)
    labels, instance = np.unique(value, return_inverse=True)
    order = np.argsort(instance, kind="stable")
    mask, x, y0, y1 = (part[order].astype(np.int32) for part in (instance, column, first_row, end_row))
    return labels, Runs(mask, x, y0, y1, len(labels)), ""


def _find_value_fault(pixels: NDArray[np.generic]) -> str:
    """Say why pixels cannot number instances; empty where they can."""
    if pixels.dtype.kind == "f" and not np.array_equal(pixels, np.trunc(pixels)):
        return "its values are fractions"
    lowest = pixels.min() if pixels.size else 0
    return "it has negative values besides -1" if lowest < -1 else ""


def _find_runs(pixels: NDArray[np.generic], left: int) -> IntArray:
    """Return value, column, first row and end row (4, N) of each run of one value, background left out.

    ``left`` is the column at which the pixels begin.
    """
    height, width = pixels.shape
    # Runs go down columns, as in COCO's RLE. A free row after each column keeps a run from going on in the
    # next one, so that all columns can be searched as one line.
    columns = np.zeros((width, height + 1), dtype=np.int64)
    columns[:, :height] = pixels.T
    line = columns.ravel()
    changes = np.flatnonzero(np.diff(line, prepend=0, append=0))
    starts, stops = changes[:-1], changes[1:]
    foreground = np.flatnonzero(line[starts]) if len(changes) else changes
    starts, stops = starts[foreground], stops[foreground]
    column, first_row = np.divmod(starts, height + 1)
    return np.stack([line[starts], column + left, first_row, first_row + stops - starts])
