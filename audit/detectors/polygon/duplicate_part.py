"""The same part twice: a polygon that repeats another one of its annotation.

What it finds
-------------
Annotations with a ring that covers exactly the same area as an earlier one, wherever its points begin
and whichever way round they go.

Why it matters
--------------
pycocotools draws both, and the mask stays as it is. An area that is summed over the polygons counts
the part twice, and programs that draw all rings at once (``cv2.fillPoly``) cut it out: the object is
gone.

When it is wrong
----------------
Never: the second copy says nothing.

Example
-------
Annotation 17 has 3 polygons, the last of which repeats the first. Delete one.

Reference
---------
COCO data format, "Object Detection" (several polygons of an annotation are parts of one object).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every annotation with a part that is there twice."""
    twice, rings = m.instances["duplicate_rings"].to_numpy(), m.instances["rings"].to_numpy()

    def hit(row: int) -> Hit:
        count, of = int(twice[row]), int(rings[row])
        return Hit(
            f"{count} of the {of} polygons {'repeats' if count == 1 else 'repeat'} an earlier one.",
            score=count / of,
            instances=(row,),
            evidence={"duplicate_rings": count, "rings": of},
        )

    yield from each_or_once(
        m, twice > 0, rings > 0, o.once_above, "have a polygon twice", hit, Severity.WARNING
    )
