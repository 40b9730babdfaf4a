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
from dataclasses import dataclass

import numpy as np

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.detectors.classify_boxes import OUTSIDE_PX, Bounds, BoxKind, box_kinds, declared_box
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_px: float = option(OUTSIDE_PX, unit="px", help="how far outside a box may reach unreported")
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every box that leaves its image."""
    kinds = box_kinds(m, Bounds(outside_px=o.min_px))
    declared = declared_box(m)
    image = m.instances["image"].to_numpy()
    width, height = (np.r_[m.images[name].to_numpy(), 0][image] for name in ("width", "height"))

    def hit(row: int) -> Hit:
        x, y, w, h = declared[row].tolist()
        gone = x >= width[row] or y >= height[row] or x + w <= 0 or y + h <= 0
        what = "lies wholly outside" if gone else f"reaches {kinds.outside_px[row]:.4g} px out of"
        return Hit(
            f"The box [{x:.6g}, {y:.6g}, {w:.6g}, {h:.6g}] {what} the image "
            f"of {width[row]} x {height[row]} px.",
            instances=(row,),
            evidence={
                "outside_px": float(kinds.outside_px[row]),
                "width": int(width[row]),
                "height": int(height[row]),
            },
            severity=Severity.ERROR if gone else None,
            field="bbox",
        )

    what = f"have a box that leaves the image by more than {o.min_px:.4g} px"
    found, given = kinds.kind == BoxKind.OUTSIDE, kinds.kind != BoxKind.ABSENT
    yield from each_or_once(m, found, given, o.once_above, what, hit, Severity.WARNING)
