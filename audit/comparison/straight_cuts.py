"""Masks that end straight along a side of their box: what the box cut off, not the object's own shape."""

from __future__ import annotations

import numpy as np

from audit.comparison.comparison_tables import Instances
from audit.comparison.matching import BoolArray
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.box_sides import count_side_pixels

CUT_SHARE = 0.8
"""Share of a side of its box that a mask fills where the box cuts it off."""
BORDER_PX = 1
"""Sides so near to the border of the image are cut by the image."""
FAR_PX = 2.0**31
"""No mask reaches so far."""

SIDES = ("left", "right", "top", "bottom")


def find_straight_cuts(
    instances: Instances, boxes: FloatArray, image_width: IntArray, image_height: IntArray
) -> BoolArray:
    r"""Say which masks fill most of a side of their box, away from the border of the image.

    Parameters
    ----------
    instances : Instances
    boxes : (n, 4) float64
        xywh of each mask.
    image_width, image_height : (images,) int64

    Returns
    -------
    (n,) bool

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> square = "......\n......\n..pp..\n..pp..\n......\n......"
    >>> tables = measure_comparison(*compared((scene(square), scene(square))))
    >>> find_straight_cuts(tables.predictions, tables.predictions.box, tables.width, tables.height).tolist()
    [True]
    >>> tables = measure_comparison(*compared())
    >>> find_straight_cuts(tables.predictions, tables.predictions.box, tables.width, tables.height).tolist()
    []
    """
    filled = measure_filled_sides(instances, boxes, image_width, image_height)
    is_cut: BoolArray = filled.max(axis=1) >= CUT_SHARE
    return is_cut


def measure_filled_sides(
    instances: Instances, boxes: FloatArray, image_width: IntArray, image_height: IntArray
) -> FloatArray:
    r"""Measure how much of each side of its box a mask fills.

    Parameters
    ----------
    instances : Instances
    boxes : (n, 4) float64
        xywh of each mask.
    image_width, image_height : (images,) int64

    Returns
    -------
    (n, 4) float64
        In the order of `SIDES`; 0 for sides at the border of the image.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> corner = "......\n......\n..pp..\n..p...\n......\n......"
    >>> tables = measure_comparison(*compared((scene(corner), scene(corner))))
    >>> predictions = tables.predictions
    >>> measure_filled_sides(predictions, predictions.box, tables.width, tables.height).tolist()
    [[1.0, 0.5, 1.0, 0.5]]
    >>> tables = measure_comparison(*compared())
    >>> predictions = tables.predictions
    >>> measure_filled_sides(predictions, predictions.box, tables.width, tables.height).shape
    (0, 4)
    """
    width, height = image_width[instances.image], image_height[instances.image]
    left, top = np.round(boxes[:, 0]), np.round(boxes[:, 1])
    right, bottom = np.round(boxes[:, 0] + boxes[:, 2]) - 1, np.round(boxes[:, 1] + boxes[:, 3]) - 1
    lines = np.stack([left, right, top, bottom], axis=1)
    is_inside = np.stack(
        [
            left > BORDER_PX,
            right < width - 1 - BORDER_PX,
            top > BORDER_PX,
            bottom < height - 1 - BORDER_PX,
        ],
        axis=1,
    )
    # A box may be far away or no number at all: its lines cross no mask.
    in_range = np.where(np.abs(lines) < FAR_PX, lines, -1).astype(np.int64)
    pixels = count_side_pixels(instances.runs, in_range)
    side_px = np.maximum(boxes[:, [3, 3, 2, 2]], 1)
    filled: FloatArray = np.where(is_inside, pixels / side_px, 0)
    return filled
