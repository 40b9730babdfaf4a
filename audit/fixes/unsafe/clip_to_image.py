"""Cuts off what a polygon draws beyond the image; the pixels inside stay."""

from __future__ import annotations

import numpy as np

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.json_text import RawJson, is_spaced, write_value
from audit.fixes.labels import CannotFixError, Labels, Repair
from audit.geometry.encode import draw_polygons

RULES = ("polygon.outside",)
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Move the vertices outside onto the border, or trace the mask where that would change a pixel.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    (row,) = labels.rows(finding)
    (height, width), mask = labels.size(row), labels.mask(row)
    if not mask.any():
        raise CannotFixError("it lies outside the image altogether")
    clipped = [np.clip(ring, 0, (width, height)).ravel().tolist() for ring in labels.rings(row)]
    if np.array_equal(draw_polygons(clipped, height, width), mask):
        text = RawJson(write_value(clipped, spaced=is_spaced(labels.record_text(row))))
    else:
        text = labels.write_mask(row, mask, anew=True)
    return Repair(finding, "The outline was cut off at the image.", (labels.change(row, segmentation=text),))
