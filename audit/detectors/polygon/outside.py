"""A polygon that leaves the image.

What it finds
-------------
Polygons with a vertex more than ``min_px`` pixels outside the image. What lies outside is cut off when
the mask is drawn. An error where nothing is left inside; else a warning. Half a pixel is never counted:
tools round to pixel centres or to pixel edges.

Why it matters
--------------
An outline far outside was drawn on another picture or at another scale. Boxes and areas that are taken
from the polygon instead of the mask reach beyond the image, and training code clips them, or does not.

When it is wrong
----------------
Tools that let people draw over the edge do it with every object that the edge cuts off; the masks are
right all the same. Raise ``min_px``.

Example
-------
Annotation 17 has 4 of its 12 vertices outside, up to 35 px to the right of the image.

Reference
---------
COCO API, `maskApi.c`, function rleFrPoly (coordinates are clipped to the image).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_px: float = option(1.0, unit="px", help="how far outside a vertex may lie without being reported")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every polygon that leaves its image.

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
    outside_vertices, outside_px, vertices, area_px, rings = (
        measurements.instances[name].to_numpy()
        for name in ("outside_vertices", "outside_px", "vertices", "area_px", "rings")
    )
    is_outside = (outside_vertices > 0) & (outside_px > options.min_px)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        is_lost = area_px[rows] == 0
        for chosen, consequence in (
            (rows[is_lost], "no pixel of it is inside"),
            (rows[~is_lost], "what lies outside is cut off ({area_px} px remain)"),
        ):
            columns = {
                "outside_vertices": outside_vertices[chosen],
                "vertices": vertices[chosen],
                "outside_px": outside_px[chosen],
                "area_px": area_px[chosen],
            }
            message = fill_template(
                "{outside_vertices} of the polygon's {vertices} vertices lie outside the image, by up to "
                f"{{distance}} px; {consequence}.",
                {**columns, "distance": format_numbers(outside_px[chosen], ".4g")},
            )
            severity = np.where(area_px[chosen] == 0, Severity.ERROR, "")
            yield HitTable(message, chosen, outside_vertices[chosen] / vertices[chosen], columns, severity)

    what = f"have a polygon that leaves the image by more than {options.min_px:.4g} px"
    yield from report_table_or_aggregate(
        measurements, is_outside, rings > 0, options.once_above, what, make_tables, Severity.WARNING
    )
