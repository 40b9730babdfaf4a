"""The review list as CSV: one row an annotation, for spreadsheets and tools of one's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from audit.export.review_list import ReviewImage
from audit.findings.finding import Finding
from audit.findings.sanitize import csv_safe
from audit.pipeline.result import ScanResult

COLUMNS = (
    "file_name",
    "image_id",
    "annotation_id",
    "category",
    "x",
    "y",
    "w",
    "h",
    "severity",
    "rules",
    "message",
    "fingerprint",
    "verdict",
)
NO_ANNOTATION = ("",) * 6
"""In place of the annotation's columns: the finding is about the image as a whole."""


def export_review_csv(scan: ScanResult, images: Sequence[ReviewImage]) -> Mapping[str, bytes]:
    """Write a review list as a table.

    Parameters
    ----------
    scan : ScanResult
    images : sequence of ReviewImage

    Returns
    -------
    mapping
        ``review.csv``; the last column is empty, for whoever looks. Filled with ``real`` or ``fine`` it is
        what ``maskaudit gate --reviewed`` reads.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> export_review_csv(ScanResult("1", empty_measurements(), (), {}, {}), [])["review.csv"][:18]
    b'file_name,image_id'
    """
    text_buffer = io.StringIO()
    csv_writer = csv.writer(text_buffer, lineterminator="\n")
    csv_writer.writerow(COLUMNS)
    for image in images:
        image_cells = (csv_safe(image.file_name), image.image_id)
        for finding in image.findings:
            csv_writer.writerow((*image_cells, *NO_ANNOTATION, *_finding_cells(finding)))
        for review_object in image.objects:
            annotation_cells = (
                review_object.annotation_id,
                csv_safe(review_object.category),
                *review_object.box,
            )
            for finding in review_object.findings:
                csv_writer.writerow((*image_cells, *annotation_cells, *_finding_cells(finding)))
    return {"review.csv": text_buffer.getvalue().encode()}


def _finding_cells(finding: Finding) -> tuple[str, ...]:
    """Return the columns from the severity on; the verdict is empty, for whoever looks."""
    return finding.severity.value, finding.rule, csv_safe(finding.message), finding.fingerprint, ""
