"""A streak: a mask that is long and hardly a pixel wide.

What it finds
-------------
Masks whose mean width is below ``max_width`` and that are at least ``min_length`` long and at least
``min_ratio`` times as long as wide. Mean width = 2 x area / perimeter, length = perimeter / 2, with
the perimeter in unit pixel edges (exact for straight strips, up to 40 % too thin for diagonal ones).

The category's own shape is learned first. With ``min_instances`` masks, one must be longer for its
width than is usual there by ``min_deviations`` robust standard deviations of the logarithm: poles, forks
and skis stay silent. Crowd regions are left out.

A warning needs more: ``warn_ratio`` times as long as wide, for shorter ones may be a small object that others
leave to see. Where the shape of the category is not known, a streak is an info; so is one at most 2 px from
the border of its image, which may be all of an object that the border leaves, and one in a dataset that draws
objects in pieces (at least 1 % of all masks have several real parts close together), as photographs need it:
in these, things stand behind others.

Why it matters
--------------
Streaks are left-overs of a deleted or cut object, or an outline that collapsed to a line. At the
resolution of a mask head (28 x 28) they cannot be learned.

When it is wrong
----------------
Strings, wires and blades in a category of mostly compact things; a limb that is all that can be seen
of an object behind another.

Example
-------
Annotation 17 is 63 px long and 1.4 px wide; `cell` masks are usually 1.2 times as long as wide.

Reference
---------
He et al., "Mask R-CNN", 2017, section 3 (the mask head's resolution).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.cut_by_border import flag_cut_by_border
from audit.detectors.drawn_in_pieces import draws_pieces
from audit.detectors.robust_spread import robust_spread_by_category
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.3
_LEAST_LOG_SPREAD = 0.1
"""A tenth: no category is drawn more alike than that, however its masks measure."""

_CUT_OFF = "; it may be what the border of the image leaves of an object"


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_width: float = option(2.0, unit="px", help="mean width below which a mask is a streak")
    min_length: float = option(12.0, unit="px", help="least length of a streak")
    min_ratio: float = option(8.0, unit="factor", help="least length / width of a streak")
    warn_ratio: float = option(12.0, unit="factor", help="the same, from which on a streak is a warning")
    min_instances: int = option(20, unit="count", help="masks of a category from which its shape is learned")
    min_deviations: float = option(
        4.0, unit="standard deviations", help="how far above the category's usual length / width, robust"
    )
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every mask that is a streak, unless its category usually is.

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
    perimeter_px = measurements.instances["perimeter_px"].to_numpy()
    is_cut_off = flag_cut_by_border(measurements)
    is_mask = (area_px > 0) & ~measurements.instances["iscrowd"].to_numpy()
    width = 2.0 * area_px / np.maximum(perimeter_px, 1)
    length = perimeter_px / 2.0
    ratio = np.where(is_mask, length / np.maximum(width, 0.01), 1.0)
    usual_log, log_spread = robust_spread_by_category(
        measurements.instances["category"].to_numpy(), np.log(ratio), is_mask, options.min_instances
    )
    is_known = np.isfinite(usual_log)
    # numpy's exp differs in the last digit from one processor to another; what is written must not.
    usual_ratio = np.exp(np.where(is_known, usual_log, 0.0)).round(6)
    log_limit = usual_log + options.min_deviations * np.maximum(log_spread, _LEAST_LOG_SPREAD)
    is_habit = is_known & (np.log(ratio) <= np.where(is_known, log_limit, 0.0))
    is_clear = is_known & ~is_cut_off & (ratio >= options.warn_ratio) & (not draws_pieces(measurements))
    is_thin = (width < options.max_width) & (length >= options.min_length) & (ratio >= options.min_ratio)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        for chosen, habit in (
            (rows[is_known[rows]], "; its category is usually {usual} times as long as wide"),
            (rows[~is_known[rows]], ""),
        ):
            message = fill_template(
                f"The mask is a streak, {{length}} px long and {{width}} px wide{habit}{{border}}.",
                {
                    "length": format_numbers(length[chosen], ".0f"),
                    "width": format_numbers(width[chosen], ".1f"),
                    "usual": format_numbers(usual_ratio[chosen], ".1f"),
                    "border": code_texts(is_cut_off[chosen].astype(np.int64), ["", _CUT_OFF]),
                },
            )
            evidence = {
                "mean_width_px": width[chosen],
                "length_px": length[chosen],
                "category_length_per_width": usual_ratio[chosen] if habit else np.full(len(chosen), np.nan),
                "at_border": is_cut_off[chosen],
            }
            severity = np.where(is_clear[chosen], "", Severity.INFO)
            yield HitTable(
                message, chosen, 1.0 - width[chosen] / (2.0 * options.max_width), evidence, severity
            )

    is_streak = is_mask & is_thin & ~is_habit
    yield from report_table_or_aggregate(
        measurements, is_streak, is_mask, options.once_above, "are streaks", make_tables
    )
