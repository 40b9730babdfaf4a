"""Parts far apart: one annotation that probably holds several objects.

What it finds
-------------
Masks with parts that lie at least ``min_gap`` px and at least ``min_ratio`` times the size of the
largest part away from the rest. The size is the side of a square of as many pixels. Only parts with
at least a tenth of the mask's pixels are looked at (smaller ones are `mask.fragments`), and what
counts is the widest gap that has to be crossed to join them. Crowd regions are left out.

An object behind another one shows in parts too. So where another mask overlaps this one, or comes
within 2 px, it may hide what lies between, and the finding is an info. So it is in a dataset that draws
objects in pieces anyway: where at least 1 % of all masks have several real parts close together.

Why it matters
--------------
Two objects under one id have a box that is mostly background. The model learns that one object can be
in two places, and predicts masks that reach across their neighbours.

When it is wrong
----------------
Objects that are cut in two by something that nobody annotates: a person behind a pillar, a straw in a
drink. Things that come in pieces, such as broken glass. Raise ``min_ratio``.

Example
-------
The parts of annotation 17 lie 72 px apart, 1.7 times the size of the largest. Give each its own id.

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
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.drawn_in_pieces import draws_pieces
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.4

_CAUSES = (
    "probably several objects",
    "several objects, or one whose middle is hidden",
    "the mask beside it may hide what lies between",
)
"""Of parts that lie far apart: as a rule, where objects are drawn in pieces, beside another mask."""


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_gap: int = option(8, unit="px", help="least gap between parts")
    min_ratio: float = option(1.0, unit="factor", help="least gap / size of the largest part")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every mask with parts that lie far apart.

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
    area_px, parts, largest_part_px, gap_px = (
        measurements.instances[name].to_numpy()
        for name in ("area_px", "parts", "largest_part_px", "part_gap_px")
    )
    is_mask = (area_px > 0) & ~measurements.instances["iscrowd"].to_numpy()
    part_size = np.sqrt(np.maximum(largest_part_px, 1))
    gap_per_size = gap_px / part_size
    has_neighbour = np.zeros(len(area_px), dtype=np.bool_)
    for side in ("a", "b"):
        has_neighbour[measurements.pairs[side].to_numpy()] = True
    has_pieces = draws_pieces(measurements)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        may_be_hidden = has_neighbour[rows]
        message = fill_template(
            "Parts of this mask lie {gap_px} px apart, {gap_per_size} times the size of the largest: "
            "{cause}.",
            {
                "gap_px": gap_px[rows],
                "gap_per_size": format_numbers(gap_per_size[rows], ".1f"),
                "cause": code_texts(np.where(may_be_hidden, 2, int(has_pieces)), _CAUSES),
            },
        )
        evidence = {
            "part_gap_px": gap_px[rows],
            "gap_per_size": gap_per_size[rows],
            "parts": parts[rows],
            "largest_part_px": largest_part_px[rows],
            "area_px": area_px[rows],
        }
        severity = np.where(may_be_hidden | has_pieces, Severity.INFO, "")
        yield HitTable(message, rows, gap_px[rows] / (gap_px[rows] + part_size[rows]), evidence, severity)

    is_scattered = is_mask & (gap_px > 0) & (gap_px >= options.min_gap) & (gap_per_size >= options.min_ratio)
    yield from report_table_or_aggregate(
        measurements, is_scattered, is_mask, options.once_above, "have parts that lie far apart", make_tables
    )
