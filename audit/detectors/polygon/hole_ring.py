"""A ring inside another ring of the same annotation: a hole was meant, and COCO fills it.

What it finds
-------------
Annotations with a polygon that lies inside another one of the same annotation.

Why it matters
--------------
COCO has no holes in polygons: pycocotools draws every ring filled, so the inner one changes nothing
and the hole is labelled as object. Programs that draw all rings at once (``cv2.fillPoly``) do cut the
hole out: the same file gives two different masks.

When it is wrong
----------------
A part that was drawn once more on top of the object is no hole; it is superfluous all the same.

Example
-------
Annotation 17 is a ring-shaped `bagel`: its inner outline is filled. Write the mask as RLE.

Reference
---------
COCO data format, "Object Detection" (several polygons of an annotation are parts of one object).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every annotation with a ring inside another.

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
    inner_rings, rings, holes = (
        measurements.instances[name].to_numpy() for name in ("hole_rings", "rings", "holes")
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        count, total = inner_rings[rows], rings[rows]
        message = fill_template(
            "{count} of the {total} polygons {verb} inside another one: COCO fills it, a hole needs RLE.",
            {
                "count": count,
                "total": total,
                "verb": code_texts((count != 1).astype(np.int64), ["lies", "lie"]),
            },
        )
        yield HitTable(
            message, rows, count / total, {"hole_rings": count, "rings": total, "holes": holes[rows]}
        )

    yield from report_table_or_aggregate(
        measurements,
        inner_rings > 0,
        rings > 0,
        options.once_above,
        "have a polygon inside another",
        make_tables,
        Severity.WARNING,
    )
