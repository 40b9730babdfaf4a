"""What a finding adds to the masks on a page: cut lines, boxes, and the part of the image to look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Finding

MAX_COORDINATE = 1e6
"""Coordinates beyond are not drawn."""
MAX_SHOWN = 6
"""Masks of a finding that are drawn and named; one may be about all masks of an image."""
CUT_LINE = "cut_line"
"""Evidence that holds the ends of proposed cuts."""
PLACE = ("x", "y", "w", "h")
"""Evidence of a finding about a part of the image that no mask covers."""
OUTLINE = "outline"
"""Evidence that holds its polygon."""

Box = tuple[float, float, float, float]


def draw_cut_lines(finding: Finding, corner: tuple[float, float] = (0.0, 0.0)) -> str:
    """Draw the lines along which a finding proposes to cut: x0, y0, x1, y1 each.

    Parameters
    ----------
    finding : Finding
    corner : tuple of float
        x, y in the image that the drawing begins at.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> evidence = {"cut_line": [1.0, 2.0, 3.0, 4.0]}
    >>> draw_cut_lines(Finding("touching.merged", Severity.INFO, "", evidence=evidence))
    'M1 2L3 4'
    >>> draw_cut_lines(Finding("touching.merged", Severity.INFO, ""))
    ''
    """
    line_ends = finding.evidence.get(CUT_LINE)
    if not isinstance(line_ends, list):
        return ""
    shifted = np.array(line_ends, dtype=np.float64)
    shifted -= np.resize(np.array(corner), len(shifted))
    coordinates = [f"{value:.6g}" for value in shifted.tolist()]
    cut_lines = zip(*(coordinates[offset::4] for offset in range(4)), strict=False)
    return "".join(f"M{x0} {y0}L{x1} {y1}" for x0, y0, x1, y1 in cut_lines)


def find_unlabelled_box(finding: Finding) -> NDArray[np.float64]:
    """Return the box, xywh, of a finding about something that is not labelled; none for all others.

    Returns
    -------
    (0 or 1, 4) float64

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> evidence = {"x": 1, "y": 2, "w": 3, "h": 4}
    >>> find_unlabelled_box(Finding("a.b", Severity.INFO, "", evidence=evidence)).tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    >>> find_unlabelled_box(Finding("a.b", Severity.INFO, "")).tolist()
    []
    """
    box_values = [finding.evidence.get(evidence_key) for evidence_key in PLACE]
    if not all(isinstance(value, int | float) and abs(value) < MAX_COORDINATE for value in box_values):
        return np.zeros((0, 4))
    return np.array([box_values], dtype=np.float64)


def draw_unlabelled(finding: Finding) -> str:
    """Draw the outline of something that is not labelled, or its box where no outline is known.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> place = {"x": 1, "y": 2, "w": 3, "h": 4}
    >>> draw_unlabelled(Finding("a.b", Severity.INFO, "", evidence=place))
    'M1 2h3v4h-3z'
    >>> traced = place | {"outline": [1.0, 2.0, 4.0, 6.5]}
    >>> draw_unlabelled(Finding("a.b", Severity.INFO, "", evidence=traced))
    'M1 2L4 6.5z'
    """
    boxes = find_unlabelled_box(finding)
    ring = finding.evidence.get(OUTLINE)
    if len(boxes) and isinstance(ring, list):
        values = [f"{float(value):.6g}" for value in ring]
        points = [f"{x} {y}" for x, y in zip(values[::2], values[1::2], strict=False)]
        return f"M{'L'.join(points)}z"
    return "".join(draw_rectangle(box) for box in boxes)


def draw_rectangle(xywh: NDArray[np.float64]) -> str:
    """Draw a box as SVG path data; a negative width goes to the left, as it was declared.

    Parameters
    ----------
    xywh : (4,) float64

    Examples
    --------
    >>> draw_rectangle(np.array([1.0, 2.0, 3.0, 4.0]))
    'M1 2h3v4h-3z'
    >>> draw_rectangle(np.zeros(4))
    'M0 0h0v0h-0z'
    """
    x, y, width, height = (f"{value:.6g}" for value in xywh.tolist())
    return (
        f"M{x} {y}h{width}v{height}h-{width}z"
        if xywh[2] >= 0
        else f"M{x} {y}h{width}v{height}h{width.removeprefix('-')}z"
    )


def frame_boxes(framed_boxes: NDArray[np.float64], image_size: tuple[int, int]) -> Box | None:
    """Return the part of the image around some boxes, with a margin, as x, y, width, height.

    Parameters
    ----------
    framed_boxes : (n, 4) float64
        xywh.
    image_size : tuple of int
        Width and height; 0 where unknown, and the part is not cut at the border then.

    Examples
    --------
    >>> frame_boxes(np.array([[20.0, 20.0, 4.0, 4.0]]), (40, 30))
    (12.0, 12.0, 20.0, 18.0)
    >>> frame_boxes(np.zeros((0, 4)), (40, 30)) is None
    True
    """
    if not len(framed_boxes):
        return None
    top_left = framed_boxes[:, :2].min(axis=0)
    bottom_right = (framed_boxes[:, :2] + np.maximum(framed_boxes[:, 2:], 0)).max(axis=0)
    margin = np.maximum(0.35 * (bottom_right - top_left).max(), 8.0)
    top_left, bottom_right = np.floor(top_left - margin), np.ceil(bottom_right + margin)
    if min(image_size) > 0:
        top_left, bottom_right = np.clip(top_left, 0, image_size), np.clip(bottom_right, 0, image_size)
    if (bottom_right <= top_left).any():
        return None
    x, y = top_left.tolist()
    width, height = (bottom_right - top_left).tolist()
    return (x, y, width, height)
