"""Cuts an annotation that draws several objects: along the proposed line, three and more by watershed.

The largest part keeps the record; each other one becomes a new record with the same fields, a new id, and a
field ``maskaudit`` that names the annotation it was cut from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

from audit.diff.diff import Kind
from audit.findings.finding import Evidence, Finding
from audit.fixes.labels import CannotFixError, Labels, Mask, Repair

RULES = ("touching.merged",)
CHANGE = Kind.SPLIT
EVERY_NEIGHBOUR = np.ones((3, 3))
_SEVERAL = 2.5
"""Typical areas of a single object from which on three and more are looked for."""
_LEAST_PART = 0.25
"""Of the typical area, that each of them has."""
_LEAST_HEIGHT = 0.15
"""Of the largest distance to the outline, by which a centre rises above the saddles around it."""


def repair(labels: Labels, finding: Finding) -> Repair:
    """Cut the annotation of a finding.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    (row,) = labels.rows(finding)
    parts, how = cut_mask(labels.mask(row), finding.evidence)
    sizes = np.bincount(parts.ravel())[1:]
    order = np.argsort(-sizes, kind="stable") + 1
    new_edits = [labels.add(row, parts == number, finding, "cut_merged") for number in order[1:].tolist()]
    action = f"The mask was cut {how} into parts of {', '.join(str(n) for n in np.sort(sizes)[::-1])} px."
    return Repair(finding, action, (labels.reshape(row, parts == order[0]), *new_edits))


def cut_mask(
    mask: Mask, evidence: Evidence, corner: tuple[int, int] = (0, 0)
) -> tuple[NDArray[np.int64], str]:
    """Number the parts of a mask that a finding holds to be several objects.

    Parameters
    ----------
    mask : (H, W) bool
    evidence : mapping
        Of the finding: ``cut_line``, and ``typical_single_px``.
    corner : (int, int)
        x and y of the mask's first pixel in the image that the line is of.

    Returns
    -------
    parts : (H, W) int64
        0 outside of the mask, then from 1 on; two parts at least, none empty.
    how : str
        By what it was cut.

    Raises
    ------
    CannotFixError
        If no cut is proposed, or it does not cut the mask.

    Examples
    --------
    >>> parts, how = cut_mask(np.ones((1, 4), dtype=bool), {"cut_line": [2.0, 0.0, 2.0, 1.0]})
    >>> parts.tolist(), how
    ([[2, 2, 1, 1]], 'along the proposed line')
    >>> cut_mask(np.ones((1, 4), dtype=bool), {})
    Traceback (most recent call last):
    audit.fixes.labels.CannotFixError: no cut is proposed
    """
    typical_px = evidence.get("typical_single_px")
    parts = np.zeros(mask.shape, dtype=np.int64)
    if isinstance(typical_px, float) and mask.sum() >= _SEVERAL * typical_px:
        parts = cut_by_watershed(mask, _LEAST_PART * typical_px)
    how = "by watershed"
    if parts.max() < 3:
        line = evidence.get("cut_line")
        if not isinstance(line, list) or len(line) != 4:
            raise CannotFixError("no cut is proposed")
        shifted = np.array(line, dtype=np.float64) - np.array(corner * 2)
        parts, how = cut_along_line(mask, shifted), "along the proposed line"
    sizes = np.bincount(parts.ravel())[1:]
    if len(sizes) < 2 or not sizes.all():
        raise CannotFixError("the proposed line does not cut it")
    return parts, how


def cut_along_line(mask: Mask, line: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number the two parts of a mask on either side of a line; a pixel belongs where its centre lies.

    Parameters
    ----------
    mask : (H, W) bool
    line : (4,) float64
        x, y of its ends, pixels.

    Returns
    -------
    (H, W) int64
        0 outside of the mask, 1 and 2.

    Examples
    --------
    >>> cut_along_line(np.ones((1, 4), dtype=bool), np.array([2.0, 0.0, 2.0, 1.0])).tolist()
    [[2, 2, 1, 1]]
    >>> cut_along_line(np.zeros((1, 2), dtype=bool), np.array([1.0, 0.0, 1.0, 1.0])).tolist()
    [[0, 0]]
    """
    x0, y0, x1, y1 = line
    if x0 == x1 and y0 == y1:
        return mask.astype(np.int64)
    rows, columns = np.indices(mask.shape)
    side = (columns + 0.5 - x0) * (y1 - y0) - (rows + 0.5 - y0) * (x1 - x0)
    parts = np.where(mask, np.where(side >= 0, 1, 2), 0)
    # The line goes on beyond the neck: what it cuts off there hangs together with the other part.
    strays = [(parts == number) & ~_largest_piece(parts == number) for number in (1, 2)]
    for number, stray in zip((2, 1), strays, strict=True):
        pieces = ndimage.label(stray)[0]
        neighbours = ndimage.binary_dilation((parts == number) & ~strays[number - 1])
        touching = np.setdiff1d(np.unique(pieces[neighbours]), [0])
        parts[np.isin(pieces, touching)] = number
    return parts


def _largest_piece(mask: Mask) -> Mask:
    pieces = ndimage.label(mask)[0]
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray((pieces == sizes.argmax()) & mask)


def cut_by_watershed(mask: Mask, least_px: float) -> NDArray[np.int64]:
    """Number the parts of a mask that have a centre of their own.

    Parameters
    ----------
    mask : (H, W) bool
    least_px : float
        Pixels that each part has at least; smaller ones are given up and their pixels flooded by the others.

    Returns
    -------
    (H, W) int64
        0 outside of the mask, then from 1 on.

    References
    ----------
    Meyer, "Topographic distance and watershed lines", 1994; on the distance transform, as in scikit-image's
    example of objects that touch.

    Examples
    --------
    >>> row = np.ones((5, 5), dtype=bool)
    >>> mask = np.pad(np.hstack([row, row[:, :1] & (np.arange(5) == 2)[:, None], row]), 1)
    >>> np.bincount(cut_by_watershed(mask, 5).ravel())[1:].tolist()
    [26, 25]
    >>> int(cut_by_watershed(np.zeros((3, 3), dtype=bool), 5).max())
    0
    """
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    if not mask.any():
        return np.zeros(mask.shape, dtype=np.int64)
    # A plateau of the discrete distance is one centre; smoothing joins those that noise tears apart.
    smooth = ndimage.gaussian_filter(distance, 1.0)
    is_centre = mask & (h_maxima(smooth, _LEAST_HEIGHT * smooth.max()) > 0)  # type: ignore[no-untyped-call]
    centres = ndimage.label(is_centre, structure=EVERY_NEIGHBOUR)[0]
    while True:
        flooded = watershed(-smooth, centres, mask=mask)  # type: ignore[no-untyped-call]
        parts = np.asarray(flooded, dtype=np.int64)
        sizes = np.bincount(parts.ravel())[1:]
        small = np.flatnonzero(sizes < least_px)
        if not len(small) or len(sizes) < 2:
            return parts
        centres[centres == small[np.argmin(sizes[small])] + 1] = 0
        centres = ndimage.label(centres > 0, structure=EVERY_NEIGHBOUR)[0]
