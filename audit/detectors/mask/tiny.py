"""A mask that is hardly there: no pixel at all, a dot, or far smaller than its category.

What it finds
-------------
Masks without a single pixel (an error: the segmentation is there but draws nothing), masks of fewer
than ``min_px`` pixels, and masks far below their category's sizes: smaller than the median by the
factor ``min_ratio`` and by ``min_deviations`` robust standard deviations of the category's sizes (on
a log scale). The last needs ``min_instances`` masks of the category and fits categories of one size,
such as cells; where sizes vary a thousandfold it stays silent. A small mask that the border of the
image cuts off is not compared with its category. Crowd regions are left out.

Why it matters
--------------
A mask without pixels has no box, which stops many training programs or gives NaN losses. Dots come
from a stray click, and a detector cannot learn them.

When it is wrong
----------------
Satellite images and far away objects do have objects of a few pixels: lower ``min_px``.

Example
-------
Annotation 17 has 4 px; half of all `cell` masks have more than 412 px. A stray click: delete it.

Reference
---------
Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993 (median absolute deviation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.aggregate import each_or_once, once_above
from audit.detectors.base import Hit, option
from audit.detectors.robust_spread import category_spread
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_px: int = option(10, unit="px", help="pixels that a mask should have")
    min_ratio: float = option(10.0, unit="factor", help="how many times smaller than the category's median")
    min_deviations: float = option(
        5.0, unit="standard deviations", help="how far below the category's sizes, robust, log scale"
    )
    min_instances: int = option(20, unit="count", help="masks of a category from which its sizes are learned")
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every mask that is empty, a dot, or far too small for its category."""
    area = m.instances["area_px"].to_numpy()
    usable = (m.instances["segmentation"].to_numpy() > 0) & ~m.instances["iscrowd"].to_numpy()
    median, small = _small_for_category(m, o, usable)

    def hit(row: int) -> Hit:
        px = int(area[row])
        typical = float(median[row])
        if px == 0:
            message = "The segmentation draws nothing: its mask has 0 px."
        elif small[row]:
            message = (
                f"The mask has only {px} px, "
                f"{typical / px:.0f} times fewer than its category's usual {typical:.0f} px."
            )
        else:
            message = f"The mask has only {px} px (at least {o.min_px} expected)."
        return Hit(
            message,
            score=1.0 / (1.0 + px / max(o.min_px, 1)),
            instances=(row,),
            evidence={"area_px": px, "category_median_px": typical if typical > 0 else None},
            severity=Severity.ERROR if px == 0 else None,
        )

    empty = usable & (area == 0)
    yield from each_or_once(
        m, empty, usable, o.once_above, "have a mask without a single pixel", hit, Severity.ERROR
    )
    tiny = usable & (area > 0) & ((area < o.min_px) | small)
    yield from each_or_once(m, tiny, usable, o.once_above, f"have fewer than {o.min_px} px", hit)


def _small_for_category(
    m: Measurements, o: Options, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the median area of each mask's category (0 = not known) and who is far below it."""
    area = m.instances["area_px"].to_numpy()
    drawn = usable & (area > 0)
    size = np.log(np.maximum(area, 1))
    middle, spread = category_spread(m.instances["category"].to_numpy(), size, drawn, o.min_instances)
    known = np.isfinite(middle)
    middle, spread = np.where(known, middle, 0.0), np.where(known, spread, 0.0)
    below = middle - size
    whole = ~m.instances["border"].to_numpy()
    small = known & drawn & whole & (below >= np.log(o.min_ratio)) & (below >= o.min_deviations * spread)
    return np.where(known, np.exp(middle), 0.0), small
