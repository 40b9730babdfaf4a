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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every annotation with a part that is there twice.

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
    repeated_rings, rings = (
        measurements.instances["duplicate_rings"].to_numpy(),
        measurements.instances["rings"].to_numpy(),
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        count, total = repeated_rings[rows], rings[rows]
        message = fill_template(
            "{count} of the {total} polygons {verb} an earlier one.",
            {
                "count": count,
                "total": total,
                "verb": code_texts((count != 1).astype(np.int64), ["repeats", "repeat"]),
            },
        )
        yield HitTable(message, rows, count / total, {"duplicate_rings": count, "rings": total})

    yield from report_table_or_aggregate(
        measurements,
        repeated_rings > 0,
        rings > 0,
        options.once_above,
        "have a polygon twice",
        make_tables,
        Severity.WARNING,
    )
