"""Parsed segmentations become arrays to draw from, a batch at a time, each passed by `geometry.guard`.

What cannot be drawn is reported and becomes an annotation without a mask; parts that enclose nothing
are reported and left out, and the other parts stay.

All checks run over the whole batch at once: a loop over the faulty ones alone writes the messages.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audit.dataset.model import IntArray, Segmentations
from audit.loaders.defect_log import DefectLog
from audit.loaders.parsed_segmentations import ParsedSegmentations
from audit.loaders.segmentation_rings import read_polygons
from audit.loaders.segmentation_rles import read_rles


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
    ring_start, vertex_start, xy = read_polygons(parsed, positions, height > 0, kind, defect_log)
    image_size = (height, width)
    count_start, counts = read_rles(parsed, positions, counts_text, image_size, kind, defect_log)
    return Segmentations(kind, ring_start, vertex_start, xy, count_start, counts)
