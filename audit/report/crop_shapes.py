"""What is drawn over the place of a finding: its masks, their neighbours, and marks on the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.findings.finding import Finding
from audit.geometry.ranges import expand_ranges
from audit.geometry.runs import Runs, concatenate_runs, no_runs, unite_runs
from audit.geometry.shape import measure_boxes
from audit.measure.masks import dataset_runs
from audit.pipeline.result import ScanResult
from audit.report.evidence_marks import draw_marks, find_marks, read_shift, shift_masks
from audit.report.finding_shapes import (
    MAX_COORDINATE,
    MAX_SHOWN,
    draw_cut_lines,
    draw_rectangle,
    find_unlabelled_box,
)
from audit.report.grouped_masks import find_columns, find_shared_pixels, group_masks
from audit.report.image_page_builder import ImagePageBuilder
from audit.report.mask_outlines import MAX_RUNS, choose_step, sample_runs, scale_loops, trace_coarsely
from audit.report.outline_paths import simplify_outlines, write_svg_paths
from audit.report.page_layers import ONE_OBJECT

MAX_CONTEXT = 30
"""Masks around a finding that are drawn with it, the nearest."""
MAX_CONTEXT_OF_IMAGE = 300
"""The same where a finding is about the image as a whole."""
MAX_PLACES = 256
"""Places of an image that are drawn at once: each may hold a part of a mask that is noise."""
MAX_PATH = 30_000
"""Bytes of a path beyond which it is noise, and not drawn."""
_SHOWN_SIDE = 260
"""Pixels of a crop on the screen: what is finer is not drawn."""
_MIN_SIDE = 40
_MARGIN = 0.3
_BEYOND = 2
"""Pixels that outlines go on beyond the place, so that where they are cut off is out of sight."""

Box = tuple[int, int, int, int]
Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """Where a finding is and what is drawn there."""

    number: int
    """Position in the scan's findings."""
    box: Box
    shapes: tuple[tuple[str, str], ...]
    """Class for the style sheet and SVG path data, from the corner of the box."""


@dataclass(frozen=True, slots=True)
class _Place:
    """One finding while its shapes are drawn: masks as rows of the image's runs."""

    number: int
    finding: Finding
    box: Box
    masks: tuple[int, ...]
    context: tuple[int, ...]
    marks: Boxes
    declared: Boxes


class CropShapes:
    """Draws the shapes of findings, all of an image at once.

    Parameters
    ----------
    result : ScanResult
    builder : ImagePageBuilder
        Of the same result.
    """

    def __init__(self, result: ScanResult, builder: ImagePageBuilder) -> None:
        self.result = result
        self.builder = builder
        images = result.measurements.images
        self._width, self._height = images["width"].to_numpy(), images["height"].to_numpy()
        instances = result.measurements.instances
        self._boxes = np.stack([instances[side].to_numpy(dtype=np.float64) for side in "xywh"], axis=1)

    def place_findings(self, image_row: int, numbers: Sequence[int]) -> list[PlacedFinding]:
        """Draw the places of some findings of one image; those without a place are left out.

        Parameters
        ----------
        image_row : int
            Row of the images table.
        numbers : sequence of int
            Positions of findings of this image.
        """
        size = (int(self._width[image_row]), int(self._height[image_row]))
        findings = [self.result.findings[number] for number in numbers]
        rows, runs = self._rasterize(image_row, findings, size)
        position_of_row = {row: position for position, row in enumerate(rows)}
        boxes = measure_boxes(runs).astype(np.float64)
        n_labels = len(rows)
        places = []
        before = n_labels
        for number, finding in zip(numbers, findings, strict=True):
            predicted = tuple(range(before, before + len(finding.prediction_rows)))
            before += len(predicted)
            masks = (
                *(
                    position_of_row[row]
                    for row in finding.instance_rows[:MAX_SHOWN]
                    if row in position_of_row
                ),
                *predicted,
            )
            place = self._frame(number, finding, masks, runs, boxes, n_labels, size)
            if place is not None:
                places.append(place)
        return [
            placed
            for begin in range(0, len(places), MAX_PLACES)
            for placed in self._draw(places[begin : begin + MAX_PLACES], runs)
        ]

    def _rasterize(
        self, image_row: int, findings: Sequence[Finding], size: tuple[int, int]
    ) -> tuple[list[int], Runs]:
        """Draw the labels of an image, then the predictions that its findings are about."""
        rows = self.builder.instance_rows(image_row)
        runs = self.builder.rasterize_masks(rows, size[1], size[0])
        predicted = np.array([row for finding in findings for row in finding.prediction_rows], dtype=np.int64)
        if len(predicted):
            drawn = no_runs(len(predicted))
            if self.result.predictions is not None and min(size) > 0:
                drawn = dataset_runs(self.result.predictions, predicted)
            runs = concatenate_runs([runs, drawn])
        return [int(row) for row in rows], runs

    def _frame(
        self,
        number: int,
        finding: Finding,
        masks: tuple[int, ...],
        runs: Runs,
        boxes: Boxes,
        n_labels: int,
        size: tuple[int, int],
    ) -> _Place | None:
        """Choose the part of the image that shows a finding."""
        own = boxes[list(masks)] if masks else boxes[:0]
        own = own[own[:, 2] > 0]
        declared = self.builder.find_declared_boxes(finding, has_masks=len(own) > 0)
        marks = find_marks(finding, runs, masks, self.builder.find_rings(finding))
        subject = np.concatenate([own, declared, find_unlabelled_box(finding)])
        is_whole = not len(subject) and not finding.instance_rows and not finding.prediction_rows
        if is_whole and min(size) > 0:
            box: Box | None = (0, 0, *size)  # it is about the image, not a place in it
        else:
            box = _choose_box(subject, marks, size) if len(subject) else None
        if box is None:
            return None
        around = np.flatnonzero(_intersect(boxes[:n_labels], box))
        around = around[~np.isin(around, masks)]
        n_kept = MAX_CONTEXT_OF_IMAGE if is_whole else MAX_CONTEXT
        if len(around) > n_kept:
            middle = boxes[around, :2] + boxes[around, 2:] / 2 - (box[0] + box[2] / 2, box[1] + box[3] / 2)
            around = around[np.argsort((middle**2).sum(axis=1), kind="stable")[:n_kept]]
        return _Place(number, finding, box, masks, tuple(around.tolist()), marks, declared)

    def _draw(self, places: Sequence[_Place], runs: Runs) -> Iterator[PlacedFinding]:
        """Clip the masks to the places, and trace all at once."""
        pairs = [(place, mask) for place, at in enumerate(places) for mask in (*at.masks, *at.context)]
        place_of, mask_of = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
        clipped, step = _clip(runs, mask_of, places, place_of)
        starts = np.cumsum([0, *(len(at.masks) + len(at.context) for at in places)]).tolist()
        groups = [
            tuple(range(start, start + len(at.masks))) for start, at in zip(starts, places, strict=False)
        ]
        shared = find_shared_pixels(group_masks(clipped, groups))
        is_union = [at.finding.rule in ONE_OBJECT for at in places]
        united = group_masks(
            clipped, [group if joined else () for group, joined in zip(groups, is_union, strict=True)]
        )
        united = unite_runs(united.mask, united.x, united.y0, united.y1, united.count)
        shifts = [read_shift(at.finding) for at in places]
        shifted = shift_masks(
            group_masks(clipped, [group if by else () for group, by in zip(groups, shifts, strict=True)]),
            [by and (round(by[0] / step), round(by[1] / step)) for by in shifts],
        )
        everything = concatenate_runs([clipped, shared, united, shifted])
        scale = np.array([max(at.box[2:]) / _SHOWN_SIDE for at in places])
        owner = np.concatenate([place_of, *(np.arange(len(places)),) * 3])
        loops = scale_loops(trace_coarsely(everything, choose_step(everything)), step)
        # Half a pixel of the screen: finer corners are not seen, and they weigh more than the picture.
        tolerance = np.where(scale > 1, 0.5 * scale, 0.0)[owner[loops.mask]] if len(loops) else 0.0
        paths = write_svg_paths(simplify_outlines(loops, tolerance), everything.count)
        for position, at in enumerate(places):
            start, n_masks, n_context = starts[position], len(at.masks), len(at.context)
            named = [(f"s{k % 3}", paths[start + k]) for k in range(n_masks)]
            around = "".join(paths[start + n_masks : start + n_masks + n_context])
            extra = (paths[len(pairs) + part * len(places) + position] for part in range(3))
            overlap, union, moved = extra
            corner = np.array([at.box[0], at.box[1], 0, 0], dtype=np.float64)
            proposal = draw_cut_lines(at.finding, at.box[:2]) or union or moved
            rings = self.builder.find_rings(at.finding)
            boxes = [*at.declared, *find_unlabelled_box(at.finding)]
            shapes = (
                ("c", around), *named, ("o", overlap), ("p", proposal),
                ("d", "".join(draw_rectangle(box - corner) for box in boxes)),
                ("k", draw_marks(at.marks, rings, max(at.box[2:]), at.box[:2])),
            )  # fmt: skip
            yield PlacedFinding(
                at.number, at.box, tuple(shape for shape in shapes if 0 < len(shape[1]) < MAX_PATH)
            )


def _choose_box(subject: Boxes, marks: Boxes, size: tuple[int, int]) -> Box | None:
    """Return a square around what a finding is about; around tiny marks, if there are, not the whole mask."""
    low, high = subject[:, :2].min(axis=0), (subject[:, :2] + np.maximum(subject[:, 2:], 0)).max(axis=0)
    extent = float((high - low).max())
    if len(marks):
        low_mark, high_mark = marks[:, :2].min(axis=0), (marks[:, :2] + marks[:, 2:]).max(axis=0)
        near = max(6 * float((high_mark - low_mark).max()), 0.3 * extent, 2.0 * _MIN_SIDE)
        if near < extent:
            low, high, extent = low_mark, high_mark, near / (1 + 2 * _MARGIN)
    side = int(np.ceil(max(extent * (1 + 2 * _MARGIN), extent + 12, _MIN_SIDE)))
    middle = (low + high) / 2
    corner = np.floor(middle - side / 2)
    if not np.isfinite(corner).all() or np.abs(corner).max() > MAX_COORDINATE or side > MAX_COORDINATE:
        return None
    if min(size) <= 0:
        return (int(corner[0]), int(corner[1]), side, side)
    # A square that reaches over the border is moved inside; in a smaller image it is cut.
    sides = np.minimum(side, size)
    x, y = np.clip(corner, 0, np.array(size) - sides).astype(int).tolist()
    return (x, y, int(sides[0]), int(sides[1]))


def _intersect(boxes: Boxes, box: Box) -> NDArray[np.bool_]:
    x, y, width, height = box
    is_near: NDArray[np.bool_] = (
        (boxes[:, 2] > 0)
        & (boxes[:, 0] < x + width)
        & (boxes[:, 0] + boxes[:, 2] > x)
        & (boxes[:, 1] < y + height)
        & (boxes[:, 1] + boxes[:, 3] > y)
    )
    return is_near


def _clip(
    runs: Runs, mask_of: NDArray[np.int64], places: Sequence[_Place], place_of: NDArray[np.int64]
) -> tuple[Runs, int]:
    """Take masks, cut them off a little beyond their places, move these to the origin, and sample if many.

    Returns the runs, and how many pixels one of theirs stands for.
    """
    step, clipped = 1, no_runs(len(mask_of))
    if not len(place_of):
        return clipped, step
    boxes = np.array([place.box for place in places], dtype=np.int32)[place_of]
    from_column = boxes[:, 0].astype(np.int64) - _BEYOND
    first, end = find_columns(runs, mask_of, from_column, from_column + boxes[:, 2] + 2 * _BEYOND)
    ends = np.cumsum(end - first)
    # In parts: a hundred places may each hold a mask that is noise, of millions of runs.
    for begin in range(0, int(ends[-1]), MAX_RUNS):
        part_first = first + np.clip(begin - (ends - (end - first)), 0, end - first)
        part_end = first + np.clip(begin + MAX_RUNS - (ends - (end - first)), 0, end - first)
        chosen = expand_ranges(part_first, part_end - part_first)
        number = np.repeat(np.arange(len(mask_of), dtype=np.int32), part_end - part_first)
        part = Runs(number, runs.x[chosen], runs.y0[chosen], runs.y1[chosen], len(mask_of))
        part = sample_runs(_move_inside(part, boxes), step)
        clipped = _append(clipped, part)
        while len(clipped) > MAX_RUNS:
            clipped, step = sample_runs(clipped, 2), 2 * step
    return clipped, step


def _move_inside(runs: Runs, boxes: NDArray[np.int32]) -> Runs:
    """Cut masks off a little beyond boxes, one a mask, and move these to the origin."""
    corners = boxes[runs.mask]
    x, y0, y1 = runs.x - corners[:, 0], runs.y0 - corners[:, 1], runs.y1 - corners[:, 1]
    y0, y1 = np.maximum(y0, np.int32(-_BEYOND)), np.minimum(y1, corners[:, 3] + np.int32(_BEYOND))
    inside = (x >= -_BEYOND) & (x < corners[:, 2] + _BEYOND) & (y0 < y1)
    return Runs(runs.mask, x, y0, y1, runs.count).keep(inside)


def _append(runs: Runs, more: Runs) -> Runs:
    """Join runs of the same masks, where those of the second come after those of the first."""
    return Runs(
        np.concatenate([runs.mask, more.mask]),
        np.concatenate([runs.x, more.x]),
        np.concatenate([runs.y0, more.y0]),
        np.concatenate([runs.y1, more.y1]),
        runs.count,
    )
