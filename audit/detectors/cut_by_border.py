"""Masks of objects that the border of the image cuts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.measure.schema import Measurements

BORDER_PX = 2
"""Outlines drawn by hand, and smoothed label images, often end a pixel or two before the border."""


def flag_cut_by_border(measurements: Measurements, within_px: int = BORDER_PX) -> NDArray[np.bool_]:
    """Tell which masks end so close to the border of their image that it may have cut the object.

    Parameters
    ----------
    measurements : Measurements
    within_px : int
        Pixels between a mask and the border, up to which it counts as cut.

    Returns
    -------
    (n,) bool
        False for annotations of no known image, and of images without a size.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.testing import measured, scene
    >>> nothing, speck = "." * 7 + chr(10), "...a..." + chr(10)
    >>> images = [scene(nothing * above + speck + nothing * 3) for above in (1, 2, 3)]
    >>> flag_cut_by_border(measured(*images)).tolist()
    [True, True, False]
    >>> flag_cut_by_border(empty_measurements()).tolist()
    []
    """
    key = (flag_cut_by_border, within_px)
    return measurements.derive(key, lambda: _compare_margins(measurements, within_px))


def _compare_margins(measurements: Measurements, within_px: int) -> NDArray[np.bool_]:
    x, y, width, height, image, area_px = (
        measurements.instances[name].to_numpy() for name in ("x", "y", "w", "h", "image", "area_px")
    )
    image_width, image_height = (
        np.r_[measurements.images[name].to_numpy(), 0][image] for name in ("width", "height")
    )
    margin = np.minimum.reduce((x, y, image_width - x - width, image_height - y - height))
    return np.asarray((area_px > 0) & (image_width > 0) & (image_height > 0) & (margin <= within_px))
