"""Rings of a batch's polygons are checked, and those that can be drawn are kept.

Rings that enclose nothing are reported and left out, and the annotation's other rings stay.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import FloatArray, IntArray, MaskKind
from audit.geometry import guard
from audit.loaders.concat import start_offsets
from audit.loaders.defect_log import DefectLog
from audit.loaders.parsed_segmentations import BoolArray, ParsedSegmentations

_RING_FAULTS: Mapping[int, tuple[str, str]] = {
    guard.PolygonFault.NONFINITE: ("number.nonfinite", "a coordinate is not finite"),
    guard.PolygonFault.RANGE: ("polygon.range", "its coordinates are beyond any image"),
}
_ANNOTATION_FAULTS: Mapping[int, tuple[str, str]] = {
    guard.AnnotationFault.VERTICES: ("polygon.vertices", f"it has over {guard.MAX_VERTICES:,} vertices"),
    guard.AnnotationFault.PARTS: ("polygon.parts", f"it has over {guard.MAX_PARTS:,} polygons"),
    guard.AnnotationFault.RANGE: ("polygon.range", "its outlines are millions of pixels long"),
}


class _RingReport:
    """Reports faults of rings, and remembers which annotations lose their mask by them."""

    def __init__(
        self, parsed: ParsedSegmentations, owner: IntArray, positions: IntArray, defect_log: DefectLog
    ) -> None:
        self.parsed, self.owner, self.positions, self.defect_log = parsed, owner, positions, defect_log
        # Owners ascend, so that the first ring of each owner is where a search for it ends.
        self.ring_in_owner = np.arange(len(owner)) - np.searchsorted(owner, owner)
        self.number_start = start_offsets(parsed.ring_size)
        self.unusable = np.zeros(len(positions), dtype=np.bool_)

    def add(self, faulty: BoolArray, rule: str, message: str, *, fatal: bool) -> None:
        for ring in np.flatnonzero(faulty).tolist():
            start, stop = self.number_start[ring : ring + 2].tolist()
            shown = self.parsed.coordinates[start : min(stop, start + 20)]
            value = [round(number, 6) for number in shown.tolist()]
            position = int(self.positions[self.owner[ring]])
            pointer = f"/segmentation/{self.ring_in_owner[ring]}"
            self.defect_log.add(rule, "annotations", position, pointer, message, value)
        self.unusable[self.owner[faulty]] |= fatal


def read_polygons(
    parsed: ParsedSegmentations,
    positions: IntArray,
    has_image: BoolArray,
    kind: NDArray[np.uint8],
    defect_log: DefectLog,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Check the polygons of a batch, report their faults, and keep the rings that can be drawn.

    Parameters
    ----------
    parsed : ParsedSegmentations
        Of n annotations.
    positions : (n,) int64
        Where the annotations stand in the file's list, for the reports.
    has_image : (n,) bool
        Whether the size of an annotation's image is known and usable.
    kind : (n,) uint8
        Set to `MaskKind.POLYGON` where a ring can be drawn.
    defect_log : DefectLog

    Returns
    -------
    ring_start : (n + 1,) int64
        Where the rings of each annotation begin.
    vertex_start : (rings + 1,) int64
        Where the vertices of each ring begin.
    xy : (vertices, 2) float64
        Pixels, (x, y).
    """
    ring_size = parsed.ring_size
    owner = np.repeat(np.arange(len(kind)), parsed.n_rings)
    report = _RingReport(parsed, owner, positions, defect_log)
    for row in np.flatnonzero((parsed.kind == MaskKind.POLYGON) & (parsed.n_rings == 0)).tolist():
        message = "the segmentation has no parts"
        defect_log.add("segm.empty", "annotations", int(positions[row]), "/segmentation", message, "[]")
    drawable = _check_ring_sizes(ring_size, report)
    # Nearly always all rings can be drawn: then nothing is copied.
    is_whole = bool(drawable.all())
    drawn = parsed.coordinates if is_whole else parsed.coordinates[np.repeat(drawable, ring_size)]
    xy = drawn.reshape(-1, 2)
    vertex_start = start_offsets(ring_size[drawable] // 2)
    ring_faults = np.zeros(len(ring_size), dtype=np.uint8)
    ring_faults[drawable] = guard.polygon_faults(xy, vertex_start)
    for fault, (rule, message) in _RING_FAULTS.items():
        report.add(ring_faults == fault, rule, message, fatal=True)
    ring_start = start_offsets(np.bincount(owner[drawable], minlength=len(kind)))
    annotation_faults = guard.annotation_faults(vertex_start, ring_start, xy)
    _report_whole_annotations(annotation_faults, report)
    unusable = report.unusable | ~has_image
    kept = ~unusable[owner[drawable]]
    kept_rings = np.bincount(owner[drawable][kept], minlength=len(kind))
    kind[kept_rings > 0] = MaskKind.POLYGON
    vertices = np.diff(vertex_start)
    kept_xy = xy if is_whole and kept.all() else xy[np.repeat(kept, vertices)]
    return start_offsets(kept_rings), start_offsets(vertices[kept]), kept_xy


def _check_ring_sizes(ring_sizes: IntArray, report: _RingReport) -> BoolArray:
    """Report rings that cannot be drawn; return which can.

    An odd number of coordinates makes the annotation unusable, as nobody knows which is missing. A ring
    without area takes nothing from the mask, so the annotation keeps its other rings.
    """
    even = ring_sizes % 2 == 0
    long_enough = ring_sizes >= 2 * guard.MIN_POINTS
    report.add(ring_sizes == 0, "segm.empty", "this part has no points", fatal=False)
    report.add(~even, "polygon.odd", "this part has an odd number of coordinates", fatal=True)
    too_few = (ring_sizes > 0) & ~long_enough & even
    report.add(too_few, "polygon.too_few", "this part has fewer than three points", fatal=False)
    drawable: BoolArray = even & long_enough
    return drawable


def _report_whole_annotations(annotation_faults: NDArray[np.uint8], report: _RingReport) -> None:
    """Report annotations that are too large to be drawn, and make them unusable.

    An annotation whose single rings were out of range has been reported with them.
    """
    reported = report.unusable & (annotation_faults == guard.AnnotationFault.RANGE)
    for row in np.flatnonzero((annotation_faults > 0) & ~reported).tolist():
        rule, message = _ANNOTATION_FAULTS[int(annotation_faults[row])]
        report.defect_log.add(rule, "annotations", int(report.positions[row]), "/segmentation", message, rule)
        report.unusable[row] = True
