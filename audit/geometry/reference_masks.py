"""Masks as pycocotools draws them: what is written is read once more by the reader that all others follow."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from audit.geometry.encode import Rle, encode_mask


def draw_by_pycocotools(
    rings: Sequence[NDArray[np.float64]], counts: NDArray[np.integer], height: int, width: int
) -> Rle:
    """Let pycocotools decode one segmentation that `audit.geometry.guard` has passed.

    Parameters
    ----------
    rings : sequence of (k, 2) float64
        Polygons, pixels; empty where the mask is an RLE.
    counts : (c,) integer
        Run lengths of the RLE; empty where the mask has polygons.
    height, width : int
        Of the image, pixels.

    Returns
    -------
    Rle
        In its one canonical form; without pixels where there is neither.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    >>> draw_by_pycocotools([square], np.zeros(0, int), 2, 3)["counts"]
    '042'
    >>> draw_by_pycocotools([], np.array([1, 2, 3]), 2, 3)["counts"]
    '123'
    >>> draw_by_pycocotools([], np.zeros(0, int), 2, 3)["counts"]
    '6'
    """
    if len(counts):
        rle = coco_mask.frPyObjects({"size": [height, width], "counts": counts.tolist()}, height, width)
    elif rings:
        rle = coco_mask.merge(coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], height, width))
    else:
        return encode_mask(np.zeros((height, width), dtype=np.bool_))
    return encode_mask(_decode(rle))


def decode_rle_mask(rle: Rle) -> NDArray[np.bool_]:
    """Let pycocotools decode an RLE that `audit.geometry.encode` wrote.

    Examples
    --------
    >>> decode_rle_mask({"size": [2, 2], "counts": "22"}).tolist()
    [[False, True], [False, True]]
    >>> decode_rle_mask({"size": [1, 1], "counts": "1"}).any()
    np.False_
    """
    return _decode(rle)


def _decode(rle: Rle) -> NDArray[np.bool_]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pycocotools under numpy 2
        return np.asarray(coco_mask.decode(rle), dtype=np.bool_)
