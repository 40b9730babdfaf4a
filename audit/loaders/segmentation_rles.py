"""RLEs of a batch are checked, also against the sizes of their images; those that can be drawn are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray, MaskKind
from audit.geometry import guard, rle
from audit.loaders.concat import start_offsets
from audit.loaders.defect_log import DefectLog
from audit.loaders.parsed_segmentations import BoolArray, ParsedSegmentations

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


def read_rles(
    parsed: ParsedSegmentations,
    positions: IntArray,
    counts_text: Callable[[int], str],
    image_size: tuple[IntArray, IntArray],
    kind: NDArray[np.uint8],
    defect_log: DefectLog,
) -> tuple[IntArray, NDArray[np.uint32]]:
    """Check the RLEs of a batch, report their faults, and keep those that can be drawn.

    Parameters
    ----------
    parsed : ParsedSegmentations
        Of n annotations.
    positions : (n,) int64
        Where the annotations stand in the file's list, for the reports.
    counts_text : callable
        Takes a position, returns the counts that stand there, for a report.
    image_size : two (n,) int64
        Height and width of each annotation's image in pixels; 0 = not known or not usable.
    kind : (n,) uint8
        Set to `MaskKind.RLE` where an RLE can be drawn.
    defect_log : DefectLog

    Returns
    -------
    count_start : (n + 1,) int64
        Where the runs of each annotation begin; those without an RLE have none.
    counts : (runs,) uint32
    """
    report = _RleReport(parsed, positions, counts_text, defect_log)
    rows = report.rows
    if not len(rows):
        return np.zeros(len(kind) + 1, dtype=np.int64), np.zeros(0, dtype=np.uint32)
    height, width = parsed.rle_height, parsed.rle_width
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
