"""The picture file cannot be read as a picture.

What it finds
-------------
Files under the picture folder that are empty, cut short, damaged, in no picture format that is
read (BMP, GIF, JPEG, JPEG 2000, PNG, PPM, TIFF, WebP), a folder, a loop of symbolic links, or that
may not be read. Only with ``--images``. Bytes damaged in the middle of a file that ends as it should
are not noticed.

Why it matters
--------------
Training stops at this image, or, worse, goes on with half of it: some readers fill what is missing
of a JPEG with grey, and its labels then teach that grey is an object.

When it is wrong
----------------
Formats outside the list (DICOM, NIfTI, raw camera files) are readable by other programs.

Example
-------
`street_0412.jpg` cannot be read: the picture is cut short. Copy it again from where it came from.

Reference
---------
ITU-T T.81 (JPEG), annex B.1.1.3: a JPEG file ends on the marker EOI.
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
    """Yield every image whose picture file is unreadable.

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
        measurements, "image.unreadable", "The picture {name} cannot be read: {detail}."
    )
