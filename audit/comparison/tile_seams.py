"""Seams of tiles: straight lines at which the masks of many images end, because a tile ended there.

Large images are often predicted tile by tile, with tiles that overlap. An object at a seam is then found
twice, once whole and once cut off, or in two halves. The cuts betray the seam: masks of many images end
straight in one column or row, where masks of a whole image end anywhere.
"""

from __future__ import annotations

import numpy as np

from audit.comparison.comparison_tables import ComparisonTables, Instances
from audit.comparison.matching import BoolArray
from audit.comparison.straight_cuts import measure_filled_sides
from audit.dataset.model import IntArray

STRAIGHT_SHARE = 0.4
"""Share of a side that a mask fills where a tile cut it off: the chord of a disc that is cut anywhere but in
its outermost tenth."""
MIN_CUT_MASKS = 10
"""Masks that end in one line before it may be a seam: fewer do so by chance in large results."""
SEAM_FACTOR = 5.0
"""So many times more masks end at a seam than at the lines around it, and than labels do."""
NEIGHBOUR_LINES = 16
"""Lines to either side that a seam is compared with."""


def find_seam_cuts(tables: ComparisonTables) -> BoolArray:
    """Say which predictions a tile cut off.

    Parameters
    ----------
    tables : ComparisonTables

    Returns
    -------
    (predictions,) bool
        All False where masks end at one side of a line only: tiles end where others go on.

    Examples
    --------
    In every image an object is found in two halves, somewhere else each time; tiles meet in column 32:

    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> labels = [scene("." * (10 + k) + "a" * 40 + "." * (30 - k)) for k in range(10)]
    >>> halves = [
    ...     scene(
    ...         "." * (10 + k) + "p" * (23 - k) + "." * 47,
    ...         "." * 32 + "q" * (18 + k) + "." * (30 - k),
    ...     )
    ...     for k in range(10)
    ... ]
    >>> find_seam_cuts(measure_comparison(*compared(*zip(labels, halves, strict=True)))).all()
    np.True_
    >>> find_seam_cuts(measure_comparison(*compared())).tolist()
    []
    """
    predictions = tables.predictions
    is_cut = np.zeros(len(predictions), dtype=np.bool_)
    line, is_straight = _list_ends(predictions, tables)
    label_line, label_is_straight = _list_ends(tables.labels, tables)
    scale = len(predictions) / max(len(tables.labels), 1)
    for first, second in ((0, 1), (2, 3)):
        at_seam = [
            _ends_at_seam(
                line[:, side], is_straight[:, side], label_line[label_is_straight[:, side], side], scale
            )
            for side in (first, second)
        ]
        if all(ends.any() for ends in at_seam):
            is_cut |= at_seam[0] | at_seam[1]
    return is_cut


def _list_ends(instances: Instances, tables: ComparisonTables) -> tuple[IntArray, BoolArray]:
    """Return the lines that masks end in, side by side, and whether they end straight there; both (n, 4)."""
    boxes = instances.mask_box
    filled = measure_filled_sides(instances, boxes.astype(float), tables.width, tables.height)
    left, top = boxes[:, 0], boxes[:, 1]
    lines = np.stack([left, left + boxes[:, 2] - 1, top, top + boxes[:, 3] - 1], axis=1)
    is_straight = (filled >= STRAIGHT_SHARE) & (instances.area > 0)[:, None]
    return lines, is_straight


def _ends_at_seam(line: IntArray, is_straight: BoolArray, label_line: IntArray, scale: float) -> BoolArray:
    """Say which masks end straight in a line in which far more do so than around it, and than labels do."""
    if not is_straight.any():
        return is_straight
    n_lines = max(int(line[is_straight].max()) + 1, 2 * NEIGHBOUR_LINES + 1)
    count = np.bincount(line[is_straight], minlength=n_lines)
    label_count = np.bincount(label_line, minlength=n_lines)[:n_lines]
    window = np.ones(2 * NEIGHBOUR_LINES + 1)
    n_near = np.convolve(count, window, mode="same") - count
    n_compared = np.convolve(np.ones(n_lines), window, mode="same") - 1
    usual = np.maximum(n_near / np.maximum(n_compared, 1), label_count * scale)
    is_seam = (count >= MIN_CUT_MASKS) & (count >= SEAM_FACTOR * usual)
    at_seam: BoolArray = is_straight & is_seam[line * is_straight]
    return at_seam
