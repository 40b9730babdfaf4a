"""The review list as CSV: one row an annotation, for spreadsheets and tools of one's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from audit.export.review_list import ReviewImage
from audit.findings.sanitize import cell
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
        start = (cell(image.file_name), image.image_id)
        for f in image.findings:
            writer.writerow(
                (*start, "", "", "", "", "", "", f.severity.value, f.rule, cell(f.message), f.fingerprint, "")
            )
        for o in image.objects:
            place = (o.annotation_id, cell(o.category), *o.box)
            for f in o.findings:
                said = (f.severity.value, f.rule, cell(f.message), f.fingerprint, "")
                writer.writerow((*start, *place, *said))
    return {"review.csv": out.getvalue().encode()}
