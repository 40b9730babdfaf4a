"""An area that is not that of the mask.

What it finds
-------------
Declared areas that differ from the mask's pixels by more than ``max_share`` of the mask plus
``max_border`` times its perimeter. The second is needed because most tools declare the area inside the
polygon, and COCO's pixels differ from that by a part of the border. The score is 1 - the smaller of
the two areas over the larger. Areas that are those of the declared box are said once where they are
more than ``box_once_above`` of a dataset: some exports do that for all annotations drawn as boxes.

Why it matters
--------------
COCO's evaluation sorts objects into small, medium and large by the declared area, and some training
programs weigh or drop objects by it. A wrong area most often means that the outline was changed, or
the image scaled, and the number was not.

When it is wrong
----------------
Amodal areas that count hidden parts on purpose: raise ``max_share``.

Example
-------
Annotation 17 declares an area of 624, which is that of its box; its mask has 412 px.

Reference
---------
COCO data format: ``area`` is that of the segmentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.detectors.classify_boxes import declared_box
from audit.detectors.polygon.normalised import normalised
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_share: float = option(0.1, unit="share", help="how far the area may be off, plus max_border")
    max_border: float = option(0.5, unit="px", help="how far off along each pixel of the perimeter besides")
    box_once_above: float = once_above(0.05)
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every annotation whose area is not that of its mask."""
    declared, area, perimeter = (
        m.instances[name].to_numpy(np.float64) for name in ("declared_area", "area_px", "perimeter_px")
    )
    compared = (declared >= 0) & np.isfinite(declared) & (area > 0) & ~normalised(m)
    wrong = compared & (np.abs(declared - area) > o.max_share * area + o.max_border * perimeter)
    w, h = declared_box(m)[:, 2:].clip(0.0, 1e9).T
    of_box = wrong & (np.abs(declared - w * h) <= 0.01 * w * h)

    def hit(row: int) -> Hit:
        less, more = sorted((float(declared[row]), float(area[row])))
        whose = " (that of its box)" if of_box[row] else ""
        return Hit(
            f"The area is declared as {declared[row]:.6g}{whose}; the mask has {area[row]:.0f} px.",
            score=1.0 - less / more,
            instances=(row,),
            evidence={
                "declared_area": float(declared[row]),
                "area_px": int(area[row]),
                "is_box_area": bool(of_box[row]),
            },
            field="area",
        )

    what = "declare the area of their box instead of their mask's"
    yield from each_or_once(m, of_box, compared, o.box_once_above, what, hit, Severity.WARNING)
    what = "declare an area that is not their mask's"
    yield from each_or_once(m, wrong & ~of_box, compared, o.once_above, what, hit, Severity.WARNING)
