"""A polygon without area: all of its points lie on one line, or in one place.

What it finds
-------------
Annotations with a ring (a closed polygon) that encloses nothing. An error where this is all that the
annotation has, a warning where other rings remain.

Why it matters
--------------
The object has no mask, or the annotation drags a stray click along. Depending on how the line runs,
pycocotools draws a few pixels of it or none; a box without width gives a loss of NaN.

When it is wrong
----------------
Never: a polygon cannot say "a line". Give lines a width.

Example
-------
The polygon of annotation 17 has 3 points, all of them on one line. Somebody ended it too early.

Reference
---------
OGC 06-103r4, "Simple Feature Access", section 6.1.11.1 (a polygon is the closure of its interior).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every annotation with a ring that encloses no area."""
    flat, rings, area = (m.instances[name].to_numpy() for name in ("zero_area_rings", "rings", "area_px"))

    def hit(row: int) -> Hit:
        count, of = int(flat[row]), int(rings[row])
        where = f" ({count} of {of} polygons)" if of > 1 else ""
        return Hit(
            f"The outline encloses no area{where}: its points lie on one line or in one place "
            f"({area[row]} px are drawn).",
            score=count / of,
            instances=(row,),
            evidence={"zero_area_rings": count, "rings": of, "area_px": int(area[row])},
            severity=None if count == of else Severity.WARNING,
        )

    what = "have a polygon without area"
    yield from each_or_once(m, flat > 0, rings > 0, o.once_above, what, hit, Severity.ERROR)
