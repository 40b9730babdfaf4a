"""An image without annotations: forgotten, or nothing on it.

What it finds
-------------
Images to which no annotation belongs, in a dataset that has annotations elsewhere. Where more than
``once_above`` of the images are like that, it is said once, with the rate. (Where no image has any,
`image.empty` says so.)

Why it matters
--------------
Training takes such an image as one on which there is nothing to find. If the labeller only skipped it,
every object on it teaches the model to miss.

When it is wrong
----------------
Negative examples are a good thing where they are meant. COCO itself has about 1 % of them.

Example
-------
`slide_07.png` has no annotations; 39 of 40 images have. Look whether it was skipped.

Reference
---------
Northcutt et al., "Pervasive Label Errors in Test Sets", 2021 (missing labels).
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
IMPORTANCE = 0.6
_LEAST_HABIT = 20
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    once_above: float = option(
        0.1, unit="share", help="said once where more than this share of the images has none; 1 = list all"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image without annotations, or one hit where that is usual.

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
    is_empty = measurements.images["annotations"].to_numpy() == 0
    rows, total = np.flatnonzero(is_empty), len(measurements.images)
    if not len(rows) or len(rows) == total:
        return
    names = measurements.images["file_name"].to_numpy()
    rate = len(rows) / total
    if len(rows) >= _LEAST_HABIT and rate > options.once_above:
        yield Hit(
            f"{len(rows)} of the {total} images have no annotations; said once, as a habit.",
            score=rate,
            evidence={
                "images": len(rows),
                "of": total,
                "share": rate,
                "example_file_names": [str(name) for name in names[rows[:_EXAMPLES]]],
            },
            severity=Severity.INFO,
        )
        return
    for row in rows.tolist():
        yield Hit(
            f"The image {shorten_name(str(names[row]))} has no annotations, as {len(rows)} of the {total} "
            "images; "
            "it may have been skipped.",
            score=1.0 - rate,
            image=row,
            evidence={"images": len(rows), "of": total, "share": rate},
        )
