"""Leaves out points of a polygon that repeat the one before, where the mask stays the same."""

from __future__ import annotations

import numpy as np

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.json_text import RawJson, drop_elements, find_elements
from audit.fixes.labels import CannotFixError, Labels, Repair
from audit.geometry.encode import draw_polygons

RULES = ("polygon.repeated_point",)
CHANGE = Kind.KEPT
_LEAST_NUMBERS = 6  # three points


def repair(labels: Labels, finding: Finding) -> Repair:
    """Leave the repeated points of one annotation out.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    (row,) = labels.rows(finding)
    written, rings = labels.value_text(row, "segmentation"), labels.rings(row)
    spans = find_elements(written)
    if len(spans) != len(rings):
        raise CannotFixError("some of its polygons cannot be read")
    n_points, kept_rings, pieces, end = 0, [], [], 0
    for ring, (begin, stop) in zip(rings, spans, strict=True):
        repeated = np.flatnonzero((ring[1:] == ring[:-1]).all(axis=1)) + 1
        if 2 * (len(ring) - len(repeated)) < _LEAST_NUMBERS:
            repeated = repeated[:0]
        numbers = {2 * point + axis for point in repeated.tolist() for axis in (0, 1)}
        pieces += [written[end:begin], drop_elements(written[begin:stop], numbers)]
        kept_rings.append(np.delete(ring, repeated, axis=0).ravel().tolist())
        n_points, end = n_points + len(repeated), stop
    if not n_points or not np.array_equal(draw_polygons(kept_rings, *labels.size(row)), labels.mask(row)):
        raise CannotFixError("without the points, other pixels would be drawn")
    what = "A repeated point was" if n_points == 1 else f"{n_points} repeated points were"
    text = RawJson("".join(pieces) + written[end:])
    return Repair(finding, f"{what} left out.", (labels.change(row, segmentation=text),))
