"""How well outlines lie on the edges of a picture, and where they would lie better.

An outline lies well where it separates: where most of the variation of the pixels inside and around it is
that between the two sides. That is Otsu's criterion ("A threshold selection method from gray-level
histograms", 1979, between-class over total variance), which needs no scale and no threshold. Light from the
side shifts its best place, so a better place counts only where the picture also changes more under the
outline. All places that an outline could be moved to are tried, on sums down the columns of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_double, c_int64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import thread_count
from audit.geometry.runs import IntArray, Runs, repeat_indices, take_masks
from audit.native.library import array, declare

_fit_edges = declare(
    "maskaudit_fit_edges",
    array("u1"), array("u1"), array("f8"), array("u1"), c_int64, c_int64, c_int64, c_int64, c_double, c_int64,
)  # fmt: skip

REACH = 6
"""Cells of the grid, see `GRID`, that an outline is moved at most, in both directions."""
GRID = 64
"""Cells on the longer side of a mask's box from which on one in two pixels, in three ... is looked at."""
_RING_SHARE = 1 / 8  # width of what lies around a mask, over the root of its area
_RING = (2, GRID // 8)
_SIDES = (32, 40, 48, 64, 80, 96)  # of the squares that are looked at together
_BATCH = 64
_MORE_CHANGE = 1.25  # what a better place must have under the outline, over what lies under it as drawn
_LEAST_SHARE = 0.5  # of the mask, and of its surroundings, that must be seen

Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EdgeFit:
    """How outlines lie on edges: (count,) arrays."""

    here: Floats
    """0 to 1: the share of variation that the outline explains as drawn; NaN = not known."""
    best: Floats
    """The same where it is largest, of the places with more contrast under the outline."""
    x: IntArray
    """How far right the outline was moved for that, pixels."""
    y: IntArray
    """How far down."""


def fit_edges(runs: Runs, box: IntArray, picture: NDArray[np.number]) -> EdgeFit:
    """Move the outline of each mask about and see where it separates best.

    Pixels of other masks count neither as inside nor as around. Masks that are hardly surrounded by
    anything else stay unknown.

    Parameters
    ----------
    runs : Runs
        Masks of one picture.
    box : (count, 4) int64
        xywh; w = h = 0 for a mask without pixels.
    picture : (H, W, channels)

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> from audit.geometry.shape import measure_boxes
    >>> mask, grey = np.zeros((2, 30, 30), dtype=bool)
    >>> mask[10:18, 9:17] = grey[7:15, 9:17] = True
    >>> one = dense_to_runs(mask[None])
    >>> found = fit_edges(one, measure_boxes(one), grey[:, :, None] * 1.0)
    >>> found.x.tolist(), found.y.tolist(), found.best.round(3).tolist()
    ([0], [-3], [1.0])
    >>> len(fit_edges(no_runs(0), np.zeros((0, 4), dtype=int), grey[:, :, None] * 1.0).here)
    0
    """
    n, (height, width) = runs.count, picture.shape[:2]
    here, best = np.full(n, np.nan), np.full(n, np.nan)
    place = np.zeros((2, n), dtype=np.int64)
    covered = _covered(runs, height, width)
    for view in _views(runs, box):
        inside, around = view.paint(runs)
        pixels, seen = view.look(picture, covered, inside)
        found, change = _fit_all_places(inside, around, pixels, seen)
        middle = found[:, REACH, REACH].copy()
        found[change < _MORE_CHANGE * change[:, REACH, REACH][:, None, None]] = -1
        found[:, REACH, REACH] = middle
        known = ~np.isnan(middle)
        top = _best(np.where(known[:, None, None], found, 0))
        who, at = view.masks[known], np.flatnonzero(known)
        here[who] = middle[known]
        best[who] = found[at, top[0][known], top[1][known]]
        place[:, who] = (np.stack(top)[:, known] - REACH) * view.step[known]
    return EdgeFit(here, best, place[1], place[0])


@dataclass(frozen=True, slots=True)
class _View:
    """Squares of a picture, each around a mask, of one number of cells."""

    masks: IntArray
    side: int
    x: IntArray
    """Of the first cell, in pixels; may lie outside."""
    y: IntArray
    step: IntArray
    """Pixels from cell to cell."""
    ring: IntArray
    """Cells."""

    def paint(self, runs: Runs) -> tuple[Masks, Masks]:
        """Draw each mask, and what lies around it."""
        own = take_masks(runs, self.masks)
        at, side = own.mask.astype(np.int64), self.side
        step, x, y = self.step[at], own.x - self.x[at], self.y[at]
        on = x % step == 0
        at, step, x, y = at[on], step[on], x[on] // step[on], y[on]
        first, last = (-(-(end[on] - y) // step) for end in (own.y0, own.y1))
        change = np.zeros((len(self.masks), side + 1, side), dtype=np.int8)
        np.add.at(change, (at, first, x), 1)
        np.add.at(change, (at, last, x), -1)
        inside = change.cumsum(axis=1, dtype=np.int8)[:, :-1] > 0
        around = inside.copy()
        for k in range(int(self.ring.max(initial=0))):
            grown = _grown(around, corners=k % 2 == 1)
            around = np.where((k < self.ring)[:, None, None], grown, around)
        return inside, around & ~inside

    def look(
        self, picture: NDArray[np.number], covered: NDArray[np.uint8], inside: Masks
    ) -> tuple[Floats, Masks]:
        """Cut the squares out; seen is what lies in the picture and under no other mask."""
        height, width = covered.shape
        cells = np.arange(self.side)
        x, y = (start[:, None] + cells * self.step[:, None] for start in (self.x, self.y))
        seen = ((y >= 0) & (y < height))[:, :, None] & ((x >= 0) & (x < width))[:, None, :]
        rows, columns = np.clip(y, 0, height - 1)[:, :, None], np.clip(x, 0, width - 1)[:, None, :]
        seen &= covered[rows, columns] <= inside
        return picture[rows, columns].astype(np.float64), seen


def _covered(runs: Runs, height: int, width: int) -> NDArray[np.uint8]:
    """Count the masks on each pixel, up to 2."""
    change = np.zeros((height + 1, width), dtype=np.int16)
    np.add.at(change, (runs.y0, runs.x), 1)
    np.add.at(change, (runs.y1, runs.x), -1)
    result: NDArray[np.uint8] = np.minimum(change.cumsum(axis=0, dtype=np.int16)[:-1], 2).astype(np.uint8)
    return result


def _views(runs: Runs, box: IntArray) -> Iterator[_View]:
    long = box[:, 2:].max(axis=1, initial=0)
    step = np.maximum(-(-long // GRID), 1)
    area = np.bincount(repeat_indices(np.diff(runs.start)), runs.y1 - runs.y0, minlength=runs.count)
    ring = np.clip(np.round(np.sqrt(area) / step * _RING_SHARE), *_RING).astype(np.int64)
    margin = ring + REACH
    kind = np.searchsorted(_SIDES, -(-long // step) + 2 * margin)
    for k, side in enumerate(_SIDES):
        members = np.flatnonzero((kind == k) & (long > 0))
        for start in range(0, len(members), _BATCH):
            at = members[start : start + _BATCH]
            x, y = (box[at, :2] - (margin * step)[at, None]).T
            yield _View(at, side, x, y, step[at], ring[at])


def _grown(masks: Masks, *, corners: bool) -> Masks:
    """Grow by a cell: to the four neighbours, or to all eight. Taken in turns, that makes octagons."""
    wide = masks.copy()
    wide[:, :, 1:] |= masks[:, :, :-1]
    wide[:, :, :-1] |= masks[:, :, 1:]
    high, of = wide.copy(), wide if corners else masks
    high[:, 1:] |= of[:, :-1]
    high[:, :-1] |= of[:, 1:]
    return high


def _fit_all_places(inside: Masks, around: Masks, pixels: Floats, seen: Masks) -> tuple[Floats, Floats]:
    """Return, (masks, down, right), for each place that outlines are moved to, the share of variation that is
    explained (NaN = too little seen), and how much the picture changes under the outline.
    """
    n, side = inside.shape[:2]
    cells = (np.ascontiguousarray(part).view(np.uint8) for part in (inside, around, seen))
    is_inside, is_around, is_seen = cells
    columns = _fit_edges(
        is_inside, is_around, np.ascontiguousarray(pixels), is_seen,
        n, side, pixels.shape[-1], REACH, _LEAST_SHARE, thread_count(),
    )  # fmt: skip
    shape = (n, 2 * REACH + 1, 2 * REACH + 1)
    return columns["share"].reshape(shape), columns["change"].reshape(shape)


def _best(found: Floats) -> tuple[IntArray, IntArray]:
    """Return the row and the column of the largest value of each; of equally good places the nearest."""
    away = np.arange(-REACH, REACH + 1) ** 2
    order = np.argsort((away[:, None] + away).ravel(), kind="stable")
    flat = np.nan_to_num(found.round(6).reshape(len(found), -1), nan=-1.0)
    top = order[flat[:, order].argmax(axis=1)] if len(found) else np.zeros(0, dtype=np.int64)
    down, right = np.divmod(top, len(away))
    return down, right
