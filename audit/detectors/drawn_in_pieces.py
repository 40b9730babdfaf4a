"""Whether a dataset draws objects in pieces where another hides their middle, as photographs need it.

In such datasets things hide each other, and some are drawn whole behind others. Outlines alone then do not
tell a slip from a way of drawing, so rules about specks, streaks and overlaps say less loudly what they
find.
"""

from __future__ import annotations

import numpy as np

from audit.measure.schema import Measurements

MIN_PIECES = 3
MIN_SHARE = 0.01
"""Masks of several real parts, and their share, from which on it is the dataset's way of drawing: 0.1 % of
nuclei and grains, 1.2 % of litter, 2 to 4 % of COCO and LVIS."""
_MIN_GAP = 3
"""Pixels: two objects that touched and were merged into one mask keep a slit of one or two between them."""
_SPECK_PX, _SPECK_SHARE = 16, 0.05


def draws_pieces(measurements: Measurements) -> bool:
    """Say whether masks of several parts that lie close together are common.

    Specks are no pieces, nor are objects merged across a slit, and parts far apart are what is to be judged.

    Parameters
    ----------
    measurements : Measurements

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> draws_pieces(empty_measurements())
    False
    """
    return measurements.derive(draws_pieces, lambda: _count_pieces(measurements))


def _count_pieces(measurements: Measurements) -> bool:
    """Say whether masks of several parts are common."""
    area_px, parts, smallest, largest, gap_px = (
        measurements.instances[name].to_numpy()
        for name in ("area_px", "parts", "smallest_part_px", "largest_part_px", "part_gap_px")
    )
    is_mask = (area_px > 0) & ~measurements.instances["iscrowd"].to_numpy()
    is_piece = (parts > 1) & (smallest > _SPECK_PX) & (smallest > _SPECK_SHARE * area_px)
    is_close = (gap_px >= _MIN_GAP) & (gap_px < np.sqrt(np.maximum(largest, 1)))
    count = int((is_mask & is_piece & is_close).sum())
    return count >= MIN_PIECES and count >= MIN_SHARE * int(is_mask.sum())
