"""An image with far more annotations than the others.

What it finds
-------------
Images whose number of annotations is above the usual by ``min_deviations`` robust standard deviations
(on a log scale) and by the factor ``min_ratio`` above the median. Images without annotations are not
counted among the usual. Needs ``min_images`` images; where counts vary widely, as in photographs of
streets, the spread is wide and the rule stays silent.

Why it matters
--------------
Such an image was labelled by another convention (every grain instead of every heap), holds a batch of
annotations that was imported twice, or has the labels of several pictures.

When it is wrong
----------------
A crowded slide among sparse ones is simply crowded: look once, then ignore.

Example
-------
`slide_12.png` has 210 annotations; half of the images have at most 41.

Reference
---------
Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993 (median absolute deviation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.detectors.robust_spread import median_and_sigma
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_LEAST_SPREAD = 0.1
"""On the log scale: where all images have equally many, a tenth more is still nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_ratio: float = option(3.0, unit="factor", help="how many times the median an image must have")
    min_deviations: float = option(
        5.0, unit="standard deviations", help="how far above the usual, robust, log scale"
    )
    min_images: int = option(20, unit="count", help="images with annotations from which the usual is learned")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image with unusually many annotations.

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
    annotations = measurements.images["annotations"].to_numpy()
    has_annotations = annotations > 0
    if int(has_annotations.sum()) < options.min_images:
        return
    log_count = np.log(np.maximum(annotations, 1))
    median, sigma = median_and_sigma(log_count[has_annotations])
    spread = max(sigma, _LEAST_SPREAD)
    deviations = (log_count - median) / spread
    names = measurements.images["file_name"].to_numpy()
    usual = float(np.exp(median))
    for row in np.flatnonzero(
        (deviations >= options.min_deviations) & (annotations >= options.min_ratio * usual)
    ).tolist():
        yield Hit(
            f"The image {shorten_name(str(names[row]))} has {annotations[row]} annotations, "
            f"{annotations[row] / usual:.1f} times the usual {usual:.0f}.",
            score=float(1.0 - usual / annotations[row]),
            image=row,
            evidence={
                "annotations": int(annotations[row]),
                "median_annotations": usual,
                "deviations": float(deviations[row]),
            },
        )
