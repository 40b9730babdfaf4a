"""What shapes look like one by one and cut in two: concavities, the best cut, what its parts are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.geometry.bitmask_tiles import (
    SIDE,
    Floats,
    Tiles,
    contour_cells,
    dilate_tiles,
    first_row_behind,
    half_plane_tiles,
)
from audit.geometry.moments import Moments, MomentSums, count_inside_ellipse, ellipse_misfit, sum_moments
from audit.geometry.spans import find_spans

DIRECTIONS = 32
"""Directions in which a shape is looked at; each from both sides."""
TILTS = np.radians(np.array([-60.0, -30.0, 0.0, 30.0, 60.0], dtype=np.float32))
"""Cuts through the deepest concavity that are tried, against the longer axis's normal."""
_DIRECTION = np.int16(31)
"""The last bits of a depth hold the direction in which it was found."""
_ANGLES = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
_TO = np.round(512 * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)])).astype(np.int16)
"""(2, DIRECTIONS) of a cell to the right and of one down; sums of both for a tile's cells fit 16 bits."""
_LENGTH = np.hypot(*_TO.astype(np.float32))
"""(DIRECTIONS,) what a cell's side is long in these."""
_OPPOSITE = np.cos(np.pi / DIRECTIONS * np.arange(2 * DIRECTIONS)) < 0.3
"""By the difference between two sides (modulo all of them): whether they are different ones."""
LEAST_SHARE = 0.05
"""Share of a shape below which a part cut off is a speck."""


@dataclass(frozen=True, slots=True)
class Concavities:
    """The two deepest concavities of each shape, on different sides, in cells."""

    depth: Floats
    """(n, 2) how far behind the convex hull; the deeper first; 0 = none."""
    x: Floats
    """(n, 2)"""
    y: Floats
    """(n, 2)"""


def find_concavities(words: Tiles) -> Concavities:
    """Find where each shape's outline lies farthest behind its convex hull.

    The hull is taken as what lies between two parallel lines in each of `DIRECTIONS` directions: a
    point is as deep as the nearest of these lines is away.

    Parameters
    ----------
    words : (n, columns) uint64

    Examples
    --------
    >>> import numpy as np
    >>> notched = np.array([[254, 254, 252, 248, 252, 254, 254]], dtype=np.uint64)
    >>> found = find_concavities(notched)
    >>> found.depth[0].tolist(), found.x[0, 0].tolist(), found.y[0, 0].tolist()
    ([2.0, 0.0], 3.0, 3.0)
    >>> find_concavities(notched[:0]).depth.shape
    (0, 2)
    """
    x, y, ends = contour_cells(words)
    n = len(words)
    if x.size == 0:
        none = np.zeros((n, 2), dtype=np.float32)
        return Concavities(none, none, none)
    nearest = np.full(x.shape, np.iinfo(np.int16).max, dtype=np.int16)
    middle, half = np.empty((2, DIRECTIONS, n), dtype=np.int16)
    along, other = np.empty((2, *x.shape), dtype=np.int16)
    for k in range(DIRECTIONS):
        np.multiply(x, _TO[0, k], out=along)
        np.multiply(y, _TO[1, k], out=other)
        along += other
        low = along[:ends].min(axis=0).astype(np.int32)
        half[k] = (along[:ends].max(axis=0) - low) >> 1
        middle[k] = low + half[k]
        along -= middle[k]
        np.subtract(half[k], np.abs(along, out=along), out=along)
        along &= ~_DIRECTION
        along |= np.int16(k)
        np.minimum(nearest, along, out=nearest)
    # Which of the two sides of its direction each point is near.
    tiles, found = np.arange(n), nearest & _DIRECTION
    along = x * _TO[0].take(found) + y * _TO[1].take(found)
    along -= middle.ravel().take(found.astype(np.int32) * n + tiles)
    side = found + np.int16(DIRECTIONS) * (along < 0)
    first = nearest.argmax(axis=0)
    elsewhere = _OPPOSITE.take(side - side[first, tiles], mode="wrap")
    second = np.where(elsewhere, nearest, 0).argmax(axis=0)
    pick = np.stack([first, second]), tiles
    direction = found[pick]
    depth = (half[direction, tiles] - np.abs(along[pick])) / _LENGTH.take(direction)
    depth[1] *= elsewhere[second, tiles]
    px, py = (v[pick].T.astype(np.float32) + SIDE // 2 for v in (x, y))
    return Concavities(np.maximum(depth, 0).T.astype(np.float32), px, py)


@dataclass(frozen=True, slots=True)
class Seams:
    """Two parts of each shape and where they meet; lengths in cells."""

    gain: Floats
    """How much more the parts are like ellipses than the whole: its misfit - theirs, by area."""
    misfit: Floats
    """Misfit of the parts, weighted by area."""
    share: Floats
    """The smaller part's share of both."""
    length: Floats
    """Of the seam."""
    width: Floats
    """Shorter axis of the smaller part."""
    notch_low: Floats
    """How full the surroundings of the seam's ends are: 0.5 = a straight outline; the emptier end."""
    notch_high: Floats
    """The fuller end: the deeper notch."""
    x0: Floats
    """The seam as a straight line between its ends."""
    y0: Floats
    x1: Floats
    y1: Floats


def measure_seams(whole: Tiles, part: Tiles, rest: Tiles, whole_misfit: Floats) -> Seams:
    """Measure two parts of each shape against the whole.

    Parameters
    ----------
    whole, part, rest : (n, columns) uint64
        The parts may leave a slit and need not be disjoint.
    whole_misfit : (n,) float32
        Misfit of the whole.

    Examples
    --------
    >>> import numpy as np
    >>> whole = np.array([[15] * 8], dtype=np.uint64)
    >>> part = whole * (np.arange(8) < 4).astype(np.uint64)
    >>> found = measure_seams(whole, part, whole ^ part, np.zeros(1, dtype=np.float32))
    >>> found.share.tolist(), float(found.width[0]).__round__(2)
    ([0.5], 4.62)
    >>> len(measure_seams(whole[:0], part[:0], part[:0], np.zeros(0, dtype=np.float32)).gain)
    0
    """
    part_cells, rest_cells = find_spans(part), find_spans(rest)
    one, other = sum_moments(part_cells).moments(), sum_moments(rest_cells).moments()
    total = np.maximum(one.area + other.area, 1)
    fit = (
        one.area * ellipse_misfit(part_cells, one) + other.area * ellipse_misfit(rest_cells, other)
    ) / total
    first_smaller = one.area <= other.area
    width = np.where(first_smaller, one.axes[1], other.axes[1])
    border = dilate_tiles(part) & dilate_tiles(rest) & whole
    line = sum_moments(find_spans(border)).moments()
    major = line.axes[0]
    # A uniform line of length L has the variance L^2 / 12; the moments' ellipse axis is 4 sd.
    half = major * np.float32(np.sqrt(12) / 8)
    dx, dy = half * np.cos(line.angle), half * np.sin(line.angle)
    radius = np.clip(np.float32(0.35) * width, 2, 8)
    size = np.float32(np.pi) * radius * radius
    whole_cells, fill = find_spans(whole), []
    for sign in (-1, 1):
        ones, zeros = np.ones_like(dx), np.zeros_like(dx)
        disc = Moments(size, line.x + sign * dx, line.y + sign * dy, ones, zeros, ones)
        fill.append(count_inside_ellipse(whole_cells, disc) / size)
    return Seams(
        whole_misfit - fit,
        fit,
        np.minimum(one.area, other.area) / total,
        2 * half,
        width,
        np.minimum(*fill).astype(np.float32),
        np.maximum(*fill).astype(np.float32),
        line.x - dx,
        line.y - dy,
        line.x + dx,
        line.y + dy,
    )


def find_best_cut(words: Tiles, whole: MomentSums, deep: Concavities) -> Tiles:
    """Cut each shape by the straight line that leaves the two most elliptic parts.

    Those are the parts whose ellipses of equal moments are smallest, together: no shape has a smaller
    one than an ellipse of its size. Tried are the line between the two deepest concavities, lines
    through the deepest one, and the line across the middle.

    Parameters
    ----------
    words : (n, columns) uint64
    whole : MomentSums
        Of these tiles.
    deep : Concavities

    Returns
    -------
    (n, columns) uint64
        One of the two parts.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.bitmask_tiles import count_cells
    >>> eight = np.array([[6, 15, 15, 6, 15, 15, 6]], dtype=np.uint64)
    >>> total = sum_moments(find_spans(eight))
    >>> part = find_best_cut(eight, total, find_concavities(eight))
    >>> count_cells(part).tolist()
    [10]
    """
    lines = _lines(whole.moments(), deep)
    crossed = first_row_behind(*lines, words.shape[1])
    part = MomentSums.of(find_spans(words).totals_above(crossed))
    rest = whole - part
    speck = np.minimum(part.n, rest.n) < LEAST_SHARE * whole.n
    best = np.where(speck, np.inf, part.ellipse() + rest.ellipse()).argmin(axis=0)
    x, y, nx, ny = (np.take_along_axis(values, best[None], axis=0)[0] for values in lines)
    return words & half_plane_tiles(x, y, nx, ny, words.shape[1])


def _lines(m: Moments, deep: Concavities) -> tuple[Floats, Floats, Floats, Floats]:
    """List the cuts that are tried, as a point and a normal: (lines, n) x, y, nx and ny."""
    x, y = deep.x[:, 0], deep.y[:, 0]
    tilted = m.angle + np.append(TILTS, np.float32(0))[:, None]
    tries = len(TILTS)
    px = np.stack([*[x] * tries, m.x, x])
    py = np.stack([*[y] * tries, m.y, y])
    nx = np.concatenate([np.cos(tilted), [y - deep.y[:, 1]]])
    ny = np.concatenate([np.sin(tilted), [deep.x[:, 1] - x]])
    return px, py, nx, ny
