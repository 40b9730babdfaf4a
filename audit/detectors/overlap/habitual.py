"""Two categories overlap as a habit: said once for the pair instead of once an image.

What it finds
-------------
Pairs of categories with a real overlap (one inside the other, or partly, more than a sliver) in at
least ``min_images`` images, and in at least ``min_rate`` of the images that hold both (lower bound of
the 95 % Wilson interval). For one category the images count in which two of its masks come within
2 px, and the bound is ``min_rate_same``.

Two different categories: an info; `overlap.contained` and `overlap.partial` then leave the pair out.
One category: a warning, and nothing is left out, because labels that are wrong everywhere must not
silence themselves.

Why it matters
--------------
A cap on its bottle is no mistake, and hundreds of findings about it hide the real ones. Cells that
overlap wherever they touch are a matter of the labelling guide, not of one annotation.

When it is wrong
----------------
A labelling tool that misplaces one category everywhere looks like a habit: look at one or two of the
pictures, then either put the pair into ``allow`` or set ``learn_habits`` to false.

Example
-------
`bottle` and `cap` overlap in 92 of the 106 images that hold both: 87 %, interval 79 % to 92 %.

Reference
---------
Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit, option
from audit.detectors.category_overlap_rates import MIN_IMAGES, MIN_RATE, MIN_RATE_SAME, Habits, overlap_habits
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent, format_percent_range
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_images: int = option(MIN_IMAGES, unit="count", help="least images with an overlap that make a habit")
    min_rate: float = option(MIN_RATE, unit="share", help="least rate (lower 95 % bound), two categories")
    min_rate_same: float = option(
        MIN_RATE_SAME, unit="share", help="least rate (lower 95 % bound), one category"
    )


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every pair of categories that overlaps habitually."""
    habits = overlap_habits(m)
    for row in np.flatnonzero(habits.habitual(o.min_images, o.min_rate, o.min_rate_same)).tolist():
        yield _hit(m, habits, row)


def _hit(m: Measurements, habits: Habits, row: int) -> Hit:
    ids, names = m.categories["category_id"].to_numpy(), m.categories["name"].to_numpy()
    pair = sorted({int(habits.category_a[row]), int(habits.category_b[row])}, key=lambda c: (ids[c], c))
    overlapping, together = int(habits.images_overlapping[row]), int(habits.images_together[row])
    rate, low, high = float(habits.rate[row]), float(habits.low[row]), float(habits.high[row])
    counts = f"overlap in {overlapping} of the {together} images"
    interval = f"{format_percent(rate)}, 95 % interval {format_percent_range(low, high)}"
    same = len(pair) == 1
    if same:
        message = (
            f"Neighbours of category “{names[pair[0]]}” {counts} in which two come within 2 px ({interval}): "
            "a matter of how neighbours are drawn in this dataset."
        )
    else:
        message = (
            f"“{names[pair[0]]}” and “{names[pair[1]]}” {counts} that hold both ({interval}): "
            "taken as a habit of this dataset."
        )
    return Hit(
        message,
        score=low,
        categories=tuple(pair),
        evidence={
            "images_together": together,
            "images_overlapping": overlapping,
            "pairs": int(habits.pairs[row]),
            "rate": rate,
            "rate_low": low,
            "rate_high": high,
        },
        severity=Severity.WARNING if same else Severity.INFO,
    )
