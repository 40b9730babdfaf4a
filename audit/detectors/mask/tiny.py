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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import MaskKind
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.robust_spread import robust_spread_by_category
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.3
_EMPTY = "The segmentation draws nothing: its mask has {pixels} px."
_SMALL = "The mask has only {pixels} px, {factor} times fewer than its category's usual {usual_px} px."


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_px: int = option(10, unit="px", help="pixels that a mask should have")
    min_ratio: float = option(10.0, unit="factor", help="how many times smaller than the category's median")
    min_deviations: float = option(
        5.0, unit="standard deviations", help="how far below the category's sizes, robust, log scale"
    )
    min_instances: int = option(20, unit="count", help="masks of a category from which its sizes are learned")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every mask that is empty, a dot, or far too small for its category.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit or HitTable
    """
    area_px = measurements.instances["area_px"].to_numpy()
    kind = measurements.instances["segmentation"].to_numpy()
    # An RLE without pixels is reported where it is read: segm.empty.
    is_drawn = (kind == MaskKind.POLYGON) | ((kind == MaskKind.RLE) & (area_px > 0))
    is_usable = is_drawn & ~measurements.instances["iscrowd"].to_numpy()
    median, is_small = _small_for_category(measurements, options, is_usable)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        few = f"The mask has only {{pixels}} px (at least {options.min_px} expected)."
        is_empty_here, is_small_here = area_px[rows] == 0, is_small[rows]
        is_few_here = ~is_empty_here & ~is_small_here
        for is_chosen, sentence in ((is_empty_here, _EMPTY), (is_small_here, _SMALL), (is_few_here, few)):
            chosen = rows[is_chosen]
            pixels, usual_px = area_px[chosen], median[chosen]
            columns = {
                "pixels": pixels,
                "factor": format_numbers(usual_px / np.maximum(pixels, 1), ".0f"),
                "usual_px": format_numbers(usual_px, ".0f"),
            }
            evidence = {
                "area_px": pixels,
                "category_median_px": np.where(usual_px > 0, usual_px, np.nan),
            }
            score = 1.0 / (1.0 + pixels / max(options.min_px, 1))
            severity = np.where(pixels == 0, Severity.ERROR, "")
            yield HitTable(fill_template(sentence, columns), chosen, score, evidence, severity)

    is_empty = is_usable & (area_px == 0)
    yield from report_table_or_aggregate(
        measurements,
        is_empty,
        is_usable,
        options.once_above,
        "have a mask without a single pixel",
        make_tables,
        Severity.ERROR,
    )
    is_tiny = is_usable & (area_px > 0) & ((area_px < options.min_px) | is_small)
    yield from report_table_or_aggregate(
        measurements,
        is_tiny,
        is_usable,
        options.once_above,
        f"have fewer than {options.min_px} px",
        make_tables,
    )


def _small_for_category(
    measurements: Measurements, options: Options, is_usable: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the median area of each mask's category (0 = not known) and who is far below it."""
    area_px = measurements.instances["area_px"].to_numpy()
    has_pixels = is_usable & (area_px > 0)
    log_area = np.log(np.maximum(area_px, 1))
    log_median, log_spread = robust_spread_by_category(
        measurements.instances["category"].to_numpy(), log_area, has_pixels, options.min_instances
    )
    is_known = np.isfinite(log_median)
    log_median, log_spread = np.where(is_known, log_median, 0.0), np.where(is_known, log_spread, 0.0)
    log_distance = log_median - log_area
    is_whole = ~measurements.instances["border"].to_numpy()
    is_small = (
        is_known
        & has_pixels
        & is_whole
        & (log_distance >= np.log(options.min_ratio))
        & (log_distance >= options.min_deviations * log_spread)
    )
    # Rounded: numpy's exp differs in the last digit from one processor to another.
    return np.where(is_known, np.exp(log_median).round(6), 0.0), is_small
