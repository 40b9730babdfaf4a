"""Not one image of the dataset has an annotation.

What it finds
-------------
A dataset with images and without a single annotation on any of them. Single images without annotations
are `dataset.image_without_annotations`.

Why it matters
--------------
It is legal, and what comes before labelling looks like this. For training it is an empty dataset.

When it is wrong
----------------
Lists of pictures that are still to be labelled, or a test set whose labels are kept back.

Example
-------
3 images, no annotations.

Reference
---------
None: COCO's test sets are published like this.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.detectors.base import Hit
from audit.detectors.rule import NoOptions
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO


def detect(measurements: Measurements, options: NoOptions) -> Iterator[Hit]:
    """Yield one hit where there are images and none has annotations.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : NoOptions

    Yields
    ------
    Hit
    """
    images = len(measurements.images)
    if images and not measurements.images["annotations"].to_numpy().any():
        yield Hit(f"None of the {images} images has annotations.", evidence={"images": images})
