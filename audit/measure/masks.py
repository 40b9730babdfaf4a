"""From segmentations as they were drawn to runs: the one place where masks come from."""

from __future__ import annotations

from audit.dataset.model import Dataset, Segmentations
from audit.geometry.raster import decode_masks
from audit.geometry.runs import IntArray, Runs


def decode_runs(segmentations: Segmentations, image_heights: IntArray, image_widths: IntArray) -> Runs:
    """Draw all masks of some annotations as pycocotools would.

    Parameters
    ----------
    segmentations : Segmentations
        n annotations.
    image_heights, image_widths : (n,) int64
        Of each annotation's image; at least 1 where the annotation has a mask.

    Returns
    -------
    Runs
        n masks; those of kind NONE have no pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.dataset.model import empty_segmentations
    >>> decode_runs(empty_segmentations(2), np.array([5, 5]), np.array([5, 5])).count
    2
    """
    return decode_masks(
        segmentations.xy,
        segmentations.vertex_start,
        segmentations.ring_start,
        segmentations.counts,
        segmentations.count_start,
        image_heights,
        image_widths,
    )


def dataset_runs(dataset: Dataset, annotation_rows: IntArray) -> Runs:
    """Draw the masks of some annotations, each in its own image.

    Parameters
    ----------
    dataset : Dataset
    annotation_rows : (n,) int64
        Positions of annotations that have an image, in any order.

    Returns
    -------
    Runs
        n masks, in the order of ``annotation_rows``.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.geometry.shape import measure_areas
    >>> from audit.testing import dataset, scene
    >>> measure_areas(dataset_runs(dataset(scene("aab")), np.array([1, 0]))).tolist()
    [1, 2]
    >>> dataset_runs(dataset(), np.zeros(0, dtype=np.int64)).count
    0
    """
    annotations, images = dataset.annotations, dataset.images
    image_rows = annotations.image[annotation_rows]
    return decode_runs(
        annotations.segmentation.take(annotation_rows), images.height[image_rows], images.width[image_rows]
    )
