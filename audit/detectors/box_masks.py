"""Masks that are boxes: upright rectangles given where an outline was meant.

Boxes of neighbours overlap by construction, so what rules say about overlaps and outlines does not hold for
them. A single rectangle may be a screen; a category that is mostly rectangles was labelled with boxes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.detectors.aggregate import split_shared_traits
from audit.measure.schema import Measurements

RECTANGLES_ABOVE = 0.5
"""Share of upright rectangles from which the masks of a category are boxes."""
_RECTANGLE_FILL = 0.97
_LEAST_RECTANGLE_PX = 16


def flag_rectangles(measurements: Measurements) -> NDArray[np.bool_]:
    """Tell which masks are one upright rectangle: a polygon of four corners, or an RLE that fills its box.

    Returns
    -------
    (n,) bool
        False for masks of less than 16 px, of which nothing can be told.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.testing import measured, scene
    >>> rows = ["aaaa.bb"] * 3, ["aaaabbb"]
    >>> flag_rectangles(measured(scene(chr(10).join(sum(rows, []))))).tolist()
    [True, False]
    >>> flag_rectangles(empty_measurements()).tolist()
    []
    """
    area_px, width, height, rings, vertices = (
        measurements.instances[name].to_numpy() for name in ("area_px", "w", "h", "rings", "vertices")
    )
    box_px = width * height
    is_filled = np.where(
        rings > 0, (area_px >= _RECTANGLE_FILL * box_px) & (vertices == 4), area_px == box_px
    )
    return np.asarray(is_filled & (area_px >= _LEAST_RECTANGLE_PX))


def flag_box_masks(measurements: Measurements, share: float = RECTANGLES_ABOVE) -> NDArray[np.bool_]:
    """Tell which masks are rectangles of a category, or of a dataset, that has mostly these: boxes for masks.

    Parameters
    ----------
    measurements : Measurements
    share : float
        Of rectangles, from which on they are a habit; at least 20 must share it (`split_shared_traits`).

    Returns
    -------
    (n,) bool

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> box = scene(chr(10).join(["aaaa"] * 4))
    >>> flag_box_masks(measured(*[box] * 19)).any(), flag_box_masks(measured(*[box] * 20)).all()
    (np.False_, np.True_)
    """
    is_candidate = (measurements.instances["area_px"].to_numpy() > 0) & ~measurements.instances[
        "iscrowd"
    ].to_numpy()
    is_rectangle = flag_rectangles(measurements) & is_candidate
    category = measurements.instances["category"].to_numpy()
    box_traits, _ = split_shared_traits(is_rectangle, is_candidate, category, share)
    is_box_mask = np.zeros(len(is_rectangle), dtype=np.bool_)
    for box_trait in box_traits:
        is_box_mask[box_trait.rows] = True
    return is_box_mask
