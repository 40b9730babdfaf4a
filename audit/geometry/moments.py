"""How large, how long and how much like an ellipse the shapes on tiles are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.bitmask_tiles import Floats
from audit.geometry.spans import Spans


@dataclass(frozen=True, slots=True)
class Moments:
    """Size, centre and spread of each tile, in cells."""

    area: Floats
    x: Floats
    y: Floats
    xx: Floats
    """Variance over x; a cell alone has 1/12."""
    xy: Floats
    yy: Floats

    @property
    def axes(self) -> tuple[Floats, Floats]:
        """Full lengths of the ellipse of equal moments: the longer, the shorter axis."""
        middle, half = (self.xx + self.yy) / 2, np.hypot((self.xx - self.yy) / 2, self.xy)
        return 4 * np.sqrt(middle + half), 4 * np.sqrt(np.maximum(middle - half, 0))

    @property
    def angle(self) -> Floats:
        """Direction of the longer axis, radians from x to y."""
        angle: Floats = np.arctan2(2 * self.xy, self.xx - self.yy) / 2
        return angle


@dataclass(frozen=True, slots=True)
class MomentSums:
    """Plain sums over the cells of each tile: those of a part and of the rest add up to the whole's."""

    n: NDArray[np.int64]
    """(n,)"""
    s: NDArray[np.float64]
    """(n, 5): x, xx, y, xy, yy."""

    def __sub__(self, other: MomentSums) -> MomentSums:
        return MomentSums(self.n - other.n, self.s - other.s)

    def ellipse(self) -> NDArray[np.float64]:
        """Give the area of the ellipse of equal moments, the least that any shape of as many cells has."""
        n = np.maximum(self.n, 1)
        x, xx, y, xy, yy = np.moveaxis(self.s, -1, 0) / n
        determinant = (xx - x * x + 1 / 12) * (yy - y * y + 1 / 12) - (xy - x * y) ** 2
        area: NDArray[np.float64] = 4 * np.pi * np.sqrt(np.maximum(determinant, 0))
        return area

    @staticmethod
    def of(totals: NDArray[np.float64]) -> MomentSums:
        """Take `Spans.totals` apart."""
        return MomentSums(totals[..., 0].astype(np.int64), totals[..., 1:])

    def moments(self) -> Moments:
        """Turn sums into moments; those of an empty tile are zero."""
        n = np.maximum(self.n, 1)
        x, xx, y, xy, yy = np.moveaxis(self.s, -1, 0) / n
        twelfth = np.where(self.n > 0, 1 / 12, 0)
        values = (self.n, x, y, xx - x * x + twelfth, xy - x * y, yy - y * y + twelfth)
        return Moments(*(v.astype(np.float32) for v in values))


def sum_moments(cells: Spans) -> MomentSums:
    """Sum up the places of the cells of each tile.

    Parameters
    ----------
    cells : Spans

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.spans import find_spans
    >>> found = sum_moments(find_spans(np.array([[0, 6]], dtype=np.uint64)))
    >>> found.n.tolist(), found.s.tolist()
    ([2], [[2.0, 2.0, 3.0, 3.0, 5.0]])
    >>> sum_moments(find_spans(np.zeros((0, 2), dtype=np.uint64))).n.tolist()
    []
    """
    return MomentSums.of(cells.totals())


def count_inside_ellipse(cells: Spans, m: Moments, area: Floats | None = None) -> Floats:
    """Count the cells of each tile inside an ellipse.

    Parameters
    ----------
    cells : Spans
    m : Moments
        Centre and directions of the ellipse.
    area : (n,) float32, optional
        Its size in cells; that of the moments where it is left out.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.spans import find_spans
    >>> square = find_spans(np.array([[0, 14, 14, 14, 0]], dtype=np.uint64))
    >>> count_inside_ellipse(square, sum_moments(square).moments()).tolist()
    [9.0]
    >>> none = find_spans(np.zeros((0, 2), dtype=np.uint64))
    >>> count_inside_ellipse(none, sum_moments(none).moments()).tolist()
    []
    """
    size = m.area if area is None else area
    determinant = np.sqrt(np.maximum(m.xx * m.yy - m.xy * m.xy, 1e-6))
    wide = np.maximum(m.xx, 1e-3)
    squared = size / (np.float32(np.pi) * determinant)
    offset = np.arange(cells.low.shape[1], dtype=np.float32) - m.x[:, None]
    half = offset * offset
    half /= -wide[:, None]
    half += squared[:, None]
    beside = half < 0
    half *= (determinant * determinant / wide)[:, None]
    np.sqrt(np.maximum(half, 0, out=half), out=half)
    half[beside] = -1
    middle = offset
    middle *= (m.xy / wide)[:, None]
    middle += m.y[:, None]
    first = np.ceil(middle - half)
    middle += half
    after = np.floor(middle, out=middle)
    after += 1
    return cells.between(first, after)


def ellipse_misfit(cells: Spans, m: Moments) -> Floats:
    """Say how little each tile is like an ellipse: 1 - IoU with that of equal area and moments.

    Parameters
    ----------
    cells : Spans
    m : Moments
        Of these tiles.

    Returns
    -------
    (n,) float32
        0 = an ellipse; 0 for an empty tile.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.spans import find_spans
    >>> square = find_spans(np.array([[0, 14, 14, 14, 0]], dtype=np.uint64))
    >>> ellipse_misfit(square, sum_moments(square).moments()).tolist()
    [0.0]
    >>> none = find_spans(np.zeros((0, 2), dtype=np.uint64))
    >>> ellipse_misfit(none, sum_moments(none).moments()).tolist()
    []
    """
    shared = count_inside_ellipse(cells, m)
    return 1 - np.where(m.area > 0, shared / np.maximum(2 * m.area - shared, 1), 1).astype(np.float32)
