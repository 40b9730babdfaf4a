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

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.detectors.classify_boxes import (
    MISMATCH_PX,
    MISMATCH_SHARE,
    MISWRITTEN,
    Bounds,
    BoxKind,
    box_kinds,
    declared_box,
)
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_px: float = option(MISMATCH_PX, unit="px", help="how far an edge may lie off, plus max_share")
    max_share: float = option(
        MISMATCH_SHARE, unit="share", help="of the mask's width or height that an edge may lie off besides"
    )
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every box that does not fit its mask."""
    kinds = box_kinds(m, Bounds(mismatch_px=o.max_px, mismatch_share=o.max_share))
    declared = declared_box(m)
    mask = np.stack([m.instances[name].to_numpy() for name in "xywh"], axis=1)

    def hit(row: int) -> Hit:
        written = MISWRITTEN.get(BoxKind(kinds.kind[row]))
        x, y, w, h = declared[row].tolist()
        off = float(kinds.off_px[row])
        end = (
            f"it fits when it is read {written}"
            if written
            else f"an edge lies {off:.4g} px off inside the image"
        )
        return Hit(
            f"The box [{x:.6g}, {y:.6g}, {w:.6g}, {h:.6g}] does not fit the mask, "
            f"which lies at {mask[row].tolist()}: {end}.",
            score=1.0 - float(kinds.iou[row]),
            instances=(row,),
            evidence={"box_iou": float(kinds.iou[row]), "off_px": off, "written": written},
            severity=Severity.ERROR if written else None,
            field="bbox",
        )

    for kind, how in MISWRITTEN.items():
        what = f"have a box written {how}, where COCO has [x, y, width, height] in pixels"
        found = kinds.kind == kind
        yield from each_or_once(m, found, kinds.compared, o.once_above, what, hit, Severity.ERROR)
    what = "have a box that does not fit the mask"
    found = kinds.kind == BoxKind.MISMATCH
    yield from each_or_once(m, found, kinds.compared, o.once_above, what, hit, Severity.WARNING)
