"""Two categories overlap as a habit: said once for the pair instead of once an image.

What it finds
-------------
Pairs of categories with a real overlap (one inside the other, or partly, more than a sliver) in at
least ``min_images`` images, and in at least ``min_rate`` of the images that hold both (lower bound of
the 95 % Wilson interval). For one category the images count in which two of its masks come within
2 px, and the bound is ``min_rate_same``.

Two different categories: an info; `overlap.contained` and `overlap.partial` then leave the pair out.
One category: a warning, and nothing is left out, because labels that are wrong everywhere must not
silence themselves. A category whose masks are boxes is left out: boxes of neighbours overlap by
construction, and `overlap.partial` says so once.

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

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.box_masks import flag_box_masks
from audit.detectors.category_overlap_rates import (
    MIN_IMAGES,
    MIN_RATE,
    MIN_RATE_SAME,
    CategoryOverlapRates,
    measure_overlap_rates,
)
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent, format_percent_range
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO
IMPORTANCE = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_images: int = option(MIN_IMAGES, unit="count", help="least images with an overlap that make a habit")
    min_rate: float = option(MIN_RATE, unit="share", help="least rate (lower 95 % bound), two categories")
    min_rate_same: float = option(
        MIN_RATE_SAME, unit="share", help="least rate (lower 95 % bound), one category"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every pair of categories that overlaps habitually.

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
    overlap_rates = measure_overlap_rates(measurements)
    is_habitual = overlap_rates.flag_habitual(options.min_images, options.min_rate, options.min_rate_same)
    box_categories = sort_unique(measurements.instances["category"].to_numpy()[flag_box_masks(measurements)])
    is_of_boxes = np.isin(overlap_rates.category_a, box_categories) & (
        overlap_rates.category_a == overlap_rates.category_b
    )
    for row in np.flatnonzero(is_habitual & ~is_of_boxes).tolist():
        yield _hit(measurements, overlap_rates, row)


def _hit(measurements: Measurements, overlap_rates: CategoryOverlapRates, row: int) -> Hit:
    category_ids, names = (
        measurements.categories["category_id"].to_numpy(),
        measurements.categories["name"].to_numpy(),
    )
    category_rows = sorted(
        {int(overlap_rates.category_a[row]), int(overlap_rates.category_b[row])},
        key=lambda category_row: (category_ids[category_row], category_row),
    )
    overlapping, together = (
        int(overlap_rates.images_overlapping[row]),
        int(overlap_rates.images_together[row]),
    )
    rate, lower_bound, upper_bound = (
        float(overlap_rates.rate[row]),
        float(overlap_rates.low[row]),
        float(overlap_rates.high[row]),
    )
    counts_text = f"overlap in {overlapping} of the {together} images"
    interval_text = f"{format_percent(rate)}, 95 % interval {format_percent_range(lower_bound, upper_bound)}"
    is_same_category = len(category_rows) == 1
    if is_same_category:
        message = (
            f"Neighbours of category “{names[category_rows[0]]}” {counts_text} in which two come within 2 "
            f"px ({interval_text}): "
            "a matter of how neighbours are drawn in this dataset."
        )
    else:
        message = (
            f"“{names[category_rows[0]]}” and “{names[category_rows[1]]}” {counts_text} that hold both "
            f"({interval_text}): "
            "taken as a habit of this dataset."
        )
    return Hit(
        message,
        score=lower_bound,
        categories=tuple(category_rows),
        evidence={
            "images_together": together,
            "images_overlapping": overlapping,
            "pairs": int(overlap_rates.pairs[row]),
            "rate": rate,
            "rate_low": lower_bound,
            "rate_high": upper_bound,
        },
        severity=Severity.WARNING if is_same_category else Severity.INFO,
    )
