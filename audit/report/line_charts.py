"""Line charts: what changes with a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any

from audit.report.svg_plots import LINES, plot_svg

_DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))


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

    def plot(axes: Any) -> None:
        for line, colour, dash in zip(chart.lines, LINES, _DASHES, strict=False):
            axes.plot(line.x, line.y, color=colour, linestyle=dash, linewidth=1.8, label=line.name)
        axes.set_xlabel(chart.axis)
        if chart.has_whole_steps:
            from matplotlib.ticker import MaxNLocator  # slow to import

            axes.xaxis.set_major_locator(MaxNLocator(integer=True))

    points = [
        (x, y, f"l{number}", f"{line.name}: {y:.4g} at {x:.3g}")
        for number, line in enumerate(chart.lines)
        for x, y in zip(line.x, line.y, strict=True)
    ]
    return plot_svg(plot, chart.summary, points)


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
