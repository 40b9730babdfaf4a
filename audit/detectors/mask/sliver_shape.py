"""A streak: a mask that is long and hardly a pixel wide.

What it finds
-------------
Masks whose mean width is below ``max_width`` and that are at least ``min_length`` long and at least
``min_ratio`` times as long as wide. Mean width = 2 x area / perimeter, length = perimeter / 2, with
the perimeter in unit pixel edges (exact for straight strips, up to 40 % too thin for diagonal ones).
A category whose masks usually are that thin (its median length / width reaches half of the mask's)
stays silent. A streak at the border of its image is an info: it may be all of an object that the border
leaves. Crowd regions are left out.

Why it matters
--------------
Streaks are left-overs of a deleted or cut object, or an outline that collapsed to a line. At the
resolution of a mask head (28 x 28) they cannot be learned.

When it is wrong
----------------
Strings, wires, skis and blades are thin. When a category has few masks, its habit is not known.

Example
-------
Annotation 17 is 63 px long and 1.4 px wide; `cell` masks are usually 1.2 times as long as wide.

Reference
---------
He et al., "Mask R-CNN", 2017, section 3 (the mask head's resolution).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.detectors.robust_spread import category_spread
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_HABIT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_width: float = option(2.0, unit="px", help="mean width below which a mask is a streak")
    min_length: float = option(12.0, unit="px", help="least length of a streak")
    min_ratio: float = option(8.0, unit="factor", help="least length / width of a streak")
    min_instances: int = option(10, unit="count", help="masks of a category from which its shape is learned")
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every mask that is a streak, unless its category usually is."""
    area = m.instances["area_px"].to_numpy()
    perimeter = m.instances["perimeter_px"].to_numpy()
    cut_off = m.instances["border"].to_numpy()
    among = (area > 0) & ~m.instances["iscrowd"].to_numpy()
    width = 2.0 * area / np.maximum(perimeter, 1)
    length = perimeter / 2.0
    ratio = np.where(among, length / np.maximum(width, 0.01), 1.0)
    usual, _ = category_spread(m.instances["category"].to_numpy(), ratio, among, o.min_instances)
    usual = np.where(np.isfinite(usual), usual, 0.0)
    thin = (width < o.max_width) & (length >= o.min_length) & (ratio >= o.min_ratio)

    def hit(row: int) -> Hit:
        habit = f"; its category is usually {usual[row]:.1f} times as long as wide" if usual[row] else ""
        rest = "; it may be what the border of the image leaves of an object" if cut_off[row] else ""
        return Hit(
            f"The mask is a streak, {length[row]:.0f} px long and {width[row]:.1f} px wide{habit}{rest}.",
            score=1.0 - float(width[row]) / (2.0 * o.max_width),
            instances=(row,),
            evidence={
                "mean_width_px": float(width[row]),
                "length_px": float(length[row]),
                "category_length_per_width": float(usual[row]) or None,
                "at_border": bool(cut_off[row]),
            },
            severity=Severity.INFO if cut_off[row] else None,
        )

    found = among & thin & (usual < _HABIT_SHARE * ratio)
    yield from each_or_once(m, found, among, o.once_above, "are streaks", hit)
