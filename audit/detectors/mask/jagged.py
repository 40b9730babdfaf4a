"""A jagged outline: teeth all around, where a smooth line was meant.

What it finds
-------------
Masks whose perimeter is at least ``min_excess`` times that of a smooth shape with the same box, by
notches that are on average at most ``max_notch`` px wide. Counted in unit pixel edges, every outline
without notches has exactly the perimeter of its box, 2 (w + h), however its digital staircase runs:
what is above comes from notches, and the area that they take is what the convex hull has more than
the mask. So counted, teeth look wider than a ruler says: pointed ones on a slanting stretch of the
outline up to twice as wide, for fewer of their edges turn back there. Only masks of at least ``min_px``
pixels are judged. Noise also leaves specks and pinholes: further parts and holes may together have
``max_specks`` of the mask's pixels; with more, the mask has another shape, and its box says nothing.

The category's own outlines are learned first. With ``min_instances`` masks, one must also exceed the
category's median by ``min_deviations`` robust standard deviations; and a category of which more than
``max_toothed`` reach ``min_excess`` has teeth of its own, whatever their width: forks, ropes and hairy
things stay silent. Below ``warn_excess``, and where a category has fewer masks, a jagged outline is an
info: of nuclei named at 1.3 to 1.5 times, half were jagged, the others had a dent or a faint edge.

Why it matters
--------------
Teeth come from a mask enlarged without interpolation, a shaky hand or a noisy threshold. Boundary
metrics punish them, and a model that learns them predicts frayed edges.

When it is wrong
----------------
Fur, leaves, combs and gears have real teeth; so has the one fork in a category of spoons. A mask that
winds around another object has one narrow, deep notch.

Example
-------
The outline of annotation 17 is 1.9 times as long as a smooth one; its notches are 2.2 px wide.

Reference
---------
Klette and Rosenfeld, "Digital Geometry", 2004 (the frontier length of an orthogonally convex set is
that of its box).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.robust_spread import mean_by_category, robust_spread_by_category
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.3


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_excess: float = option(1.3, unit="factor", help="least perimeter / perimeter of the mask's box")
    warn_excess: float = option(1.6, unit="factor", help="the same, from which on it is a warning")
    max_notch: float = option(6.0, unit="px", help="most mean width of the notches")
    min_px: int = option(100, unit="px", help="least area of a mask that is judged")
    max_specks: float = option(
        0.05, unit="share", help="most pixels of further parts and of holes, as a share of the mask"
    )
    min_instances: int = option(20, unit="count", help="masks of a category from which its habit is learned")
    min_deviations: float = option(
        4.0, unit="standard deviations", help="how far above the category's usual excess, robust"
    )
    max_toothed: float = option(
        0.05, unit="share", help="share of a category's masks above which teeth are its own shape"
    )
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every mask with a jagged outline.

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
    perimeter_px = measurements.instances["perimeter_px"].to_numpy()
    excess, notch_px = _measure_notches(measurements)
    is_judged = _flag_judged(measurements, options)
    usual_excess, excess_spread = robust_spread_by_category(
        measurements.instances["category"].to_numpy(), excess, is_judged, options.min_instances
    )
    is_known = np.isfinite(usual_excess)
    # The categories' share of toothed outlines: a mean, over the same masks that are learned from.
    toothed_share = mean_by_category(
        measurements.instances["category"].to_numpy(), excess >= options.min_excess, is_judged
    )
    has_own_teeth = is_known & (toothed_share > options.max_toothed)
    excess_limit = np.where(is_known, usual_excess, 1.0) + options.min_deviations * np.where(
        is_known, excess_spread, 0.0
    )

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        message = fill_template(
            "The outline is jagged: {excess} times as long as a smooth one, "
            "with notches {notch_px} px wide on average.",
            {
                "excess": format_numbers(excess[rows], ".2f"),
                "notch_px": format_numbers(notch_px[rows], ".1f"),
            },
        )
        evidence = {
            "excess": excess[rows],
            "notch_px": notch_px[rows],
            "perimeter_px": perimeter_px[rows],
            "category_excess": usual_excess[rows],
        }
        is_warning = is_known[rows] & (excess[rows] >= options.warn_excess)
        severity = np.where(is_warning, "", Severity.INFO)
        yield HitTable(message, rows, 1.0 - 1.0 / excess[rows], evidence, severity)

    is_jagged = (
        is_judged & (excess >= options.min_excess) & (notch_px <= options.max_notch) & (excess > excess_limit)
    )
    is_jagged &= ~has_own_teeth
    yield from report_table_or_aggregate(
        measurements, is_jagged, is_judged, options.once_above, "have a jagged outline", make_tables
    )


def _flag_judged(measurements: Measurements, options: Options) -> NDArray[np.bool_]:
    """Tell which masks are large enough, and of one piece but for specks and pinholes."""
    area_px, largest_part_px, hole_px, iscrowd = (
        measurements.instances[name].to_numpy()
        for name in ("area_px", "largest_part_px", "hole_px", "iscrowd")
    )
    is_whole = area_px - largest_part_px + hole_px <= options.max_specks * area_px
    return np.asarray((area_px >= max(options.min_px, 1)) & is_whole & ~iscrowd)


def _measure_notches(measurements: Measurements) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the perimeter by that of the mask's box, and the mean width of the notches in pixels."""
    area_px, hull_px, perimeter_px, width, height = (
        measurements.instances[name].to_numpy() for name in ("area_px", "hull_px", "perimeter_px", "w", "h")
    )
    smooth_perimeter = np.maximum(2 * (width + height), 1)
    # A notch of width t and depth d adds 2 d edges and takes t d pixels.
    notch_px = 2.0 * (hull_px - area_px) / np.maximum(perimeter_px - smooth_perimeter, 1)
    return perimeter_px / smooth_perimeter, notch_px
