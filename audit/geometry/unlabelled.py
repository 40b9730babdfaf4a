"""Things in a picture that look like the labelled objects and are not labelled.

No model is needed where objects stand out. The labelled pixels and those far from any label give the
direction of colour in which the two differ most (Fisher's linear discriminant), and how far the dimmer
objects lie along it. What reaches three quarters of that outside of the labels and hangs together is a
candidate. Where the labels themselves do not stand out in this way, as in photographs of rooms and streets,
nothing is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_double, c_int64

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.encode import trace_mask_polygons
from audit.geometry.native_runs import RUNS, run_arguments
from audit.geometry.runs import IntArray, Runs
from audit.native.library import Columns, array, declare

_find_unlabelled = declare(
    "maskaudit_find_unlabelled",
    *(*RUNS, c_int64, array("u1")),
    *(array("u1"), c_int64, c_int64, c_int64, c_int64, c_double),
)

_LEAST_LABELS = 5
_CELLS_PER_SIDE = 24  # of the median object; larger pictures are looked at in steps
_MOST_CELLS = 2**23  # of a picture, for memory: some 400 MB

_NO_CORNERS = np.zeros((0, 2), dtype=np.int64)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnlabelledObjects:
    """Candidates of one picture, from top to bottom: (count,) arrays."""

    box: IntArray
    """(count, 4) xywh, pixels."""
    area_px: IntArray
    size: Floats
    """Area by the median of the labelled objects."""
    fill: Floats
    """Area by that of the box."""
    contrast: Floats
    """To the background, by that of the dimmer labelled objects."""
    local_contrast: Floats
    """To the candidate's own surroundings, by the same."""
    windows: tuple[NDArray[np.bool_], ...]
    """(h, w) each: where the contrast falls to half, clear of the labels, in cells of step x step pixels."""
    corners: IntArray
    """(count, 2) where the windows begin, cells."""
    step: int
    """Pixels on the side of a cell."""


def find_unlabelled(runs: Runs, is_crowd: NDArray[np.bool_], picture: NDArray[np.uint8]) -> UnlabelledObjects:
    """Find what looks like the labelled objects of a picture and is not labelled.

    Parameters
    ----------
    runs : Runs
        All masks of the picture.
    is_crowd : (count,) bool
        Masks that cover objects and are none themselves.
    picture : (H, W, channels) uint8

    Returns
    -------
    UnlabelledObjects
        None where fewer than 5 objects are labelled, or where they do not stand out.

    References
    ----------
    Fisher, "The use of multiple measurements in taxonomic problems", 1936.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> grey, masks = np.full((60, 60, 1), 20, dtype=np.uint8), np.zeros((5, 60, 60), dtype=bool)
    >>> for k in range(6):
    ...     place = np.s_[20 * (k % 3) + 5 : 20 * (k % 3) + 13, 30 * (k // 3) + 5 : 30 * (k // 3) + 13]
    ...     grey[place] = 200
    ...     if k < 5:
    ...         masks[k][place] = True
    >>> found = find_unlabelled(dense_to_runs(masks), np.zeros(5, dtype=bool), grey)
    >>> found.box.tolist(), [window.shape for window in found.windows]
    ([[36, 46, 6, 6]], [(14, 14)])
    >>> len(find_unlabelled(no_runs(0), np.zeros(0, dtype=bool), grey).box)
    0
    """
    areas = np.bincount(runs.mask, runs.y1 - runs.y0, minlength=runs.count)
    is_object = (areas > 0) & ~is_crowd
    if is_object.sum() < _LEAST_LABELS:
        return _no_candidates()
    median_area = float(np.median(areas[is_object]))
    finest = int(np.ceil(np.sqrt(picture.shape[0] * picture.shape[1] / _MOST_CELLS)))
    step = max(1, finest, int(np.sqrt(median_area) / _CELLS_PER_SIDE))
    height, width, channels = picture.shape
    columns = _find_unlabelled(
        *(*run_arguments(runs), runs.count, is_object.view(np.uint8)),
        *(np.ascontiguousarray(picture), height, width, channels, step, median_area),
    )
    return _measure_candidates(columns, median_area, step)


def _no_candidates() -> UnlabelledObjects:
    none, no_area = np.zeros(0), np.zeros(0, dtype=np.int64)
    return UnlabelledObjects(
        np.zeros((0, 4), dtype=np.int64), no_area, none, none, none, none, (), _NO_CORNERS, 1
    )


def _measure_candidates(columns: Columns, median_area: float, step: int) -> UnlabelledObjects:
    """Turn what was counted in cells into pixels, and trace the outlines."""
    box = np.stack([columns[name] for name in "xywh"], axis=1) * step
    area_px = columns["area"] * step**2
    inside, around = columns["inside"], columns["around"]
    return UnlabelledObjects(
        box,
        area_px,
        area_px / median_area,
        area_px / (box[:, 2] * box[:, 3]),
        inside,
        np.where(np.isfinite(around), inside - around, 0.0),
        _cut_windows(columns),
        np.stack([columns["window_x"], columns["window_y"]], axis=1),
        step,
    )


def _cut_windows(columns: Columns) -> tuple[NDArray[np.bool_], ...]:
    """Return the drawn cells of each window."""
    width, height = columns["window_w"], columns["window_h"]
    flat = np.split(columns["cells"].astype(np.bool_), np.cumsum(width * height)[:-1])
    shapes = zip(flat, height.tolist(), width.tolist(), strict=False)  # of no window, one empty part is left
    return tuple(cells.reshape(rows, columns) for cells, rows, columns in shapes)


def trace_outlines(pictures: Sequence[UnlabelledObjects]) -> list[list[float]]:
    """Trace the candidates of many pictures at once, which costs half of what picture by picture does.

    Parameters
    ----------
    pictures : sequence of UnlabelledObjects

    Returns
    -------
    list of list of float
        A polygon each, x and y in turn, pixels.

    Examples
    --------
    >>> square = np.ones((1, 1), dtype=bool)
    >>> ones = np.ones(1)
    >>> candidates = UnlabelledObjects(
    ...     np.array([[4, 6, 2, 2]]), np.array([4]), ones, ones, ones, ones, (square,), np.array([[2, 3]]), 2
    ... )
    >>> trace_outlines([candidates])
    [[5.0, 8.0, 4.0, 7.0, 5.0, 6.0, 6.0, 7.0]]
    >>> trace_outlines([])
    []
    """
    windows = [window for candidates in pictures for window in candidates.windows]
    corners = np.concatenate([_NO_CORNERS, *(candidates.corners for candidates in pictures)]).tolist()
    steps = [candidates.step for candidates in pictures for _ in candidates.windows]
    outlines = []
    for parts, corner, step in zip(trace_mask_polygons(windows), corners, steps, strict=True):
        points = np.asarray(max(parts, key=len)).reshape(-1, 2) + np.array(corner)
        outlines.append((points * step).round(2).ravel().tolist())
    return outlines
