"""Parts of one annotation that overlap each other partly.

What it finds
-------------
Annotations with a ring that shares at least a square pixel with an earlier one, without one lying
inside the other (`polygon.hole_ring`) or repeating it (`polygon.duplicate_part`).

Why it matters
--------------
pycocotools takes the union, so the mask is right. An area that is summed over the polygons counts the
shared pixels twice, and programs that draw all rings at once (``cv2.fillPoly``) leave them out.

When it is wrong
----------------
Labels that were drawn on purpose as overlapping pieces. Unite them when exporting.

Example
-------
Annotation 17 has 2 polygons, a left and a right half of one cell, that share a band in the middle.

Reference
---------
OGC 06-103r4, "Simple Feature Access", section 6.1.14 (parts of a multi-polygon do not overlap).
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
    """Yield every annotation with parts that overlap.

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
    overlapping_rings, rings = (
        measurements.instances["overlapping_rings"].to_numpy(),
        measurements.instances["rings"].to_numpy(),
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        count, total = overlapping_rings[rows], rings[rows]
        verbs = code_texts((count != 1).astype(np.int64), ["overlaps", "overlap"])
        message = fill_template(
            "{count} of the {total} polygons {verb} an earlier one in part.",
            {"count": count, "total": total, "verb": verbs},
        )
        yield HitTable(message, rows, count / total, {"overlapping_rings": count, "rings": total})

    yield from report_table_or_aggregate(
        measurements,
        overlapping_rings > 0,
        rings > 0,
        options.once_above,
        "have polygons that overlap",
        make_tables,
        Severity.WARNING,
    )
