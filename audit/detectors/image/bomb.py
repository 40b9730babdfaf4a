"""The picture file would unpack to far more than a picture needs.

What it finds
-------------
Pictures whose header declares more pixels than Pillow's limit (twice ``PIL.Image.MAX_IMAGE_PIXELS``,
178,956,970 unless set otherwise), whose compressed text unpacks to more than Pillow allows, or whose
file is larger than 1 GiB. Only with ``--images``; the pixels are not unpacked.

Why it matters
--------------
A file of some kilobytes can fill the memory of every machine that opens it. In a dataset from
others that is a way to stop a training run.

When it is wrong
----------------
Whole slides and satellite scenes really are that large. Cut them into tiles; no detector trains on
them whole.

Example
-------
`x.png` has 40 KB and declares 50,000 x 50,000 pixels: 7.5 GB once unpacked.

Reference
---------
Pillow documentation, "Image module", section on decompression bombs.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.detectors.base import Hit
from audit.detectors.picture_states import report_picture_state
from audit.detectors.rule import NoOptions
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


def detect(measurements: Measurements, options: NoOptions) -> Iterator[Hit]:
    """Yield every image whose picture file is a decompression bomb.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : NoOptions

    Yields
    ------
    Hit
    """
    return report_picture_state(
        measurements, "image.bomb", "The picture {name} is too large to open: {detail}."
    )
