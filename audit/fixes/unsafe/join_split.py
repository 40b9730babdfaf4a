"""Joins two annotations that draw one object; a slit of a pixel between them is closed."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import Labels, Mask, Repair

RULES = ("touching.split",)
CHANGE = Kind.MERGED


def repair(labels: Labels, finding: Finding) -> Repair:
    """Give the first annotation both masks, and remove the second.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    kept, joined = sorted(labels.rows(finding), key=labels.index)
    first, second = labels.mask(kept), labels.mask(joined)
    union = join_masks(first, second, labels.others([kept, joined]))
    action = f"Annotation {labels.annotation_id(joined)} was joined to {labels.annotation_id(kept)}."
    return Repair(finding, action, (labels.reshape(kept, union), labels.remove(joined)))


def join_masks(first: Mask, second: Mask, covered: Mask) -> Mask:
    """Join two masks, and close a slit of a pixel between them.

    Parameters
    ----------
    first, second : (H, W) bool
    covered : (H, W) bool
        What belongs to others, and is not taken.

    Returns
    -------
    (H, W) bool

    Examples
    --------
    >>> first, second = np.array([[True, False, False]]), np.array([[False, False, True]])
    >>> join_masks(first, second, np.zeros((1, 3), dtype=bool)).tolist()
    [[True, True, True]]
    >>> join_masks(first, second, np.array([[False, True, False]])).tolist()
    [[True, False, True]]
    """
    # A pixel that neighbours both along a row or a column lies in the slit, those at its corners do not.
    slit = ndimage.binary_dilation(first) & ndimage.binary_dilation(second)
    return np.asarray(first | second | (slit & ~covered))
