"""What fixes work on: the text of a file beside what was measured of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import MaskKind
from audit.dataset.shard import instance_order, instance_rows
from audit.findings.finding import Finding
from audit.fixes.json_text import RawJson, drop_elements, is_spaced, member_text, write_value
from audit.fixes.source_text import Edit, SourceText
from audit.geometry.encode import draw_polygons, encode_mask, trace_polygons
from audit.geometry.runs import dense_to_runs, runs_to_counts, runs_to_dense
from audit.measure.masks import dataset_runs
from audit.pipeline.result import ScanResult

Mask = NDArray[np.bool_]

ORIGIN_FIELD = "maskaudit"
"""Field of a new record that says where it comes from."""


class CannotFixError(Exception):
    """The finding is beyond its fix; the message says why."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What is done about one finding."""

    finding: Finding
    action: str
    """One sentence in the past tense."""
    edits: tuple[Edit, ...]
    fix: str = ""
    """Name of the fix, which its module need not say."""


class Labels:
    """One file: its text, its dataset and its findings.

    Parameters
    ----------
    text : SourceText
    result : ScanResult
        Of this text alone, with masks.
    findings : sequence of Finding
        Each about as few records as can be: what a report says once for many is listed one by one.
    """

    def __init__(self, text: SourceText, result: ScanResult, findings: Sequence[Finding]) -> None:
        if result.dataset is None:
            raise ValueError("fixes need the masks, not stored measurements")
        self.text, self.result, self.dataset, self.findings = text, result, result.dataset, findings
        self._order = instance_order(self.dataset)
        self._instance = instance_rows(self.dataset)
        self._last_id = int(self.dataset.annotations.id.max(initial=0))

    def rows(self, finding: Finding) -> list[int]:
        """Return the annotations that a finding is about, as rows of the dataset; none = about many."""
        rows: list[int] = self._order[list(finding.instance_rows)].tolist() if finding.instance_rows else []
        return rows

    def options(self, rule: str) -> Any:
        """Return the options in force for a rule."""
        in_force = self.result.effective_config["rules"]
        return SimpleNamespace(**in_force[rule]) if isinstance(in_force, dict) else SimpleNamespace()

    def rows_where(self, is_meant: Callable[[dict[str, Any]], bool]) -> list[int]:
        """Return the annotations whose records are meant by a finding that is said once for many."""
        return [row for row in range(len(self.dataset.annotations)) if is_meant(self.record(row))]

    def rows_with_repeated_id(self) -> list[int]:
        """Return the annotations with the id of an earlier one."""
        first = np.unique(self.dataset.annotations.id, return_index=True)[1]
        rows: list[int] = np.setdiff1d(np.arange(len(self.dataset.annotations)), first).tolist()
        return rows

    def value_text(self, row: int, name: str) -> str:
        """Return a field of an annotation as it is written; empty where there is none."""
        return member_text(self.record_text(row), name) or ""

    def measured(self, row: int) -> tuple[int, list[int]]:
        """Return area and xywh box of a mask, pixels."""
        instances, position = self.result.measurements.instances, self._instance[row]
        area, *box = (int(instances[name].to_numpy()[position]) for name in ("area_px", *"xywh"))
        return area, box

    def index(self, row: int) -> int:
        """Return the position of an annotation in its list."""
        return int(self.dataset.annotations.index[row])

    def record_text(self, row: int) -> str:
        """Return an annotation as it is written."""
        return self.text.text("annotations", self.index(row))

    def record(self, row: int) -> dict[str, Any]:
        """Return an annotation as Python's values."""
        record: dict[str, Any] = self.text.parse("annotations", self.index(row))
        return record

    def has_mask(self, row: int) -> bool:
        """Say whether an annotation has a mask that can be drawn."""
        return bool(self.dataset.annotations.segmentation.kind[row] != MaskKind.NONE)

    def annotation_id(self, row: int) -> int:
        """Return the id of an annotation."""
        return int(self.dataset.annotations.id[row])

    def size(self, row: int) -> tuple[int, int]:
        """Return height and width of an annotation's image, pixels."""
        image = self.dataset.annotations.image[row]
        return int(self.dataset.images.height[image]), int(self.dataset.images.width[image])

    def mask(self, row: int) -> Mask:
        """Draw the mask of an annotation: (H, W) bool."""
        if not self.has_mask(row):
            raise CannotFixError("it has no mask that can be read")
        return np.asarray(runs_to_dense(dataset_runs(self.dataset, np.array([row])), *self.size(row))[0])

    def others(self, rows: list[int]) -> Mask:
        """Draw what the other annotations of the image cover, crowd regions aside: (H, W) bool."""
        annotations = self.dataset.annotations
        is_other = (annotations.image == annotations.image[rows[0]]) & ~annotations.iscrowd
        is_other[rows] = False
        runs = dataset_runs(self.dataset, np.flatnonzero(is_other))
        covered = np.zeros(self.size(rows[0]), dtype=np.bool_)
        for mask in runs_to_dense(runs, *covered.shape):
            covered |= mask
        return covered

    def fresh_id(self) -> int:
        """Return an id that no annotation has."""
        self._last_id += 1
        return self._last_id

    def change(self, row: int, **fields: object) -> Edit:
        """Give some fields of an annotation other values; its pixels stay."""
        return Edit(self.index(row), fields)

    def remove(self, row: int) -> Edit:
        """Remove an annotation."""
        return Edit(self.index(row))

    def reshape(self, row: int, mask: Mask) -> Edit:
        """Give an annotation another mask, and the area and box of it.

        Parameters
        ----------
        row : int
        mask : (H, W) bool
            Not empty.
        """
        return Edit(self.index(row), self._mask_fields(row, mask), mask=encode_mask(mask))

    def add(self, row: int, mask: Mask, finding: Finding, fix: str, *, is_proposal: bool = False) -> Edit:
        """Add an annotation with the fields of another one.

        Parameters
        ----------
        row : int
            The annotation whose fields it takes, and from which it comes.
        mask : (H, W) bool
        finding : Finding
            Why it is added.
        fix : str
            Name of the fix.
        is_proposal : bool
            Whether somebody has to look at it before it is used.
        """
        origin: dict[str, object] = {"fix": fix, "finding": finding.fingerprint}
        origin |= {"proposal": True} if is_proposal else {"from": [self.annotation_id(row)]}
        fields = {"id": self.fresh_id(), **self._mask_fields(row, mask), ORIGIN_FIELD: origin}
        return Edit(self.index(row), fields, is_new=True, mask=encode_mask(mask))

    def _mask_fields(self, row: int, mask: Mask) -> dict[str, object]:
        record_text = self.record_text(row)
        fields = {"segmentation": self.write_mask(row, mask), **measure_fields(mask)}
        # What a file leaves out of all its records need not be in one of them.
        return {name: value for name, value in fields.items() if member_text(record_text, name) is not None}

    def write_mask(self, row: int, mask: Mask, *, anew: bool = False) -> RawJson:
        """Write a mask in the form of the one that an annotation has.

        Polygons stay polygons where they can draw the mask: as they are, some of them left out, or traced
        anew. A mask with a hole becomes an RLE.

        Parameters
        ----------
        row : int
        mask : (H, W) bool
        anew : bool
            Whether its polygons may not stay as they are.
        """
        record_text = self.record_text(row)
        earlier, spaced = member_text(record_text, "segmentation") or "", is_spaced(record_text)
        if earlier.startswith("["):
            kept = None if anew else self._keep_rings(row, mask)
            if kept is not None:
                return RawJson(drop_elements(earlier, kept))
            rings = trace_polygons(mask)
            if rings and np.array_equal(draw_polygons(rings, *mask.shape), mask):
                return RawJson(write_value(rings, spaced=spaced))
        rle: Mapping[str, object] = {**encode_mask(mask)}
        counts = self.record(row).get("segmentation")
        if isinstance(counts, dict) and isinstance(counts.get("counts"), list):
            height, width = mask.shape
            run_lengths = runs_to_counts(dense_to_runs(mask[None]), np.array([height]), np.array([width]))[0]
            rle = {**rle, "counts": run_lengths.tolist()}
        return RawJson(write_value(rle, spaced=spaced))

    def rings(self, row: int) -> list[NDArray[np.float64]]:
        """Return the polygons of an annotation, (k, 2) pixels each."""
        drawn = self.dataset.annotations.segmentation
        first, last = int(drawn.ring_start[row]), int(drawn.ring_start[row + 1])
        return [drawn.xy[drawn.vertex_start[r] : drawn.vertex_start[r + 1]] for r in range(first, last)]

    def _keep_rings(self, row: int, mask: Mask) -> list[int] | None:
        """Return the polygons without which the others draw the mask; None where none do."""
        rings = [ring.ravel().tolist() for ring in self.rings(row)]
        written = self.record(row).get("segmentation")
        if not isinstance(written, list) or len(written) != len(rings):
            return None  # the reader left some out
        dropped = [
            position
            for position, ring in enumerate(rings)
            if not (draw_polygons([ring], *mask.shape) & mask).any()
        ]
        rest = [ring for position, ring in enumerate(rings) if position not in dropped]
        return dropped if rest and np.array_equal(draw_polygons(rest, *mask.shape), mask) else None


def measure_fields(mask: Mask) -> dict[str, object]:
    """Return area and box of a mask, as COCO declares them.

    Parameters
    ----------
    mask : (H, W) bool

    Returns
    -------
    dict
        ``area``, pixels, and ``bbox``, xywh.

    Examples
    --------
    >>> measure_fields(np.array([[False, True], [False, True]]))
    {'area': 2, 'bbox': [1, 0, 1, 2]}
    >>> measure_fields(np.zeros((1, 1), dtype=bool))
    {'area': 0, 'bbox': [0, 0, 0, 0]}
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return {"area": 0, "bbox": [0, 0, 0, 0]}
    left, top = int(columns[0]), int(rows[0])
    return {
        "area": int(mask.sum()),
        "bbox": [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1],
    }


def is_number(value: object) -> bool:
    """Say whether a value is a finite number.

    Examples
    --------
    >>> is_number(2.5), is_number(True), is_number("2"), is_number(float("nan"))
    (True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
