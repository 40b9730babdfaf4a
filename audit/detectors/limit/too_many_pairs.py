"""So many masks of one image lie on each other that not all pairs were looked at.

What it finds
-------------
Images with more than 10,000 pairs of masks whose boxes meet, and more than 20 for each mask. Only the most
similar partners of each mask (by the IoU of their boxes) were measured there; findings about pairs of this
image are a part of all.

Why it matters
--------------
A thousand masks upon each other make half a million pairs, and as many findings that nobody reads. Labels
of single objects do not look like that: perhaps these are proposals, or every part of every object was
drawn.

When it is wrong
----------------
Masks of whole, parts and parts of parts, as segment-anything models give them, may overlap so often.

Example
-------
300 masks, each inside the next one, make 44,850 pairs; 10,000 of them were measured.

Reference
---------
Kirillov et al., "Segment Anything", 2023, section 4 (masks of whole, part and subpart).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING

_UNLIKE = 2
"""Value of ``pairs_left_out``."""


@dataclass(frozen=True, slots=True)
class Options:
    """The rule has none: what was left out was decided when masks were measured."""


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every image with more pairs of masks than are measured.

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
    instances, n_images = measurements.instances, len(measurements.images)
    is_cut = instances["pairs_left_out"].to_numpy() == _UNLIKE
    masks = np.bincount(instances["image"].to_numpy()[is_cut], minlength=n_images)
    pairs = np.bincount(measurements.pairs["image"].to_numpy(), minlength=n_images)
    for image in np.flatnonzero(masks).tolist():
        yield Hit(
            f"The boxes of {masks[image]:,} masks of this image meet so often that each was compared only "
            f"with those most like it; {pairs[image]:,} of these pairs overlap or touch.",
            image=image,
            evidence={"masks": int(masks[image]), "pairs": int(pairs[image])},
        )
