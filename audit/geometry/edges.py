"""How well outlines lie on the edges of a picture, and where they would lie better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray, Runs, expand, heads

REACH = 5
"""Pixels that an outline is moved at most, in both directions."""
_TOLERANCE = 1  # pixels that every annotator is granted
_POINTS = 64  # columns of a mask that are looked at

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Edges:
    """How outlines lie on edges: (count,) arrays."""

    here: Floats
    """Mean contrast under the outline as drawn, moved by a pixel where that is better."""
    best: Floats
    """The same where it is largest."""
    x: IntArray
    """How far right the outline was moved for that, pixels."""
    y: IntArray
    """How far down."""


def contrast(grey: NDArray[np.floating]) -> NDArray[np.float32]:
    """Measure how quickly a picture changes at every pixel: the length of its central differences.

    Parameters
    ----------
    grey : (H, W)

    Examples
    --------
    >>> contrast(np.array([[0.0, 0.0, 4.0, 4.0]])).tolist()
    [[0.0, 2.0, 2.0, 0.0]]
    >>> contrast(np.zeros((0, 0))).shape
    (0, 0)
    """
    value = grey.astype(np.float32)
    down, right = np.zeros_like(value), np.zeros_like(value)
    if min(value.shape) > 0:
        down[1:-1] = (value[2:] - value[:-2]) / 2
        right[:, 1:-1] = (value[:, 2:] - value[:, :-2]) / 2
    return np.hypot(down, right)


def edges(runs: Runs, change: NDArray[np.float32]) -> Edges:
    """Move the outline of each mask about and see where the picture changes most under it.

    The ends of the masks' columns stand for the outline.

    Parameters
    ----------
    runs : Runs
        Masks of one picture.
    change : (H, W) float32
        Its `contrast`.

    Examples
    --------
    >>> from audit.geometry.runs import from_dense, no_runs
    >>> mask, grey = np.zeros((2, 20, 20), dtype=bool)
    >>> mask[8:14, 6:14] = grey[5:11, 6:14] = True
    >>> found = edges(from_dense(mask[None]), contrast(grey * 1.0))
    >>> found.x.tolist(), found.y.tolist()
    ([0], [-3])
    >>> len(edges(no_runs(0), contrast(grey * 1.0)).here)
    0
    """
    n, size = runs.count, 2 * REACH + 1
    here, best = np.full(n, np.nan), np.full(n, np.nan)
    place = np.zeros((2, n), dtype=np.int64)
    if len(runs) == 0 or change.size == 0:
        return Edges(here, best, place[0], place[1])
    x, y, mask = _outline(runs)
    padded = np.pad(change, REACH + 1)
    wide = padded.shape[1]
    inside = (x < change.shape[1]) & (y <= change.shape[0])
    x, y, mask = x[inside], y[inside], mask[inside]
    first = heads(mask)
    number = np.diff(np.r_[first, len(mask)])
    # The larger of the two pixels beside the line between mask and background.
    both = np.maximum(padded[:-1], padded[1:]).ravel()
    at = (y + REACH) * wide + x + REACH + 1
    found = np.empty((size, size, len(first)))
    for down in range(size):
        for right in range(size):
            value = both[at + (down - REACH) * wide + right - REACH]
            found[down, right] = np.add.reduceat(value, first, dtype=np.float64) / number
    near = slice(REACH - _TOLERANCE, REACH + _TOLERANCE + 1)
    who = mask[first]
    here[who] = found[near, near].max(axis=(0, 1))
    flat = found.reshape(size * size, -1)
    # Of equally good places, the nearest.
    away = np.abs(np.arange(size) - REACH)
    order = np.argsort((away[:, None] ** 2 + away**2).ravel(), kind="stable")
    top = order[flat[order].argmax(axis=0)]
    best[who] = flat[top, np.arange(len(first))]
    place[1, who], place[0, who] = top // size - REACH, top % size - REACH
    return Edges(here, best, place[0], place[1])


def _outline(runs: Runs) -> tuple[IntArray, IntArray, IntArray]:
    """Take both ends of the runs of each mask, of every n-th run where there are many."""
    start = runs.start
    number = np.diff(start)
    step = np.maximum(-(-number // _POINTS), 1)
    taken = -(-number // step)
    mask = np.repeat(np.arange(runs.count), taken)
    row = start[mask] + expand(np.zeros(runs.count, dtype=np.int64), taken) * step[mask]
    x = np.repeat(runs.x[row].astype(np.int64), 2)
    y = np.stack([runs.y0[row], runs.y1[row]], axis=1).ravel().astype(np.int64)
    return x, y, np.repeat(mask, 2)
