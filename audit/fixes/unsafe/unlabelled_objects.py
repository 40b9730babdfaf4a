"""Adds an object that is not labelled as a proposal, with a flag, for somebody to look at.

The new record has the fields of the nearest annotation of its image, a mask of what stands out of the
background there, and ``"maskaudit": {"proposal": true, ...}``.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_picture
from audit.diff.diff import Kind
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Labels, Mask, Repair

RULES = ("image.unlabelled_object",)
CHANGE = Kind.ADDED
_MARGIN = 4
"""Pixels around the place that was found, in which the background is seen too."""


def repair(labels: Labels, finding: Finding) -> Repair:
    """Add a proposal at the place of a finding.

    Parameters
    ----------
    labels : Labels
    finding : Finding
    """
    evidence, root = finding.evidence, labels.result.image_root
    if "places" in evidence:
        raise CannotFixError("there are so many that perhaps only some were to be labelled")
    box = [evidence.get(name) for name in ("x", "y", "w", "h")]
    annotations = labels.dataset.annotations
    rows = np.flatnonzero((annotations.image == finding.image_row) & ~annotations.iscrowd)
    if root is None or not len(rows) or finding.file_name is None or not all(isinstance(v, int) for v in box):
        raise CannotFixError("there is no picture, or no annotation whose fields it could take")
    left, top, width, height = (int(v) for v in box if isinstance(v, int))
    centre = np.array([left + width / 2, top + height / 2])
    boxes = np.array([labels.measured(row)[1] for row in rows.tolist()], dtype=np.float64)
    nearest = int(rows[np.argmin(np.linalg.norm(boxes[:, :2] + boxes[:, 2:] / 2 - centre, axis=1))])
    try:
        picture = load_picture(root, finding.file_name)
    except RefusedError as error:
        raise CannotFixError("its picture cannot be read") from error
    covered = labels.others([nearest]) | labels.mask(nearest)
    mask = outline_object(picture.mean(axis=2), covered, (left, top, width, height))
    if not mask.any():
        raise CannotFixError("nothing stands out there")
    action = f"A proposal of {int(mask.sum())} px was added at ({left}, {top})."
    edit = labels.add(nearest, mask, finding, "unlabelled_objects", is_proposal=True)
    return Repair(finding, action, (edit,))


def outline_object(brightness: np.ndarray, covered: Mask, box: tuple[int, int, int, int]) -> Mask:
    """Draw what stands out of the background in a box.

    Parameters
    ----------
    brightness : (H, W) float64
    covered : (H, W) bool
        What other annotations cover.
    box : (int, int, int, int)
        xywh, pixels.

    Returns
    -------
    (H, W) bool
        The part that covers most of the box, its holes filled; empty where nothing does.

    Examples
    --------
    >>> grey = np.zeros((12, 12))
    >>> grey[4:8, 4:8] = 100
    >>> int(outline_object(grey, np.zeros((12, 12), dtype=bool), (4, 4, 4, 4)).sum())
    16
    >>> int(outline_object(np.zeros((4, 4)), np.zeros((4, 4), dtype=bool), (0, 0, 2, 2)).sum())
    0
    """
    left, top, width, height = box
    window = np.s_[
        max(top - _MARGIN, 0) : top + height + _MARGIN, max(left - _MARGIN, 0) : left + width + _MARGIN
    ]
    inner = np.zeros(brightness.shape, dtype=np.bool_)
    inner[top : top + height, left : left + width] = True
    values, free, inside = brightness[window], ~covered[window], inner[window] & ~covered[window]
    mask = np.zeros(brightness.shape, dtype=np.bool_)
    if not inside.any() or values[free].min() == values[free].max():
        return mask
    threshold = threshold_otsu(values[free])  # type: ignore[no-untyped-call]
    is_brighter = np.median(values[inside]) > threshold
    parts = ndimage.label(((values > threshold) if is_brighter else (values <= threshold)) & free)[0]
    sizes = np.bincount(parts[inside], minlength=int(parts.max()) + 1)
    sizes[0] = 0
    if sizes.any():
        mask[window] = ndimage.binary_fill_holes(parts == sizes.argmax()) & free
    return mask
