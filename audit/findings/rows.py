"""The table rows of findings, when tables are put together, put in order or compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Finding


def shift_rows(finding: Finding, images_before: int, instances_before: int) -> Finding:
    """Move a finding to tables that have other rows before its own.

    Parameters
    ----------
    finding : Finding
    images_before, instances_before : int
        Rows before those of the finding's source.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> tiny = Finding("mask.tiny", Severity.INFO, "2 px", image_row=0, instance_rows=(1,))
    >>> moved = shift_rows(tiny, 10, 20)
    >>> moved.image_row, moved.instance_rows
    (10, (21,))
    >>> shift_rows(Finding("dataset.empty", Severity.INFO, "nothing"), 10, 20).image_row
    -1
    """
    image_row = finding.image_row + images_before if finding.image_row >= 0 else -1
    instance_rows = tuple(row + instances_before for row in finding.instance_rows)
    if image_row == finding.image_row and instance_rows == finding.instance_rows:
        return finding
    return replace(finding, image_row=image_row, instance_rows=instance_rows)


def renumber_rows(findings: Iterable[Finding], new_rows: NDArray[np.int64]) -> Iterator[Finding]:
    """Follow a table whose rows are put in order.

    Parameters
    ----------
    findings : iterable of Finding
        Their ``instance_rows`` count before the ordering.
    new_rows : (n,) int64
        The new row of every old one.

    Yields
    ------
    Finding
        With the new rows.

    Examples
    --------
    >>> import numpy as np
    >>> from audit.findings.finding import Severity
    >>> tiny = Finding("mask.tiny", Severity.INFO, "2 px", instance_rows=(0, 2))
    >>> [f.instance_rows for f in renumber_rows([tiny], np.array([1, 2, 0]))]
    [(1, 0)]
    >>> list(renumber_rows([], np.array([], dtype=np.int64)))
    []
    """
    for finding in findings:
        instance_rows = tuple(new_rows[list(finding.instance_rows)].tolist()) if finding.instance_rows else ()
        yield (
            finding
            if instance_rows == finding.instance_rows
            else replace(finding, instance_rows=instance_rows)
        )


def as_prediction_findings(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Say that findings are about predictions that labels are compared with, and about no label.

    Parameters
    ----------
    findings : iterable of Finding
        Their ``instance_rows`` are rows of the predictions' annotations.

    Yields
    ------
    Finding
        With these as ``prediction_rows``.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> bad = Finding("score.range", Severity.ERROR, "the score is 7", image_row=0, instance_rows=(3,))
    >>> [(f.image_row, f.instance_rows, f.prediction_rows) for f in as_prediction_findings([bad])]
    [(0, (), (3,))]
    >>> list(as_prediction_findings([]))
    []
    """
    for finding in findings:
        yield replace(finding, instance_rows=(), prediction_rows=finding.instance_rows)
