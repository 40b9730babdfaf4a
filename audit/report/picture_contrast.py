"""Dark pictures made visible: a microscope's 8 bits often hold nothing brighter than a dark grey."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_CONTRAST = 100
"""Grey levels between the percentiles below, below which a picture is stretched. Of 84 pictures of nuclei,
half have fewer than 92; of 80 photographs of everyday scenes, none has fewer than 157."""
_LOW, _HIGH = 0.5, 99.5  # percentiles that become black and white

Pixels = NDArray[np.uint8]


def stretch_contrast(picture: Pixels) -> tuple[Pixels, bool]:
    """Stretch a picture that is too dark, or too flat, to judge an outline by.

    All channels are stretched alike, so that hues stay.

    Parameters
    ----------
    picture : (H, W, 3) uint8

    Returns
    -------
    picture : (H, W, 3) uint8
        The same array where there is contrast enough.
    stretched : bool

    Examples
    --------
    >>> dark = np.array([[[5, 5, 5], [30, 30, 30]]], dtype=np.uint8)
    >>> stretched, changed = stretch_contrast(dark)
    >>> stretched[0, :, 0].tolist(), changed
    ([0, 255], True)
    >>> stretch_contrast(np.zeros((0, 0, 3), dtype=np.uint8))[1]
    False
    """
    if picture.size == 0:
        return picture, False
    low, high = (float(level) for level in np.percentile(picture, (_LOW, _HIGH)))
    if high <= low or high - low >= MIN_CONTRAST:
        return picture, False
    from skimage.exposure import rescale_intensity  # slow to import, and most pictures have contrast enough

    stretched: Pixels = rescale_intensity(  # type: ignore[no-untyped-call]
        picture, in_range=(low, high), out_range=np.uint8
    )
    return stretched, True
