"""An outline a few pixels inside or outside the picture's edge: a mask that was grown or shrunk.

What it finds
-------------
Masks beside whose outline the picture changes more than under it: the mean gradient 2 to 3 px inside or
outside, whichever is larger, by that within 1 px of the outline. It must be at least ``min_ratio``, and
exceed the category's median by ``min_deviations`` robust standard deviations. Needs pictures. Masks at the
image's border, smaller than ``min_px``, and categories with fewer than ``min_instances`` measured masks are
not judged. An image with ``image_from`` such masks or more is one finding with all of them: whoever draws one
too large draws its neighbours so.

Why it matters
--------------
A mask that is two pixels too large everywhere takes in a ring of background: of a small object that is a
third of its pixels. Tools that dilate masks to be safe, and exports that shrink them, do it to a whole
batch.

When it is wrong
----------------
Objects with a rim of their own, such as a cell with a bright membrane or a framed picture, change most
inside the outline that a person rightly draws. It is an info for that reason.

Example
-------
The picture changes 1.8 times as much 2 px beside the outline of annotation 17 as under it.

Reference
---------
Grad et al., "Benchmarking Label Noise in Instance Segmentation: Spatial Noise Matters", 2024 (scale noise).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import aggregate_above_option, aggregate_hit, split_shared_traits
from audit.detectors.base import Hit, option
from audit.detectors.robust_spread import robust_spread_by_category
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_ratio: float = option(1.5, unit="factor", help="least change beside the outline / change under it")
    min_deviations: float = option(
        4.0, unit="standard deviations", help="how far above the category's usual ratio, robust"
    )
    min_instances: int = option(20, unit="count", help="masks of a category from which its habit is learned")
    min_px: int = option(100, unit="px", help="least area of a mask that is judged")
    image_from: int = option(3, unit="count", help="masks of an image from which on they are one finding")
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask beside whose outline the picture changes more than under it.

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
    ratio = instances["edge_beside"].to_numpy()
    is_judged = ~np.isnan(ratio) & (instances["area_px"].to_numpy() >= options.min_px)
    is_judged &= ~instances["border"].to_numpy() & ~instances["iscrowd"].to_numpy()
    if not is_judged.any():
        return
    usual, spread = robust_spread_by_category(
        instances["category"].to_numpy(), np.where(is_judged, ratio, 0.0), is_judged, options.min_instances
    )
    with np.errstate(invalid="ignore"):
        is_beside = (
            is_judged & (ratio >= options.min_ratio) & (ratio >= usual + options.min_deviations * spread)
        )

    def make_hit(row: int) -> Hit:
        return Hit(
            f"The picture changes {ratio[row]:.1f} times as much 2 px beside the outline as under it: "
            "the mask may be too large or too small all around.",
            score=1.0 - 1.0 / float(ratio[row]),
            instances=(row,),
            evidence={"edge_beside": float(ratio[row]), "category_edge_beside": float(usual[row])},
        )

    def make_image_hit(rows: NDArray[np.int64]) -> Hit:
        median = float(np.median(ratio[rows]))
        return Hit(
            f"Beside the outlines of {len(rows)} masks of this image the picture changes {median:.1f} times "
            "as much as under them: these masks may be too large or too small all around.",
            score=1.0 - 1.0 / float(ratio[rows].max()),
            instances=tuple(rows.tolist()),
            evidence={"edge_beside": median, "masks": len(rows)},
        )

    category, image = (instances[name].to_numpy() for name in ("category", "image"))
    shared_traits, single_rows = split_shared_traits(is_beside, is_judged, category, options.once_above)
    for shared_trait in shared_traits:
        yield aggregate_hit(measurements, shared_trait, "have their edge beside the outline")
    # Rows are sorted by image.
    for rows in np.split(single_rows, np.flatnonzero(np.diff(image[single_rows])) + 1):
        if len(rows) >= options.image_from:
            yield make_image_hit(rows)
        else:
            yield from map(make_hit, rows.tolist())
