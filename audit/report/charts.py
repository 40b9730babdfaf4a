"""Charts as geometry: bars and ticks in a fixed drawing box, which a template turns into static SVG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 480, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 472, 12, 164
_LEAST_BAR = 1.5
"""Pixels of the drawing: a bin with one item must not vanish beside one with a million."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: all its items, and the flagged ones among them at the foot."""

    x: float
    width: float
    y: float
    height: float
    flagged_y: float
    flagged_height: float
    label: str
    """What a reader hears or sees on hovering."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """A histogram in a box of `WIDTH` x `HEIGHT`."""

    title: str
    axis: str
    total: int
    flagged: int
    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    bottom: int = _BOTTOM


def histogram(
    title: str,
    axis: str,
    values: NDArray[np.float64],
    flagged: NDArray[np.bool_],
    *,
    log: bool = False,
    bins: int = 32,
    limits: tuple[float, float] | None = None,
) -> Histogram:
    """Count values into bins of equal width, on a linear or a logarithmic axis.

    Parameters
    ----------
    title, axis : str
        What is counted; what the axis shows, with its unit.
    values : (n,) float64
        Finite; on a logarithmic axis those below 1 are left out.
    flagged : (n,) bool
        Which values some finding is about.
    log : bool
        Decades of 10 as ticks.
    bins : int
    limits : (low, high), optional
        Default: the values' own.

    Examples
    --------
    >>> import numpy as np
    >>> h = histogram("IoU", "IoU", np.array([0.1, 0.9]), np.array([False, True]), bins=2, limits=(0, 1))
    >>> [bar.label for bar in h.bars]
    ['0 to 0.5: 1, 0 flagged', '0.5 to 1: 1, 1 flagged']
    >>> histogram("IoU", "IoU", np.array([]), np.array([], dtype=bool)).bars
    ()
    """
    use = np.isfinite(values) & (values >= 1 if log else True)
    values, flagged = values[use], flagged[use]
    if not len(values):
        return Histogram(title, axis, 0, 0, (), (), ())
    scaled = np.log10(values) if log else values
    low, high = limits if limits is not None else (float(scaled.min()), float(scaled.max()))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bins + 1)
    count, _ = np.histogram(scaled, edges)
    marked, _ = np.histogram(scaled[flagged], edges)
    shown = 10**edges if log else edges
    ticks = _decades(low, high) if log else [(v, f"{v:g}") for v in np.linspace(low, high, 5)]
    span = (_RIGHT - _LEFT) / (high - low)
    return Histogram(
        title,
        axis,
        len(values),
        int(flagged.sum()),
        _bars(count, marked, shown),
        tuple(Tick(round(_LEFT + (v - low) * span, 1), text) for v, text in ticks),
        tuple(Tick(round(_y(v, int(count.max())), 1), f"{v:,}") for v in _round_steps(int(count.max()))),
    )


def _bars(count: NDArray[np.int64], marked: NDArray[np.int64], edges: NDArray[np.float64]) -> tuple[Bar, ...]:
    top = int(count.max())
    width = (_RIGHT - _LEFT) / len(count)
    bars = []
    for i, (n, m) in enumerate(zip(count.tolist(), marked.tolist(), strict=True)):
        if not n:
            continue
        height, low = (max(_BOTTOM - _y(k, top), _LEAST_BAR) if k else 0.0 for k in (n, m))
        label = f"{edges[i]:,.4g} to {edges[i + 1]:,.4g}: {n:,}, {m:,} flagged"
        x = round(_LEFT + i * width + 0.5, 1)
        bars.append(
            Bar(
                x,
                round(width - 1, 1),
                round(_BOTTOM - height, 1),
                round(height, 1),
                round(_BOTTOM - low, 1),
                round(low, 1),
                label,
            )
        )
    return tuple(bars)


def _y(count: int, top: int) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * count / top


def _decades(low: float, high: float) -> list[tuple[float, str]]:
    inside = range(int(np.ceil(low)), int(np.floor(high)) + 1)
    return [(float(d), f"{10**d:,}") for d in inside]


def _round_steps(top: int) -> list[int]:
    """Return at most five round counts from 0 to the highest bar."""
    rough = max(top / 4, 1)
    size = 10 ** int(np.log10(rough))
    step = next(size * f for f in (1, 2, 5, 10) if size * f >= rough)
    return list(range(0, top + 1, int(step)))
