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


def review_csv(scan: ScanResult, images: Sequence[ReviewImage]) -> Mapping[str, bytes]:
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
    >>> review_csv(ScanResult("1", empty_measurements(), (), {}, {}), [])["review.csv"][:18]
    b'file_name,image_id'
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for image in images:
        start = (csv_safe(image.file_name), image.image_id)
        for f in image.findings:
            writer.writerow((*start, *NO_ANNOTATION, *_finding_cells(f)))
        for o in image.objects:
            annotation = (o.annotation_id, csv_safe(o.category), *o.box)
            for f in o.findings:
                writer.writerow((*start, *annotation, *_finding_cells(f)))
    return {"review.csv": out.getvalue().encode()}


def _finding_cells(finding: Finding) -> tuple[str, ...]:
    """Return the columns from the severity on; the verdict is empty, for whoever looks."""
    return finding.severity.value, finding.rule, csv_safe(finding.message), finding.fingerprint, ""
