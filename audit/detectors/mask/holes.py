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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.hit_columns import describe_counts
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.1

_CAUSES = ": probably a slip of the brush", ": edges of its polygons pass within a pixel"
"""Of a hole in a mask, and of one between polygons."""


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: int = option(6, unit="px", help="most pixels of a pinhole")
    max_share: float = option(0.05, unit="share", help="most pixels of a pinhole, as a share of the mask")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every mask with a pinhole.

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
    area_px, holes, hole_px, smallest_hole_px, rings = (
        measurements.instances[name].to_numpy()
        for name in ("area_px", "holes", "hole_px", "smallest_hole_px", "rings")
    )
    is_mask = (area_px > 0) & ~measurements.instances["iscrowd"].to_numpy()
    has_pinhole = (
        (holes > 0) & (smallest_hole_px <= options.max_px) & (smallest_hole_px <= options.max_share * area_px)
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        count, smallest_px, is_polygon = holes[rows], smallest_hole_px[rows], rings[rows] > 0
        message = fill_template(
            "The mask has {holes} of {smallest_px} px{cause}.",
            {
                "holes": describe_counts(count, _name_holes),
                "smallest_px": smallest_px,
                "cause": code_texts(is_polygon.astype(np.int64), _CAUSES),
            },
        )
        evidence = {"holes": count, "hole_px": hole_px[rows], "smallest_hole_px": smallest_px}
        severity = np.where(is_polygon, Severity.INFO, "")
        yield HitTable(message, rows, 1.0 - smallest_px / area_px[rows], evidence, severity)

    yield from report_table_or_aggregate(
        measurements, has_pinhole & is_mask, is_mask, options.once_above, "have pinholes", make_tables
    )


def _name_holes(count: int) -> str:
    return "a hole" if count == 1 else f"{count} holes, the smallest"
