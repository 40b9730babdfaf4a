"""An inverted mask: the background is marked, and the object is the hole in it.

What it finds
-------------
Masks that reach all four borders of their image, cover at least ``min_share`` of it, and leave out what an
object of the category would cover: between 1 / ``max_factor`` and ``max_factor`` times the median area of the
category's other masks. Where too few others tell (``min_instances``), what is left out must lie in holes
altogether. Crowd regions are left out.

Why it matters
--------------
One inverted mask outweighs hundreds of right ones in the loss: nearly all of its pixels are wrong. Its box
is the whole image.

When it is wrong
----------------
Categories that really surround others: the sky around a balloon, a plate that fills the picture.

Example
-------
Annotation 4 covers 88 % of its image and leaves out 3,864 px; `tongue` masks usually have 4,102 px.

Reference
---------
None: black and white are swapped where masks are exported as pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, report_each_or_aggregate
from audit.detectors.base import Hit, option
from audit.detectors.robust_spread import robust_spread_by_category
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_share: float = option(0.5, unit="share", help="least share of the image that an inverted mask covers")
    max_factor: float = option(
        4.0, unit="factor", help="how much what is left out may differ from the category's median area"
    )
    min_instances: int = option(10, unit="count", help="other masks from which the usual area is learned")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask that leaves out an object.

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
    area_px, hole_px, width, height = (
        instances[name].to_numpy() for name in ("area_px", "hole_px", "w", "h")
    )
    image_rows = instances["image"].to_numpy()
    image_width, image_height = (
        np.r_[measurements.images[name].to_numpy(), 0][image_rows] for name in ("width", "height")
    )
    image_px = image_width * image_height
    is_mask = (area_px > 0) & ~instances["iscrowd"].to_numpy()
    left_out_px = image_px - area_px
    is_suspect = is_mask & (width == image_width) & (height == image_height) & (left_out_px > 0)
    is_suspect &= area_px >= options.min_share * image_px
    usual_px, _ = robust_spread_by_category(
        instances["category"].to_numpy(),
        area_px.astype(np.float64),
        is_mask & ~is_suspect,
        options.min_instances,
    )
    is_known = np.isfinite(usual_px)
    factor = left_out_px / np.where(is_known, np.maximum(usual_px, 1), np.maximum(left_out_px, 1))
    is_object = (factor <= options.max_factor) & (factor * options.max_factor >= 1)
    is_inverted = is_suspect & np.where(is_known, is_object, hole_px == left_out_px)

    def make_hit(row: int) -> Hit:
        usual = f"; masks of its category usually have {usual_px[row]:,.0f} px" if is_known[row] else ""
        share = float(area_px[row] / image_px[row])
        return Hit(
            f"The mask covers {format_percent(share)} of its image and leaves out {left_out_px[row]:,} "
            f"px{usual}: object and background seem to be swapped.",
            score=share,
            instances=(row,),
            evidence={
                "share_of_image": share,
                "left_out_px": int(left_out_px[row]),
                "category_median_px": float(usual_px[row]) if is_known[row] else None,
            },
        )

    yield from report_each_or_aggregate(
        measurements,
        is_inverted,
        is_mask,
        options.once_above,
        "cover their image and leave an object out: object and background seem to be swapped",
        make_hit,
        Severity.WARNING,
    )
