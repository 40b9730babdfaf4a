"""A polygon with the same point twice in a row.

What it finds
-------------
Annotations with vertices that repeat the one before them. A ring whose last point is its first is
closed explicitly, which is legal and not counted.

Why it matters
--------------
Hardly: the mask stays the same. But an edge without length has no direction, and programs that
simplify, smooth or compare outlines may divide by it.

When it is wrong
----------------
It is harmless to every program that only draws the mask; therefore an info.

Example
-------
Annotation 17 has 2 points that repeat the one before: a double click.

Reference
---------
`shapely.remove_repeated_points` removes them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable
from audit.detectors.hit_columns import describe_counts
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO
IMPORTANCE = 0.05


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    # What is harmless is not worth a line an annotation in a large dataset.
    once_above: float = aggregate_above_option(0.01)


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every annotation with a point that repeats the one before.

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
    repeated_points, vertices = (
        measurements.instances["repeated_points"].to_numpy(),
        measurements.instances["vertices"].to_numpy(),
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        count, total = repeated_points[rows], vertices[rows]
        message = fill_template(
            "{points} of the {total} of this polygon {verb} the one before; the mask stays the same.",
            {
                "points": describe_counts(count, lambda n: "A point" if n == 1 else f"{n} points"),
                "total": total,
                "verb": code_texts((count != 1).astype(np.int64), ["repeats", "repeat"]),
            },
        )
        yield HitTable(message, rows, count / total, {"repeated_points": count, "vertices": total})

    trait = "have a point that repeats the one before"
    yield from report_table_or_aggregate(
        measurements, repeated_points > 0, vertices > 0, options.once_above, trait, make_tables
    )
