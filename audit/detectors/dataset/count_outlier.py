"""An image with far more annotations than the others.

What it finds
-------------
Images whose number of annotations is above the usual by ``min_deviations`` robust standard deviations
(on a log scale), by the factor ``min_ratio`` above the median, and by ``min_difference`` annotations.
Images without annotations are not counted among the usual. Needs ``min_images`` images; where counts vary
widely, as in photographs of streets, the spread is wide and the rule stays silent. Where more than half
of the images have equally many, the median deviation is 0, and the deviation that nine in ten keep takes
its place: a second kind of image, more than one in ten, is no outlier.

More than ``max_listed`` images, and more than the share ``once_above``, are another kind of image and no
slip: said once, as an info.

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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.detectors.robust_spread import median_and_sigma
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.6
_LEAST_SPREAD = 0.1
"""On the log scale: where all images have equally many, a tenth more is still nothing."""
_MOST, _MOST_TO_SIGMA = 0.9, 1 / 1.645
"""Nine in ten values of a normal distribution lie within 1.645 standard deviations of its middle."""
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_ratio: float = option(3.0, unit="factor", help="how many times the median an image must have")
    min_deviations: float = option(
        5.0, unit="standard deviations", help="how far above the usual, robust, log scale"
    )
    min_difference: int = option(10, unit="count", help="how many more than the median an image must have")
    max_listed: int = option(10, unit="count", help="more images than this may be said once")
    once_above: float = option(
        0.02, unit="share", help="said once where more than this share of the images is named; 1 = list all"
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
    if sigma == 0:
        distances = np.abs(log_count[has_annotations] - median)
        sigma = _MOST_TO_SIGMA * float(np.quantile(distances, _MOST, method="lower"))
    deviations = (log_count - median) / max(sigma, _LEAST_SPREAD)
    # Rounded: numpy's exp and log differ in the last digit from one processor to another.
    usual = round(float(np.exp(median)), 6)
    rows = np.flatnonzero(
        (deviations >= options.min_deviations)
        & (annotations >= options.min_ratio * usual)
        & (annotations - usual >= options.min_difference)
    ).tolist()
    names = [shorten_name(str(name)) for name in measurements.images["file_name"].to_numpy()[rows]]
    total = int(has_annotations.sum())
    if len(rows) > options.max_listed and len(rows) > options.once_above * total:
        yield _said_once(annotations[rows], names, total, usual)
        return
    for row, name in zip(rows, names, strict=True):
        yield Hit(
            f"The image {name} has {annotations[row]} annotations, "
            f"{annotations[row] / usual:.1f} times the usual {usual:.0f}.",
            score=float(1.0 - usual / annotations[row]),
            image=row,
            evidence={
                "annotations": int(annotations[row]),
                "median_annotations": usual,
                "deviations": round(float(deviations[row]), 6),
            },
        )


def _said_once(annotations: NDArray[np.int64], names: list[str], total: int, usual: float) -> Hit:
    """Report many images in one hit: they are another kind of image."""
    least, most = int(annotations.min()), int(annotations.max())
    return Hit(
        f"{len(names)} of the {total} images have {least} to {most} annotations, the others mostly "
        f"{usual:.0f}: two kinds of images. The first are {', '.join(names[:_EXAMPLES])}.",
        score=len(names) / total,
        evidence={
            "images": len(names),
            "of": total,
            "least_annotations": least,
            "most_annotations": most,
            "median_annotations": usual,
            "example_names": names[:_EXAMPLES],
        },
        severity=Severity.INFO,
    )
