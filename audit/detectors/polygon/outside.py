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

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_px: float = option(1.0, unit="px", help="how far outside a vertex may lie without being reported")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every polygon that leaves its image.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    outside_vertices, outside_px, vertices, area_px, rings = (
        measurements.instances[name].to_numpy()
        for name in ("outside_vertices", "outside_px", "vertices", "area_px", "rings")
    )
    is_outside = (outside_vertices > 0) & (outside_px > options.min_px)

    def make_hit(row: int) -> Hit:
        is_lost = bool(area_px[row] == 0)
        what = (
            "no pixel of it is inside"
            if is_lost
            else f"what lies outside is cut off ({area_px[row]} px remain)"
        )
        return Hit(
            f"{outside_vertices[row]} of the polygon's {vertices[row]} vertices lie outside the image, "
            f"by up to {outside_px[row]:.4g} px; {what}.",
            score=float(outside_vertices[row] / vertices[row]),
            instances=(row,),
            evidence={
                "outside_vertices": int(outside_vertices[row]),
                "vertices": int(vertices[row]),
                "outside_px": float(outside_px[row]),
                "area_px": int(area_px[row]),
            },
            severity=Severity.ERROR if is_lost else None,
        )

    what = f"have a polygon that leaves the image by more than {options.min_px:.4g} px"
    yield from report_each_or_aggregate(
        measurements, is_outside, rings > 0, options.once_above, what, make_hit, Severity.WARNING
    )
