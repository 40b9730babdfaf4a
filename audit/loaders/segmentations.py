"""Segmentations from JSON text to flat arrays, a chunk at a time, each passed by `geometry.guard`.

What cannot be drawn is reported and becomes an annotation without a mask; parts that enclose nothing
are reported and left out, and the other parts stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray, MaskKind, Segmentations
from audit.geometry import guard, rle
from audit.loaders.defect_log import DefectLog
from audit.loaders.segmentation_faults import SegmentationDiagnosis
from audit.loaders.typed_records import Polygons, Rle

_Report = Callable[[NDArray[np.bool_], str, str, str], None]
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
class Batch:
    """The annotations of one chunk whose segmentations are read together."""

    index: Sequence[int]
    """Positions in the file's list of annotations."""
    given: Sequence[Polygons | Rle | SegmentationDiagnosis]
    """As parsed, or what a closer look made of it."""
    height: IntArray
    """Of each annotation's image; 0 = not known or not usable."""
    width: IntArray


@dataclass(slots=True)
class _Polygons:
    """Polygons of a chunk; entry k belongs to the chunk's annotation ``at[k]``."""

    at: list[int] = field(default_factory=list)
    parts: list[Polygons] = field(default_factory=list)


@dataclass(slots=True)
class _Rles:
    at: list[int] = field(default_factory=list)
    size: list[tuple[int, int]] = field(default_factory=list)
    counts: list[str | Sequence[int]] = field(default_factory=list)


def read_segmentations(batch: Batch, log: DefectLog) -> Segmentations:
    """Read the segmentations of a chunk and report what is wrong with them.

    Parameters
    ----------
    batch : Batch
    log : DefectLog

    Returns
    -------
    Segmentations
        One row an annotation of the chunk.

    Examples
    --------
    >>> one = [[0.0, 0.0, 2.0, 0.0, 2.0, 2.0]]
    >>> size = np.array([5])
    >>> read_segmentations(Batch([0], [one], size, size), DefectLog("a.json")).xy.tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]]
    >>> len(read_segmentations(Batch([], [], size[:0], size[:0]), DefectLog("a.json")))
    0
    """
    polygons, runs = _sorted_by_kind(batch, log)
    kind = np.zeros(len(batch.index), dtype=np.uint8)
    ring_start, vertex_start, xy = _polygons(polygons, batch, log, kind)
    count_start, counts = _runs(runs, batch, log, kind)
    return Segmentations(kind, ring_start, vertex_start, xy, count_start, counts)


def _sorted_by_kind(batch: Batch, log: DefectLog) -> tuple[_Polygons, _Rles]:
    """Divide polygons from RLE, and report what a closer look found."""
    polygons, runs = _Polygons(), _Rles()
    for k, given in enumerate(batch.given):
        if type(given) is list:
            polygons.at.append(k)
            polygons.parts.append(given)
        elif type(given) is Rle:
            runs.at.append(k)
            runs.size.append(given.size)
            runs.counts.append(given.counts)
        elif isinstance(given, SegmentationDiagnosis):
            for rule, place, message, value in given.faults:
                log.add(rule, "annotations", batch.index[k], f"/segmentation{place}", message, value)
            if given.parts is not None:
                polygons.at.append(k)
                polygons.parts.append(given.parts)
            elif given.counts is not None:
                runs.at.append(k)
                runs.size.append(given.size)
                runs.counts.append(given.counts)
    return polygons, runs


def _polygons(
    found: _Polygons, batch: Batch, log: DefectLog, kind: NDArray[np.uint8]
) -> tuple[IntArray, IntArray, NDArray[np.float64]]:
    n = len(kind)
    at, parts = np.array(found.at, dtype=np.int64), found.parts
    rings = list(chain.from_iterable(parts))
    size = np.fromiter(map(len, rings), np.int64, len(rings))
    owner = np.repeat(at, np.fromiter(map(len, parts), np.int64, len(parts)))
    flat = np.fromiter(chain.from_iterable(rings), np.float64, int(size.sum()))
    part = np.arange(len(rings)) - np.searchsorted(owner, owner)
    unusable = np.zeros(n, dtype=np.bool_)

    def report(which: NDArray[np.bool_], rule: str, message: str, *, fatal: bool) -> None:
        for r in np.flatnonzero(which).tolist():
            value = [round(v, 6) for v in rings[r][:20]]
            log.add(rule, "annotations", batch.index[owner[r]], f"/segmentation/{part[r]}", message, value)
        unusable[owner[which]] |= fatal

    for k in np.setdiff1d(at, owner).tolist():
        log.add(
            "segm.empty",
            "annotations",
            batch.index[k],
            "/segmentation",
            "the segmentation has no parts",
            "[]",
        )
    report(size == 0, "segm.empty", "this part has no points", fatal=False)
    report(size % 2 == 1, "polygon.odd", "this part has an odd number of coordinates", fatal=True)
    few = (size > 0) & (size < 2 * guard.MIN_POINTS) & (size % 2 == 0)
    report(few, "polygon.too_few", "this part has fewer than three points", fatal=False)
    good = (size % 2 == 0) & (size >= 2 * guard.MIN_POINTS)
    xy = flat[np.repeat(good, size)].reshape(-1, 2)
    vertex_start = _starts(size[good] // 2)
    faults = np.zeros(len(rings), dtype=np.uint8)
    faults[good] = guard.polygon_faults(xy, vertex_start)
    for fault, (rule, message) in _RING_FAULTS.items():
        report(faults == fault, rule, message, fatal=True)
    ring_start = _starts(np.bincount(owner[good], minlength=n))
    together = guard.annotation_faults(vertex_start, ring_start, xy)
    said = unusable & (together == guard.AnnotationFault.RANGE)
    for k in np.flatnonzero((together > 0) & ~said).tolist():
        rule, message = _ANNOTATION_FAULTS[int(together[k])]
        log.add(rule, "annotations", batch.index[k], "/segmentation", message, rule)
        unusable[k] = True
    unusable |= batch.height == 0
    keep = ~unusable[owner[good]]
    kept_rings = np.bincount(owner[good][keep], minlength=n)
    kind[kept_rings > 0] = MaskKind.POLYGON
    vertices = np.diff(vertex_start)
    return _starts(kept_rings), _starts(vertices[keep]), xy[np.repeat(keep, vertices)]


def _runs(
    found: _Rles, batch: Batch, log: DefectLog, kind: NDArray[np.uint8]
) -> tuple[IntArray, NDArray[np.uint32]]:
    n = len(kind)
    at = np.array(found.at, dtype=np.int64)
    if len(at) == 0:
        return np.zeros(n + 1, dtype=np.int64), np.zeros(0, dtype=np.uint32)
    height, width = np.array(found.size, dtype=np.int64).reshape(-1, 2).T
    usable = np.ones(len(at), dtype=np.bool_)

    def report(which: NDArray[np.bool_], place: str, rule: str, message: str) -> None:
        for i in np.flatnonzero(which).tolist():
            value = f"{height[i]} x {width[i]} {str(found.counts[i])[:200]}"
            log.add(rule, "annotations", batch.index[at[i]], f"/segmentation{place}", message, value)
        usable[which] = False

    sizes = guard.image_size_faults(height, width)
    report(sizes == guard.ImageFault.NONPOSITIVE, "/size", "rle.size_nonpositive", "its size is not positive")
    report(sizes == guard.ImageFault.LIMIT, "/size", "rle.size_limit", "its size is beyond any image")
    text_faults, counts, start = _decoded(found.counts)
    for fault, (rule, message) in _STRING_FAULTS.items():
        report(text_faults == fault, "/counts", rule, message)
    pixels = np.where(sizes == 0, height * np.where(sizes == 0, width, 0), 0)
    faults = guard.counts_faults(counts, start, pixels)
    faults[(text_faults > 0) | ((sizes > 0) & (faults == guard.CountsFault.SUM))] = 0
    for fault, (rule, message) in _COUNTS_FAULTS.items():
        report(faults == fault, "/counts", rule, message)
    _report_sums(faults == guard.CountsFault.SUM, pixels, counts, start, report)
    real_h, real_w = batch.height[at], batch.width[at]
    known, differs = real_h > 0, (real_h != height) | (real_w != width)
    swapped = known & differs & (real_h == width) & (real_w == height)
    report(swapped & (sizes == 0), "/size", "rle.size_swapped", "its size is [width, height] of its image")
    mismatch = known & differs & ~swapped & (sizes == 0)
    report(mismatch, "/size", "rle.size_mismatch", "its size is not its image's height and width")
    usable &= known
    counts, start, padded = guard.merge_zero_runs(np.maximum(counts, 0), start)
    for i in np.flatnonzero(padded & usable).tolist():
        message = "its runs of length 0 are legal but needless"
        log.add("rle.noncanonical", "annotations", batch.index[at[i]], "/segmentation/counts", message, "")
    report(usable & (np.diff(start) < 2), "/counts", "segm.empty", "the RLE has no pixel")
    kind[at[usable]] = MaskKind.RLE
    order = np.flatnonzero(usable)
    length = np.zeros(n, dtype=np.int64)
    length[at[order]] = np.diff(start)[order]
    chosen = [counts[start[i] : start[i + 1]] for i in order.tolist()]
    return _starts(length), np.concatenate([np.zeros(0, np.int64), *chosen]).astype(np.uint32)


def _report_sums(
    wrong: NDArray[np.bool_], pixels: IntArray, counts: IntArray, start: IntArray, report: _Report
) -> None:
    for i in np.flatnonzero(wrong).tolist():
        one = np.zeros(len(wrong), dtype=np.bool_)
        one[i] = True
        total = int(counts[start[i] : start[i + 1]].sum())
        report(one, "/counts", "rle.sum", f"its runs cover {total:,} pixels, not {pixels[i]:,}")


def _decoded(given: Sequence[str | Sequence[int]]) -> tuple[NDArray[np.uint8], IntArray, IntArray]:
    """Return the faults of texts (0 for lists), and all runs with their starts."""
    texts = [i for i, c in enumerate(given) if isinstance(c, str)]
    decoded = rle.decode([given[i].encode(errors="surrogatepass") for i in texts])  # type: ignore[union-attr]
    faults = np.zeros(len(given), dtype=np.uint8)
    faults[texts] = decoded.fault
    if len(texts) == len(given):
        return faults, decoded.counts, decoded.count_start
    ends = decoded.count_start.tolist()
    place = {i: (ends[k], ends[k + 1]) for k, i in enumerate(texts)}
    runs = [
        decoded.counts[slice(*place[i])] if i in place else np.array(c, dtype=np.int64)
        for i, c in enumerate(given)
    ]
    return faults, np.concatenate(runs), _starts(np.array([len(r) for r in runs]))


def _starts(length: IntArray) -> IntArray:
    start = np.zeros(len(length) + 1, dtype=np.int64)
    np.cumsum(length, out=start[1:])
    return start
