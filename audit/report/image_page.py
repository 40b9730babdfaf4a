"""One image of a report: its masks as outlines and its findings in words, without any markup."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from audit.dataset.shard import instance_order
from audit.detectors.rule import Rule
from audit.findings.finding import Finding, Severity
from audit.geometry.runs import Runs, no_runs, unite_runs
from audit.geometry.shape import measure_boxes
from audit.measure.masks import dataset_runs
from audit.pipeline.result import ScanResult
from audit.report.evidence_names import format_evidence
from audit.report.mask_outlines import (
    find_shared_pixels,
    group_masks,
    simplify_outlines,
    trace_outlines,
    write_svg_paths,
)
from audit.report.scan_summary import split_title
from audit.report.text_format import format_category, shorten_text

MAX_FINDINGS = 100
MAX_MASKS = 1000
MAX_PATH_BYTES = 110_000
"""For all masks; overlaps and proposals get a quarter each."""
MAX_THUMBNAIL_BYTES = 12_000
_FAR = 1e6
"""Coordinates beyond are not drawn."""
_FREE_CORNERS = 8_000
"""Up to here outlines stay pixel-exact; above, they are simplified first by half a pixel."""

CUT_LINE = "cut_line"
"""Evidence that holds the ends of proposed cuts."""
PLACE = ("x", "y", "w", "h")
"""Evidence of a finding about a part of the image that no mask covers."""
ONE_OBJECT = frozenset({"touching.split"})
"""Rules that say that several masks are one object."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DrawnMask:
    """One mask on the page."""

    annotation_id: int
    category: str
    severity: str
    """Worst severity of its findings; empty where it has none."""
    path: str


@dataclass(frozen=True, slots=True)
class DrawnFinding:
    """One finding on the page."""

    severity: str
    rule: str
    title: str
    message: str
    evidence: tuple[tuple[str, str], ...]
    annotations: tuple[str, ...]
    masks: tuple[int, ...]
    """Positions in `ImagePage.masks`."""
    overlap: str
    """Path data of the pixels that its masks share."""
    proposal: str
    """Path data of what is proposed instead: a cut, or the outline of two masks as one."""
    declared: str
    """Path data of the declared boxes, where the finding is about them or there is no mask."""
    zoom: Box | None
    """The part of the image to look at."""
    where: str
    pointer: str
    fingerprint: str
    decision: str
    """What somebody said of it; empty = nobody has."""
    note: str


@dataclass(frozen=True, slots=True)
class ImagePage:
    """Everything on the page of one image."""

    row: int
    """Row of the images table."""
    name: str
    image_id: int
    width: int
    height: int
    masks: tuple[DrawnMask, ...]
    findings: tuple[DrawnFinding, ...]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]
    """What the page leaves out."""

    @property
    def stem(self) -> str:
        """Name of the page's files: the image's position in the input, so that links keep."""
        return f"{self.row + 1:06d}"

    def count(self, severity: str) -> int:
        """Count the shown findings of one severity."""
        return sum(finding.severity == severity for finding in self.findings)


class ImagePageBuilder:
    """Makes the pages of single images of one scan.

    Parameters
    ----------
    result : ScanResult
    """

    def __init__(self, result: ScanResult) -> None:
        self.result = result
        self.of_image: dict[int, list[int]] = {}
        for number, finding in enumerate(result.findings):
            if finding.image_row >= 0:
                self.of_image.setdefault(finding.image_row, []).append(number)
        image = result.measurements.instances["image"].to_numpy()
        self._by_image = np.argsort(image, kind="stable")
        self._image = image[self._by_image]
        self._annotation = None if result.dataset is None else instance_order(result.dataset)
        self._category = result.measurements.instances["category"].to_numpy()
        self._names = [format_category(name) for name in result.measurements.categories["name"]]
        columns = [f"declared_{side}" for side in "xywh"]
        self._declared = result.measurements.instances[columns].to_numpy(dtype=np.float64)
        self._ids = result.measurements.instances["annotation_id"].to_numpy()

    def instance_rows(self, image: int) -> NDArray[np.int64]:
        """Return the rows of instances that belong to an image."""
        span = np.searchsorted(self._image, [image, image + 1])
        return self._by_image[span[0] : span[1]]

    def rasterize_masks(self, rows: NDArray[np.int64], height: int, width: int) -> Runs:
        """Rasterise the masks of some instances of one image.

        Parameters
        ----------
        rows : (n,) int64
            Of the instances table.
        height, width : int
            Pixels of the image; without a usable size there are no masks.
        """
        dataset = self.result.dataset
        if dataset is None or self._annotation is None or height <= 0 or width <= 0:
            return no_runs(len(rows))
        return dataset_runs(dataset, self._annotation[rows])

    def build_page(self, image: int) -> ImagePage:
        """Make the page of one image (row of the images table)."""
        record = self.result.measurements.images.iloc[image]
        height, width = int(record["height"]), int(record["width"])
        numbers = self.of_image.get(image, [])
        notes = []
        if len(numbers) > MAX_FINDINGS:
            notes.append(f"{len(numbers) - MAX_FINDINGS:,} more findings of this image are in findings.csv.")
            numbers = numbers[:MAX_FINDINGS]
        rows = self._choose_masks(image, numbers, notes)
        runs = self.rasterize_masks(rows, height, width)
        position_of_row = {int(row): position for position, row in enumerate(rows)}
        groups = [
            tuple(
                position_of_row[row]
                for row in self.result.findings[number].instance_rows
                if row in position_of_row
            )
            for number in numbers
        ]
        paths, tolerance = _trace_within_size(runs)
        overlaps, coarsest = _trace_within_size(
            find_shared_pixels(group_masks(runs, groups)), tolerance, MAX_PATH_BYTES // 4
        )
        proposals = self._draw_proposals(runs, numbers, groups, tolerance)
        if coarsest:
            notes.append(f"Outlines are simplified by at most {coarsest:g} px to keep this page small.")
        if self.result.dataset is None:
            notes.append("Masks cannot be drawn: the scan judged stored measurements.")
        box = measure_boxes(runs)
        findings = tuple(
            replace(
                self._describe_finding(number, group, box, (width, height)),
                overlap=overlap,
                proposal=proposal,
            )
            for number, group, overlap, proposal in zip(numbers, groups, overlaps, proposals, strict=True)
        )
        worst_severity = self._find_worst_severity(numbers)
        masks = tuple(
            DrawnMask(int(self._ids[row]), self._category_name(row), worst_severity.get(int(row), ""), path)
            for row, path in zip(rows, paths, strict=True)
        )
        rules = self.result.rules
        used_rules = tuple(
            rules[row] for row in sorted({finding.rule for finding in findings}) if row in rules
        )
        name = shorten_text(str(record["file_name"])) or "(no file name)"
        return ImagePage(
            image, name, int(record["image_id"]), width, height, masks, findings, used_rules, tuple(notes)
        )

    def draw_thumbnail(self, page: ImagePage, side: int) -> tuple[DrawnMask, ...]:
        """Draw the masks of a page coarsely; flagged ones first.

        Parameters
        ----------
        page : ImagePage
        side : int
            Longer side of the picture that they lie over, pixels.
        """
        rows = self._choose_masks(page.row, self.of_image.get(page.row, [])[:MAX_FINDINGS], [])
        runs = self.rasterize_masks(rows, page.height, page.width)
        tolerance = 0.5 * max(page.width, page.height) / side
        paths = write_svg_paths(simplify_outlines(trace_outlines(runs), tolerance), runs.count)
        drawn = [replace(mask, path=path) for mask, path in zip(page.masks, paths, strict=True) if path]
        drawn.sort(key=lambda mask: ("error", "warning", "info", "").index(mask.severity))
        weight = np.cumsum([len(mask.path) + 40 for mask in drawn])
        return tuple(drawn[: int(np.searchsorted(weight, MAX_THUMBNAIL_BYTES, side="right"))])

    def _choose_masks(self, image: int, numbers: list[int], notes: list[str]) -> NDArray[np.int64]:
        """Choose the masks to draw: all, or in a crowded image those of the findings first."""
        rows = self.instance_rows(image)
        if len(rows) <= MAX_MASKS:
            return rows
        flagged = np.array(
            [row for number in numbers for row in self.result.findings[number].instance_rows], dtype=np.int64
        )
        order = np.lexsort((rows, ~np.isin(rows, flagged)))
        notes.append(
            f"{len(rows) - MAX_MASKS:,} of {len(rows):,} masks are not drawn to keep this page small."
        )
        return np.sort(rows[order[:MAX_MASKS]])

    def _find_worst_severity(self, numbers: list[int]) -> dict[int, str]:
        worst: dict[int, Severity] = {}
        for number in numbers:
            finding = self.result.findings[number]
            severity = finding.severity
            for row in finding.instance_rows:
                worst[row] = min(worst.get(row, severity), severity, key=lambda severity_: severity_.rank)
        return {row: severity.value for row, severity in worst.items()}

    def _category_name(self, row: int) -> str:
        category = int(self._category[row])
        return self._names[category] if category >= 0 else "(unknown category)"

    def _describe_finding(
        self, number: int, group: tuple[int, ...], box: NDArray[np.int64], size: tuple[int, int]
    ) -> DrawnFinding:
        finding = self.result.findings[number]
        rows = finding.instance_rows
        masked = box[list(group)] if group else box[:0]
        masked = masked[masked[:, 2] > 0].astype(np.float64)
        declared = self._declared[list(rows)] if rows else self._declared[:0]
        declared = declared[np.isfinite(declared).all(axis=1) & (np.abs(declared) < _FAR).all(axis=1)]
        about_box = finding.rule.startswith("bbox.") or not len(masked)
        declared = declared if about_box else declared[:0]
        rule = self.result.rules.get(finding.rule)
        return DrawnFinding(
            severity=finding.severity.value,
            rule=finding.rule,
            title=split_title(rule.title)[0] if rule else finding.rule,
            message=shorten_text(finding.message, 300),
            evidence=format_evidence(finding.evidence),
            annotations=self._name_annotations(finding, rows),
            masks=group,
            overlap="",
            proposal="",
            declared="".join(_draw_rectangle(declared_box) for declared_box in declared),
            zoom=_frame_boxes(np.concatenate([masked, declared, _unlabelled_box(finding)]), size),
            where=shorten_text(finding.source.replace("\\", "/").rsplit("/", 1)[-1]),
            pointer=shorten_text(finding.pointer, 300),
            fingerprint=finding.fingerprint,
            decision=finding.decision,
            note=shorten_text(finding.note, 300),
        )

    def _draw_proposals(
        self, runs: Runs, numbers: list[int], groups: list[tuple[int, ...]], tolerance: float
    ) -> list[str]:
        """Draw what findings propose: where to cut a mask, the outline of several as one, a missing label."""
        findings = [self.result.findings[number] for number in numbers]
        joined = group_masks(
            runs,
            [
                group if finding.rule in ONE_OBJECT else ()
                for finding, group in zip(findings, groups, strict=True)
            ],
        )
        joined = unite_runs(joined.mask, joined.x, joined.y0, joined.y1, joined.count)
        outlines, _tolerance = _trace_within_size(joined, tolerance, MAX_PATH_BYTES // 4)
        return [
            _draw_cut_lines(finding)
            or outline
            or "".join(_draw_rectangle(box) for box in _unlabelled_box(finding))
            for finding, outline in zip(findings, outlines, strict=True)
        ]

    def _name_annotations(self, finding: Finding, rows: tuple[int, ...]) -> tuple[str, ...]:
        if finding.prediction_rows:
            return tuple(f"result {annotation_id}" for annotation_id in finding.annotation_ids)
        if len(rows) != len(finding.annotation_ids):
            return tuple(f"#{annotation_id}" for annotation_id in finding.annotation_ids)
        return tuple(
            f"#{annotation_id} {self._category_name(row)}"
            for annotation_id, row in zip(finding.annotation_ids, rows, strict=True)
        )


def _trace_within_size(
    runs: Runs, tolerance: float = 0.0, max_bytes: int = MAX_PATH_BYTES
) -> tuple[list[str], float]:
    """Trace masks; where their paths would weigh too much, simplify until they do not."""
    loops = trace_outlines(runs)
    if not tolerance and len(loops.xy) > _FREE_CORNERS:
        tolerance = 0.5
    while True:
        paths = write_svg_paths(simplify_outlines(loops, tolerance), runs.count)
        if sum(map(len, paths)) <= max_bytes or tolerance > 64:
            return paths, tolerance
        tolerance = max(0.5, 2 * tolerance)


def _draw_cut_lines(finding: Finding) -> str:
    """Draw the lines along which a finding proposes to cut: x0, y0, x1, y1 each."""
    ends = finding.evidence.get(CUT_LINE)
    if not isinstance(ends, list):
        return ""
    numbers = [f"{float(coordinate):.6g}" for coordinate in ends]
    lines = zip(*(numbers[offset::4] for offset in range(4)), strict=False)
    return "".join(f"M{x0} {y0}L{x1} {y1}" for x0, y0, x1, y1 in lines)


def _unlabelled_box(finding: Finding) -> NDArray[np.float64]:
    """Return the box, xywh, of a finding about something that is not labelled; none for all others."""
    box = [finding.evidence.get(key) for key in PLACE]
    if not all(isinstance(value, int | float) and abs(value) < _FAR for value in box):
        return np.zeros((0, 4))
    return np.array([box], dtype=np.float64)


def _draw_rectangle(box: NDArray[np.float64]) -> str:
    x, y, width, height = (f"{value:.6g}" for value in box.tolist())
    return (
        f"M{x} {y}h{width}v{height}h-{width}z"
        if box[2] >= 0
        else f"M{x} {y}h{width}v{height}h{width.removeprefix('-')}z"
    )


def _frame_boxes(framed: NDArray[np.float64], size: tuple[int, int]) -> Box | None:
    """Return the part of the image around some boxes, with a margin, as x, y, width, height."""
    if not len(framed):
        return None
    low = framed[:, :2].min(axis=0)
    high = (framed[:, :2] + np.maximum(framed[:, 2:], 0)).max(axis=0)
    margin = np.maximum(0.35 * (high - low).max(), 8.0)
    low, high = np.floor(low - margin), np.ceil(high + margin)
    if min(size) > 0:
        low, high = np.clip(low, 0, size), np.clip(high, 0, size)
    if (high <= low).any():
        return None
    x, y = low.tolist()
    width, height = (high - low).tolist()
    return (x, y, width, height)
