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
from dataclasses import dataclass

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit
from audit.detectors.classify_boxes import BoxKind, box_kinds, declared_box
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every box without width or height."""
    kind = box_kinds(m).kind
    declared = declared_box(m)

    def hit(row: int) -> Hit:
        _, _, w, h = declared[row].tolist()
        return Hit(
            f"The box is {w:.6g} px wide and {h:.6g} px high; both must be above 0.",
            instances=(row,),
            evidence={"declared_w": w, "declared_h": h},
            field="bbox",
        )

    found, given = kind == BoxKind.NONPOSITIVE, kind != BoxKind.ABSENT
    what = "have a box without width or height"
    yield from each_or_once(m, found, given, o.once_above, what, hit, Severity.ERROR)
