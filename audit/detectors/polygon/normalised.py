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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
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
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every polygon in shares of its image.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    max_coordinate, rings = (
        measurements.instances["max_abs_coordinate"].to_numpy(),
        measurements.instances["rings"].to_numpy(),
    )
    area_px = measurements.instances["area_px"].to_numpy()
    image = measurements.instances["image"].to_numpy()
    width, height = measurements.images["width"].to_numpy(), measurements.images["height"].to_numpy()

    def make_hit(row: int) -> Hit:
        image_width, image_height = int(width[image[row]]), int(height[image[row]])
        return Hit(
            f"No coordinate of the polygon exceeds {max_coordinate[row]:.3g}, in an image of "
            f"{image_width} x {image_height} pixels: "
            "these are probably shares of the image, not pixels.",
            instances=(row,),
            evidence={
                "max_abs_coordinate": float(max_coordinate[row]),
                "width": image_width,
                "height": image_height,
                "area_px": int(area_px[row]),
            },
        )

    trait = "have a polygon in shares of the image (0 to 1) instead of pixels"
    is_normalised = flag_normalised(measurements, options.min_side)
    yield from report_each_or_aggregate(
        measurements, is_normalised, rings > 0, options.once_above, trait, make_hit, Severity.ERROR
    )


def flag_normalised(measurements: Measurements, min_side: int = _MIN_SIDE) -> NDArray[np.bool_]:
    """Tell which annotations have their polygons in shares of the image.

    Parameters
    ----------
    measurements : Measurements
    min_side : int
        Least longer side of an image, pixels; in smaller ones 0 to 1 may be pixels.

    Returns
    -------
    (n,) bool
        One a row of the instances table.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> flag_normalised(empty_measurements()).tolist()
    []
    """
    image = measurements.instances["image"].to_numpy()
    longer_side = np.maximum(
        measurements.images["width"].to_numpy(), measurements.images["height"].to_numpy()
    )
    is_large = np.r_[longer_side, 0][image] >= min_side
    # NaN, for RLE and no mask, is not at most 1.
    is_normalised: NDArray[np.bool_] = is_large & (
        measurements.instances["max_abs_coordinate"].to_numpy() <= _MOST
    )
    return is_normalised
