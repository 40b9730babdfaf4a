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

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit, option
from audit.detectors.drawn_in_pieces import draws_pieces
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.4


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_gap: int = option(8, unit="px", help="least gap between parts")
    min_ratio: float = option(1.0, unit="factor", help="least gap / size of the largest part")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask with parts that lie far apart.

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

    def make_hit(row: int) -> Hit:
        cause = "several objects, or one whose middle is hidden" if has_pieces else "probably several objects"
        if has_neighbour[row]:
            cause = "the mask beside it may hide what lies between"
        return Hit(
            f"Parts of this mask lie {gap_px[row]} px apart, {gap_per_size[row]:.1f} times the size of "
            "the largest: "
            f"{cause}.",
            score=float(gap_px[row] / (gap_px[row] + part_size[row])),
            instances=(row,),
            evidence={
                "part_gap_px": int(gap_px[row]),
                "gap_per_size": float(gap_per_size[row]),
                "parts": int(parts[row]),
                "largest_part_px": int(largest_part_px[row]),
                "area_px": int(area_px[row]),
            },
            severity=Severity.INFO if has_neighbour[row] or has_pieces else None,
        )

    is_scattered = is_mask & (gap_px > 0) & (gap_px >= options.min_gap) & (gap_per_size >= options.min_ratio)
    yield from report_each_or_aggregate(
        measurements, is_scattered, is_mask, options.once_above, "have parts that lie far apart", make_hit
    )
