"""From segmentations as they were drawn to runs and numbers: the one place where masks come from."""

from __future__ import annotations

from ctypes import c_int64

import numpy as np

from audit.dataset.model import Dataset, Segmentations
from audit.geometry.raster import decode_masks
from audit.geometry.runs import IntArray, Runs
from audit.native.library import Columns, array, declare

_measure_drawn = declare(
    "maskaudit_measure_drawn",
    *(array("f8"), array("i8"), array("i8"), array("u4"), array("i8")),
    *(array("i8"), array("i8"), array("i8"), c_int64, c_int64),
)


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


def measure_segmentations(
    segmentations: Segmentations,
    image_rows: IntArray,
    image_heights: IntArray,
    image_widths: IntArray,
    *,
    threads: int = 1,
) -> tuple[Runs, Columns]:
    """Draw all masks of some images and measure them and their pairs, each image at one go.

    Parameters
    ----------
    segmentations : Segmentations
        n annotations.
    image_rows : (n,) int64
        The image of each, ascending.
    image_heights, image_widths : (n,) int64
        Of each annotation's image; at least 1 where the annotation has a mask.
    threads : int
        How many images are measured side by side.

    Returns
    -------
    runs : Runs
        n masks, as `decode_runs` draws them.
    columns : dict of str to array
        (n,) each: those of `audit.geometry.shape.measure_region_properties`, and ``pairs_left_out`` (which
        pairs of the mask were not measured; see `audit.measure.schema.INSTANCES`). (k,) each, of the pairs of
        `audit.geometry.pairs.find_mask_pairs`: ``a``, ``b``, ``intersection_px``, ``depth_px``, ``gap_px``,
        ``contact_px``, ``hole_share_a``, ``hole_share_b`` (share of the hole pixels of a that b covers, and
        the other way around).

    Examples
    --------
    >>> from audit.dataset.model import empty_segmentations
    >>> three = np.array([3, 3])
    >>> runs, columns = measure_segmentations(empty_segmentations(2), np.array([0, 0]), three, three)
    >>> runs.count, columns["area_px"].tolist(), len(columns["a"])
    (2, [0, 0], 0)
    """
    drawing = (
        *(segmentations.xy, segmentations.vertex_start, segmentations.ring_start),
        *(segmentations.counts, segmentations.count_start, image_heights, image_widths, image_rows),
    )
    columns = _measure_drawn(*map(np.ascontiguousarray, drawing), len(segmentations), threads)
    run_columns = {name: columns.pop(f"run_{name}") for name in ("mask", "x", "y0", "y1")}
    return Runs(**run_columns, count=len(segmentations)), columns


def dataset_runs(dataset: Dataset, annotation_rows: IntArray, *, threads: int = 1) -> Runs:
    """Draw the masks of some annotations, each in its own image.

    Parameters
    ----------
    dataset : Dataset
    annotation_rows : (n,) int64
        Positions of annotations that have an image, in any order.
    threads : int
        How many draw side by side.

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
    segmentations = annotations.segmentation
    return decode_masks(
        segmentations.xy, segmentations.vertex_start, segmentations.ring_start, segmentations.counts,
        segmentations.count_start, images.height[image_rows], images.width[image_rows],
        chosen=np.asarray(annotation_rows, dtype=np.int64), threads=threads,
    )  # fmt: skip
