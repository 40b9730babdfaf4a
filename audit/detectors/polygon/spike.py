"""A spike: a thorn without width, where the outline goes out and comes back the same way.

What it finds
-------------
Polygons with a vertex at which the outline turns back exactly the way it came.

A spike without width adds no pixel. It is a warning where the box in the file reaches at least
``min_reach_px`` further than the mask does on some side, as boxes taken from the polygon's points do.
Where it reaches no further, or the file has no box, nothing that a training sees changes: an info.

Why it matters
--------------
The spike adds no pixel, but boxes that are taken from the polygon's points reach out to its tip. It
makes the polygon invalid for shapely and for everything that computes with outlines.

When it is wrong
----------------
Spikes shorter than a pixel come from simplifying outlines on a grid and do no harm.

Example
-------
The outline of annotation 17 turns back on itself at 1 of its 25 points, and the box in the file reaches 8 px
beyond the mask. Remove that point.

Reference
---------
OGC 06-103r4, "Simple Feature Access", section 6.1.11.1 (a polygon has no spikes or cut lines).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_table_or_aggregate
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.hit_columns import round_numbers
from audit.findings.finding import Severity
from audit.findings.text_columns import code_texts, fill_template, format_numbers
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_reach_px: float = option(2.0, unit="px", help="how far the box leaves the mask, for a warning")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield every polygon with a spike.

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
    spikes, vertices = (
        measurements.instances["spikes"].to_numpy(),
        measurements.instances["vertices"].to_numpy(),
    )
    reach_px = measure_box_reach(measurements)

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        is_wider = reach_px[rows].round(2) >= options.min_reach_px
        for chosen, consequence in (
            (rows[is_wider], ", and the box in the file reaches {box_reach} px beyond the mask"),
            (rows[~is_wider], ""),
        ):
            count, total, reach = spikes[chosen], vertices[chosen], round_numbers(reach_px[chosen], 2)
            message = fill_template(
                f"The outline turns back on itself at {{count}} of its {{total}} points: {{spikes}} without "
                f"width{consequence}.",
                {
                    "count": count,
                    "total": total,
                    "spikes": code_texts((count != 1).astype(np.int64), ["a spike", "spikes"]),
                    "box_reach": format_numbers(reach, "g"),
                },
            )
            reach_evidence = {"box_reach_px": reach} if consequence else {}
            severity = np.full(len(chosen), "" if consequence else Severity.INFO)
            yield HitTable(
                message,
                chosen,
                evidence={"spikes": count, "vertices": total, **reach_evidence},
                severity=severity,
            )

    yield from report_table_or_aggregate(
        measurements,
        spikes > 0,
        vertices > 0,
        options.once_above,
        "have an outline with a spike",
        make_tables,
        Severity.WARNING if (reach_px[spikes > 0] >= options.min_reach_px).any() else Severity.INFO,
    )


def measure_box_reach(measurements: Measurements) -> NDArray[np.float64]:
    """Say how far each box in the file leaves the box of its mask, on the side where it does most.

    Parameters
    ----------
    measurements : Measurements

    Returns
    -------
    (instances,) float64
        Pixels; 0 where it leaves it nowhere, and where the file has no box.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> measure_box_reach(empty_measurements()).tolist()
    []
    """
    x, y, w, h, left, top, width, height = (
        measurements.instances[name].to_numpy().astype(np.float64)
        for name in ("x", "y", "w", "h", "declared_x", "declared_y", "declared_w", "declared_h")
    )
    beyond = np.stack([x - left, y - top, left + width - (x + w), top + height - (y + h)])
    reach_px: NDArray[np.float64] = np.nan_to_num(beyond.max(axis=0), nan=0.0, posinf=0.0, neginf=0.0)
    return np.maximum(reach_px, 0.0)
