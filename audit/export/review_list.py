"""What somebody should look at, image by image: what every export to a labelling tool starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import Dataset, IntArray, MaskKind
from audit.dataset.shard import instance_order
from audit.export.proposed_shapes import ProposedShape, Ring, ShapeProposer, trace_rings
from audit.findings.finding import Finding
from audit.geometry.encode import Rle, encode_runs
from audit.geometry.runs import crop_runs, runs_to_dense
from audit.geometry.shape import measure_boxes
from audit.measure.masks import dataset_runs
from audit.pipeline.result import ScanResult


@dataclass(frozen=True, slots=True)
class ReviewObject:
    """One annotation that something was found about."""

    annotation_id: int
    category: str
    category_id: int
    iscrowd: bool
    box: tuple[float, float, float, float]
    """xywh of the mask, pixels; zeros where it has none."""
    area_px: int
    rings: tuple[Ring, ...]
    """Polygons as drawn, or traced so that COCO draws the same pixels but for holes; empty without a mask."""
    findings: tuple[Finding, ...]
    """The worst first."""
    rle: Rle | None = None
    """The exact mask, where it was given as pixels."""

    @property
    def rules(self) -> str:
        """The rules, each once, separated by commas."""
        return ", ".join(dict.fromkeys(finding.rule for finding in self.findings))

    @property
    def message(self) -> str:
        """What was found, as one text."""
        return " ".join(dict.fromkeys(finding.message for finding in self.findings))

    @property
    def severity(self) -> str:
        """Of the worst finding."""
        return self.findings[0].severity.value


@dataclass(frozen=True, slots=True)
class ReviewImage:
    """One image with something to look at."""

    image_id: int
    file_name: str
    width: int
    height: int
    objects: tuple[ReviewObject, ...]
    findings: tuple[Finding, ...]
    """Those about the image as a whole."""
    proposals: tuple[ProposedShape, ...] = ()
    """Shapes that the findings propose."""

    @property
    def severity(self) -> str:
        """Of the worst finding."""
        return min(self._all_findings(), key=lambda finding: finding.severity.rank).severity.value

    @property
    def score(self) -> float:
        """Of the strongest finding, 0..1."""
        return max(finding.score for finding in self._all_findings())

    def _all_findings(self) -> Iterator[Finding]:
        yield from self.findings
        for review_object in self.objects:
            yield from review_object.findings


def collect_review_list(scan: ScanResult, findings: Sequence[Finding]) -> tuple[ReviewImage, ...]:
    """Put findings together by image and annotation.

    Parameters
    ----------
    scan : ScanResult
        That read the masks.
    findings : sequence of Finding
        Those to be looked at; findings about the whole dataset have no image and are left out.

    Returns
    -------
    tuple of ReviewImage
        In the order of the images table, with at least one finding each.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> collect_review_list(ScanResult("1", empty_measurements(), (), {}, {}, dataset=empty_dataset()), [])
    ()
    """
    if scan.dataset is None:
        raise ValueError("a review list needs the masks, not stored measurements")
    findings_by_image: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.image_row >= 0:
            findings_by_image.setdefault(finding.image_row, []).append(finding)
    instance_rows = sorted({instance_row for finding in findings for instance_row in finding.instance_rows})
    annotations = _DrawnAnnotations(scan, scan.dataset, np.array(instance_rows, dtype=np.int64))
    proposer = ShapeProposer(scan)
    image_table = scan.measurements.images
    image_columns = [
        image_table[column_name].tolist() for column_name in ("image_id", "file_name", "width", "height")
    ]
    return tuple(
        ReviewImage(
            image_id,
            str(file_name),
            width,
            height,
            *annotations.parts(findings_by_image[image_row]),
            tuple(
                shape
                for finding in findings_by_image[image_row]
                for shape in proposer.propose_shapes(finding)
            ),
        )
        for image_row in sorted(findings_by_image)
        for image_id, file_name, width, height in [[column[image_row] for column in image_columns]]
    )


_ImageParts = tuple[tuple[ReviewObject, ...], tuple[Finding, ...]]


class _DrawnAnnotations:
    """The annotations that findings are about, with their polygons."""

    def __init__(self, scan: ScanResult, dataset: Dataset, instance_rows: IntArray) -> None:
        instance_table = scan.measurements.instances.take(instance_rows)
        self.columns = {
            column_name: dict(zip(instance_rows.tolist(), instance_table[column_name].tolist(), strict=True))
            for column_name in (
                "annotation_id",
                "category",
                "category_id",
                "iscrowd",
                "x",
                "y",
                "w",
                "h",
                "area_px",
            )
        }
        self.names = scan.measurements.categories["name"].tolist()
        rings, rles = _draw_rings(dataset, instance_order(dataset)[instance_rows])
        self.rings = dict(zip(instance_rows.tolist(), rings, strict=True))
        self.rles = dict(zip(instance_rows.tolist(), rles, strict=True))

    def parts(self, findings: Sequence[Finding]) -> _ImageParts:
        """Return the objects of one image, and the findings about the image as a whole."""
        findings_by_row: dict[int, list[Finding]] = {}
        about_image = []
        for finding in findings:
            for instance_row in finding.instance_rows:
                findings_by_row.setdefault(instance_row, []).append(finding)
            if not finding.instance_rows:
                about_image.append(finding)
        return tuple(
            self._object(instance_row, row_findings)
            for instance_row, row_findings in sorted(findings_by_row.items())
        ), tuple(about_image)

    def _object(self, instance_row: int, findings: list[Finding]) -> ReviewObject:
        cell_values = {column_name: column[instance_row] for column_name, column in self.columns.items()}
        category = cell_values["category"]
        return ReviewObject(
            annotation_id=cell_values["annotation_id"],
            category=str(self.names[category]) if category >= 0 else "unknown",
            category_id=cell_values["category_id"],
            iscrowd=cell_values["iscrowd"],
            box=(cell_values["x"], cell_values["y"], cell_values["w"], cell_values["h"]),
            area_px=cell_values["area_px"],
            rings=self.rings[instance_row],
            rle=self.rles[instance_row],
            findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        )


def _draw_rings(dataset: Dataset, positions: IntArray) -> tuple[list[tuple[Ring, ...]], list[Rle | None]]:
    """Return annotations' polygons, drawn or traced around pixels, and the RLE of those that are pixels."""
    segmentations = dataset.annotations.segmentation.take(positions)
    rings: list[tuple[Ring, ...]] = [()] * len(positions)
    rles: list[Rle | None] = [None] * len(positions)
    for position in np.flatnonzero(segmentations.kind == MaskKind.POLYGON).tolist():
        first_ring, ring_end = segmentations.ring_start[position : position + 2].tolist()
        vertex_starts = segmentations.vertex_start[first_ring : ring_end + 1].tolist()
        rings[position] = tuple(
            _to_points(segmentations.xy[vertex_start:vertex_end])
            for vertex_start, vertex_end in pairwise(vertex_starts)
        )
    from_pixels = np.flatnonzero(segmentations.kind == MaskKind.RLE)
    image_rows = dataset.annotations.image[positions[from_pixels]]
    runs = dataset_runs(dataset, positions[from_pixels])
    encoded_rles = encode_runs(runs, dataset.images.height[image_rows], dataset.images.width[image_rows])
    mask_boxes = measure_boxes(runs)
    for mask_number, position in enumerate(from_pixels.tolist()):
        x, y, width, height = mask_boxes[mask_number].tolist()
        mask = runs_to_dense(crop_runs(runs, mask_number, x, y), height, width)[0]
        rings[position], rles[position] = trace_rings(mask, (x, y)), encoded_rles[mask_number]
    return rings, rles


def _to_points(coordinates: NDArray[np.floating] | IntArray) -> Ring:
    return tuple((float(x), float(y)) for x, y in coordinates.tolist())
