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

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit, option
from audit.detectors.classify_boxes import OUTSIDE_PX, BoxKind, BoxThresholds, classify_boxes, declared_boxes
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_px: float = option(OUTSIDE_PX, unit="px", help="how far outside a box may reach unreported")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every box that leaves its image.

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
    boxes = classify_boxes(measurements, BoxThresholds(outside_px=options.min_px))
    declared = declared_boxes(measurements)
    image = measurements.instances["image"].to_numpy()
    width, height = (np.r_[measurements.images[name].to_numpy(), 0][image] for name in ("width", "height"))

    def make_hit(row: int) -> Hit:
        left, top, box_width, box_height = declared[row].tolist()
        is_lost = left >= width[row] or top >= height[row] or left + box_width <= 0 or top + box_height <= 0
        trait = "lies wholly outside" if is_lost else f"reaches {boxes.outside_px[row]:.4g} px out of"
        return Hit(
            f"The box [{left:.6g}, {top:.6g}, {box_width:.6g}, {box_height:.6g}] {trait} the image "
            f"of {width[row]} x {height[row]} px.",
            instances=(row,),
            evidence={
                "outside_px": float(boxes.outside_px[row]),
                "width": int(width[row]),
                "height": int(height[row]),
            },
            severity=Severity.ERROR if is_lost else None,
            field="bbox",
        )

    trait = f"have a box that leaves the image by more than {options.min_px:.4g} px"
    is_outside, is_declared = boxes.kind == BoxKind.OUTSIDE, boxes.kind != BoxKind.ABSENT
    yield from report_each_or_aggregate(
        measurements, is_outside, is_declared, options.once_above, trait, make_hit, Severity.WARNING
    )
