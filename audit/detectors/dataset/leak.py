"""The same picture in two files that were given together.

What it finds
-------------
Images that repeat one of another input file (say, of training and of validation): with ``--images`` by
the bytes of the picture files; without by their annotations (same size, exactly the same masks and
categories, at least ``min_masks`` of them).

Equal bytes are the same picture. Equal masks alone are no proof: a standing camera, whose labels were copied
from frame to frame, has them too. They are a warning, never an error; more than ``max_listed`` such images
are said once, and ``--images`` tells which it is.

Why it matters
--------------
A model that is validated on pictures it was trained on looks better than it is.

When it is wrong
----------------
Where the files are meant to overlap: two versions of one dataset, or two labellers of one picture.
Without pictures, where a camera stands still.

Example
-------
`a.png` of `val.json` is the same picture as `0017.png` of `train.json`, byte for byte.

Reference
---------
Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science", 2023.
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

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_masks: int = option(2, unit="count", help="equal masks that make two images one, without pictures")
    max_listed: int = option(
        MAX_LISTED, unit="count", help="more images than this that repeat masks alone are said once"
    )


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
    repeated = [
        image for image in find_repeated_images(measurements, options.min_masks) if not image.same_source
    ]
    by_masks = [image for image in repeated if image.by == "masks"]
    is_said_once = len(by_masks) > options.max_listed
    for image in repeated:
        if image.by == "masks" and is_said_once:
            continue
        first_name, first_source = str(names[image.first]), ""
        if source[image.first] < len(measurements.sources):
            first_source = measurements.sources[source[image.first]]
        original = f"{shorten_name(first_name)} of {shorten_name(first_source)}"
        yield Hit(
            describe_repetition(image, str(names[image.row]), original),
            image=image.row,
            evidence={
                "first_file_name": first_name,
                "first_source": first_source,
                "by": image.by,
                "annotations": image.masks,
            },
            severity=None if image.by == "picture" else Severity.WARNING,
        )
    if is_said_once:
        yield report_repeated_masks(measurements, by_masks, "an image of another file", Severity.WARNING)
