"""Line charts: what changes with a threshold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape

from audit.carriers import dataclass
from audit.report.svg_plots import Axis, Place, label_numbers, linear_ticks, plot_svg, write_line

_MAX_LINES = 6
"""Lines that the style sheet has a colour and a dash for; they stay apart for colour-blind readers."""
_X_STEPS, _Y_STEPS = 9, 5
"""Of an axis, at most."""
_MARGIN_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line of a chart."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    """NaN where nothing is known."""


@dataclass(frozen=True, slots=True)
class LineChart:
    """Some lines over one axis."""

    title: str
    axis: str
    lines: tuple[ChartLine, ...]
    has_whole_steps: bool = False
    """The axis counts things: no ticks between whole numbers."""
    starts_at_zero: bool = False
    """The lines are rates: how high one stands above nothing is seen."""

    @property
    def summary(self) -> str:
        """What a reader hears instead of the picture."""
        return f"{self.title} by {self.axis}: " + "; ".join(
            f"{line.name} from {known[0]:.4g} to {known[-1]:.4g}"
            for line in self.lines
            if (known := [y for y in line.y if y == y])
        )


@lru_cache(maxsize=64)
def draw_line_chart(chart: LineChart) -> str:
    """Draw a line chart as an SVG element that can stand in a page.

    Examples
    --------
    >>> draw_line_chart(LineChart("AP", "IoU", (ChartLine("box", (0.1, 0.9), (0.5, 0.6)),)))[:18]
    '<svg class="plot" '
    >>> draw_line_chart(LineChart("AP", "IoU", ()))
    ''
    """
    if not chart.lines:
        return ""

    def draw(place: Place) -> Iterator[str]:
        for number, line in enumerate(chart.lines[:_MAX_LINES]):
            yield write_line(place, line.x, line.y, f"line l{number}")

    x_axis = _span_axis([x for line in chart.lines for x in line.x], _X_STEPS, chart.has_whole_steps)
    heights = [y for line in chart.lines for y in line.y]
    y_axis = _span_axis(heights, _Y_STEPS, starts_at_zero=chart.starts_at_zero)
    points = [
        (x, y, f"l{number}", f"{line.name}: {y:.4g} at {x:.3g}")
        for number, line in enumerate(chart.lines)
        for x, y in zip(line.x, line.y, strict=True)
    ]
    return plot_svg(draw, chart.summary, x_axis, y_axis, chart.axis, points)


def _span_axis(
    values: Sequence[float], most_steps: int, is_whole: bool = False, *, starts_at_zero: bool = False
) -> Axis:
    """Let an axis reach a little beyond all values, which are 0 or more where it starts at zero."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    margin = _MARGIN_SHARE * ((max(known) - min(known)) or abs(known[0]) or 1.0)
    low, high = 0.0 if starts_at_zero else min(known) - margin, max(known) + margin
    return Axis(low, high, label_numbers(linear_ticks(low, high, most_steps, is_whole=is_whole)))


def write_legend(chart: LineChart) -> str:
    """Write what each line is, as a list below the chart: over the curves it would hide them.

    Examples
    --------
    >>> box, mask = (ChartLine(name, (0.1, 0.9), (0.5, 0.6)) for name in ("box", "mask"))
    >>> write_legend(LineChart("AP", "IoU", (box, mask))).count("<li>")
    2
    >>> write_legend(LineChart("AP", "IoU", (box,)))
    ''
    """
    if len(chart.lines) < 2:
        return ""
    items = (
        f'<li><svg class="plot key" viewBox="0 0 32 8" aria-hidden="true"><path class="line l{number}" '
        f'd="M0 4h32"/></svg> {escape(line.name)}</li>'
        for number, line in enumerate(chart.lines)
    )
    return f'<ul class="legend">{"".join(items)}</ul>'
