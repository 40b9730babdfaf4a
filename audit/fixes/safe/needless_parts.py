"""Leaves out polygons without area, and those that repeat another one, where the mask stays the same."""

from __future__ import annotations

import numpy as np
import shapely

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.json_text import RawJson, drop_elements, find_elements
from audit.fixes.labels import CannotFixError, Labels, Repair
from audit.geometry.encode import draw_polygons

RULES = ("polygon.zero_area", "polygon.duplicate_part")
CHANGE = Kind.KEPT


def repair(labels: Labels, finding: Finding) -> Repair:
    """Leave the needless polygons of one annotation out.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    (row,) = labels.rows(finding)
    written, rings = labels.value_text(row, "segmentation"), labels.rings(row)
    if len(find_elements(written)) != len(rings):
        raise CannotFixError("some of its polygons cannot be read")
    outlines = [shapely.Polygon(ring) for ring in rings]
    needless: list[int] = []
    for position, outline in enumerate(outlines):
        if finding.rule == "polygon.zero_area":
            is_needless = shapely.convex_hull(outline).area == 0 or outline.area == 0
        else:
            earlier = (outlines[k] for k in range(position) if k not in needless)
            is_needless = any(_is_repeated(outline, other) for other in earlier)
        if is_needless:
            needless.append(position)
    kept = [ring.ravel().tolist() for position, ring in enumerate(rings) if position not in needless]
    if not kept:
        raise CannotFixError("nothing would be left of it")
    if not needless or not np.array_equal(draw_polygons(kept, *labels.size(row)), labels.mask(row)):
        raise CannotFixError("without the polygon, other pixels would be drawn")
    text = RawJson(drop_elements(written, needless))
    what = "A needless polygon was" if len(needless) == 1 else f"{len(needless)} needless polygons were"
    return Repair(finding, f"{what} left out.", (labels.change(row, segmentation=text),))


def _is_repeated(outline: shapely.Polygon, earlier: shapely.Polygon) -> bool:
    return bool(shapely.equals(outline.normalize(), earlier.normalize()))
