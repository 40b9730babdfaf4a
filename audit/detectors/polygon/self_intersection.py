"""A polygon that crosses itself.

What it finds
-------------
Annotations with a ring (a closed polygon) whose edges cross each other, such as a bow-tie. Rings that
only touch themselves, in a point or along a slit to a hole, are fine, and a thorn without width is
`polygon.spike`.

Why it matters
--------------
What is inside a crossing outline depends on the program: pycocotools leaves out what is surrounded
twice, others fill it, and shapely refuses to compute. So the mask that is trained differs from the one
that was seen while labelling.

When it is wrong
----------------
Crossings of less than a pixel, where a finely drawn outline closes, change the mask hardly at all.

Example
-------
The outline of annotation 17 crosses itself: the last two points were clicked in the wrong order.

Reference
---------
OGC 06-103r4, "Simple Feature Access", section 6.1.11.1 (the rings of a polygon are simple).
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

SEVERITY = Severity.WARNING
IMPORTANCE = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every annotation with a ring that crosses itself.

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
    crossing_rings, rings, area_px = (
        measurements.instances[name].to_numpy() for name in ("self_intersections", "rings", "area_px")
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        count, total, pixels = crossing_rings[rows], rings[rows], area_px[rows]
        first_rows, group, _ = group_rows(count, total)
        places = [_say_which(*numbers) for numbers in zip(count[first_rows], total[first_rows], strict=True)]
        message = fill_template(
            "The outline crosses itself{where}: which pixels are inside depends on the program.",
            {"where": code_texts(group, places)},
        )
        evidence = {"self_intersections": count, "rings": total, "area_px": pixels}
        yield HitTable(message, rows, count / total, evidence)

    trait = "have a polygon that crosses itself"
    yield from report_table_or_aggregate(
        measurements, crossing_rings > 0, rings > 0, options.once_above, trait, make_tables, Severity.WARNING
    )


def _say_which(count: int, total: int) -> str:
    return f" ({count} of {total} polygons)" if total > 1 else ""
