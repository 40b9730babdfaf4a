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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template
from audit.geometry.sort_keys import group_rows
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every annotation with a ring that encloses no area.

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
    flat_rings, rings, area_px = (
        measurements.instances[name].to_numpy() for name in ("zero_area_rings", "rings", "area_px")
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        count, total, pixels = flat_rings[rows], rings[rows], area_px[rows]
        first_rows, group, _ = group_rows(count, total)
        places = [_say_which(*numbers) for numbers in zip(count[first_rows], total[first_rows], strict=True)]
        message = fill_template(
            "The outline encloses no area{where}: its points lie on one line or in one place "
            "({area_px} px are drawn).",
            {"where": code_texts(group, places), "area_px": pixels},
        )
        evidence = {"zero_area_rings": count, "rings": total, "area_px": pixels}
        severity = np.where(count == total, "", Severity.WARNING)
        yield HitTable(message, rows, count / total, evidence, severity)

    trait = "have a polygon without area"
    yield from report_table_or_aggregate(
        measurements, flat_rings > 0, rings > 0, options.once_above, trait, make_tables, Severity.ERROR
    )


def _say_which(count: int, total: int) -> str:
    return f" ({count} of {total} polygons)" if total > 1 else ""
