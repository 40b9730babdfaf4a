"""The channels of a picture: whether it is grey, and how bright it looks."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.native.library import array, declare

_tell_grey = declare("maskaudit_tell_grey", array("u1"), c_int64)
_picture_luma = declare("maskaudit_picture_luma", array("u1"), c_int64, c_int64)


def is_grey(rgb: NDArray[np.uint8]) -> bool:
    """Say whether red, green and blue are equal in every pixel.

    Parameters
    ----------
    rgb : (H, W, 3) uint8

    Examples
    --------
    >>> is_grey(np.full((2, 2, 3), 7, dtype=np.uint8))
    True
    >>> is_grey(np.array([[[0, 0, 0], [0, 0, 1]]], dtype=np.uint8)), is_grey(np.zeros((0, 0, 3), np.uint8))
    (False, True)
    """
    return bool(_tell_grey(np.ascontiguousarray(rgb), rgb.shape[0] * rgb.shape[1])["is_grey"][0])


def picture_luma(channels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a picture in grey.

    Parameters
    ----------
    channels : (H, W, 1) or (H, W, 3) uint8
        One channel stands for three equal ones.

    Returns
    -------
    (H, W) float32
        0 to 255: red, green and blue weighed as ITU-R BT.601 does.

    Examples
    --------
    >>> picture_luma(np.array([[[0, 0, 0], [100, 0, 0]]], dtype=np.uint8)).round(1).tolist()
    [[0.0, 29.899999618530273]]
    >>> picture_luma(np.zeros((0, 4, 3), dtype=np.uint8)).shape
    (0, 4)
    """
    height, width, n_channels = channels.shape
    columns = _picture_luma(np.ascontiguousarray(channels), height * width, n_channels)
    return columns["luma"].reshape(height, width)
