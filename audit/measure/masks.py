"""From segmentations as they were drawn to runs."""

from __future__ import annotations

from audit.dataset.model import MaskKind, Segmentations
from audit.geometry.raster import polygons_to_runs
from audit.geometry.runs import IntArray, Runs, from_counts, interleave, no_runs


def mask_runs(segmentation: Segmentations, height: IntArray, width: IntArray) -> Runs:
    """Draw all masks of some annotations as pycocotools would.

    Parameters
    ----------
    segmentation : Segmentations
        n annotations.
    height, width : (n,) int64
        Of each annotation's image; at least 1 where the annotation has a mask.

    Returns
    -------
    Runs
        n masks; those of kind NONE have no pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.dataset.model import empty_segmentations
    >>> mask_runs(empty_segmentations(2), np.array([5, 5]), np.array([5, 5])).count
    2
    """
    s = segmentation
    polygons = no_runs(len(s))
    if (s.kind == MaskKind.POLYGON).any():
        polygons = polygons_to_runs(s.xy, s.vertex_start, s.ring_start, height, width)
    if not (s.kind == MaskKind.RLE).any():
        return polygons
    return interleave(polygons, from_counts(s.counts, s.count_start, height))
