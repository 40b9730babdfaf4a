"""Findings as a linter prints them: one a line, with the place that editors and CI logs jump to."""

from __future__ import annotations

from collections.abc import Sequence

from audit.export.locate_findings import find_places
from audit.findings.sanitize import printable
from audit.pipeline.result import ScanResult

ABSENT = "-"
MAX_IDS = 6
"""Annotations that a line names; a finding may be about all masks of an image."""


def export_finding_lines(scan: ScanResult) -> str:
    r"""Write findings as ``FILE:LINE:COLUMN: IMAGE ANNOTATIONS RULE MESSAGE``.

    Parameters
    ----------
    scan : ScanResult

    Returns
    -------
    str
        One line a finding, in the findings' order. Ids of annotations are joined by commas, at most `MAX_IDS`
        and then how many more there are (``+294``); what a finding is not about is a dash. Blanks in an
        image's name become ``\x20``, so that columns can be cut.

    Examples
    --------
    >>> from audit.findings.finding import Finding, Severity
    >>> from audit.measure.schema import empty_measurements
    >>> tiny = Finding("mask.tiny", Severity.WARNING, "2 px", file_name="a.png", annotation_ids=(7,))
    >>> scan = ScanResult("1.0", empty_measurements(), (tiny,), {}, {})
    >>> print(export_finding_lines(scan), end="")
    -:1:1: a.png 7 mask.tiny 2 px
    >>> list_ids(range(1, 301))
    '1,2,3,4,5,6,+294'
    >>> export_finding_lines(ScanResult("1.0", empty_measurements(), (), {}, {}))
    ''
    """
    lines = []
    for finding, (path, line, column) in zip(scan.findings, find_places(scan), strict=True):
        image = printable(finding.file_name or ABSENT).replace(" ", "\\x20")
        annotations = list_ids(finding.annotation_ids) or ABSENT
        message = printable(" ".join(finding.message.split()))
        lines.append(
            f"{printable(path) or ABSENT}:{line}:{column}: {image} {annotations} {finding.rule} {message}\n"
        )
    return "".join(lines)


def list_ids(annotation_ids: Sequence[int], separator: str = ",") -> str:
    """Join the first ids, and say how many more there are.

    Parameters
    ----------
    annotation_ids : sequence of int
    separator : str

    Examples
    --------
    >>> list_ids((7, 8), ", ")
    '7, 8'
    >>> list_ids(())
    ''
    """
    n_more = len(annotation_ids) - MAX_IDS
    return separator.join([*map(str, annotation_ids[:MAX_IDS]), *([f"+{n_more}"] if n_more > 0 else [])])
