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
from dataclasses import dataclass

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: int = option(6, unit="px", help="most pixels of a pinhole")
    max_share: float = option(0.05, unit="share", help="most pixels of a pinhole, as a share of the mask")
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every mask with a pinhole."""
    area, holes, hole_px, smallest, rings = (
        m.instances[name].to_numpy() for name in ("area_px", "holes", "hole_px", "smallest_hole_px", "rings")
    )
    among = (area > 0) & ~m.instances["iscrowd"].to_numpy()
    pinhole = (holes > 0) & (smallest <= o.max_px) & (smallest <= o.max_share * area)

    def hit(row: int) -> Hit:
        drawn = bool(rings[row])
        number = "a hole" if holes[row] == 1 else f"{holes[row]} holes, the smallest"
        cause = ": edges of its polygons pass within a pixel" if drawn else ": probably a slip of the brush"
        return Hit(
            f"The mask has {number} of {smallest[row]} px{cause}.",
            score=1.0 - float(smallest[row]) / float(area[row]),
            instances=(row,),
            evidence={
                "holes": int(holes[row]),
                "hole_px": int(hole_px[row]),
                "smallest_hole_px": int(smallest[row]),
            },
            severity=Severity.INFO if drawn else None,
        )

    yield from each_or_once(m, pinhole & among, among, o.once_above, "have pinholes", hit)
