"""A negative area.

What it finds
-------------
Annotations whose declared ``area`` is below zero.

Why it matters
--------------
COCO's evaluation sorts objects into small, medium and large by this number: a negative one belongs to
none of them, and loss weights by area change their sign.

When it is wrong
----------------
Never. It is often a signed area: a polygon drawn the other way round.

Example
-------
Annotation 17 declares an area of -412; its mask has 412 px.

Reference
---------
COCO data format and ``COCOeval``: area ranges begin at 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR
IMPORTANCE = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every annotation whose area is negative.

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
    declared_area, area_px = (
        measurements.instances["declared_area"].to_numpy(),
        measurements.instances["area_px"].to_numpy(),
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        declared, pixels = declared_area[rows], area_px[rows]
        message = fill_template(
            "The area is {declared}; the mask has {pixels} px.",
            {"declared": format_numbers(declared, ".6g"), "pixels": pixels},
        )
        evidence = {"declared_area": declared, "area_px": pixels}
        yield HitTable(message, rows, evidence=evidence, field="area")

    yield from report_table_or_aggregate(
        measurements,
        declared_area < 0,
        np.isfinite(declared_area),
        options.once_above,
        "have a negative area",
        make_tables,
        Severity.ERROR,
    )
