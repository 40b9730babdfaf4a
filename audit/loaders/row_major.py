"""RLE masks whose run lengths were written row by row, where COCO counts column by column."""

from __future__ import annotations

import numpy as np

from audit.dataset.model import Annotations, Images, IntArray, MaskKind
from audit.geometry.raster import decode_masks
from audit.geometry.shape import measure_region_properties
from audit.loaders.defect_log import DefectLog

_SAMPLE = 100  # masks that are read both ways
_MOST_COUNTS = 5_000  # of a mask, for time
_SHARE_OF_PERIMETER = 0.5  # that reading a mask the right way leaves, at most
_LEAST_MASKS = 5
_LEAST_SHARE = 0.9  # of the masks that tell


def report_row_major(annotations: Annotations, images: Images, defect_log: DefectLog) -> None:
    """Report once that the RLE masks of a file seem to be written row by row.

    A whole mask that is read along the wrong side falls into lines, and its perimeter grows many times. In
    square images both ways give the same mask, turned over, so these tell nothing.

    Parameters
    ----------
    annotations : Annotations
    images : Images
        Which the annotations refer to.
    defect_log : DefectLog

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> nothing, log = empty_dataset(), DefectLog("a.json")
    >>> report_row_major(nothing.annotations, nothing.images, log)
    >>> log.defects
    []
    """
    segmentation = annotations.segmentation
    rows = np.flatnonzero((segmentation.kind == MaskKind.RLE) & (annotations.image >= 0))
    rows = rows[np.diff(segmentation.count_start)[rows] <= _MOST_COUNTS]
    height, width = (side[annotations.image[rows]] for side in (images.height, images.width))
    rows = rows[height != width]
    # Spread over the file: its beginning may come from another tool.
    rows = rows[np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(np.int64)]
    if len(rows) < _LEAST_MASKS:
        return
    height, width = (side[annotations.image[rows]] for side in (images.height, images.width))
    by_columns = _measure_perimeters(annotations, rows, height, width)
    by_rows = _measure_perimeters(annotations, rows, width, height)
    is_row_major = by_rows <= _SHARE_OF_PERIMETER * by_columns
    is_column_major = by_columns <= _SHARE_OF_PERIMETER * by_rows
    n_row_major, n_telling = int(is_row_major.sum()), int((is_row_major | is_column_major).sum())
    if n_row_major < _LEAST_MASKS or n_row_major < _LEAST_SHARE * n_telling:
        return
    message = (
        f"The RLE masks seem to be written row by row: {n_row_major} of {n_telling} that tell are lines as "
        "COCO reads them, column by column, and whole if height and width are exchanged"
    )
    defect_log.add(
        "rle.row_major",
        "",
        0,
        "",
        message,
        "",
        masks=n_row_major,
        of=n_telling,
        median_perimeter_px=float(np.median(by_columns[is_row_major])),
        median_perimeter_by_rows_px=float(np.median(by_rows[is_row_major])),
    )


def _measure_perimeters(
    annotations: Annotations, rows: IntArray, heights: IntArray, widths: IntArray
) -> IntArray:
    """Return the perimeters of masks in images of these sizes, pixels."""
    sampled = annotations.segmentation.take(rows)
    runs = decode_masks(
        sampled.xy,
        sampled.vertex_start,
        sampled.ring_start,
        sampled.counts,
        sampled.count_start,
        heights,
        widths,
    )
    perimeters: IntArray = measure_region_properties(runs)["perimeter_px"]
    return perimeters
