"""The same picture twice in one file.

What it finds
-------------
Images that repeat an earlier one of the same input file: with ``--images`` by the bytes of the picture
files; without by their annotations (same size, exactly the same masks and categories, at least
``min_masks`` of them). Two records that name one file are `image.duplicate_file`; the same picture in
two input files is `dataset.leak`.

Equal bytes are the same picture. Equal masks alone are no proof: a standing camera, whose labels were copied
from frame to frame, has them too. They are never an error; more than ``max_listed`` such images are said
once, and ``--images`` tells which it is.

Why it matters
--------------
The picture counts twice in training and in every figure, and its two sets of labels may contradict
each other.

When it is wrong
----------------
Without pictures, where a template is copied, or a camera stands still.

Example
-------
`b.png` is the same picture as `a.png`, byte for byte.

Reference
---------
Barz and Denzler, "Do We Train on Test Data? Purging CIFAR of Near-Duplicates", 2020.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.detectors.repeated_images import (
    MAX_LISTED,
    describe_repetition,
    find_repeated_images,
    report_repeated_masks,
)
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.4


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_masks: int = option(2, unit="count", help="equal masks that make two images one, without pictures")
    max_listed: int = option(
        MAX_LISTED, unit="count", help="more images than this that repeat masks alone are said once"
    )


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
    repeated = [
        image
        for image in find_repeated_images(measurements, options.min_masks)
        if image.same_source and names[image.row] != names[image.first]
    ]
    by_masks = [image for image in repeated if image.by == "masks"]
    is_said_once = len(by_masks) > options.max_listed
    for image in repeated:
        if image.by == "masks" and is_said_once:
            continue
        first_name = str(names[image.first])
        yield Hit(
            describe_repetition(image, str(names[image.row]), shorten_name(first_name)),
            image=image.row,
            evidence={"first_file_name": first_name, "by": image.by, "annotations": image.masks},
        )
    if is_said_once:
        yield report_repeated_masks(measurements, by_masks, "an earlier image", Severity.INFO)
