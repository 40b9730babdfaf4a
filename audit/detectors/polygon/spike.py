"""A spike: a thorn without width, where the outline goes out and comes back the same way.

What it finds
-------------
Polygons with a vertex at which the outline turns back exactly the way it came.

Why it matters
--------------
The spike adds no pixel, but boxes that are taken from the polygon's points reach out to its tip. It
makes the polygon invalid for shapely and for everything that computes with outlines.

When it is wrong
----------------
Spikes shorter than a pixel come from simplifying outlines on a grid and do no harm.

Example
-------
The outline of annotation 17 turns back on itself at 1 of its 25 points. Remove that point.

Reference
---------
OGC 06-103r4, "Simple Feature Access", section 6.1.11.1 (a polygon has no spikes or cut lines).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.2


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every polygon with a spike.

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
    spikes, vertices = (
        measurements.instances["spikes"].to_numpy(),
        measurements.instances["vertices"].to_numpy(),
    )

    def make_hit(row: int) -> Hit:
        count = int(spikes[row])
        return Hit(
            f"The outline turns back on itself at {count} of its {vertices[row]} points: "
            f"{'a spike' if count == 1 else 'spikes'} without width.",
            score=1.0,
            instances=(row,),
            evidence={"spikes": count, "vertices": int(vertices[row])},
        )

    yield from report_each_or_aggregate(
        measurements,
        spikes > 0,
        vertices > 0,
        options.once_above,
        "have an outline with a spike",
        make_hit,
        Severity.WARNING,
    )
