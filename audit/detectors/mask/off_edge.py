"""The outline lies beside the object that the picture shows, not on it.

What it finds
-------------
Masks that would separate object and surroundings much better if they were moved by ``min_shift`` pixels or
more: shifted and carelessly drawn outlines. How well a mask separates is the share of the variation of
brightness and colour, in the mask and in a ring around it, that lies between the two. An object that is
nowhere clearly separated from its surroundings is left alone (``min_fit``). So is a mask that comes within
2 px of the border of its image, where surroundings are missing on one side, and a better place so far away
that it is that of something else (``max_shift`` of the mask's shorter side). Needs the pictures (--images).

The score is 1 - the share as drawn / the share at the better place. Below ``warn_score`` it is an info:
half of those are drawn carelessly, the others have a bright part or a bright neighbour.

Why it matters
--------------
The model learns the offset: masks that miss the object on one side and overlap the neighbour on the
other.

When it is wrong
----------------
Objects with a strong pattern inside, or beside something of another colour: the better place may be that
of a part, or of something else.

Example
-------
The mask of `nucleus` 12 separates 38 % as well as it would 4 px further left: it was drawn on another copy
of the picture.

Reference
---------
The measure of separation is that of Otsu, "A threshold selection method from gray-level histograms", 1979.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.cut_by_border import flag_cut_by_border
from audit.detectors.describe_pairs import QuotedCategoryNames
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.7


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.4, unit="share", help="least share of the separation that is missed")
    warn_score: float = option(0.6, unit="share", help="the same, from which on it is a warning")
    min_shift: float = option(2.5, unit="px", help="least distance to the better place")
    max_shift: float = option(
        0.4, unit="share", help="most distance to the better place, by the shorter side of the mask's box"
    )
    min_fit: float = option(0.45, unit="share", help="least separation at the better place")
    min_area: int = option(100, unit="px", help="least area of a mask that is judged")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask that would fit the picture better elsewhere.

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
    instances = measurements.instances
    separation, best_separation, shift_x, shift_y = (
        instances[names].to_numpy() for names in ("edge_here", "edge_best", "edge_x", "edge_y")
    )
    if np.isnan(best_separation).all():
        return
    missed_share = 1 - separation / np.where(best_separation > 0, best_separation, 1)
    distance_px = np.hypot(shift_x, shift_y)
    chosen = (
        (missed_share >= options.min_score)
        & (distance_px >= options.min_shift)
        & (best_separation >= options.min_fit)
    )
    shorter_side = np.minimum(instances["w"].to_numpy(), instances["h"].to_numpy())
    chosen &= (distance_px <= options.max_shift * shorter_side) & ~flag_cut_by_border(measurements)
    chosen &= (instances["area_px"].to_numpy() >= options.min_area) & ~instances["iscrowd"].to_numpy()
    names = QuotedCategoryNames(measurements)
    for row in np.flatnonzero(chosen).tolist():
        share, direction = (
            format_percent(float(1 - missed_share[row])),
            _where(int(shift_x[row]), int(shift_y[row])),
        )
        yield Hit(
            f"The mask of this {names[row]} lies beside what the picture shows: it separates the object from "
            f"its surroundings {share} as well as it would {direction}.",
            score=float(missed_share[row]),
            instances=(row,),
            evidence={
                "missed_share": float(missed_share[row]),
                "shift_px": [int(shift_x[row]), int(shift_y[row])],
                "distance_px": round(float(distance_px[row]), 2),
                "separation": float(separation[row]),
                "best_separation": float(best_separation[row]),
            },
            severity=None if missed_share[row] >= options.warn_score else Severity.INFO,
        )


def _where(shift_x: int, shift_y: int) -> str:
    """Say a direction in words.

    Examples
    --------
    >>> _where(-3, 0), _where(2, 4)
    ('3 px further left', '2 px further right and 4 px further down')
    """
    steps = [
        f"{abs(shift)} px further {words[shift > 0]}"
        for shift, words in ((shift_x, ("left", "right")), (shift_y, ("up", "down")))
        if shift
    ]
    return " and ".join(steps)
