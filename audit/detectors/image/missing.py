"""The picture file is not there.

What it finds
-------------
Image records whose ``file_name``, joined to the folder given with ``--images``, names no file. Names
are taken as they are, and no picture is read from elsewhere. It is said where a picture lies if it is in a
subfolder, in the folder above, in the folder itself without the folders of its name, in other capital
letters, in composed instead of decomposed letters, with another suffix, or without the eight characters and
the hyphen that Label Studio puts before names.

One cause is said once: where more than ``once_above`` of the pictures are missing, and these are more than
``max_listed`` or all lie in the same place.

Why it matters
--------------
Training stops at this image, or leaves it out without a word, and its labels with it.

When it is wrong
----------------
Where the pictures of one part of the dataset lie in another folder, or are left out on purpose.

Example
-------
None of the 60 pictures is in the picture folder, the first of them being `im_001.png`; it lies in the
subfolder `default`: give ``--images images/default``.

Reference
---------
COCO data format: ``file_name`` is relative to the folder of its images.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.dataset.misplaced_pictures import LIES
from audit.dataset.paths import NO_SUCH_FILE
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import report_picture_state, shorten_name
from audit.findings.finding import EvidenceValue, Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_listed: int = option(20, unit="count", help="more missing pictures than this are said once")
    once_above: float = option(
        0.5, unit="share", help="share of the pictures above which they are said once; 1 = list all"
    )


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image without a picture file, or one hit where most pictures are missing.

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
    images = measurements.images
    missing_rows = np.flatnonzero((images["picture"] == "image.missing").to_numpy())
    details = images["picture_detail"].to_numpy()[missing_rows].tolist()
    is_one_place = len(missing_rows) > 1 and len(set(details)) == 1 and details[0] != NO_SUCH_FILE
    if len(missing_rows) > options.once_above * len(images) and (
        len(missing_rows) > options.max_listed or is_one_place
    ):
        yield _said_once(measurements, int(missing_rows[0]), details)
        return
    yield from report_picture_state(
        measurements, "image.missing", "The picture {name} is not in the picture folder: {detail}."
    )


def _said_once(measurements: Measurements, first_row: int, details: list[str]) -> Hit:
    """Report all missing pictures in one hit, with the place in which most of them lie."""
    images, missing = len(measurements.images), len(details)
    example = str(measurements.images["file_name"][first_row])
    ((detail, in_place),) = Counter(details).most_common(1)
    reason, _, place = detail.partition(LIES)
    if missing == images:
        message = f"None of the {images} pictures is in the picture folder, the first of them being "
    else:
        message = (
            f"{missing} of the {images} pictures are not in the picture folder, the first of them being "
        )
    message += shorten_name(example)
    if place:
        who = "they all lie" if in_place == missing else f"{in_place} of them lie{'s' * (in_place == 1)}"
        message += f"; {who} {place}."
    elif reason != NO_SUCH_FILE:
        message += f": {reason}."
    else:
        message += ": it is probably the wrong folder." if missing == images else "."
    evidence: dict[str, EvidenceValue] = {"images": images, "missing": missing, "file_name": example}
    if place:
        evidence |= {"place": place, "in_place": in_place}
    return Hit(message, evidence=evidence)
