"""Label values that hold a class: each is class x 1000 + instance, and all were read as one category.

What it finds
-------------
Folders of label images with values from 1000 on that count 0, 1, 2 ... (or 1, 2, 3 ...) within each thousand,
in at least ``min_share`` of the thousands of all images, while no image has more than ``max_below`` values
below 1000, as plain counting would have. At least ``min_values`` values must tell.

Why it matters
--------------
Objects of different classes become one category, and the values below 1000, which stand for regions without
instances such as road and sky, become objects as large as the image.

When it is wrong
----------------
Numbers that were given by another scheme and happen to run on within thousands.

Example
-------
24 of the 40 values are 26000 to 26005: instances of class 26. Convert them with the dataset's own tools.

Reference
---------
Cordts et al., "The Cityscapes Dataset", 2016; its files ``*_gtFine_instanceIds.png``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_PER_CLASS = 1000


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_share: float = option(0.9, unit="share", help="least share of thousands that are counted through")
    max_below: int = option(100, unit="count", help="most values below 1000 in one image")
    min_values: int = option(5, unit="count", help="least values from 1000 on")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield once where label values hold a class.

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
    instances = measurements.instances
    is_label_image = np.array([name == "label_images" for name in measurements.formats], dtype=np.bool_)
    image = instances["image"].to_numpy()
    of_label_image = np.r_[is_label_image, False][instances["source"].to_numpy()] & (image >= 0)
    values, image = instances["annotation_id"].to_numpy()[of_label_image], image[of_label_image]
    has_class = values >= _PER_CLASS
    if np.count_nonzero(has_class) < options.min_values:
        return
    if np.bincount(image[~has_class], minlength=1).max() > options.max_below:
        return
    classes, numbers = np.divmod(values[has_class], _PER_CLASS)
    _, thousand = np.unique(np.stack([image[has_class], classes]), axis=1, return_inverse=True)
    thousand = thousand.reshape(-1)
    count = np.bincount(thousand)
    highest, lowest = np.zeros(len(count), dtype=np.int64), np.full(len(count), _PER_CLASS)
    np.maximum.at(highest, thousand, numbers)
    np.minimum.at(lowest, thousand, numbers)
    share = float(np.mean((lowest <= 1) & (highest - lowest + 1 == count)))
    if share < options.min_share:
        return
    n_with, n_below, n_classes = int(has_class.sum()), int((~has_class).sum()), len(np.unique(classes))
    yield Hit(
        f"{n_with:,} of the {len(values):,} label values read as class x {_PER_CLASS} + instance, of "
        f"{n_classes} {'class' if n_classes == 1 else 'classes'}, and were read as one category; the "
        f"{n_below:,} values below {_PER_CLASS} are probably regions without instances.",
        score=share,
        evidence={"values": n_with, "below": n_below, "classes": n_classes, "share": share},
    )
