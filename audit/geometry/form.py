"""What shapes look like one by one and cut in two: concavities, the best cut, what its parts are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.boards import (
    Floats,
    Moments,
    Sums,
    Words,
    count,
    grown,
    half_plane,
    inside_ellipse,
    misfit,
    outline_points,
    sums,
)
from audit.geometry.runs import IntArray

DIRECTIONS = 32
"""Directions in which a shape is looked at; each from both sides."""
TILTS = np.radians(np.array([-60.0, -30.0, 0.0, 30.0, 60.0], dtype=np.float32))
"""Cuts through the deepest concavity that are tried, against the longer axis's normal."""
_SIDES = 2 * DIRECTIONS - 1
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


def concavities(words: Words) -> Concavities:
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
    >>> found = concavities(notched)
    >>> found.depth[0].tolist(), found.x[0, 0].tolist(), found.y[0, 0].tolist()
    ([2.0, 0.0], 3.0, 3.0)
    >>> concavities(notched[:0]).depth.shape
    (0, 2)
    """
    points, there = outline_points(words)
    n = len(points)
    gone = np.where(there, np.float32(0), np.float32(np.inf))
    px, py = np.ascontiguousarray(points[..., 0]), np.ascontiguousarray(points[..., 1])
    # The direction rides in the last bits of the distance: positive floats are in order as integers.
    nearest = np.full(there.shape, np.iinfo(np.int32).max, dtype=np.int32)
    for k in range(DIRECTIONS):
        angle = np.pi * k / DIRECTIONS
        along = px * np.float32(np.cos(angle)) + py * np.float32(np.sin(angle))
        before = (along - gone).max(axis=1, initial=-np.inf)[:, None] - along
        behind = along - (along + gone).min(axis=1, initial=np.inf)[:, None]
        for far, direction in ((before, k), (behind, k + DIRECTIONS)):
            code = far.view(np.int32)
            code &= ~_SIDES
            code |= direction
            np.minimum(nearest, code, out=nearest)
    side = nearest & _SIDES
    deep = np.where(there, (nearest & ~_SIDES).view(np.float32), 0)
    rows = np.arange(n)
    if deep.size == 0:
        none = np.zeros((n, 2), dtype=np.float32)
        return Concavities(none, none, none)
    first = deep.argmax(axis=1)
    turn = (side - side[rows, first][:, None]).astype(np.float32) * np.float32(np.pi / DIRECTIONS)
    other = np.where(np.cos(turn) < 0.3, deep, 0)
    second = other.argmax(axis=1)
    pick = np.stack([first, second], axis=1)
    depth = np.stack([deep[rows, first], other[rows, second]], axis=1)
    return Concavities(depth, np.take_along_axis(px, pick, 1), np.take_along_axis(py, pick, 1))


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


def seams(whole: Words, part: Words, rest: Words, whole_misfit: Floats) -> Seams:
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
    >>> found = seams(whole, part, whole ^ part, np.zeros(1, dtype=np.float32))
    >>> found.share.tolist(), float(found.width[0]).__round__(2)
    ([0.5], 4.62)
    >>> len(seams(whole[:0], part[:0], part[:0], np.zeros(0, dtype=np.float32)).gain)
    0
    """
    one, other = sums(part).moments(), sums(rest).moments()
    total = np.maximum(one.area + other.area, 1)
    fit = (one.area * misfit(part, one) + other.area * misfit(rest, other)) / total
    first_smaller = one.area <= other.area
    width = np.where(first_smaller, one.axes[1], other.axes[1])
    border = grown(part) & grown(rest) & whole
    line = sums(border).moments()
    major = line.axes[0]
    # A uniform line of length L has the variance L^2 / 12; the moments' ellipse axis is 4 sd.
    half = major * np.float32(np.sqrt(12) / 8)
    dx, dy = half * np.cos(line.angle), half * np.sin(line.angle)
    radius = np.clip(np.float32(0.35) * width, 2, 8)
    size = np.float32(np.pi) * radius * radius
    fill = []
    for sign in (-1, 1):
        ones, zeros = np.ones_like(dx), np.zeros_like(dx)
        disc = Moments(size, line.x + sign * dx, line.y + sign * dy, ones, zeros, ones)
        fill.append(inside_ellipse(whole, disc) / size)
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


def best_cut(words: Words, whole: Sums, m: Moments, whole_misfit: Floats, deep: Concavities) -> Words:
    """Cut each shape by the straight line that leaves the two most elliptic parts.

    Tried are the line between the two deepest concavities, lines through the deepest one, and the line
    across the middle.

    Parameters
    ----------
    words : (n, columns) uint64
    whole : Sums
        Of these boards.
    m : Moments
    whole_misfit : (n,) float32
    deep : Concavities

    Returns
    -------
    (n, columns) uint64
        One of the two parts.

    Examples
    --------
    >>> import numpy as np
    >>> eight = np.array([[6, 15, 15, 6, 15, 15, 6]], dtype=np.uint64)
    >>> total = sums(eight)
    >>> m = total.moments()
    >>> part = best_cut(eight, total, m, misfit(eight, m), concavities(eight))
    >>> count(part).tolist()
    [10]
    """
    n, columns = words.shape
    best = np.full(n, -np.inf, dtype=np.float32)
    result = np.zeros_like(words)
    for x, y, nx, ny in _lines(m, deep):
        part = words & half_plane(x, y, nx, ny, columns)
        some = sums(part)
        rest = whole - some
        least = np.minimum(some.n, rest.n)
        one, other = some.moments(), rest.moments()
        fit = (one.area * misfit(part, one) + other.area * misfit(words ^ part, other)) / np.maximum(
            m.area, 1
        )
        gain = np.where(least >= LEAST_SHARE * whole.n, -fit, np.float32(-2))
        better = gain > best
        best[better] = gain[better]
        result[better] = part[better]
    return result


def _lines(m: Moments, deep: Concavities) -> list[tuple[Floats, Floats, Floats, Floats]]:
    """List the cuts that are tried, as a point and a normal each."""
    x, y = deep.x[:, 0], deep.y[:, 0]
    across = m.angle
    lines = [(x, y, np.cos(across + tilt), np.sin(across + tilt)) for tilt in TILTS]
    lines.append((x, y, y - deep.y[:, 1], deep.x[:, 1] - x))
    lines.append((m.x, m.y, np.cos(across), np.sin(across)))
    return lines


__all__ = ["Concavities", "IntArray", "NDArray", "Seams", "best_cut", "concavities", "count", "seams"]
