"""Where the evidence of a finding lies: holes, specks, crossings, and the better place of an outline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Finding
from audit.geometry.runs import Runs, take_masks
from audit.report.mask_outlines import choose_step, trace_coarsely
from audit.report.ring_marks import draw_rings, mark_ring_points

SMALL_PARTS = frozenset({"mask.holes", "mask.fragments"})
"""Rules about holes and parts that are small beside their mask."""
MAX_MARKS = 12
_MAX_RUNS = 2**17
"""Runs in which small parts are looked for one by one; of a mask that is noise, only every so many pixels."""
_SMALL = 0.05
"""Of the largest outline's box: what is smaller is a hole or a speck."""

Boxes = NDArray[np.float64]


def find_marks(
    finding: Finding, runs: Runs, masks: Sequence[int], rings: Sequence[NDArray[np.float64]]
) -> Boxes:
    """Find the small things that a finding is about: holes, specks, crossings, spikes.

    Parameters
    ----------
    finding : Finding
    runs : Runs
    masks : sequence of int
        Those of the finding.
    rings : sequence of (v, 2) float64
        Its polygons as they were drawn, where it is about these.

    Returns
    -------
    (n, 4) float64
        xywh, at most `MAX_MARKS`; a point has no width and height.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.geometry.runs import no_runs
    >>> spiked = np.array([[0.0, 0.0], [9.0, 0.0], [4.0, 0.0], [4.0, 4.0]])
    >>> find_marks(Finding("polygon.spike", Severity.WARNING, ""), no_runs(1), [0], [spiked]).tolist()
    [[9.0, 0.0, 0.0, 0.0]]
    >>> find_marks(Finding("mask.tiny", Severity.WARNING, ""), no_runs(0), [], []).tolist()
    []
    """
    if finding.rule in SMALL_PARTS and len(masks):
        return box_small_parts(runs, masks)
    return mark_ring_points(rings, finding.rule)[:MAX_MARKS]


def draw_marks(
    boxes: Boxes, rings: Sequence[NDArray[np.float64]], side: int, corner: tuple[float, float] = (0.0, 0.0)
) -> str:
    """Ring small things, and draw the outlines that they are on.

    Parameters
    ----------
    boxes : (n, 4) float64
        xywh in the image.
    rings : sequence of (v, 2) float64
    side : int
        Pixels of the part of the image that is shown.
    corner : tuple of float
        x, y in the image that the drawing begins at.

    Examples
    --------
    >>> draw_marks(np.zeros((0, 4)), [np.array([[1.0, 1.0], [2.0, 1.0], [2.0, 2.0]])], 100)
    'M1 1L2 1L2 2z'
    """
    moved = boxes - np.array([*corner, 0.0, 0.0])
    return draw_rings(rings, corner) + "".join(draw_ring(box, side) for box in moved)


def box_small_parts(runs: Runs, masks: Sequence[int]) -> Boxes:
    """Find the holes and specks of some masks: outlines that are small beside the largest one.

    Parameters
    ----------
    runs : Runs
    masks : sequence of int

    Returns
    -------
    (n, 4) float64
        xywh, the smallest `MAX_MARKS`.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> ring = np.ones((1, 9, 9), dtype=bool)
    >>> ring[0, 4, 4] = False
    >>> box_small_parts(dense_to_runs(ring), [0]).tolist()
    [[4.0, 4.0, 1.0, 1.0]]
    >>> box_small_parts(dense_to_runs(ring), []).tolist()
    []
    """
    chosen = take_masks(runs, np.array(masks, dtype=np.int64))
    loops = trace_coarsely(chosen, choose_step(chosen, _MAX_RUNS))
    if not len(loops):
        return np.zeros((0, 4))
    low = np.minimum.reduceat(loops.xy, loops.start[:-1], axis=0)
    sides = np.maximum.reduceat(loops.xy, loops.start[:-1], axis=0) - low
    areas = sides.prod(axis=1)
    largest = np.zeros(int(loops.mask.max()) + 1, dtype=areas.dtype)
    np.maximum.at(largest, loops.mask, areas)
    small = np.flatnonzero(areas < _SMALL * largest[loops.mask])
    small = small[np.argsort(areas[small], kind="stable")[:MAX_MARKS]]
    return np.concatenate([low, sides], axis=1)[small].astype(np.float64)


def read_shift(finding: Finding) -> tuple[int, int] | None:
    """Return by how much, x and y, a finding proposes to move a mask; None for all others.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> read_shift(Finding("mask.off_edge", Severity.WARNING, "", evidence={"shift_px": [1, -3]}))
    (1, -3)
    >>> read_shift(Finding("mask.tiny", Severity.WARNING, ""))
    """
    shift = finding.evidence.get("shift_px")
    if not isinstance(shift, list) or len(shift) != 2:
        return None
    return int(shift[0]), int(shift[1])


def shift_masks(runs: Runs, shifts: Sequence[tuple[int, int] | None]) -> Runs:
    """Move the masks of findings that propose a better place; drop the runs of all others.

    Parameters
    ----------
    runs : Runs
    shifts : sequence of (int, int) or None
        Of each mask, x and y.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs
    >>> two = dense_to_runs(np.ones((2, 1, 1), dtype=bool))
    >>> moved = shift_masks(two, [None, (2, -1)])
    >>> moved.mask.tolist(), moved.x.tolist(), moved.y0.tolist()
    ([1], [2], [-1])
    """
    by = np.array([shift or (0, 0) for shift in shifts], dtype=np.int32).reshape(-1, 2)[runs.mask]
    moved = np.array([shift is not None for shift in shifts], dtype=bool)[runs.mask]
    return Runs(runs.mask, runs.x + by[:, 0], runs.y0 + by[:, 1], runs.y1 + by[:, 1], runs.count).keep(moved)


def draw_ring(box: NDArray[np.float64], side: int) -> str:
    """Draw a circle around a small thing, large enough to be seen.

    Parameters
    ----------
    box : (4,) float64
        xywh of the thing.
    side : int
        Pixels of the part of the image that is shown.

    Examples
    --------
    >>> draw_ring(np.array([50.0, 50.0, 2.0, 2.0]), 100)
    'M46.5 51a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0'
    """
    x, y, width, height = box.tolist()
    radius = max(0.5 * float(np.hypot(width, height)) + 0.02 * side, 0.045 * side)
    left, middle = x + width / 2 - radius, y + height / 2
    arc = f"a{radius:.3g} {radius:.3g} 0 1 0"
    return f"M{left:.4g} {middle:.4g}{arc} {2 * radius:.4g} 0{arc} {-2 * radius:.4g} 0"
