"""The matrix of overlaps of the masks of one image, as people know it from articles and notebooks."""

from __future__ import annotations

from ctypes import c_int64
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from audit.geometry.boundary import rim_width
from audit.geometry.mask_input import ImageMasks, Size, read_masks
from audit.geometry.morphology import find_rims
from audit.geometry.native_runs import RUNS, run_arguments, thread_count
from audit.geometry.runs import Runs
from audit.native.library import array, declare

_dense_overlaps = declare(
    "maskaudit_dense_overlap_matrix",
    array("u8"), c_int64, array("u8"), c_int64, c_int64, c_int64, c_int64, c_int64,
)  # fmt: skip
_run_overlaps = declare("maskaudit_run_overlap_matrix", *RUNS, c_int64, *RUNS, c_int64, c_int64, c_int64)

Kind = Literal["iou", "ioa", "ios", "boundary_iou"]
_KIND_CODES = {"iou": 0, "ioa": 1, "ios": 2, "boundary_iou": 0}


def overlap_matrix(
    masks: Any,
    kind: Kind = "iou",
    second_masks: Any = None,
    *,
    threshold: float | None = None,
    layout: str | None = None,
    size: Size | None = None,
) -> NDArray[np.float64]:
    """Measure how much every two masks of one image overlap.

    Pixels are compared 64 at a time, or as runs, whichever is cheaper for these masks; beside the result no
    more than about a byte for every eight pixels inside the masks' boxes is kept.

    Parameters
    ----------
    masks : array or sequence
        An (N, H, W) array of numpy, torch, cupy or any library with ``__array__`` or ``__dlpack__``, in which
        what is not zero belongs to a mask; or a sequence of (H, W) arrays, COCO RLEs and COCO polygons.
    kind : {"iou", "ioa", "ios", "boundary_iou"}
        ``iou``: intersection over union, symmetric. ``ioa``: element (i, j) is the share of mask i that
        lies inside mask j. ``ios``: intersection over the smaller mask. ``boundary_iou``: IoU of what lies
        within 2 % of the image's diagonal of the outlines, inside the masks.
    second_masks : like ``masks``, optional
        Another set of masks of the same image, which become the columns; the first set where left out.
    threshold : float, optional
        For probabilities (0.5) or logits (0): a pixel belongs to a mask where its value is larger.
    layout : {"NHW", "HWN"}, optional
        Which axis counts the masks; has to be said only where an array looks like (H, W, N).
    size : (int, int), optional
        Height and width of the image; polygons need it where no other mask tells it.

    Returns
    -------
    (N, M) float64
        Exact; the diagonal of a set with itself is 1, but 0 for a mask without pixels.

    Raises
    ------
    ValueError
        If masks have different sizes, or cannot be read; in one line, with what to pass instead.

    References
    ----------
    Cheng et al., "Boundary IoU: improving object-centric image segmentation evaluation", 2021.

    Examples
    --------
    >>> masks = np.zeros((2, 4, 4), dtype=bool)
    >>> masks[0, :, :3] = masks[1, :, 2:] = True
    >>> overlap_matrix(masks).tolist()
    [[1.0, 0.25], [0.25, 1.0]]
    >>> overlap_matrix(masks, "ioa").round(3).tolist()
    [[1.0, 0.333], [0.5, 1.0]]
    >>> overlap_matrix(masks, "ios", masks[:1]).tolist()
    [[1.0], [0.5]]
    >>> overlap_matrix([]).shape
    (0, 0)
    """
    if not isinstance(kind, str):  # as in pycocotools' iou(dt, gt, ...)
        type_name = type(kind).__name__
        raise ValueError(
            f"kind is a text, not a value of type {type_name}; pass further masks as second_masks=..."
        )
    if kind not in _KIND_CODES:
        raise ValueError(f'kind is "iou", "ioa", "ios" or "boundary_iou", not {kind!r}')
    first = read_masks(masks, threshold=threshold, layout=layout, size=size)
    if second_masks is None:
        return measure_matrix(first, kind)
    if size is None and len(first):
        size = first.height, first.width
    return measure_matrix(
        first, kind, read_masks(second_masks, threshold=threshold, layout=layout, size=size)
    )


def measure_matrix(
    first: ImageMasks, kind: Kind = "iou", second: ImageMasks | None = None
) -> NDArray[np.float64]:
    """Measure how much the masks of one set overlap those of another one, or of the same.

    Parameters
    ----------
    first : ImageMasks
        The rows.
    kind : {"iou", "ioa", "ios", "boundary_iou"}
        See `overlap_matrix`.
    second : ImageMasks, optional
        The columns, of an image of the same size; the first set where it is left out.

    Returns
    -------
    (N, M) float64

    Examples
    --------
    >>> measure_matrix(read_masks(np.ones((1, 2, 2), dtype=bool))).tolist()
    [[1.0]]
    >>> measure_matrix(read_masks([])).shape
    (0, 0)
    """
    n_columns = len(first if second is None else second)
    if second is not None and len(first) and n_columns:
        sizes = (first.height, first.width), (second.height, second.width)
        if sizes[0] != sizes[1]:
            raise ValueError(f"masks have different sizes {sizes}; those of one image have one")
    n_second = -1 if second is None else n_columns
    is_dense = first.pixels is not None and (second is None or second.pixels is not None)
    if kind != "boundary_iou" and is_dense and _are_alike(first, second):
        address, lines, length = first.pixel_arguments()
        second_address = address[:0] if second is None else second.pixel_arguments()[0]
        columns = _dense_overlaps(
            address, len(address), second_address, n_second, lines, length, _KIND_CODES[kind], thread_count()
        )
    else:
        first_runs = _as_measured(first, kind)
        second_runs = first_runs if second is None else _as_measured(second, kind)
        columns = _run_overlaps(
            *run_arguments(first_runs), first_runs.count, *run_arguments(second_runs), n_second,
            _KIND_CODES[kind], thread_count(),
        )  # fmt: skip
    return columns["overlap"].reshape(len(first), n_columns)


def _are_alike(first: ImageMasks, second: ImageMasks | None) -> bool:
    """Say whether the lines of both sets' memory are rows, or columns."""
    return second is None or not len(second) or first.is_column_major == second.is_column_major


def _as_measured(masks: ImageMasks, kind: Kind) -> Runs:
    """Return the masks, or their rims, as runs."""
    runs = masks.as_runs()
    if kind != "boundary_iou":
        return runs
    width = rim_width(np.array([np.hypot(masks.height, masks.width)]))
    return find_rims(runs, np.full(runs.count, width[0]))
