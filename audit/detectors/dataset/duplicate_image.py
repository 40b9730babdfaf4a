"""The same picture twice in one file.

What it finds
-------------
Images that repeat an earlier one of the same input file: with ``--images`` by the bytes of the picture
files; without by their annotations (same size, exactly the same masks and categories, at least
``min_masks`` of them). Two records that name one file are `image.duplicate_file`; the same picture in
two input files is `dataset.leak`.

Why it matters
--------------
The picture counts twice in training and in every figure, and its two sets of labels may contradict
each other.

When it is wrong
----------------
Equal masks on different pictures happen where a template is copied, for example in videos that stand
still. Give the pictures to be sure.

Example
-------
`b.png` is the same picture as `a.png`, byte for byte.

Reference
---------
Barz and Denzler, "Do We Train on Test Data? Purging CIFAR of Near-Duplicates", 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.detectors.repeated_images import find_repeated_images
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_masks: int = option(2, unit="count", help="equal masks that make two images one, without pictures")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image that repeats an earlier one of its file.

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
    names = measurements.images["file_name"].to_numpy()
    for repeated in find_repeated_images(measurements, options.min_masks):
        file_name, first_name = str(names[repeated.row]), str(names[repeated.first])
        if not repeated.same_source or file_name == first_name:
            continue
        yield Hit(
            f"The image {shorten_name(file_name)} is the same picture as {shorten_name(first_name)}, "
            f"{repeated.how}.",
            image=repeated.row,
            evidence={"first_file_name": first_name, "by": repeated.by, "annotations": repeated.masks},
        )
