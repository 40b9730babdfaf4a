"""All annotations are crowd regions, which training leaves out.

What it finds
-------------
Datasets in which every annotation has ``iscrowd: 1``, and categories of which that holds for all of at
least ``min_annotations``. Said once, for the dataset or for the category.

Why it matters
--------------
COCO's crowd flag says: here are many objects, nobody drew them one by one. Detectron2, MMDetection and
torchvision's references leave such regions out of training, and COCOeval counts them neither as found nor
as missed. A dataset of nothing else trains no model, mostly without a word. Tools that write every mask
drawn with a brush as RLE set the flag with it.

When it is wrong
----------------
Categories of heaps that are never drawn one by one: a bunch of bananas, a crowd in a stadium.

Example
-------
All 108 annotations are crowd regions. Set ``iscrowd`` to 0.

Reference
---------
Lin et al., "Microsoft COCO: Common Objects in Context", 2014, section 4.3 (crowd regions).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_annotations: int = option(
        10, unit="count", help="annotations from which on a category of crowd regions is named"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield the dataset, or every category, in which all annotations are crowd regions.

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
    is_crowd = measurements.instances["iscrowd"].to_numpy()
    if not len(is_crowd) or not is_crowd.any():
        return
    if is_crowd.all():
        yield Hit(
            f"All {len(is_crowd)} annotations are crowd regions, which training leaves out: "
            "if each is one object, iscrowd is to be 0.",
            evidence={"annotations": len(is_crowd)},
        )
        return
    category, names = (
        measurements.instances["category"].to_numpy(),
        measurements.categories["name"].to_numpy(),
    )
    is_known = category >= 0
    total = np.bincount(category[is_known], minlength=len(names))
    crowds = np.bincount(category[is_known & is_crowd], minlength=len(names))
    for row in np.flatnonzero((crowds == total) & (total >= max(options.min_annotations, 1))).tolist():
        yield Hit(
            f"All {total[row]} annotations of category “{shorten_name(str(names[row]))}” are crowd regions, "
            "which training leaves out.",
            categories=(row,),
            evidence={"annotations": int(total[row])},
        )
