"""Turns a declared size to that of the picture, where all masks lie inside both.

Only where width and height are swapped, as tools declare them that turn pictures by their EXIF
orientation. Polygons stay where they are; RLE masks have the declared size built in and need to be
drawn anew. Needs `--images`.
"""

from __future__ import annotations

import numpy as np

from audit.dataset.model import MaskKind
from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Repair
from audit.fixes.source_text import Edit

RULES = ("image.size_mismatch",)
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Declare the size that the picture of a finding has.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    if finding.evidence.get("relation") != "swapped":
        raise CannotFixError("width and height are not swapped: masks may need another scale")
    images = labels.dataset.images
    place = int(labels.result.measurements.images["index"].iloc[finding.image_row])
    image = int(np.flatnonzero(images.index == place)[0])
    width, height = int(images.height[image]), int(images.width[image])
    side = min(width, height)
    rows = np.flatnonzero(labels.dataset.annotations.image == image)
    for row in rows.tolist():
        kind = labels.dataset.annotations.segmentation.kind[row]
        if kind not in (MaskKind.NONE, MaskKind.POLYGON):
            raise CannotFixError("an RLE mask has the declared size built in")
        if any((ring < 0).any() or (ring > side).any() for ring in labels.rings(row)):
            raise CannotFixError("a mask reaches out of one of both sizes: its pixels would change")
    edit = Edit(place, {"width": width, "height": height}, list_name="images")
    return Repair(
        finding, f"The declared size was turned to the picture's {width} x {height} pixels.", (edit,)
    )
