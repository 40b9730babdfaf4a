"""A polygon in shares of the image, from 0 to 1, where COCO wants pixels.

What it finds
-------------
Polygons all of whose coordinates lie between 0 and 1, in images of at least ``min_side`` pixels.

Why it matters
--------------
YOLO and others write coordinates as shares of the image's width and height. Read as pixels they are a
dot in the upper left corner: the object has no mask, and nothing says so. The box and the area of such
an annotation are not compared with its mask, because it is the mask that is wrong.

When it is wrong
----------------
An object of one pixel in the very corner of the image.

Example
-------
No coordinate of annotation 17 exceeds 0.83. Multiply x by the width 640 and y by the height 480.

Reference
---------
COCO data format: polygons are measured in pixels from the top left corner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR
_MOST = 1.0
_MIN_SIDE = 8


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_side: int = option(_MIN_SIDE, unit="px", help="least longer side of an image that is judged")
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every polygon in shares of its image."""
    largest, rings = m.instances["max_abs_coordinate"].to_numpy(), m.instances["rings"].to_numpy()
    area = m.instances["area_px"].to_numpy()
    image = m.instances["image"].to_numpy()
    width, height = m.images["width"].to_numpy(), m.images["height"].to_numpy()

    def hit(row: int) -> Hit:
        w, h = int(width[image[row]]), int(height[image[row]])
        return Hit(
            f"No coordinate of the polygon exceeds {largest[row]:.3g}, in an image of {w} x {h} pixels: "
            "these are probably shares of the image, not pixels.",
            instances=(row,),
            evidence={
                "max_abs_coordinate": float(largest[row]),
                "width": w,
                "height": h,
                "area_px": int(area[row]),
            },
        )

    what = "have a polygon in shares of the image (0 to 1) instead of pixels"
    found = normalised(m, o.min_side)
    yield from each_or_once(m, found, rings > 0, o.once_above, what, hit, Severity.ERROR)


def normalised(m: Measurements, min_side: int = _MIN_SIDE) -> NDArray[np.bool_]:
    """Tell which annotations have their polygons in shares of the image.

    Parameters
    ----------
    m : Measurements
    min_side : int
        Least longer side of an image, pixels; in smaller ones 0 to 1 may be pixels.

    Returns
    -------
    (n,) bool
        One a row of the instances table.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> normalised(empty_measurements()).tolist()
    []
    """
    image = m.instances["image"].to_numpy()
    side = np.maximum(m.images["width"].to_numpy(), m.images["height"].to_numpy())
    large = np.r_[side, 0][image] >= min_side
    # NaN, for RLE and no mask, is not at most 1.
    found: NDArray[np.bool_] = large & (m.instances["max_abs_coordinate"].to_numpy() <= _MOST)
    return found
