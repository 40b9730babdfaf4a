"""Many annotations of one image are one and the same mask.

What it finds
-------------
More than 50 annotations of one image whose masks agree pixel for pixel. It is said once for each such
mask. The first of them stands for all where masks are compared; the pairs of the others are not listed.

Why it matters
--------------
A hundred copies are no hundred slips but one fault of an export: one object written again and again, or
every object with the mask of the whole picture. Training counts each copy as an object.

When it is wrong
----------------
Files that hold proposals or votes, of which many may agree exactly, are no labels of objects.

Example
-------
2,000 annotations of `tile_7.png` have the mask of the whole tile: the export wrote the tile's outline in
place of the cells'.

Reference
---------
Lin et al., "Microsoft COCO: Common Objects in Context", 2014, section 4 (one mask an instance).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR

_COPY = 1
"""Value of ``pairs_left_out``."""


@dataclass(frozen=True, slots=True)
class Options:
    """The rule has none: what was left out was decided when masks were measured."""


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every mask of which an image has very many copies.

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
    copies = np.flatnonzero(instances["pairs_left_out"].to_numpy() == _COPY)
    if not len(copies):
        return
    image, mask_hash = (instances[name].to_numpy()[copies] for name in ("image", "mask_hash"))
    order = np.lexsort((copies, mask_hash, image))
    is_next = (np.diff(image[order]) == 0) & (np.diff(mask_hash[order]) == 0)
    groups = np.split(copies[order], np.flatnonzero(~is_next) + 1)
    for rows in sorted(groups, key=lambda group: int(group[0])):
        area_px = int(instances["area_px"].to_numpy()[rows[0]])
        yield Hit(
            f"{len(rows):,} masks of this image are one and the same: all the same {area_px:,} pixels.",
            instances=tuple(rows.tolist()),
            evidence={"masks": len(rows), "area_px": area_px},
        )
