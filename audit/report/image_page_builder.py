"""Makes the page of one image: chooses what it shows, traces the masks, puts findings into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.dataset.shard import instance_order
from audit.detectors.rule import Rule
from audit.findings.finding import Finding, Severity
from audit.geometry.runs import Runs, no_runs
from audit.geometry.shape import measure_boxes
from audit.measure.masks import dataset_runs
from audit.pipeline.result import ScanResult
from audit.report.evidence_marks import draw_marks, find_marks
from audit.report.evidence_names import format_evidence
from audit.report.finding_shapes import (
    MAX_COORDINATE,
    MAX_SHOWN,
    draw_rectangle,
    find_unlabelled_box,
    frame_boxes,
)
from audit.report.image_page import DrawnFinding, DrawnMask, ImagePage
from audit.report.mask_outlines import choose_step, trace_coarsely
from audit.report.outline_paths import simplify_outlines, write_svg_paths
from audit.report.page_layers import LayerTracer, PageLayers, draw_image_predictions, pack_finer_layers
from audit.report.ring_marks import RING_RULES, list_rings
from audit.report.scan_summary import split_title
from audit.report.text_format import format_category, shorten_text

MAX_FINDINGS = 100
MAX_MASKS = 1000
MAX_THUMBNAIL_BYTES = 12_000


class ImagePageBuilder:
    """Makes the pages of single images of one scan.

    Parameters
    ----------
    result : ScanResult
    links : sequence of str
        Address of each finding in the labelling tool; empty = there are none.
    """

    def __init__(self, result: ScanResult, links: Sequence[str] = ()) -> None:
        self.result = result
        self.links = links
        self.of_image: dict[int, list[int]] = {}
        for finding_number, finding in enumerate(result.findings):
            if finding.image_row >= 0:
                self.of_image.setdefault(finding.image_row, []).append(finding_number)
        image_rows = result.measurements.instances["image"].to_numpy()
        self._by_image = np.argsort(image_rows, kind="stable")
        self._image = image_rows[self._by_image]
        self._annotation = None if result.dataset is None else instance_order(result.dataset)
        self._category = result.measurements.instances["category"].to_numpy()
        self._names = [format_category(name) for name in result.measurements.categories["name"]]
        declared = (result.measurements.instances[f"declared_{side}"].to_numpy() for side in "xywh")
        self._declared: NDArray[np.float64] = np.stack([*declared], axis=1)
        self._ids = result.measurements.instances["annotation_id"].to_numpy()

    def instance_rows(self, image_row: int) -> NDArray[np.int64]:
        """Return the rows of instances that belong to an image."""
        row_range = np.searchsorted(self._image, [image_row, image_row + 1])
        return self._by_image[row_range[0] : row_range[1]]

    def rasterize_masks(self, instance_rows: NDArray[np.int64], height: int, width: int) -> Runs:
        """Rasterise the masks of some instances of one image.

        Parameters
        ----------
        instance_rows : (n,) int64
            Of the instances table.
        height, width : int
            Pixels of the image; without a usable size there are no masks.
        """
        dataset = self.result.dataset
        if dataset is None or self._annotation is None or height <= 0 or width <= 0:
            return no_runs(len(instance_rows))
        return dataset_runs(dataset, self._annotation[instance_rows])

    def build_page(self, image_row: int) -> ImagePage:
        """Make the page of one image (row of the images table)."""
        image_record = self.result.measurements.images.record(image_row)
        width, height = int(image_record["width"]), int(image_record["height"])
        finding_numbers = self.of_image.get(image_row, [])
        notes = []
        if len(finding_numbers) > MAX_FINDINGS:
            notes.append(
                f"{len(finding_numbers) - MAX_FINDINGS:,} more findings of this image are in findings.csv."
            )
            finding_numbers = finding_numbers[:MAX_FINDINGS]
        mask_rows = self._choose_masks(image_row, finding_numbers, notes)
        mask_runs = self.rasterize_masks(mask_rows, height, width)
        mask_groups = self._place_masks(finding_numbers, mask_rows)
        predictions = self.result.predictions if min(height, width) > 0 else None
        tracer = LayerTracer(
            [self.result.findings[finding_number] for finding_number in finding_numbers],
            mask_runs,
            mask_groups,
            predictions,
        )
        layers = tracer.trace_layers()
        fine_layers, fine_shift_px = pack_finer_layers(tracer, layers)
        if self.result.dataset is None:
            notes.append("Masks cannot be drawn: the scan judged stored measurements.")
        findings = self._draw_findings(finding_numbers, mask_groups, mask_runs, layers, (width, height))
        return ImagePage(
            row=image_row,
            name=shorten_text(str(image_record["file_name"])) or "(no file name)",
            image_id=int(image_record["image_id"]),
            width=width,
            height=height,
            masks=self._label_masks(mask_rows, layers.masks, finding_numbers),
            findings=findings,
            rules=self._list_rules(findings),
            notes=tuple(notes),
            shift_px=layers.shift_px,
            fine_layers=fine_layers,
            fine_shift_px=fine_shift_px,
            predictions=draw_image_predictions(predictions, image_row) if predictions is not None else (),
        )

    def _place_masks(self, finding_numbers: list[int], mask_rows: NDArray[np.int64]) -> list[tuple[int, ...]]:
        """Return of each finding the positions of its masks among those that are drawn."""
        position_of_row = {int(mask_row): position for position, mask_row in enumerate(mask_rows)}
        return [
            tuple(
                position_of_row[mask_row]
                for mask_row in self.result.findings[finding_number].instance_rows[:MAX_SHOWN]
                if mask_row in position_of_row
            )
            for finding_number in finding_numbers
        ]

    def _draw_findings(
        self,
        finding_numbers: list[int],
        mask_groups: list[tuple[int, ...]],
        mask_runs: Runs,
        layers: PageLayers,
        image_size: tuple[int, int],
    ) -> tuple[DrawnFinding, ...]:
        """Put findings into words, each with what is drawn for it."""
        mask_boxes = measure_boxes(mask_runs)
        return tuple(
            replace(
                self._describe_finding(finding_number, mask_group, mask_boxes, image_size),
                overlap=overlap,
                proposal=proposal,
                marks=self._draw_marks(finding_number, mask_group, mask_runs, mask_boxes),
                predicted=predicted,
            )
            for finding_number, mask_group, overlap, proposal, predicted in zip(
                finding_numbers,
                mask_groups,
                layers.overlaps,
                layers.proposals,
                layers.predicted,
                strict=True,
            )
        )

    def _label_masks(
        self, mask_rows: NDArray[np.int64], mask_paths: Sequence[str], finding_numbers: list[int]
    ) -> tuple[DrawnMask, ...]:
        """Name the masks that are drawn, each with the worst severity of its findings."""
        worst_severity = self._find_worst_severity(finding_numbers)
        return tuple(
            DrawnMask(
                int(self._ids[mask_row]),
                self._category_name(mask_row),
                worst_severity.get(int(mask_row), ""),
                mask_path,
            )
            for mask_row, mask_path in zip(mask_rows, mask_paths, strict=True)
        )

    def _list_rules(self, findings: Sequence[DrawnFinding]) -> tuple[Rule, ...]:
        """List the rules of some findings, as far as they are known, by id."""
        known_rules = self.result.rules
        rule_ids = sorted({finding.rule for finding in findings})
        return tuple(known_rules[rule_id] for rule_id in rule_ids if rule_id in known_rules)

    def find_declared_boxes(self, finding: Finding, *, has_masks: bool) -> NDArray[np.float64]:
        """Return the boxes as the file declares them, where a finding is about them or there is no mask.

        Parameters
        ----------
        finding : Finding
        has_masks : bool
            Whether any of its annotations has a pixel.

        Returns
        -------
        (n, 4) float64
            xywh.
        """
        declared = (
            self._declared[list(finding.instance_rows)] if finding.instance_rows else self._declared[:0]
        )
        if has_masks and not finding.rule.startswith("bbox."):
            return declared[:0]
        is_drawable = np.isfinite(declared).all(axis=1) & (np.abs(declared) < MAX_COORDINATE).all(axis=1)
        drawable: NDArray[np.float64] = declared[is_drawable]
        return drawable

    def find_rings(self, finding: Finding) -> list[NDArray[np.float64]]:
        """Return the polygons of a finding's annotations, where it is about how these were drawn.

        Parameters
        ----------
        finding : Finding

        Returns
        -------
        list of (v, 2) float64
        """
        dataset = self.result.dataset
        if finding.rule not in RING_RULES or dataset is None or self._annotation is None:
            return []
        return [
            ring
            for instance_row in finding.instance_rows
            for ring in list_rings(dataset, int(self._annotation[instance_row]))
        ]

    def draw_thumbnail(self, page: ImagePage, thumbnail_side: int) -> tuple[DrawnMask, ...]:
        """Draw the masks of a page coarsely; flagged ones first.

        Parameters
        ----------
        page : ImagePage
        thumbnail_side : int
            Longer side of the picture that they lie over, pixels.
        """
        mask_rows = self._choose_masks(page.row, self.of_image.get(page.row, [])[:MAX_FINDINGS], [])
        mask_runs = self.rasterize_masks(mask_rows, page.height, page.width)
        tolerance = 0.5 * max(page.width, page.height) / thumbnail_side
        outline_loops = trace_coarsely(mask_runs, choose_step(mask_runs))
        mask_paths = write_svg_paths(simplify_outlines(outline_loops, tolerance), mask_runs.count)
        drawn_masks = [
            replace(drawn_mask, path=mask_path)
            for drawn_mask, mask_path in zip(page.masks, mask_paths, strict=True)
            if mask_path
        ]
        drawn_masks.sort(key=lambda drawn_mask: ("error", "warning", "info", "").index(drawn_mask.severity))
        total_bytes = np.cumsum([len(drawn_mask.path) + 40 for drawn_mask in drawn_masks])
        return tuple(drawn_masks[: int(np.searchsorted(total_bytes, MAX_THUMBNAIL_BYTES, side="right"))])

    def _choose_masks(
        self, image_row: int, finding_numbers: list[int], notes: list[str]
    ) -> NDArray[np.int64]:
        """Choose the masks to draw: all, or in a crowded image those of the findings first."""
        instance_rows = self.instance_rows(image_row)
        if len(instance_rows) <= MAX_MASKS:
            return instance_rows
        flagged = np.array(
            [
                flagged_row
                for finding_number in finding_numbers
                for flagged_row in self.result.findings[finding_number].instance_rows
            ],
            dtype=np.int64,
        )
        flagged_first = np.lexsort((instance_rows, ~np.isin(instance_rows, flagged)))
        notes.append(
            f"{len(instance_rows) - MAX_MASKS:,} of {len(instance_rows):,} masks are not drawn "
            "to keep this page small."
        )
        return np.sort(instance_rows[flagged_first[:MAX_MASKS]])

    def _find_worst_severity(self, finding_numbers: list[int]) -> dict[int, str]:
        worst_by_row: dict[int, Severity] = {}
        for finding_number in finding_numbers:
            finding = self.result.findings[finding_number]
            severity = finding.severity
            for instance_row in finding.instance_rows:
                worst_by_row[instance_row] = min(
                    worst_by_row.get(instance_row, severity), severity, key=lambda candidate: candidate.rank
                )
        return {instance_row: severity.value for instance_row, severity in worst_by_row.items()}

    def _category_name(self, instance_row: int) -> str:
        category = int(self._category[instance_row])
        return self._names[category] if category >= 0 else "(unknown category)"

    def _describe_finding(
        self,
        finding_number: int,
        mask_group: tuple[int, ...],
        boxes: NDArray[np.int64],
        image_size: tuple[int, int],
    ) -> DrawnFinding:
        finding = self.result.findings[finding_number]
        instance_rows = finding.instance_rows
        mask_boxes = boxes[list(mask_group)] if mask_group else boxes[:0]
        mask_boxes = mask_boxes[mask_boxes[:, 2] > 0].astype(np.float64)
        declared_boxes = self.find_declared_boxes(finding, has_masks=len(mask_boxes) > 0)
        rule = self.result.rules.get(finding.rule)
        return DrawnFinding(
            severity=finding.severity.value,
            rule=finding.rule,
            title=split_title(rule.title)[0] if rule else finding.rule,
            message=shorten_text(finding.message, 300),
            evidence=format_evidence(finding.evidence),
            annotations=self._name_annotations(finding, instance_rows),
            masks=mask_group,
            overlap="",
            proposal="",
            declared="".join(draw_rectangle(declared_box) for declared_box in declared_boxes),
            marks="",
            predicted="",
            zoom=frame_boxes(
                np.concatenate([mask_boxes, declared_boxes, find_unlabelled_box(finding)]), image_size
            ),
            where=shorten_text(finding.source.replace("\\", "/").rsplit("/", 1)[-1]),
            pointer=shorten_text(finding.pointer, 300),
            fingerprint=finding.fingerprint,
            decision=finding.decision,
            note=shorten_text(finding.note, 300),
            link=self.links[finding_number] if self.links else "",
        )

    def _draw_marks(
        self,
        finding_number: int,
        mask_group: tuple[int, ...],
        runs: Runs,
        boxes: NDArray[np.int64],
    ) -> str:
        """Mark what is small beside its mask, and draw outlines, where a finding is about these."""
        finding = self.result.findings[finding_number]
        rings = self.find_rings(finding)
        marks = find_marks(finding, runs, mask_group, rings)
        side = int(boxes[list(mask_group), 2:].max()) if mask_group else 0
        return draw_marks(marks, rings, side)

    def _name_annotations(self, finding: Finding, instance_rows: tuple[int, ...]) -> tuple[str, ...]:
        shown_ids = finding.annotation_ids[:MAX_SHOWN]
        if finding.prediction_rows:
            return tuple(f"result {annotation_id}" for annotation_id in shown_ids)
        if len(instance_rows) != len(finding.annotation_ids):
            return tuple(f"#{annotation_id}" for annotation_id in shown_ids)
        return tuple(
            f"#{annotation_id} {self._category_name(instance_row)}"
            for annotation_id, instance_row in zip(shown_ids, instance_rows, strict=False)
        )
