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
from dataclasses import dataclass

import numpy as np

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every annotation whose area is negative."""
    declared, area = m.instances["declared_area"].to_numpy(), m.instances["area_px"].to_numpy()

    def hit(row: int) -> Hit:
        return Hit(
            f"The area is {declared[row]:.6g}; the mask has {area[row]} px.",
            instances=(row,),
            evidence={"declared_area": float(declared[row]), "area_px": int(area[row])},
            field="area",
        )

    yield from each_or_once(
        m, declared < 0, np.isfinite(declared), o.once_above, "have a negative area", hit, Severity.ERROR
    )
