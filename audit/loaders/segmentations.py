"""Parsed segmentations become arrays to draw from, a batch at a time, each passed by `geometry.guard`.

What cannot be drawn is reported and becomes an annotation without a mask; parts that enclose nothing
are reported and left out, and the other parts stay.

All checks run over the whole batch at once: a loop over the faulty ones alone writes the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray, MaskKind, Segmentations
from audit.geometry import guard, rle
from audit.loaders.concat import start_offsets
from audit.loaders.defect_log import DefectLog
from audit.loaders.typed_records import Polygons, Rle
from audit.native.library import Columns

BoolArray = NDArray[np.bool_]

_RING_FAULTS: Mapping[int, tuple[str, str]] = {
    guard.PolygonFault.NONFINITE: ("number.nonfinite", "a coordinate is not finite"),
    guard.PolygonFault.RANGE: ("polygon.range", "its coordinates are beyond any image"),
}
_ANNOTATION_FAULTS: Mapping[int, tuple[str, str]] = {
    guard.AnnotationFault.VERTICES: ("polygon.vertices", f"it has over {guard.MAX_VERTICES:,} vertices"),
    guard.AnnotationFault.PARTS: ("polygon.parts", f"it has over {guard.MAX_PARTS:,} polygons"),
    guard.AnnotationFault.RANGE: ("polygon.range", "its outlines are millions of pixels long"),
}
_STRING_FAULTS: Mapping[int, tuple[str, str]] = {
    rle.StringFault.EMPTY: ("rle.empty", "counts is empty"),
    rle.StringFault.CHARSET: ("rle.charset", "counts has characters that COCO's RLE does not have"),
    rle.StringFault.VARINT: ("rle.varint", "a number in counts has more characters than any run needs"),
    rle.StringFault.TRUNCATED: ("rle.truncated", "counts ends within a number"),
}
_COUNTS_FAULTS: Mapping[int, tuple[str, str]] = {
    guard.CountsFault.EMPTY: ("rle.empty", "counts is empty"),
    guard.CountsFault.NEGATIVE: ("rle.negative", "a run has a negative length"),
    guard.CountsFault.RANGE: ("rle.range", "a run has a length of 2^32 or more"),
}


@dataclass(frozen=True, slots=True)
class ParsedSegmentations:
    """Segmentations as they stand in the file, types alone checked; arrays are in the order of rows."""

    kind: NDArray[np.uint8]
    """(n,) of `MaskKind`."""
    n_rings: IntArray
    """(n,) polygons of each."""
    ring_size: IntArray
    """(rings,) numbers of each polygon."""
    coordinates: FloatArray
    rle_height: IntArray
    """(r,) of each RLE."""
    rle_width: IntArray
    rle_fault: NDArray[np.uint8]
    """(r,) of `rle.StringFault`; 0 for lists."""
    n_counts: IntArray
    """(r,) run lengths of each RLE."""
    counts: IntArray
    are_drawable: bool
    """Whether none has a fault, but maybe one that depends on its image."""

    @classmethod
    def of(cls, columns: Columns) -> ParsedSegmentations:
        """Take the columns that `audit.loaders.annotation_columns.parse_annotations` gives."""
        arrays = {name: columns[name] for name in _PARSED_COLUMNS}
        return cls(**arrays, are_drawable=bool(columns["are_drawable"][0]))

    def fit(self, height: IntArray, width: IntArray) -> bool:
        """Tell whether all can be drawn into images of these sizes as they stand.

        Parameters
        ----------
        height, width : (n,) int64
            0 = not known or not usable.
        """
        if not self.are_drawable or not height.all():
            return False
        if not len(self.rle_height):
            return True
        rows = self.kind == MaskKind.RLE
        return bool(((height[rows] == self.rle_height) & (width[rows] == self.rle_width)).all())

    def draw_all(self) -> Segmentations:
        """Return them as arrays to draw from, where all `fit`."""
        n_counts = np.zeros(len(self.kind), dtype=np.int64)
        n_counts[self.kind == MaskKind.RLE] = self.n_counts
        return Segmentations(
            self.kind,
            start_offsets(self.n_rings),
            start_offsets(self.ring_size // 2),
            self.coordinates.reshape(-1, 2),
            start_offsets(n_counts),
            self.counts.astype(np.uint32),
        )

    def keep(self, rows: BoolArray) -> ParsedSegmentations:
        """Leave out rows that have no segmentation."""
        return replace(self, kind=self.kind[rows], n_rings=self.n_rings[rows])

    def insert(self, usable: Mapping[int, Polygons | Rle]) -> ParsedSegmentations:
        """Put segmentations that were read one by one into rows that have none.

        Parameters
        ----------
        usable : mapping
            Row to segmentation, ascending.
        """
        polygons = {row: value for row, value in usable.items() if isinstance(value, list)}
        rles = {row: value for row, value in usable.items() if isinstance(value, Rle)}
        return self._insert_polygons(polygons)._insert_rles(rles) if usable else self

    def _insert_polygons(self, polygons: Mapping[int, Polygons]) -> ParsedSegmentations:
        rows = np.fromiter(polygons, np.int64, len(polygons))
        kind, n_rings = self.kind.copy(), self.n_rings.copy()
        ring_place = start_offsets(n_rings)[rows]
        number_place = start_offsets(self.ring_size)[ring_place]
        rings = [ring for parts in polygons.values() for ring in parts]
        new_rings = np.array([len(parts) for parts in polygons.values()], dtype=np.int64)
        new_size = np.array([len(ring) for ring in rings], dtype=np.int64)
        numbers = np.fromiter(chain.from_iterable(rings), np.float64, int(new_size.sum()))
        kind[rows], n_rings[rows] = MaskKind.POLYGON, new_rings
        owner = np.repeat(np.arange(len(rows)), new_rings)
        return replace(
            self,
            kind=kind,
            n_rings=n_rings,
            ring_size=np.insert(self.ring_size, ring_place[owner], new_size),
            coordinates=np.insert(self.coordinates, number_place[np.repeat(owner, new_size)], numbers),
        )

    def _insert_rles(self, rles: Mapping[int, Rle]) -> ParsedSegmentations:
        rows = np.fromiter(rles, np.int64, len(rles))
        kind = self.kind.copy()
        place = np.searchsorted(np.flatnonzero(kind == MaskKind.RLE), rows)
        count_place = start_offsets(self.n_counts)[place]
        kind[rows] = MaskKind.RLE
        size = np.array([value.size for value in rles.values()], dtype=np.int64).reshape(-1, 2)
        fault, counts, count_start = _decode_counts([value.counts for value in rles.values()])
        return replace(
            self,
            kind=kind,
            rle_height=np.insert(self.rle_height, place, size[:, 0]),
            rle_width=np.insert(self.rle_width, place, size[:, 1]),
            rle_fault=np.insert(self.rle_fault, place, fault),
            n_counts=np.insert(self.n_counts, place, np.diff(count_start)),
            counts=np.insert(self.counts, np.repeat(count_place, np.diff(count_start)), counts),
        )


def read_segmentations(
    positions: IntArray,
    parsed: ParsedSegmentations,
    counts_text: Callable[[int], str],
    height: IntArray,
    width: IntArray,
    defect_log: DefectLog,
) -> Segmentations:
    """Check the segmentations of a batch and report what is wrong with them.

    Parameters
    ----------
    positions : (n,) int64
        Where the annotations of the batch stand in the file's list, for the reports.
    parsed : ParsedSegmentations
        Of these n annotations.
    counts_text : callable
        Takes a position, returns the counts that stand there, for a report.
    height, width : (n,) int64
        Size of each annotation's image in pixels; 0 = not known or not usable.
    defect_log : DefectLog

    Returns
    -------
    Segmentations
        One row an annotation of the batch.

    Examples
    --------
    >>> from audit.loaders.annotation_columns import LABEL_FIELDS, RecordSpans, parse_annotations
    >>> text = b'{"id": 3, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 2, 0, 2, 2]]}'
    >>> columns = parse_annotations(RecordSpans.of([text]), slice(0, 1), LABEL_FIELDS)
    >>> parsed, sides, log = ParsedSegmentations.of(columns), np.array([5]), DefectLog("a.json")
    >>> read_segmentations(np.array([0]), parsed, str, sides, sides, log).xy.tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]]
    >>> nothing = ParsedSegmentations.of(parse_annotations(RecordSpans.of([]), slice(0, 0), LABEL_FIELDS))
    >>> len(read_segmentations(sides[:0], nothing, str, sides[:0], sides[:0], log))
    0
    """
    if parsed.fit(height, width):
        return parsed.draw_all()
    kind = np.zeros(len(positions), dtype=np.uint8)
    ring_start, vertex_start, xy = _read_polygons(parsed, positions, height > 0, kind, defect_log)
    report = _RleReport(parsed, positions, counts_text, defect_log)
    count_start, counts = _read_rles(report, (height, width), kind, defect_log)
    return Segmentations(kind, ring_start, vertex_start, xy, count_start, counts)


_PARSED_COLUMNS = tuple(
    member.name for member in fields(ParsedSegmentations) if member.name != "are_drawable"
)


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


def _read_polygons(
    parsed: ParsedSegmentations,
    positions: IntArray,
    has_image: BoolArray,
    kind: NDArray[np.uint8],
    defect_log: DefectLog,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return ring starts, vertex starts and vertices; set the kind of what can be drawn."""
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


class _RleReport:
    """Reports faults of RLEs, and remembers which can still be used."""

    def __init__(
        self,
        parsed: ParsedSegmentations,
        positions: IntArray,
        counts_text: Callable[[int], str],
        defect_log: DefectLog,
    ) -> None:
        self.parsed, self.counts_text, self.defect_log = parsed, counts_text, defect_log
        self.rows = np.flatnonzero(parsed.kind == MaskKind.RLE)
        self.positions = positions[self.rows].tolist()
        self.usable = np.ones(len(self.rows), dtype=np.bool_)

    def add(self, faulty: BoolArray, field: str, rule: str, message: str) -> None:
        for k in np.flatnonzero(faulty).tolist():
            self.add_single(k, field, rule, message)

    def add_single(self, k: int, field: str, rule: str, message: str) -> None:
        size = f"{self.parsed.rle_height[k]} x {self.parsed.rle_width[k]}"
        value = f"{size} {self.counts_text(self.positions[k])[:200]}"
        pointer = f"/segmentation{field}"
        self.defect_log.add(rule, "annotations", self.positions[k], pointer, message, value)
        self.usable[k] = False


def _read_rles(
    report: _RleReport,
    image_size: tuple[IntArray, IntArray],
    kind: NDArray[np.uint8],
    defect_log: DefectLog,
) -> tuple[IntArray, NDArray[np.uint32]]:
    """Return count starts and counts; set the kind of what can be drawn."""
    rows = report.rows
    if not len(rows):
        return np.zeros(len(kind) + 1, dtype=np.int64), np.zeros(0, dtype=np.uint32)
    height, width = report.parsed.rle_height, report.parsed.rle_width
    size_faults = guard.image_size_faults(height, width)
    nonpositive = size_faults == guard.ImageFault.NONPOSITIVE
    report.add(nonpositive, "/size", "rle.size_nonpositive", "its size is not positive")
    beyond_limit = size_faults == guard.ImageFault.LIMIT
    report.add(beyond_limit, "/size", "rle.size_limit", "its size is beyond any image")
    good_size = size_faults == 0
    # Sizes that were refused may overflow when multiplied.
    pixels = np.where(good_size, height, 0) * np.where(good_size, width, 0)
    counts, count_start = _check_counts(pixels, good_size, report)
    image_height, image_width = (side[rows] for side in image_size)
    has_image = image_height > 0
    differs = has_image & good_size & ((image_height != height) | (image_width != width))
    swapped = differs & (image_height == width) & (image_width == height)
    report.add(swapped, "/size", "rle.size_swapped", "its size is [width, height] of its image")
    message = "its size is not its image's height and width"
    report.add(differs & ~swapped, "/size", "rle.size_mismatch", message)
    report.usable &= has_image
    counts, count_start, has_zero_runs = guard.merge_zero_runs(counts, count_start)
    for k in np.flatnonzero(has_zero_runs & report.usable).tolist():
        message, pointer = "its runs of length 0 are legal but needless", "/segmentation/counts"
        defect_log.add("rle.noncanonical", "annotations", report.positions[k], pointer, message, "")
    kind[rows[report.usable]] = MaskKind.RLE
    number_of_counts = np.zeros(len(kind), dtype=np.int64)
    number_of_counts[rows[report.usable]] = np.diff(count_start)[report.usable]
    # Nearly always all can be used: then nothing is copied.
    kept = counts if report.usable.all() else counts[np.repeat(report.usable, np.diff(count_start))]
    # An empty mask stays one: COCO counts it as a label that nothing can find, or as a wrong result.
    no_pixel = report.usable & (np.diff(count_start) < 2)
    report.add(no_pixel, "/counts", "segm.empty", "the RLE has no pixel")
    return start_offsets(number_of_counts), kept.astype(np.uint32)


def _check_counts(pixels: IntArray, good_size: BoolArray, report: _RleReport) -> tuple[IntArray, IntArray]:
    """Report counts that are no runs of an image of so many pixels; return all runs and their starts."""
    parsed = report.parsed
    string_faults, counts, count_start = parsed.rle_fault, parsed.counts, start_offsets(parsed.n_counts)
    for fault, (rule, message) in _STRING_FAULTS.items():
        report.add(string_faults == fault, "/counts", rule, message)
    faults = guard.counts_faults(counts, count_start, pixels)
    # Nothing sums to a size that was refused, and a text that was refused has no runs to judge.
    faults[(string_faults > 0) | (~good_size & (faults == guard.CountsFault.SUM))] = 0
    for fault, (rule, message) in _COUNTS_FAULTS.items():
        report.add(faults == fault, "/counts", rule, message)
    for k in np.flatnonzero(faults == guard.CountsFault.SUM).tolist():
        total = int(counts[count_start[k] : count_start[k + 1]].sum())
        report.add_single(k, "/counts", "rle.sum", f"its runs cover {total:,} pixels, not {pixels[k]:,}")
    return counts, count_start


def _decode_counts(
    all_counts: Sequence[str | Sequence[int]],
) -> tuple[NDArray[np.uint8], IntArray, IntArray]:
    """Return the faults of compressed counts (0 for lists), and all runs with their starts."""
    is_string = [isinstance(counts, str) for counts in all_counts]
    strings = [counts for counts in all_counts if isinstance(counts, str)]
    decoded = rle.decode_rle([string.encode(errors="surrogatepass") for string in strings])
    faults = np.zeros(len(all_counts), dtype=np.uint8)
    faults[is_string] = decoded.fault
    if all(is_string):
        return faults, decoded.counts, decoded.count_start
    decoded_runs = iter(np.split(decoded.counts, decoded.count_start[1:-1]))
    runs = [
        next(decoded_runs) if isinstance(counts, str) else np.array(counts, dtype=np.int64)
        for counts in all_counts
    ]
    return faults, np.concatenate(runs), start_offsets(np.array([len(lengths) for lengths in runs]))
