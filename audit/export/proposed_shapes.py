"""Shapes that findings propose: the parts of a cut, two masks as one, the outline of an unlabelled object.

They are those of ``maskaudit fix --unsafe``, drawn for a labelling tool, where somebody accepts them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order
from audit.findings.finding import Finding
from audit.fixes.labels import CannotFixError, Mask
from audit.fixes.unsafe.cut_merged import cut_mask
from audit.fixes.unsafe.join_split import join_masks
from audit.geometry.encode import trace_polygons
from audit.geometry.runs import Runs, runs_to_dense
from audit.geometry.shape import measure_boxes
from audit.measure.masks import dataset_runs
from audit.pipeline.result import ScanResult

Ring = tuple[tuple[float, float], ...]
_MARGIN = 2
"""Pixels around masks, in which a slit between them is closed."""


@dataclass(frozen=True, slots=True)
class ProposedShape:
    """One object as a finding would have it."""

    finding: Finding
    kind: str
    """``cut``, ``join`` or ``add``."""
    text: str
    """What it is, for a labeller: ``part 1 of 2 of annotation 7 (cell)``."""
    category_id: int
    area_px: int
    """0 where only an outline is known."""
    rings: tuple[Ring, ...]


class ShapeProposer:
    """Draws what the findings of a scan propose.

    Parameters
    ----------
    scan : ScanResult
        That read the masks.
    """

    def __init__(self, scan: ScanResult) -> None:
        if scan.dataset is None:
            raise ValueError("shapes need the masks, not stored measurements")
        self.dataset: Dataset = scan.dataset
        self.order = instance_order(self.dataset)

    def propose_shapes(self, finding: Finding) -> tuple[ProposedShape, ...]:
        """Draw what one finding proposes; nothing where its rule proposes no shape, or none can be drawn.

        Parameters
        ----------
        finding : Finding

        Examples
        --------
        >>> from audit.dataset.model import empty_dataset
        >>> from audit.findings.finding import Severity
        >>> from audit.measure.schema import empty_measurements
        >>> empty = ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset())
        >>> ShapeProposer(empty).propose_shapes(Finding("mask.tiny", Severity.INFO, "2 px"))
        ()
        """
        draw = _PROPOSERS.get(finding.rule)
        try:
            return draw(self, finding) if draw is not None else ()
        except CannotFixError:
            return ()

    def cut_annotation(self, finding: Finding) -> tuple[ProposedShape, ...]:
        """Draw the parts of an annotation that holds several objects."""
        if len(finding.instance_rows) != 1:
            return ()
        rows = self.order[list(finding.instance_rows)]
        (mask,), corner, _ = self._draw_masks(rows)
        parts, _ = cut_mask(mask, finding.evidence, corner)
        n_parts = int(parts.max())
        return tuple(
            self._make_shape(finding, "cut", f"part {part} of {n_parts} of", rows, parts == part, corner)
            for part in range(1, n_parts + 1)
        )

    def join_annotations(self, finding: Finding) -> tuple[ProposedShape, ...]:
        """Draw two annotations as the one object that they are."""
        if len(finding.instance_rows) != 2:
            return ()
        rows = self.order[list(finding.instance_rows)]
        (first, second), corner, covered = self._draw_masks(rows)
        joined = join_masks(first, second, covered)
        return (self._make_shape(finding, "join", "one object of", rows, joined, corner),)

    def outline_object(self, finding: Finding) -> tuple[ProposedShape, ...]:
        """Draw an object that is not labelled; where an image has many, only the clearest is known."""
        ring = finding.evidence.get("outline")
        if not isinstance(ring, list) or len(ring) < 6 or len(ring) % 2:
            return ()
        coordinates = np.array(ring, dtype=np.float64).reshape(-1, 2).tolist()
        points = tuple((float(x), float(y)) for x, y in coordinates)
        category_id = finding.category_ids[0] if finding.category_ids else self._find_any_category()
        area = finding.evidence.get("area_px")
        area_px = area if isinstance(area, int) else 0
        return (ProposedShape(finding, "add", "an object without a label", category_id, area_px, (points,)),)

    def _draw_masks(self, rows: IntArray) -> tuple[Sequence[Mask], tuple[int, int], Mask]:
        """Draw masks in a window around them: masks, x and y of the window, and what others cover."""
        annotations = self.dataset.annotations
        image = int(annotations.image[rows[0]])
        size = int(self.dataset.images.width[image]), int(self.dataset.images.height[image])
        runs = dataset_runs(self.dataset, rows)
        boxes = measure_boxes(runs)
        if not boxes[:, 2:].all():
            raise CannotFixError("it has no mask that can be read")
        corner = np.maximum(boxes[:, :2].min(axis=0) - _MARGIN, 0)
        far_corner = np.minimum((boxes[:, :2] + boxes[:, 2:]).max(axis=0) + _MARGIN, size)
        is_other = (annotations.image == image) & ~annotations.iscrowd
        is_other[rows] = False
        window = (*corner.tolist(), *far_corner.tolist())
        others = draw_window(dataset_runs(self.dataset, np.flatnonzero(is_other)), window)
        covered = np.zeros(others.shape[1:], dtype=np.bool_)
        for other_mask in others:
            covered |= other_mask
        return list(draw_window(runs, window)), (window[0], window[1]), covered

    def _make_shape(
        self, finding: Finding, kind: str, text: str, rows: IntArray, mask: Mask, corner: tuple[int, int]
    ) -> ProposedShape:
        annotations, categories = self.dataset.annotations, self.dataset.categories
        ids = " and ".join(str(annotation_id) for annotation_id in annotations.id[rows].tolist())
        category = int(annotations.category[rows[0]])
        name = categories.name[category] if category >= 0 else "unknown"
        noun = "annotation" if len(rows) == 1 else "annotations"
        category_id = int(categories.id[category]) if category >= 0 else self._find_any_category()
        text = f"{text} {noun} {ids} ({name})"
        return ProposedShape(finding, kind, text, category_id, int(mask.sum()), trace_rings(mask, corner))

    def _find_any_category(self) -> int:
        category_ids = self.dataset.categories.id
        return int(category_ids[0]) if len(category_ids) else 0


_PROPOSERS: Mapping[str, Callable[[ShapeProposer, Finding], tuple[ProposedShape, ...]]] = {
    "touching.merged": ShapeProposer.cut_annotation,
    "touching.split": ShapeProposer.join_annotations,
    "image.unlabelled_object": ShapeProposer.outline_object,
}


def draw_window(runs: Runs, window: tuple[int, int, int, int]) -> Mask:
    """Draw what masks have within a window of their image.

    Parameters
    ----------
    runs : Runs
    window : (int, int, int, int)
        First column and row, and those after the last.

    Returns
    -------
    (n, height, width) bool

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> runs = dense_to_runs(np.ones((1, 4, 4), dtype=bool))
    >>> draw_window(runs, (3, 2, 6, 5)).astype(int).tolist()
    [[[1, 0, 0], [1, 0, 0], [0, 0, 0]]]
    >>> draw_window(no_runs(0), (0, 0, 1, 1)).shape
    (0, 1, 1)
    """
    left, top, right, bottom = (np.int32(side) for side in window)
    y0, y1 = np.maximum(runs.y0, top), np.minimum(runs.y1, bottom)
    is_seen = (runs.x >= left) & (runs.x < right) & (y0 < y1)
    seen = Runs(runs.mask[is_seen], runs.x[is_seen] - left, y0[is_seen] - top, y1[is_seen] - top, runs.count)
    return runs_to_dense(seen, int(bottom - top), int(right - left))


def trace_rings(mask: Mask, corner: tuple[int, int]) -> tuple[Ring, ...]:
    """Trace polygons around a mask that lies somewhere in an image; holes are filled, as COCO fills them.

    Parameters
    ----------
    mask : (H, W) bool
    corner : (int, int)
        x and y of its first pixel.

    Examples
    --------
    >>> trace_rings(np.ones((1, 2), dtype=bool), (10, 20))
    (((12.0, 20.5), (10.5, 21.0), (10.0, 20.5), (11.5, 20.0)),)
    >>> trace_rings(np.zeros((1, 1), dtype=bool), (0, 0))
    ()
    """
    moved_rings = (np.round(np.reshape(ring, (-1, 2)) + np.array(corner), 2) for ring in trace_polygons(mask))
    return tuple(tuple((float(x), float(y)) for x, y in ring.tolist()) for ring in moved_rings)
