"""A box that leaves the image.

What it finds
-------------
Declared boxes that reach more than ``min_px`` pixels beyond the image, and farther than the annotation's
own polygon does (that is `polygon.outside`). An error where the box lies wholly outside, else a warning.
A box that fits its mask when it is read in another way, say as two corners, is `bbox.mask_mismatch`.

Why it matters
--------------
Training code clips such boxes or stops at them. A box far outside belongs to another image, or to
another size of this one.

When it is wrong
----------------
Amodal boxes go on where the image ends, on purpose: raise ``min_px`` or ignore the rule.

Example
-------
Annotation 17 has the box [17, 12, 60, 24] in an image 64 px wide: it ends 13 px beyond the right edge.

Reference
---------
COCO data format: boxes are measured in pixels from the top left corner of the image.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.classify_boxes import OUTSIDE_PX, BoxKind, BoxThresholds, classify_boxes, declared_boxes
from audit.detectors.hit_columns import write_boxes
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_px: float = option(OUTSIDE_PX, unit="px", help="how far outside a box may reach unreported")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every box that leaves its image.

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
    boxes = classify_boxes(measurements, BoxThresholds(outside_px=options.min_px))
    declared = declared_boxes(measurements)
    image = measurements.instances["image"].to_numpy()
    width, height = (np.r_[measurements.images[name].to_numpy(), 0][image] for name in ("width", "height"))

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        left, top, box_width, box_height = declared[rows].T
        is_lost = (
            (left >= width[rows]) | (top >= height[rows]) | (left + box_width <= 0) | (top + box_height <= 0)
        )
        for is_chosen, trait in (
            (is_lost, "lies wholly outside"),
            (~is_lost, "reaches {outside_px} px out of"),
        ):
            chosen = rows[is_chosen]
            columns = {
                "outside_px": boxes.outside_px[chosen],
                "width": width[chosen],
                "height": height[chosen],
            }
            message = fill_template(
                f"The box {{box}} {trait} the image of {{width}} x {{height}} px.",
                {
                    **columns,
                    "box": write_boxes(declared[chosen]),
                    "outside_px": format_numbers(boxes.outside_px[chosen], ".4g"),
                },
            )
            severity = np.where(is_lost[is_chosen], Severity.ERROR, "")
            yield HitTable(message, chosen, evidence=columns, severity=severity, field="bbox")

    trait = f"have a box that leaves the image by more than {options.min_px:.4g} px"
    is_outside, is_declared = boxes.kind == BoxKind.OUTSIDE, boxes.kind != BoxKind.ABSENT
    yield from report_table_or_aggregate(
        measurements, is_outside, is_declared, options.once_above, trait, make_tables, Severity.WARNING
    )
