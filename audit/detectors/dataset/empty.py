"""The dataset holds nothing.

What it finds
-------------
A dataset without a single annotation and without a single image.

Why it matters
--------------
It is legal and trains nothing. Most often an export filter matched no picture.

When it is wrong
----------------
Never: an empty file is empty. Templates for annotation tools look like this on purpose.

Example
-------
0 images, 0 annotations, 1 category: the export was of an empty project.

Reference
---------
None: COCO's lists may be empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.detectors.base import Hit
from audit.detectors.rule import NoOptions
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO


def detect(measurements: Measurements, options: NoOptions) -> Iterator[Hit]:
    """Yield one hit where there are sources but neither images nor annotations.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : NoOptions

    Yields
    ------
    Hit
    """
    if measurements.sources and not len(measurements.images) and not len(measurements.instances):
        count = len(measurements.categories)
        yield Hit(
            f"There are no images and no annotations ({count} categor{'y' if count == 1 else 'ies'}).",
            evidence={"images": 0, "annotations": 0, "categories": count},
        )
