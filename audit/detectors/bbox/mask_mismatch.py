"""A box that does not fit its mask.

What it finds
-------------
Declared boxes of which an edge lies farther from the mask's own box than ``max_px`` plus ``max_share``
of the mask's width or height. The score is 1 - IoU of the two boxes. A box that fits when it is read in
another way of writing boxes is an error, and the finding says which: two corners, the centre, y from
the bottom, x and y swapped, shares of the image. Boxes of predictions are not compared: a model
predicts box and mask apart.

Why it matters
--------------
Mask R-CNN learns where an object is from its box, and what it looks like from the mask inside. Where
the two disagree it learns neither. A whole dataset of boxes written as corners trains without a
warning, and badly.

When it is wrong
----------------
Amodal boxes that enclose hidden parts on purpose, and boxes drawn by hand apart from the masks: raise
``max_share``.

Example
-------
The box of annotation 17 is [17, 12, 43, 36]; its mask lies at [17, 12, 26, 24]. It fits when read as
two corners [x1, y1, x2, y2].

Reference
---------
COCO data format: ``bbox`` is [x, y, width, height] of the mask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit, option
from audit.detectors.classify_boxes import (
    BOX_FORMATS,
    MISMATCH_PX,
    MISMATCH_SHARE,
    BoxKind,
    BoxThresholds,
    classify_boxes,
    declared_boxes,
)
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_EITHER_SWAPPED = "; or the masks are the ones that have x and y swapped: look at one picture"


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: float = option(MISMATCH_PX, unit="px", help="how far an edge may lie off, plus max_share")
    max_share: float = option(
        MISMATCH_SHARE, unit="share", help="of the mask's width or height that an edge may lie off besides"
    )
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every box that does not fit its mask.

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
    boxes = classify_boxes(
        measurements, BoxThresholds(mismatch_px=options.max_px, mismatch_share=options.max_share)
    )
    declared = declared_boxes(measurements)
    mask_boxes = np.stack([measurements.instances[name].to_numpy() for name in "xywh"], axis=1)

    def make_hit(row: int) -> Hit:
        box_format = BOX_FORMATS.get(BoxKind(boxes.kind[row]))
        left, top, width, height = declared[row].tolist()
        off_px = float(boxes.off_px[row])
        explanation = (
            f"it fits when it is read {box_format}"
            + (_EITHER_SWAPPED if boxes.kind[row] == BoxKind.SWAPPED else "")
            if box_format
            else f"an edge lies {off_px:.4g} px off inside the image"
        )
        return Hit(
            f"The box [{left:.6g}, {top:.6g}, {width:.6g}, {height:.6g}] does not fit the mask, "
            f"which lies at {mask_boxes[row].tolist()}: {explanation}.",
            score=1.0 - float(boxes.iou[row]),
            instances=(row,),
            evidence={"box_iou": float(boxes.iou[row]), "off_px": off_px, "written": box_format},
            severity=Severity.ERROR if box_format else None,
            field="bbox",
        )

    for kind, format_text in BOX_FORMATS.items():
        trait = f"have a box written {format_text}, where COCO has [x, y, width, height] in pixels"
        if kind == BoxKind.SWAPPED:
            trait += _EITHER_SWAPPED
        is_flagged = boxes.kind == kind
        yield from report_each_or_aggregate(
            measurements, is_flagged, boxes.compared, options.once_above, trait, make_hit, Severity.ERROR
        )
    trait = "have a box that does not fit the mask"
    is_flagged = boxes.kind == BoxKind.MISMATCH
    yield from report_each_or_aggregate(
        measurements, is_flagged, boxes.compared, options.once_above, trait, make_hit, Severity.WARNING
    )
