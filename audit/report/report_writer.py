"""Writes a report that works offline, from ``file://``, without a server: a folder of pages, or one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from audit.pipeline.result import ScanResult
from audit.report.finding_crops import MAX_CROPS
from audit.report.page_folder import write_page_folder
from audit.report.page_selection import MAX_PAGES
from audit.report.report_data import ExtraPage, ReportData
from audit.report.single_file import MAX_SIZE, write_single_file


def write_report(
    result: ScanResult,
    out: Path,
    *,
    max_pages: int = MAX_PAGES,
    single_file: bool = False,
    max_size: int = MAX_SIZE,
    max_crops: int = MAX_CROPS,
    extras: Sequence[ExtraPage] = (),
    title: str = "",
    link: str = "",
    grouped_by: str = "",
    groups: Sequence[str] = (),
) -> None:
    """Write the report of a scan.

    A folder of pages: ``index.html``, ``findings.html``, a page an image with findings. Or one file,
    ``index.html``, that holds all of them and can be sent.

    Parameters
    ----------
    result : ScanResult
    out : Path
        Folder; made if absent. An earlier report in it is replaced, other files are left alone.
    max_pages : int
        Images that get a page: the worst, some of every rule among them. The report says how many do not.
    single_file : bool
    max_size : int
        Bytes that the one file may have; what does not fit is counted and named in it.
    max_crops : int
        Findings that get a small picture, the weightiest of every rule first.
    extras : sequence of Extra
        Further pages: of a comparison, of a gate.
    title : str
        Empty = the names of the files.
    link : str
        Template of the address of a finding in a labelling tool; empty = no links.
    grouped_by : str
        What the groups are: ``annotator``, ``folder`` ...
    groups : sequence of str
        Of each finding, for the filter of the list and the contact sheet; empty = there are none.

    Raises
    ------
    OSError
        If a file cannot be written; an earlier report is then still whole.
    TooSmallError
        If one file was asked for and not even the summary fits.

    Examples
    --------
    >>> import tempfile
    >>> from audit.measure.schema import empty_measurements
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(ScanResult("1.0", empty_measurements(), (), {}, {}), Path(folder))
    ...     "Nothing found" in (Path(folder) / "index.html").read_text(encoding="utf-8")
    True
    """
    if single_file:  # has room for images with findings only
        extras = [replace(extra, images=()) for extra in extras]
    prepared = ReportData.of(result, max_pages, extras, title, link)
    report = replace(prepared, grouped_by=grouped_by, groups=tuple(groups))
    if single_file:
        write_single_file(report, Path(out), max_size, max_crops)
    else:
        write_page_folder(report, Path(out), max_crops)
