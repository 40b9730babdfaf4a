"""The channels of a picture: whether it is grey."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.native.library import array, declare

_tell_grey = declare("maskaudit_tell_grey", array("u1"), c_int64)


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
