"""The picture is shown turned or mirrored, but its masks refer to the stored pixels.

What it finds
-------------
Pictures with an EXIF orientation other than 1. An error where the declared size is that of the
turned picture: then the masks were drawn on what the viewer showed, and every reader that ignores
EXIF gets them wrong. A warning where the declared size fits the stored pixels (or a square or merely
mirrored picture does not tell). Only with ``--images``.

Why it matters
--------------
Browsers, labelling tools and Pillow's ``exif_transpose`` turn the picture; OpenCV turns it unless
told not to; Pillow's ``Image.open`` and most training pipelines do not. The masks fit in only one of
the two camps, and nobody sees it until the results are poor.

When it is wrong
----------------
Where labelling and training are known to read pictures in the same way.

Example
-------
`phone.jpg` is stored as 4032 x 3024 and shown as 3024 x 4032 (orientation 6); the dataset declares
3024 x 4032. Turn the pixels once, drop the EXIF tag, and both camps agree.

Reference
---------
CIPA DC-008 (Exif 2.32), section 4.6.4, tag Orientation.
"""

from __future__ import annotations

from collections.abc import Iterator

from audit.detectors.base import Hit
from audit.detectors.picture_states import list_image_sizes, shorten_name
from audit.detectors.rule import NoOptions
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.9

_SHOWN = {
    2: "mirrored",
    3: "turned by 180 degrees",
    4: "upside down and mirrored",
    5: "turned by 90 degrees and mirrored",
    6: "turned by 90 degrees",
    7: "turned by 90 degrees and mirrored",
    8: "turned by 90 degrees",
}


def detect(measurements: Measurements, options: NoOptions) -> Iterator[Hit]:
    """Yield every image whose picture has an EXIF orientation that changes it.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : NoOptions

    Yields
    ------
    Hit
    """
    images = measurements.images
    for image in list_image_sizes(
        measurements, (images["picture"] == "ok") & (images["exif_orientation"] > 1)
    ):
        declared, stored = image.declared, image.stored
        as_shown = stored[::-1] if image.orientation >= 5 else stored
        labelled_turned = declared == as_shown and declared != stored
        yield Hit(
            f"The picture {shorten_name(image.file_name)} is shown {_SHOWN[image.orientation]} "
            f"(EXIF orientation {image.orientation}): stored as {stored[0]} x {stored[1]} (width x height), "
            f"shown as {as_shown[0]} x {as_shown[1]}, declared as {declared[0]} x {declared[1]}"
            + (", so its masks fit the turned picture only." if labelled_turned else "."),
            score=1.0 if labelled_turned else 0.5,
            image=image.image,
            evidence={**image.evidence, "exif_orientation": image.orientation},
            severity=Severity.ERROR if labelled_turned else None,
        )
