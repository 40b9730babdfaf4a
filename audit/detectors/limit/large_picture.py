"""A picture is so large that its pixels were not looked at.

What it finds
-------------
Pictures of more than 67,108,864 (2^26) pixels. Their masks were audited as all others; rules that look at
pixels (edges, contrast, brightness, unlabelled objects) say nothing of them.

Why it matters
--------------
Silence about them does not mean that their outlines fit.

When it is wrong
----------------
Never: it says what was not done. Whole slides and satellite scenes are trained on in tiles; cut picture and
labels into the same tiles and scan these.

Example
-------
Picture a.tif of 13,000 x 13,000 px: none of its outlines was compared with its edges.

Reference
---------
None: the limit keeps the memory that one picture takes below 1.5 GB.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.dataset.picture_limits import MAX_PIXELS
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.INFO


@dataclass(frozen=True, slots=True)
class Options:
    """The rule has none: the limit is that of the memory."""


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image whose picture has more pixels than are looked at.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset, with the pictures' sizes.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    images = measurements.images
    heights, widths = (images[name].to_numpy() for name in ("picture_height", "picture_width"))
    is_large = (heights * widths > MAX_PIXELS) & (images["picture"] == "ok").to_numpy()
    for image in np.flatnonzero(is_large).tolist():
        height, width = int(heights[image]), int(widths[image])
        yield Hit(
            f"The picture has {width:,} x {height:,} pixels: too many to be looked at. Its masks were.",
            image=image,
            evidence={"height": height, "width": width},
        )
