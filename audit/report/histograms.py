"""Histograms: counted into plain data, and drawn as bars."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.report.svg_plots import Axis, Place, decade_ticks, linear_ticks, plot_svg, write_bar

_X_STEPS, _Y_STEPS = 9, 4
"""Of an axis, at most."""
_BAR_SHARE = 0.9
"""Of a bin, that its bar fills."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Values counted into bins, and the flagged ones among them."""

    name: str
    """Short and unique on a page, for ids."""
    title: str
    axis: str
    """What the axis shows, with its unit."""
    edges: tuple[float, ...]
    """(bins + 1,)"""
    counts: tuple[int, ...]
    """(bins,) all values."""
    flagged: tuple[int, ...]
    """(bins,) those that an error or warning is about."""
    log: bool = False

    @property
    def total(self) -> int:
        """Values counted."""
        return sum(self.counts)

    @property
    def total_flagged(self) -> int:
        """Flagged values counted."""
        return sum(self.flagged)

    @property
    def summary(self) -> str:
        """What a reader hears instead of the picture."""
        if not self.total:
            return f"{self.title}: nothing to show"
        fullest = int(np.argmax(self.counts))
        low_edge, high_edge = (f"{bin_edge:,.4g}" for bin_edge in self.edges[fullest : fullest + 2])
        return (
            f"{self.title}: {self.total:,} values, {self.total_flagged:,} with an error or warning; "
            f"most between {low_edge} and {high_edge} ({self.axis})"
        )


def count_histogram(
    name: str,
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
    name, title, axis : str
    values : (n,) float64
        Those that are not finite are left out; on a logarithmic axis also those below 1.
    flagged : (n,) bool
        Which values an error or warning is about.
    log : bool
    bins : int
    limits : (low, high), optional
        Default: the values' own.

    Examples
    --------
    >>> import numpy as np
    >>> values, flagged = np.array([0.1, 0.9]), np.array([False, True])
    >>> h = count_histogram("iou", "IoU", "IoU", values, flagged, bins=2, limits=(0, 1))
    >>> h.counts, h.flagged, h.edges
    ((1, 1), (0, 1), (0.0, 0.5, 1.0))
    >>> count_histogram("iou", "IoU", "IoU", np.array([]), np.array([], dtype=bool)).counts
    ()
    """
    is_usable = np.isfinite(values) & (values >= 1 if log else True)
    values, flagged = values[is_usable], flagged[is_usable]
    if not len(values):
        return Histogram(name, title, axis, (), (), (), log)
    scaled_values = np.log10(values) if log else values
    low_limit, high_limit = (
        limits if limits is not None else (float(scaled_values.min()), float(scaled_values.max()))
    )
    if high_limit <= low_limit:
        low_limit, high_limit = low_limit - 0.5, high_limit + 0.5
    bin_edges = np.linspace(low_limit, high_limit, bins + 1)
    counts_all, counts_flagged = (
        np.histogram(subset, bin_edges)[0] for subset in (scaled_values, scaled_values[flagged])
    )
    shown_edges = 10**bin_edges if log else bin_edges
    return Histogram(
        name,
        title,
        axis,
        tuple(shown_edges.tolist()),
        tuple(counts_all.tolist()),
        tuple(counts_flagged.tolist()),
        log,
    )


@lru_cache(maxsize=64)  # a report in one file is laid out twice: to know its size, and to fit
def draw_histogram(histogram: Histogram) -> str:
    """Draw a histogram as an SVG element that can stand in a page.

    The same chart gives the same bytes. Only shapes and texts are kept: colours come from the page's style
    sheet, and there is no style attribute, which a page's content security policy would refuse.

    Examples
    --------
    >>> import numpy as np
    >>> draw_histogram(count_histogram("iou", "IoU", "IoU", np.array([0.5]), np.array([True])))[:18]
    '<svg class="plot" '
    >>> draw_histogram(count_histogram("iou", "IoU", "IoU", np.array([]), np.array([], dtype=bool)))
    ''
    """
    if not histogram.total:
        return ""
    low, high, most = histogram.edges[0], histogram.edges[-1], len(histogram.counts)
    if histogram.log:
        ticks = decade_ticks(low, high)
    elif math.isclose(histogram.edges[1] - low, 1.0):  # one bin a whole number
        ticks = linear_ticks(low, high, most + 1, is_whole=True)
    else:
        ticks = linear_ticks(low, high, _X_STEPS)
    highest = 1.05 * max(histogram.counts)
    return plot_svg(
        lambda place: _draw_bars(place, histogram),
        histogram.summary,
        Axis(low, high, _label_ticks(ticks), histogram.log),
        Axis(0.0, highest, _label_ticks(linear_ticks(0.0, highest, _Y_STEPS, is_whole=True))),
        histogram.axis,
    )


def _draw_bars(place: Place, histogram: Histogram) -> Iterator[str]:
    """Write the bars of all values, then those of the flagged ones over them."""
    for counts, css_class in ((histogram.counts, "bar"), (histogram.flagged, "bar flagged")):
        for start, stop, count in zip(histogram.edges[:-1], histogram.edges[1:], counts, strict=True):
            if count:
                yield write_bar(place, start, start + _BAR_SHARE * (stop - start), count, css_class)


def _label_ticks(values: Sequence[float]) -> list[tuple[float, str]]:
    return [(value, f"{value:,.0f}" if abs(value) >= 10 else f"{value:g}") for value in values]
