"""An annotation over nothing: the picture shows no difference between the mask and what lies around it.

What it finds
-------------
Masks that explain at most ``max_separation`` of the picture's variation in and around them, where objects of
the category usually stand out: the median is at least ``min_usual``, over at least ``min_instances`` masks.
Pixels of other masks count neither as inside nor as around. Masks below ``min_area``, crowd regions and masks
at the border of their image are left out. Needs the pictures (--images).

An info: half of such masks lie over nothing, and half over something out of focus.

Why it matters
--------------
A mask over nothing teaches the model to see objects in the background.

When it is wrong
----------------
Objects that are as bright as what lies around them and are known by their texture or their rim alone; dim
objects beside a glare.

Example
-------
The mask of `nucleus` 5621 explains 1.5 % of the picture's variation there; 71 % is usual.

Reference
---------
The measure of separation is that of Otsu, "A threshold selection method from gray-level histograms", 1979.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit, option
from audit.detectors.describe_pairs import QuotedCategoryNames
from audit.detectors.robust_spread import robust_spread_by_category
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO
IMPORTANCE = 0.4


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_separation: float = option(
        0.05, unit="share", help="most variation that a mask over nothing explains"
    )
    min_usual: float = option(0.3, unit="share", help="least median of a category whose objects stand out")
    min_instances: int = option(20, unit="count", help="masks of a category from which that is learned")
    min_area: int = option(100, unit="px", help="least area of a mask that is judged")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask that nothing in the picture tells from its surroundings.

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
    separation = instances["edge_here"].to_numpy()
    is_judged = np.isfinite(separation) & ~instances["iscrowd"].to_numpy()
    is_judged &= instances["area_px"].to_numpy() >= options.min_area
    usual, _ = robust_spread_by_category(
        instances["category"].to_numpy(),
        np.where(is_judged, separation, 0.0),
        is_judged,
        options.min_instances,
    )
    is_over_nothing = is_judged & ~instances["border"].to_numpy()
    is_over_nothing &= np.where(np.isfinite(usual), usual, 0.0) >= options.min_usual
    is_over_nothing &= np.where(is_judged, separation, 1.0) <= options.max_separation
    names = QuotedCategoryNames(measurements)

    def make_hit(row: int) -> Hit:
        return Hit(
            f"The picture hardly differs between the mask of this {names[row]} and what lies around it: "
            f"{format_percent(float(separation[row]))} of its variation there, where "
            f"{format_percent(float(usual[row]))} is usual.",
            score=1.0 - float(separation[row]) / max(float(usual[row]), 1e-9),
            instances=(row,),
            evidence={"separation": float(separation[row]), "category_separation": float(usual[row])},
        )

    yield from report_each_or_aggregate(
        measurements,
        is_over_nothing,
        is_judged,
        options.once_above,
        "lie where the picture shows no difference",
        make_hit,
    )
