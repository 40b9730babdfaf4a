"""A label image ran out of numbers: one value stands for objects in several places.

What it finds
-------------
Label images that use all 255 values that 8 bits hold, where more than ``min_scattered`` of the values stand
for parts that lie at least ``min_gap`` px apart. An image of 300 objects, written with 8 bits, counts on from
0 after 255: object 256 becomes background and object 257 the second one of number 1.

Why it matters
--------------
Two objects under one value are one instance, with a box that is mostly background; and one object of each
round is lost altogether. The picture looks right, because neighbours still differ in colour.

When it is wrong
----------------
An image of exactly 255 objects that really come in pieces.

Example
-------
mask_07.png uses all 255 values, and 144 of them lie in several places. Write it with 16 bits.

Reference
---------
Public reports: cellpose issue 483, labelme issue 704.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.picture_states import shorten_name
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR
_LAST_VALUE = 255


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_scattered: float = option(0.1, unit="share", help="least share of the values with parts far apart")
    min_gap: int = option(2, unit="px", help="least gap between such parts")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every label image that seems to have begun again at 1.

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
    instances, images = measurements.instances, measurements.images
    is_label_image = np.array([name == "label_images" for name in measurements.formats], dtype=np.bool_)
    of_label_image = np.r_[is_label_image, False][instances["source"].to_numpy()] & (
        instances["image"].to_numpy() >= 0
    )
    image_rows = instances["image"].to_numpy()[of_label_image]
    values = instances["annotation_id"].to_numpy()[of_label_image]
    is_far = instances["part_gap_px"].to_numpy()[of_label_image] >= options.min_gap
    number = np.bincount(image_rows, minlength=len(images))
    highest = np.zeros(len(images), dtype=np.int64)
    np.maximum.at(highest, image_rows, values)
    scattered = np.bincount(image_rows, weights=is_far, minlength=len(images)).astype(np.int64)
    is_wrapped = (number == _LAST_VALUE) & (highest == _LAST_VALUE)
    is_wrapped &= scattered > options.min_scattered * number
    file_names = images["file_name"].tolist()
    for row in np.flatnonzero(is_wrapped).tolist():
        yield Hit(
            f"{shorten_name(file_names[row])} uses all {_LAST_VALUE} values of 8 bits, and {scattered[row]} "
            "of them lie in several places: its numbers ran out and began again. Write it with 16 bits.",
            score=float(scattered[row] / number[row]),
            image=row,
            evidence={"values": int(number[row]), "scattered_values": int(scattered[row])},
        )
