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
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from audit.detectors.polygon.normalised import normalised
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


MISWRITTEN: Mapping[BoxKind, str] = {
    BoxKind.CORNERS: "as two corners [x1, y1, x2, y2]",
    BoxKind.CENTRE: "around its centre [cx, cy, w, h]",
    BoxKind.UPSIDE_DOWN: "with y counted from the bottom of the image",
    BoxKind.SWAPPED: "with x and y, and width and height, swapped",
    BoxKind.SHARES: "in shares of the image (0 to 1)",
    BoxKind.CENTRE_SHARES: "in shares of the image (0 to 1) and around its centre, as YOLO does",
}
"""Boxes that are right in another way of writing, the likelier first: how they are written."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Tolerances; a rule puts its options here."""

    outside_px: float = OUTSIDE_PX
    mismatch_px: float = MISMATCH_PX
    mismatch_share: float = MISMATCH_SHARE


@dataclass(frozen=True, slots=True)
class BoxKinds:
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


def box_kinds(m: Measurements, bounds: Bounds | None = None) -> BoxKinds:
    """Say for every declared box what it is.

    Boxes of results are not compared with their masks, because a model predicts the two apart; nor are
    those of polygons in shares of the image (`polygon.normalised`), because there the mask is wrong.

    Parameters
    ----------
    m : Measurements
    bounds : Bounds, optional
        Tolerances; the defaults where none are given.

    Returns
    -------
    BoxKinds
        One value a row of the instances table.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> box_kinds(empty_measurements()).kind.tolist()
    []
    """
    limit = bounds or Bounds()
    t = m.instances
    declared = declared_box(m).clip(-_HUGE, _HUGE)
    tight = np.stack([t[name].to_numpy(np.float64) for name in "xywh"], axis=1)
    row = t["image"].to_numpy()
    size = np.stack([np.r_[m.images[name].to_numpy(), 0][row] for name in ("width", "height")], axis=1)
    given = np.isfinite(declared).all(axis=1)
    positive = given & (declared[:, 2:] > 0).all(axis=1)
    compared = positive & (t["area_px"].to_numpy() > 0) & ~_of_results(m) & ~normalised(m)

    mask, box = _edges(tight), _edges(declared)
    tolerance = limit.mismatch_px + limit.mismatch_share * np.tile(tight[:, 2:], 2)
    inside = _clipped(box, size)
    fits = _close(inside, mask, tolerance)
    known = positive & (size > 0).all(axis=1)
    beyond = np.where(known, _beyond(box, size), 0.0)
    allowed = np.maximum(limit.outside_px, t["outside_px"].to_numpy() + limit.mismatch_px)
    outside = beyond > allowed

    conditions = {BoxKind.ABSENT: ~given, BoxKind.NONPOSITIVE: ~positive}
    for kind, other in _other_readings(declared, size).items():
        better = _close(_clipped(other, size), mask, tolerance) & (_beyond(other, size) <= allowed)
        conditions[kind] = compared & ~(fits & ~outside) & better
    conditions[BoxKind.OUTSIDE] = outside
    conditions[BoxKind.MISMATCH] = compared & ~fits
    kinds = np.select(list(conditions.values()), list(conditions), default=BoxKind.FITS)
    off = np.abs(inside - mask).max(axis=1, initial=0.0)
    return BoxKinds(
        kind=kinds.astype(np.uint8),
        outside_px=beyond,
        off_px=np.where(compared, off, 0.0),
        iou=np.where(compared, _iou(inside, mask), 0.0),
        compared=compared,
    )


def declared_box(m: Measurements) -> Boxes:
    """Return the box that each annotation declares, as the file has it.

    Returns
    -------
    (n, 4) float64
        xywh; NaN where there is none.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> declared_box(empty_measurements()).shape
    (0, 4)
    """
    return np.stack([m.instances[f"declared_{name}"].to_numpy(np.float64) for name in "xywh"], axis=1)


def _of_results(m: Measurements) -> NDArray[np.bool_]:
    of_results = np.array([kind == "coco_results" for kind in m.formats] or [False])
    source = np.clip(m.instances["source"].to_numpy(), 0, len(of_results) - 1)
    found: NDArray[np.bool_] = of_results[source]
    return found


def _edges(xywh: NDArray[np.float64]) -> Boxes:
    return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def _clipped(box: Boxes, size: NDArray[np.int64]) -> Boxes:
    limit: Boxes = np.clip(box, 0.0, np.tile(size, 2))
    return limit


def _beyond(box: Boxes, size: NDArray[np.int64]) -> NDArray[np.float64]:
    """Measure how far boxes reach out of their images; 0 where they do not."""
    beyond: NDArray[np.float64] = np.maximum(-box[:, :2], box[:, 2:] - size).max(axis=1, initial=0.0)
    return beyond


def _close(box: Boxes, other: Boxes, tolerance: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(box - other) <= tolerance).all(axis=1), dtype=np.bool_)


def _other_readings(declared: NDArray[np.float64], size: NDArray[np.int64]) -> dict[BoxKind, Boxes]:
    """Read every box in the other ways of writing one, in the order of `MISWRITTEN`."""
    x, y, w, h = declared.T
    height = size[:, 1].astype(np.float64)
    # Shares exceed 1 by a rounding at most; pixels would be multiplied into nonsense all the same.
    small = (np.abs(declared) <= 1.01).all(axis=1, keepdims=True)
    part = np.where(small, declared * np.tile(size, 2), np.nan)
    readings = (
        np.stack([x, y, w - x, h - y], axis=1),
        np.stack([x - w / 2, y - h / 2, w, h], axis=1),
        np.stack([x, height - y - h, w, h], axis=1),
        np.stack([y, x, h, w], axis=1),
        part,
        np.concatenate([part[:, :2] - part[:, 2:] / 2, part[:, 2:]], axis=1),
    )
    return {kind: _edges(xywh) for kind, xywh in zip(MISWRITTEN, readings, strict=True)}


def _iou(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    shared = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    intersection = np.maximum(shared, 0.0).prod(axis=1)
    union = (one[:, 2:] - one[:, :2]).prod(axis=1) + (other[:, 2:] - other[:, :2]).prod(axis=1) - intersection
    share: NDArray[np.float64] = intersection / np.maximum(union, 1e-9)
    return share
