"""An outline of straight stretches in a mask that is stored as pixels.

What it finds
-------------
RLE masks whose outline, simplified to within one pixel, has far fewer corners than its length lets expect.
The number of corners grows with the root of the perimeter for round things at any size, so ``corners /
sqrt(perimeter)`` is compared with what the category has: it must lie below ``max_share`` of the median, and
``min_deviations`` robust standard deviations below it. The category must have ``min_instances`` RLE masks,
and the perimeter at least ``min_perimeter`` px. A mask that reaches its image's border is left alone: the
border is its straight side. Polygons are judged by `mask.coarse_polygon`.

Why it matters
--------------
Polygons with few corners that were turned into pixels, or outlines that a tool simplified, cut corners off
and take in background. Among fine masks they teach the model two kinds of boundary.

When it is wrong
----------------
Things with straight sides are drawn well with few corners: a book seen from the front among books that lie
open. It is an info for that reason.

Example
-------
Annotation 17 is made of 5 straight stretches on a perimeter of 320 px; `cell` usually has 16.

Reference
---------
Ramer, "An iterative procedure for the polygonal approximation of plane curves", 1972; Grad et al.,
"Benchmarking Label Noise in Instance Segmentation: Spatial Noise Matters", 2024 (approximation noise).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.robust_spread import robust_spread_by_category
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_share: float = option(
        0.5, unit="share", help="most corners, as a share of what is usual for the length"
    )
    min_deviations: float = option(
        3.0, unit="standard deviations", help="how far below the category's usual number, robust"
    )
    min_instances: int = option(
        20, unit="count", help="RLE masks of a category from which its habit is learned"
    )
    min_perimeter: int = option(60, unit="px", help="least perimeter of a mask that is judged")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every RLE mask that is made of few straight stretches.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit or HitTable
    """
    instances = measurements.instances
    corners, perimeter_px = instances["corners"].to_numpy(), instances["perimeter_px"].to_numpy()
    is_judged = (corners > 0) & (perimeter_px >= options.min_perimeter) & ~instances["iscrowd"].to_numpy()
    is_judged &= ~instances["border"].to_numpy()
    root = np.sqrt(np.maximum(perimeter_px, 1))
    density = corners / root
    usual, spread = robust_spread_by_category(
        instances["category"].to_numpy(), density, is_judged, options.min_instances
    )
    with np.errstate(invalid="ignore"):
        is_simple = is_judged & (density <= options.max_share * usual)
        is_simple &= density <= usual - options.min_deviations * spread

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        usual_corners = usual[rows] * root[rows]
        message = fill_template(
            "The mask is made of {corners} straight stretches on a perimeter of {perimeter_px} px, "
            "where {usual} are usual.",
            {
                "corners": corners[rows],
                "perimeter_px": format_numbers(perimeter_px[rows], ","),
                "usual": format_numbers(usual_corners, ".0f"),
            },
        )
        evidence = {
            "corners": corners[rows],
            "usual_corners": usual_corners,
            "perimeter_px": perimeter_px[rows],
        }
        yield HitTable(message, rows, 1.0 - density[rows] / usual[rows], evidence)

    yield from report_table_or_aggregate(
        measurements,
        is_simple,
        is_judged,
        options.once_above,
        "are made of few straight stretches",
        make_tables,
    )
