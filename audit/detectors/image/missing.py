"""The picture file is not there.

What it finds
-------------
Image records whose ``file_name``, joined to the folder given with ``--images``, names no file. Names
are taken as they are: no other folder, extension or spelling is tried. Where all of more than
``max_listed`` pictures are missing, that is said once: the folder is probably the wrong one.

Why it matters
--------------
Training stops at this image, or leaves it out without a word, and its labels with it.

When it is wrong
----------------
Where the pictures of one part of the dataset lie in another folder.

Example
-------
`train/0007.png` is not in the picture folder: the folder holds `0007.png`, so ``--images`` should
be one folder up, or the names should lose their `train/`.

Reference
---------
COCO data format: ``file_name`` is relative to the folder of its images.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.base import Hit, option
from audit.detectors.picture_states import report_picture_state, shorten_name
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_listed: int = option(20, unit="count", help="more pictures than this, all missing, are said once")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image without a picture file, or one hit where no picture was found at all.

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
    images = len(measurements.images)
    if images > options.max_listed and bool((measurements.images["picture"] == "image.missing").all()):
        example = str(measurements.images["file_name"].iloc[0])
        yield Hit(
            f"None of the {images} pictures is in the picture folder, "
            f"the first of them being {shorten_name(example)}: it is probably the wrong folder.",
            evidence={"images": images, "missing": images, "file_name": example},
        )
        return
    yield from report_picture_state(
        measurements, "image.missing", "The picture {name} is not in the picture folder: {detail}."
    )
