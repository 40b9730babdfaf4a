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

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every annotation with a part that is there twice.

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
    repeated_rings, rings = (
        measurements.instances["duplicate_rings"].to_numpy(),
        measurements.instances["rings"].to_numpy(),
    )

    def make_hit(row: int) -> Hit:
        count, total = int(repeated_rings[row]), int(rings[row])
        return Hit(
            f"{count} of the {total} polygons {'repeats' if count == 1 else 'repeat'} an earlier one.",
            score=count / total,
            instances=(row,),
            evidence={"duplicate_rings": count, "rings": total},
        )

    yield from report_each_or_aggregate(
        measurements,
        repeated_rings > 0,
        rings > 0,
        options.once_above,
        "have a polygon twice",
        make_hit,
        Severity.WARNING,
    )
