"""A box without width or height.

What it finds
-------------
Declared boxes ``[x, y, width, height]`` whose width or height is zero or negative.

Why it matters
--------------
Training programs drop such boxes, stop at them, or turn them into NaN losses. A negative width is most
often a corner written where a width belongs, with the corners the wrong way round.

When it is wrong
----------------
Never: COCO boxes have a width and a height above zero.

Example
-------
Annotation 17 has the box [40, 12, -26, 24]: x and width were taken from the right edge.

Reference
---------
COCO data format: ``bbox`` is [x, y, width, height].
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable
from audit.detectors.classify_boxes import BoxKind, classify_boxes, declared_boxes
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every box without width or height.

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
    box_kind = classify_boxes(measurements).kind
    declared = declared_boxes(measurements)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        width, height = declared[rows, 2], declared[rows, 3]
        message = fill_template(
            "The box is {width} px wide and {height} px high; both must be above 0.",
            {"width": format_numbers(width, ".6g"), "height": format_numbers(height, ".6g")},
        )
        yield HitTable(message, rows, evidence={"declared_w": width, "declared_h": height}, field="bbox")

    is_nonpositive, is_declared = box_kind == BoxKind.NONPOSITIVE, box_kind != BoxKind.ABSENT
    trait = "have a box without width or height"
    yield from report_table_or_aggregate(
        measurements, is_nonpositive, is_declared, options.once_above, trait, make_tables, Severity.ERROR
    )
