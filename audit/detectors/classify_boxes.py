"""What a declared box is to its mask and its image: every box gets one kind, so one finding.

The rules of the family ``bbox`` divide the boxes among them. The first line that holds decides:

==============  ==================================================================================
absent          no box was declared, or none that can be used (the reader says why)
nonpositive     its width or height is not above 0
corners ...     it fits the mask when it is read in another way, and not as it stands
outside         it reaches farther out of the image than the annotation's own polygon
mismatch        it does not fit the mask
fits            anything else, also where there is no mask to compare with
==============  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.polygon.normalised import flag_normalised
from audit.measure.schema import Measurements

Boxes = NDArray[np.float64]
"""(2, 2, n): left and top, then width and height where it is called xywh, else right and bottom."""

OUTSIDE_PX = 2.0
MISMATCH_PX = 2.0
MISMATCH_SHARE = 0.05
_HUGE = 1e12
"""Declared numbers are cut here, far outside of every image: sums and products stay finite."""
_BLOCK_ROWS = 1 << 13
"""Boxes that are classified together."""
_COLUMNS = ("image", "area_px", "outside_px", *"xywh", *(f"declared_{name}" for name in "xywh"))


class BoxKind(IntEnum):
    """What a declared box is; the values order nothing."""

    FITS = 0
    ABSENT = 1
    NONPOSITIVE = 2
    CORNERS = 3
    CENTRE = 4
    UPSIDE_DOWN = 5
    SWAPPED = 6
    SHARES = 7
    CENTRE_SHARES = 8
    OUTSIDE = 9
    MISMATCH = 10


BOX_FORMATS: Mapping[BoxKind, str] = {
    BoxKind.CORNERS: "as two corners [x1, y1, x2, y2]",
    BoxKind.CENTRE: "around its centre [cx, cy, w, h]",
    BoxKind.UPSIDE_DOWN: "with y counted from the bottom of the image",
    BoxKind.SWAPPED: "with x and y, and width and height, swapped",
    BoxKind.SHARES: "in shares of the image (0 to 1)",
    BoxKind.CENTRE_SHARES: "in shares of the image (0 to 1) and around its centre, as YOLO does",
}
"""Boxes that are right in another way of writing, the likelier first: how they are written."""


@dataclass(frozen=True, slots=True)
class BoxThresholds:
    """Tolerances; a rule puts its options here."""

    outside_px: float = OUTSIDE_PX
    mismatch_px: float = MISMATCH_PX
    mismatch_share: float = MISMATCH_SHARE


@dataclass(frozen=True, slots=True)
class BoxClassification:
    """The kind of every declared box, and the distances behind it; arrays (n,)."""

    kind: NDArray[np.uint8]
    """Values of `BoxKind`."""
    outside_px: NDArray[np.float64]
    """How far the box reaches out of the image; 0 where it does not or nothing is known."""
    off_px: NDArray[np.float64]
    """Distance of the farthest edge from the mask's box, inside the image; 0 where it fits or there is no
    mask."""
    iou: NDArray[np.float64]
    """IoU with the mask's box, inside the image; 0 where it fits or there is no mask."""
    compared: NDArray[np.bool_]
    """Whether there is a box and a mask to compare it with."""


def classify_boxes(measurements: Measurements, thresholds: BoxThresholds | None = None) -> BoxClassification:
    """Say for every declared box what it is.

    Boxes of results are not compared with their masks, because a model predicts the two apart; nor are
    those of polygons in shares of the image (`polygon.normalised`), because there the mask is wrong.

    Parameters
    ----------
    measurements : Measurements
    thresholds : BoxThresholds, optional
        Tolerances; the defaults where none are given.

    Returns
    -------
    BoxKinds
        One value a row of the instances table.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> classify_boxes(empty_measurements()).kind.tolist()
    []
    """
    limits = thresholds or BoxThresholds()
    return measurements.derive(limits, lambda: _classify_all(measurements, limits))


def _classify_all(measurements: Measurements, limits: BoxThresholds) -> BoxClassification:
    """Classify boxes block by block: what a block needs stays in the cache."""
    n_boxes = len(measurements.instances)
    is_comparable = ~_of_results(measurements) & ~flag_normalised(measurements)
    # One more at the end, for annotations of unknown images (row -1).
    image_sizes = np.stack(
        [np.r_[measurements.images[name].to_numpy(), 0] for name in ("width", "height")]
    ).astype(np.float64)
    blocks = [
        _classify_block(measurements, is_comparable, image_sizes, slice(start, start + _BLOCK_ROWS), limits)
        for start in range(0, max(n_boxes, 1), _BLOCK_ROWS)
    ]
    kind, outside_px, off_px, box_iou, is_compared = map(np.concatenate, zip(*blocks, strict=True))
    return BoxClassification(kind, outside_px, off_px, box_iou, is_compared)


def _classify_block(
    measurements: Measurements,
    is_comparable: NDArray[np.bool_],
    sizes_of_images: NDArray[np.float64],
    block: slice,
    limits: BoxThresholds,
) -> tuple[NDArray[Any], ...]:
    """Return the columns of `BoxClassification`, in its order, for some rows of the instances table."""
    columns = {name: measurements.instances[name].to_numpy()[block] for name in _COLUMNS}
    declared_xywh = np.stack([columns[f"declared_{name}"] for name in "xywh"]).reshape(2, 2, -1)
    declared_xywh = np.minimum(np.maximum(declared_xywh, -_HUGE), _HUGE)
    mask_xywh = np.stack([columns[name] for name in "xywh"]).astype(np.float64).reshape(2, 2, -1)
    image_sizes = sizes_of_images[:, columns["image"]]
    is_declared = np.isfinite(declared_xywh).all(axis=(0, 1))
    is_positive = is_declared & (declared_xywh[1] > 0).all(axis=0)
    is_compared = is_positive & (columns["area_px"] > 0) & is_comparable[block]

    mask_edges, box_edges = _edges(mask_xywh), _edges(declared_xywh)
    tolerance = limits.mismatch_px + limits.mismatch_share * mask_xywh[1]
    clipped_edges = _clipped(box_edges, image_sizes)
    is_fitting = _close(clipped_edges, mask_edges, tolerance)
    is_known = is_positive & (image_sizes > 0).all(axis=0)
    outside_px = np.where(is_known, _beyond(box_edges, image_sizes), 0.0)
    allowed_px = np.maximum(limits.outside_px, columns["outside_px"] + limits.mismatch_px)
    is_outside = outside_px > allowed_px

    # Most boxes fit as they are: no other reading of those is tried, and no distance of them is told.
    rows = np.flatnonzero(is_compared & ~(is_fitting & ~is_outside))
    off_px, box_iou = np.zeros(len(is_compared)), np.zeros(len(is_compared))
    off_px[rows] = np.abs(clipped_edges[:, :, rows] - mask_edges[:, :, rows]).max(axis=(0, 1))
    box_iou[rows] = _iou(clipped_edges[:, :, rows], mask_edges[:, :, rows])
    # From the last line of the table to the first, so that the first one that holds decides.
    box_kinds = np.where(is_compared & ~is_fitting, np.uint8(BoxKind.MISMATCH), np.uint8(BoxKind.FITS))
    box_kinds[is_outside] = BoxKind.OUTSIDE
    for box_kind, edges in reversed(_other_readings(declared_xywh[:, :, rows], image_sizes[:, rows]).items()):
        is_close = _close(_clipped(edges, image_sizes[:, rows]), mask_edges[:, :, rows], tolerance[:, rows])
        is_inside = _beyond(edges, image_sizes[:, rows]) <= allowed_px[rows]
        box_kinds[rows[is_close & is_inside]] = box_kind
    box_kinds[~is_positive] = BoxKind.NONPOSITIVE
    box_kinds[~is_declared] = BoxKind.ABSENT
    return box_kinds, outside_px, off_px, box_iou, is_compared


def declared_boxes(measurements: Measurements) -> NDArray[np.float64]:
    """Return the box that each annotation declares, as the file has it.

    Returns
    -------
    (n, 4) float64
        xywh; NaN where there is none.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> declared_boxes(empty_measurements()).shape
    (0, 4)
    """
    return np.stack([measurements.instances[f"declared_{name}"].to_numpy(np.float64) for name in "xywh"]).T


def _of_results(measurements: Measurements) -> NDArray[np.bool_]:
    is_results = np.array([box_kind == "coco_results" for box_kind in measurements.formats] or [False])
    source = np.clip(measurements.instances["source"].to_numpy(), 0, len(is_results) - 1)
    is_of_results: NDArray[np.bool_] = is_results[source]
    return is_of_results


def _edges(xywh: Boxes) -> Boxes:
    return np.stack([xywh[0], xywh[0] + xywh[1]])


def _clipped(box_edges: Boxes, image_sizes: NDArray[np.float64]) -> Boxes:
    return np.minimum(np.maximum(box_edges, 0.0), image_sizes)


def _beyond(box_edges: Boxes, image_sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure how far boxes reach out of their images; 0 where they do not."""
    beyond_sides = np.maximum(-box_edges[0], box_edges[1] - image_sizes)
    outside_px: NDArray[np.float64] = np.maximum(beyond_sides.max(axis=0), 0.0)
    return outside_px


def _close(box_edges: Boxes, edges: Boxes, tolerance: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say where no edge lies farther off than the tolerance of its direction, (2, n)."""
    return np.asarray((np.abs(box_edges - edges) <= tolerance).all(axis=(0, 1)), dtype=np.bool_)


def _other_readings(declared_xywh: Boxes, image_sizes: NDArray[np.float64]) -> dict[BoxKind, Boxes]:
    """Read every box in the other ways of writing one, in the order of `BOX_FORMATS`: their edges."""
    corner, size = declared_xywh
    upside_down = np.stack([corner[0], image_sizes[1] - corner[1] - size[1]])
    # Shares exceed 1 by a rounding at most; pixels would be multiplied into nonsense all the same.
    is_small = (np.abs(declared_xywh) <= 1.01).all(axis=(0, 1))
    scaled_corner, scaled_size = np.where(is_small, declared_xywh * image_sizes, np.nan)
    readings = (
        (corner, size - corner),
        (corner - size / 2, size),
        (upside_down, size),
        (corner[::-1], size[::-1]),
        (scaled_corner, scaled_size),
        (scaled_corner - scaled_size / 2, scaled_size),
    )
    return {kind: _edges(np.stack(xywh)) for kind, xywh in zip(BOX_FORMATS, readings, strict=True)}


def _iou(box_edges: Boxes, edges: Boxes) -> NDArray[np.float64]:
    shared_sides = np.minimum(box_edges[1], edges[1]) - np.maximum(box_edges[0], edges[0])
    intersection = np.maximum(shared_sides, 0.0).prod(axis=0)
    union = (box_edges[1] - box_edges[0]).prod(axis=0) + (edges[1] - edges[0]).prod(axis=0) - intersection
    box_iou: NDArray[np.float64] = intersection / np.maximum(union, 1e-9)
    return box_iou
