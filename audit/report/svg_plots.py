"""Plots as static SVG in the page's colours: bars or lines over two axes.

Why by hand: matplotlib takes 0.8 s to import and 0.2 s a chart, longer than a small dataset takes to audit,
and what it draws had to be taken apart again to get rid of its colours and styles. vl-convert adds 84 MB.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape

from audit.carriers import dataclass

_WIDTH, _HEIGHT = 345.6, 151.2
_TOP, _RIGHT, _BOTTOM = 6.0, 342.6, 122.7
"""Sides of the area between the axes; how far its left side lies from the edge depends on the labels."""
_LABEL_GAP, _MARGIN = 3.5, 3.0
_BASELINE = 3.4
"""From the middle of a label to the line that its letters stand on."""
_TICK_Y, _TITLE_Y = 133.0, 146.0
_DIGIT_WIDTH, _POINT_WIDTH = 5.72, 2.86
"""Of labels in the font size of the style sheet."""
_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MAX_DECADES = 7

Point = tuple[float, float, str, str]
"""x and y in data, class of the style sheet, and what is said where a pointer rests on it."""
Place = Callable[[float, float], tuple[float, float]]
"""From data to where it lies in the picture."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a plot."""

    low: float
    high: float
    """Above ``low``; where the axis is logarithmic both are positive."""
    ticks: Sequence[tuple[float, str]]
    """Values with their labels."""
    is_log: bool = False

    def place(self, value: float, start: float, stop: float) -> float:
        """Return where a value lies if the axis goes from ``start`` to ``stop``.

        Parameters
        ----------
        value : float
        start, stop : float
            In the picture.

        Examples
        --------
        >>> Axis(0, 4, ()).place(1, 0, 100), Axis(1, 100, (), is_log=True).place(10, 0, 100)
        (25.0, 50.0)
        """
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return start + (value - low) / (high - low) * (stop - start)


def plot_svg(
    draw: Callable[[Place], Iterable[str]],
    summary: str,
    x_axis: Axis,
    y_axis: Axis,
    title: str,
    points: Sequence[Point] = (),
) -> str:
    """Draw shapes over two axes as an element that takes its colours from the page.

    Parameters
    ----------
    draw : callable
        From the place of data in the picture to shapes: SVG elements.
    summary : str
        What a reader hears instead of the picture.
    x_axis, y_axis : Axis
    title : str
        Of the x axis.
    points : sequence of Point
        Places that say their numbers when a pointer rests on them.

    Examples
    --------
    >>> axis = Axis(0, 1, [(0, "0"), (1, "1")])
    >>> plot_svg(lambda place: (), "nothing", axis, axis, "share").count("<text")
    5
    """
    left = _MARGIN + max((_measure_label(label) for _, label in y_axis.ticks), default=0.0) + _LABEL_GAP

    def place(x: float, y: float) -> tuple[float, float]:
        return x_axis.place(x, left, _RIGHT), y_axis.place(y, _BOTTOM, _TOP)

    written = [
        *(_write_text(place(x, y_axis.low)[0], _TICK_Y, "middle", label) for x, label in x_axis.ticks),
        _write_text((left + _RIGHT) / 2, _TITLE_Y, "middle", title),
    ]
    for value, label in y_axis.ticks:
        y = y_axis.place(value, _BOTTOM, _TOP)
        written.append(_write_path("grid", [(left, y), (_RIGHT, y)]))
        written.append(_write_text(left - _LABEL_GAP, y + _BASELINE, "end", label))
    written += draw(place)
    written.append(_write_path("axis", [(left, _BOTTOM), (_RIGHT, _BOTTOM)]))
    written += [
        _write_point(*place(x, y), css_class, text)
        for x, y, css_class, text in points
        if math.isfinite(x) and math.isfinite(y)
    ]
    attributes = f'class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
    return f'<svg {attributes} aria-label="{escape(summary, quote=True)}">{"".join(written)}</svg>'


def write_bar(place: Place, start: float, stop: float, height: float, css_class: str) -> str:
    """Write a bar that stands on the x axis, 0.

    Parameters
    ----------
    place : callable
    start, stop, height : float
        In data.
    css_class : str

    Examples
    --------
    >>> write_bar(lambda x, y: (10 * x, 20 - y), 0, 1, 5, "bar")
    '<path class="bar" d="M 0.0 20.0 L 10.0 20.0 L 10.0 15.0 L 0.0 15.0 z"/>'
    """
    (x0, y0), (x1, y1) = place(start, 0.0), place(stop, height)
    return _write_path(css_class, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)], is_closed=True)


def write_line(place: Place, x: Sequence[float], y: Sequence[float], css_class: str) -> str:
    """Write a line through points; it is broken where a number is not known.

    Parameters
    ----------
    place : callable
    x, y : sequence of float
        In data.
    css_class : str

    Examples
    --------
    >>> write_line(lambda x, y: (x, y), (0, 1, 2), (5, float("nan"), 7), "line l0")
    '<path class="line l0" d="M 0.0 5.0 M 2.0 7.0"/>'
    >>> write_line(lambda x, y: (x, y), (), (), "line l0")
    '<path class="line l0" d=""/>'
    """
    steps, command = [], "M"
    for data_x, data_y in zip(x, y, strict=True):
        if not (math.isfinite(data_x) and math.isfinite(data_y)):
            command = "M"
            continue
        place_x, place_y = place(data_x, data_y)
        steps.append(f"{command} {place_x:.1f} {place_y:.1f}")
        command = "L"
    return f'<path class="{css_class}" d="{" ".join(steps)}"/>'


def linear_ticks(low: float, high: float, most: int, *, is_whole: bool = False) -> list[float]:
    """Choose round numbers between two others.

    Parameters
    ----------
    low, high : float
        ``high`` above ``low``.
    most : int
        Steps between them, at most.
    is_whole : bool
        No ticks between whole numbers.

    Examples
    --------
    >>> linear_ticks(0, 1, 5), linear_ticks(-0.5, 2.5, 9, is_whole=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 1.0, 2.0])
    >>> linear_ticks(0.2, 0.8, 4, is_whole=True)
    []
    """
    least_step = (high - low) / most
    power = 10.0 ** math.floor(math.log10(least_step))
    step = next(factor * power for factor in _ROUND_STEPS if factor * power >= least_step * (1 - 1e-9))
    if is_whole:
        step = 1.0 if step < 1 else 5.0 if step == 2.5 else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # A rounded multiple: 3 * 0.2 is 0.6000000000000001.
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def decade_ticks(low: float, high: float) -> list[float]:
    """Choose powers of ten between two numbers; where there are hardly any, also their 2 and 5 fold.

    Parameters
    ----------
    low, high : float
        Positive.

    Examples
    --------
    >>> decade_ticks(0.9, 5000), decade_ticks(3, 60)
    ([1.0, 10.0, 100.0, 1000.0], [5.0, 10.0, 20.0, 50.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = -(-(last - first + 1) // _MAX_DECADES)
    decades = [10.0**power for power in range(first, last + 1, stride)]
    ticks = [value for value in decades if low <= value <= high]
    if len(ticks) > 1:
        return ticks
    return [factor * value for value in decades for factor in (1, 2, 5) if low <= factor * value <= high]


def label_numbers(values: Sequence[float]) -> list[tuple[float, str]]:
    """Label the ticks of an axis with as many decimals as tell them apart.

    Parameters
    ----------
    values : sequence of float
        At equal distances.

    Examples
    --------
    >>> label_numbers([-0.5, 0.0, 0.5])
    [(-0.5, '−0.5'), (0.0, '0.0'), (0.5, '0.5')]
    >>> label_numbers([0.0, 1000.0]), label_numbers([])
    ([(0.0, '0'), (1000.0, '1,000')], [])
    """
    decimals = next(
        (
            number
            for number in range(10)
            if all(math.isclose(round(value, number), value, abs_tol=1e-12) for value in values)
        ),
        10,
    )
    return [(value, f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")) for value in values]


def _measure_label(label: str) -> float:
    return sum(_POINT_WIDTH if character in ".," else _DIGIT_WIDTH for character in label)


def _write_text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _write_path(css_class: str, corners: Sequence[tuple[float, float]], *, is_closed: bool = False) -> str:
    steps: Iterator[str] = (f"{x:.1f} {y:.1f}" for x, y in corners)
    return f'<path class="{css_class}" d="M {" L ".join(steps)}{" z" if is_closed else ""}"/>'


def _write_point(x: float, y: float, css_class: str, text: str) -> str:
    """Write a place that is seen only under a pointer."""
    return (
        f'<circle class="point {css_class}" cx="{x:.1f}" cy="{y:.1f}" r="5">'
        f"<title>{escape(text)}</title></circle>"
    )
