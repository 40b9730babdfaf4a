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

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.polygon.normalised import flag_normalised
from audit.measure.schema import Measurements

Boxes = NDArray[np.float64]
"""(n, 4): x, y, width, height where it is called declared or xywh; else left, top, right, bottom."""

OUTSIDE_PX = 2.0
MISMATCH_PX = 2.0
MISMATCH_SHARE = 0.05
_HUGE = 1e12
"""Declared numbers are cut here, far outside of every image: sums and products stay finite."""


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
    """Distance of the farthest edge from the mask's box, inside the image; 0 where there is no mask."""
    iou: NDArray[np.float64]
    """IoU with the mask's box, inside the image; 0 where there is no mask."""
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
    instances = measurements.instances
    declared_xywh = declared_boxes(measurements).clip(-_HUGE, _HUGE)
    mask_xywh = np.stack([instances[name].to_numpy(np.float64) for name in "xywh"], axis=1)
    image_rows = instances["image"].to_numpy()
    image_sizes = np.stack(
        [np.r_[measurements.images[name].to_numpy(), 0][image_rows] for name in ("width", "height")], axis=1
    )
    is_declared = np.isfinite(declared_xywh).all(axis=1)
    is_positive = is_declared & (declared_xywh[:, 2:] > 0).all(axis=1)
    is_compared = (
        is_positive
        & (instances["area_px"].to_numpy() > 0)
        & ~_of_results(measurements)
        & ~flag_normalised(measurements)
    )

    mask_edges, box_edges = _edges(mask_xywh), _edges(declared_xywh)
    tolerance = limits.mismatch_px + limits.mismatch_share * np.tile(mask_xywh[:, 2:], 2)
    clipped_edges = _clipped(box_edges, image_sizes)
    is_fitting = _close(clipped_edges, mask_edges, tolerance)
    is_known = is_positive & (image_sizes > 0).all(axis=1)
    outside_px = np.where(is_known, _beyond(box_edges, image_sizes), 0.0)
    allowed_px = np.maximum(limits.outside_px, instances["outside_px"].to_numpy() + limits.mismatch_px)
    is_outside = outside_px > allowed_px

    conditions = {BoxKind.ABSENT: ~is_declared, BoxKind.NONPOSITIVE: ~is_positive}
    # Most boxes fit as they are, and no other reading of those is tried.
    rows = np.flatnonzero(is_compared & ~(is_fitting & ~is_outside))
    for box_kind, edges in _other_readings(declared_xywh[rows], image_sizes[rows]).items():
        conditions[box_kind] = np.zeros(len(is_compared), dtype=np.bool_)
        conditions[box_kind][rows] = _close(
            _clipped(edges, image_sizes[rows]), mask_edges[rows], tolerance[rows]
        ) & (_beyond(edges, image_sizes[rows]) <= allowed_px[rows])
    conditions[BoxKind.OUTSIDE] = is_outside
    conditions[BoxKind.MISMATCH] = is_compared & ~is_fitting
    box_kinds = np.select(list(conditions.values()), list(conditions), default=BoxKind.FITS)
    off_px = np.abs(clipped_edges - mask_edges).max(axis=1, initial=0.0)
    return BoxClassification(
        kind=box_kinds.astype(np.uint8),
        outside_px=outside_px,
        off_px=np.where(is_compared, off_px, 0.0),
        iou=np.where(is_compared, _iou(clipped_edges, mask_edges), 0.0),
        compared=is_compared,
    )


def declared_boxes(measurements: Measurements) -> Boxes:
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
    return np.stack(
        [measurements.instances[f"declared_{name}"].to_numpy(np.float64) for name in "xywh"], axis=1
    )


def _of_results(measurements: Measurements) -> NDArray[np.bool_]:
    is_results = np.array([box_kind == "coco_results" for box_kind in measurements.formats] or [False])
    source = np.clip(measurements.instances["source"].to_numpy(), 0, len(is_results) - 1)
    is_of_results: NDArray[np.bool_] = is_results[source]
    return is_of_results


def _edges(boxes: NDArray[np.float64]) -> Boxes:
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def _clipped(box_edges: Boxes, image_sizes: NDArray[np.int64]) -> Boxes:
    limits: Boxes = np.clip(box_edges, 0.0, np.tile(image_sizes, 2))
    return limits


def _beyond(box_edges: Boxes, image_sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure how far boxes reach out of their images; 0 where they do not."""
    outside_px: NDArray[np.float64] = np.maximum(-box_edges[:, :2], box_edges[:, 2:] - image_sizes).max(
        axis=1, initial=0.0
    )
    return outside_px


def _close(box_edges: Boxes, edges: Boxes, tolerance: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(box_edges - edges) <= tolerance).all(axis=1), dtype=np.bool_)


def _other_readings(
    declared_xywh: NDArray[np.float64], image_sizes: NDArray[np.int64]
) -> dict[BoxKind, Boxes]:
    """Read every box in the other ways of writing one, in the order of `BOX_FORMATS`."""
    left, top, width, height = declared_xywh.T
    image_height = image_sizes[:, 1].astype(np.float64)
    # Shares exceed 1 by a rounding at most; pixels would be multiplied into nonsense all the same.
    is_small = (np.abs(declared_xywh) <= 1.01).all(axis=1, keepdims=True)
    scaled = np.where(is_small, declared_xywh * np.tile(image_sizes, 2), np.nan)
    readings = (
        np.stack([left, top, width - left, height - top], axis=1),
        np.stack([left - width / 2, top - height / 2, width, height], axis=1),
        np.stack([left, image_height - top - height, width, height], axis=1),
        np.stack([top, left, height, width], axis=1),
        scaled,
        np.concatenate([scaled[:, :2] - scaled[:, 2:] / 2, scaled[:, 2:]], axis=1),
    )
    return {box_kind: _edges(boxes) for box_kind, boxes in zip(BOX_FORMATS, readings, strict=True)}


def _iou(boxes_a: Boxes, edges: Boxes) -> NDArray[np.float64]:
    shared_sides = np.minimum(boxes_a[:, 2:], edges[:, 2:]) - np.maximum(boxes_a[:, :2], edges[:, :2])
    intersection = np.maximum(shared_sides, 0.0).prod(axis=1)
    union = (
        (boxes_a[:, 2:] - boxes_a[:, :2]).prod(axis=1)
        + (edges[:, 2:] - edges[:, :2]).prod(axis=1)
        - intersection
    )
    box_iou: NDArray[np.float64] = intersection / np.maximum(union, 1e-9)
    return box_iou
