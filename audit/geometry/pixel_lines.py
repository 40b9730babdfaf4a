"""Whether the pixels of a mask show two objects: straight lines through it, and what lies on their two sides.

Two objects that touch differ in brightness or are parted by a darker valley. Lines of 12 directions are laid
through a mask at 9 places each; what the two sides and the band along the line differ by is measured in units
of the mask's contrast to its surroundings, so that dim and bright objects, and dark ones on a bright ground,
are measured alike. How much of the variation a line explains is Otsu's criterion ("A threshold selection
method from gray-level histograms", 1979).
"""

from __future__ import annotations

from ctypes import c_int64

import numpy as np
from numpy.typing import NDArray

from audit.geometry.native_runs import RUNS, int64_array, run_arguments
from audit.geometry.runs import IntArray, Runs
from audit.native.library import array, declare

LINE_FEATURES = (
    "line_share",
    "line_step",
    "line_share_by_step",
    "line_valley",
    "line_valley_by_spread",
    "pixel_contrast",
    "cut_valley",
    "cut_step",
)
"""Columns of `measure_pixel_lines`.

Of the line that explains most, its share of the variation, the step between both sides, and the product of
the two; of the deepest valley, its depth, and that by the spread of the pixels; the contrast to the
surroundings, 64 grey levels being 1; valley and step along the best cut.
"""

_pixel_lines = declare(
    "maskaudit_pixel_lines",
    *(*RUNS, c_int64),
    *(array("i8"), array("i8"), array("f4"), c_int64),
    *(array("u1"), c_int64, c_int64, c_int64),
)


def measure_pixel_lines(
    runs: Runs, a: IntArray, b: IntArray, cuts: NDArray[np.float32], picture: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Lay lines through masks, and through unions of two.

    Parameters
    ----------
    runs : Runs
        All masks of one picture: pixels of the others are no surroundings.
    a, b : (n,) int64
        What is measured: a mask, and another one to be joined to it; ``b`` is -1 where there is none. The
        slit between two is closed.
    cuts : (n, 4) float32
        Where each is best cut in two: x, y, x, y in pixels; all equal where it is not.
    picture : (H, W, 1) or (H, W, 3) uint8
        Looked at as grey: red, green and blue weighed as ITU-R BT.601 does.

    Returns
    -------
    (n, 8) float32
        `LINE_FEATURES`; zeros for masks of fewer than 12 pixels.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> grey = np.zeros((12, 22), dtype=np.uint8)
    >>> grey[2:10, 2:10], grey[2:10, 12:20] = 100, 200
    >>> masks = dense_to_runs(np.stack([grey == 100, grey == 200]))
    >>> a, b, no_cut = np.array([0, 0]), np.array([-1, 1]), np.zeros((2, 4), dtype=np.float32)
    >>> measure_pixel_lines(masks, a, b, no_cut, grey[..., None])[:, :2].round(1).tolist()
    [[0.0, 0.0], [1.0, 0.5]]
    >>> measure_pixel_lines(masks, a[:0], b[:0], no_cut[:0], grey[..., None]).shape
    (0, 8)
    """
    height, width, channels = picture.shape
    columns = _pixel_lines(
        *(*run_arguments(runs), runs.count),
        *(int64_array(a), int64_array(b), np.ascontiguousarray(cuts, dtype=np.float32), len(a)),
        *(np.ascontiguousarray(picture), height, width, channels),
    )
    return np.stack([columns[name] for name in LINE_FEATURES], axis=1)
