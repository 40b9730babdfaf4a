"""The same picture in two files that were given together.

What it finds
-------------
Images that repeat one of another input file (say, of training and of validation): with ``--images`` by
the bytes of the picture files; without by their annotations (same size, exactly the same masks and
categories, at least ``min_masks`` of them).

Why it matters
--------------
A model that is validated on pictures it was trained on looks better than it is.

When it is wrong
----------------
Where the files are meant to overlap: two versions of one dataset, or two labellers of one picture.

Example
-------
`a.png` of `val.json` is the same picture as `0017.png` of `train.json`, byte for byte.

Reference
---------
Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.detectors.repeated_images import find_repeated_images
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_masks: int = option(2, unit="count", help="equal masks that make two images one, without pictures")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image that repeats one of another input file.

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
    names, source = measurements.images["file_name"].to_numpy(), measurements.images["source"].tolist()
    for repeated in find_repeated_images(measurements, options.min_masks):
        if repeated.same_source:
            continue
        first_source = (
            measurements.sources[source[repeated.first]]
            if source[repeated.first] < len(measurements.sources)
            else ""
        )
        first_name = str(names[repeated.first])
        yield Hit(
            f"The image {shorten_name(str(names[repeated.row]))} is the same picture as "
            f"{shorten_name(first_name)} of {shorten_name(first_source)}, "
            f"{repeated.how}.",
            image=repeated.row,
            evidence={
                "first_file_name": first_name,
                "first_source": first_source,
                "by": repeated.by,
                "annotations": repeated.masks,
            },
        )
