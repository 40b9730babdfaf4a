"""Line charts: what changes with a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
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

    @property
    def summary(self) -> str:
        """What a reader hears instead of the picture."""
        return f"{self.title} by {self.axis}: " + "; ".join(
            f"{line.name} from {line.y[0]:.4g} to {line.y[-1]:.4g}" for line in self.lines if line.y
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
        if len(chart.lines) > 1:
            axes.legend(frameon=False, fontsize=8, handlelength=2.4)

    return plot_svg(plot, chart.summary)
