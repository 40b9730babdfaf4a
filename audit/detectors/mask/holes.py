"""Pinholes: a mask with tiny holes.

What it finds
-------------
Masks whose smallest hole has at most ``max_px`` pixels and at most ``max_share`` of the mask's.
Larger holes (the inside of a handle) are meant and stay silent. Crowd regions are left out.

A polygon cannot draw a hole in COCO: a pinhole in it comes from two edges that pass each other within
a pixel, so it is only an info.

Why it matters
--------------
Nobody means a hole of one pixel; it is left over from a brush or a threshold. The model sees a
boundary, with its loss, in the middle of the object.

When it is wrong
----------------
Nets, baskets and foliage do have holes of a few pixels.

Example
-------
Annotation 17 has 3 holes with 4 px in all; the smallest has 1 px. Fill them.

Reference
---------
`scipy.ndimage.binary_fill_holes` fills such holes.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: int = option(6, unit="px", help="most pixels of a pinhole")
    max_share: float = option(0.05, unit="share", help="most pixels of a pinhole, as a share of the mask")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask with a pinhole.

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
    area_px, holes, hole_px, smallest_hole_px, rings = (
        measurements.instances[name].to_numpy()
        for name in ("area_px", "holes", "hole_px", "smallest_hole_px", "rings")
    )
    is_mask = (area_px > 0) & ~measurements.instances["iscrowd"].to_numpy()
    has_pinhole = (
        (holes > 0) & (smallest_hole_px <= options.max_px) & (smallest_hole_px <= options.max_share * area_px)
    )

    def make_hit(row: int) -> Hit:
        is_polygon = bool(rings[row])
        hole_text = "a hole" if holes[row] == 1 else f"{holes[row]} holes, the smallest"
        cause = (
            ": edges of its polygons pass within a pixel" if is_polygon else ": probably a slip of the brush"
        )
        return Hit(
            f"The mask has {hole_text} of {smallest_hole_px[row]} px{cause}.",
            score=1.0 - float(smallest_hole_px[row]) / float(area_px[row]),
            instances=(row,),
            evidence={
                "holes": int(holes[row]),
                "hole_px": int(hole_px[row]),
                "smallest_hole_px": int(smallest_hole_px[row]),
            },
            severity=Severity.INFO if is_polygon else None,
        )

    yield from report_each_or_aggregate(
        measurements, has_pinhole & is_mask, is_mask, options.once_above, "have pinholes", make_hit
    )
