"""Void pixels in label images: a value that stands for no object but for pixels to ignore."""

from __future__ import annotations

import numpy as np

from audit.dataset.model import IntArray
from audit.geometry.runs import Runs, take_masks

VOID_VALUES = (255, 65_535)
"""Highest values of 8 and 16 bits: Pascal VOC draws a band of 255 along every outline."""
_MAX_BAND_PX = 10
_MIN_TOUCHING_ENDS = 0.25
"""A band between object and background touches objects with half of its ends; corners and gaps take some."""


def drop_void_labels(labels: IntArray, runs: Runs) -> tuple[IntArray, Runs, tuple[int, ...]]:
    """Leave out values that number no object.

    Void is -1, as the lines that a watershed leaves, and what is one of `VOID_VALUES` and a
    thin band along other objects: the median of its runs is at most 10 px long, and a quarter of their ends
    touch another object. A cell that happens to have number 255 is neither.

    Parameters
    ----------
    labels : (n,) int64
        Values of a label image in ascending order.
    runs : Runs
        The mask of each.

    Returns
    -------
    labels : (k,) int64
    runs : Runs
        Of the objects.
    void : tuple of int
        The values that were left out.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> labelled = np.array([[255, 255, 255], [255, 1, 255], [255, 255, 255]])
    >>> runs = dense_to_runs(np.stack([labelled == 1, labelled == 255]))
    >>> labels, _, void = drop_void_labels(np.array([1, 255]), runs)
    >>> labels.tolist(), void
    ([1], (255,))
    >>> drop_void_labels(np.zeros(0, dtype=np.int64), runs.keep(np.zeros(0, dtype=np.int64)))[2]
    ()
    """
    is_void = labels == -1
    for position in np.flatnonzero(np.isin(labels, VOID_VALUES)).tolist():
        is_void[position] = len(labels) > 1 and _is_band(runs, position)
    if not is_void.any():
        return labels, runs, ()
    kept = np.flatnonzero(~is_void)
    return labels[kept], take_masks(runs, kept), tuple(labels[is_void].tolist())


def _is_band(runs: Runs, mask: int) -> bool:
    order = np.lexsort((runs.y0, runs.x))
    owner, x, first, end = (column[order] for column in (runs.mask, runs.x, runs.y0, runs.y1))
    is_next = (x[1:] == x[:-1]) & (first[1:] == end[:-1])
    touches_below, touches_above = np.r_[is_next, False], np.r_[False, is_next]
    of_mask = owner == mask
    touching = (touches_below[of_mask].mean() + touches_above[of_mask].mean()) / 2
    thickness = float(np.median((end - first)[of_mask]))
    return thickness <= _MAX_BAND_PX and bool(touching >= _MIN_TOUCHING_ENDS)
