"""Writing what a command leaves behind: tables, the record of the run, and the report."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from audit.pipeline.compare import CompareResult
    from audit.pipeline.config import ReportSettings
    from audit.pipeline.result import ScanResult
    from audit.report.report_data import ExtraPage

FindingGroups = tuple[str, Sequence[str]]
"""What groups are (``annotator`` ...), and the group of each finding; empty where there are none."""


def check_writable(out_folder: Path) -> None:
    """Find out before the work, not after it, that a folder cannot be written.

    Raises
    ------
    OSError
        If ``out_folder`` is no folder or may not be written.
    """
    from audit.findings.atomic_write import PREFIX
    from audit.findings.folder_swap import make_unfinished_folder

    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        out_folder.stat()  # raises where links lead in a loop, or a name is too long
    nearest = next(
        candidate
        for candidate in (out_folder.absolute(), *out_folder.absolute().parents)
        if candidate.exists()
    )
    if not nearest.is_dir():
        raise NotADirectoryError(20, "is not a folder", str(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(13, "may not be written", str(nearest))
    # Root may write everywhere, as it is said, and yet nothing can be made in /proc, /sys or on a disk that
    # is read-only for other reasons.
    make_unfinished_folder(nearest, PREFIX).rmdir()


def cache_folder(out: Path) -> Path | None:
    """Return the folder beside a report in which its unfinished scan keeps what it has measured.

    None where nothing can be written beside the report, only into it.

    Examples
    --------
    >>> from tempfile import gettempdir
    >>> cache_folder(Path(gettempdir(), "new", "report")).name
    '.report.unfinished'
    """
    target = out.resolve()
    nearest = next((parent for parent in target.parents if parent.exists()), target)
    if target == nearest or not os.access(nearest, os.W_OK | os.X_OK):
        return None
    return target.with_name(f".{target.name}.unfinished")


@contextmanager
def removed_at_success(folder: Path | None) -> Iterator[None]:
    """Remove a folder when the block ends without an error; an empty one in any case."""
    try:
        yield
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        if folder is not None:
            with suppress(OSError):
                folder.rmdir()


def write_scan(
    result: ScanResult,
    out: Path,
    report: ReportSettings,
    extras: Sequence[ExtraPage] = (),
    files: Mapping[str, bytes] | None = None,
    groups: FindingGroups = ("", ()),
) -> None:
    """Write everything that a scan leaves behind; an earlier report stays whole if that fails.

    Parameters
    ----------
    result : ScanResult
    out : Path
    report : ReportSettings
        Where no pages are wanted, those of an earlier report are removed: they would be wrong.
    extras : sequence of ExtraPage
        Further pages of the report.
    files : mapping, optional
        Name to content of files that stand beside the tables.
    groups : (str, sequence of str)
        What groups are, and the group of each finding.
    """
    from audit.findings.folder_swap import replace_folder

    with replace_folder(out) as folder:
        _write_scan_into(result, folder, report, extras, files or {}, groups)


def _write_scan_into(
    result: ScanResult,
    folder: Path,
    report: ReportSettings,
    extras: Sequence[ExtraPage],
    files: Mapping[str, bytes],
    groups: FindingGroups = ("", ()),
) -> None:
    from audit.findings.atomic_write import staged_folder
    from audit.pipeline.outputs import write_scan_files
    from audit.report.staged_folder import remove_report

    with staged_folder(folder) as staging_folder:
        write_scan_files(result, staging_folder)
        for file_name, content in files.items():
            (staging_folder / file_name).write_bytes(content)
        if report.html:
            _write_pages(result, folder, report, extras, groups)
        else:
            remove_report(folder)


def write_comparison(result: CompareResult, out: Path, report: ReportSettings) -> None:
    """Write everything that a comparison leaves behind; what an earlier one left stays whole if that fails.

    Parameters
    ----------
    result : CompareResult
    out : Path
    report : ReportSettings
    """
    from audit.findings.atomic_write import staged_folder
    from audit.findings.folder_swap import replace_folder
    from audit.pipeline.compare_outputs import write_comparison_files as write_tables

    with replace_folder(out) as folder, staged_folder(folder) as staging_folder:
        write_tables(result.comparison, staging_folder)
        extra_pages = []
        if report.html:
            from audit.report.comparison_gallery import list_comparison_pages

            extra_pages.extend(
                list_comparison_pages(result.scan, result.comparison, all_pairs=not report.single_file)
            )
        _write_scan_into(result.scan, folder, report, extra_pages, {})


def _write_pages(
    scan_result: ScanResult,
    out_folder: Path,
    settings: ReportSettings,
    extra_pages: Sequence[ExtraPage],
    groups: FindingGroups,
) -> None:
    from audit.report.report_writer import write_report
    from audit.report.single_file import TooSmallError

    try:
        write_report(
            scan_result,
            out_folder,
            max_pages=settings.max_pages,
            max_crops=settings.max_crops,
            single_file=settings.single_file,
            max_size=int(settings.max_size_mb * 1e6),
            extras=extra_pages,
            title=settings.title,
            link=settings.link,
            grouped_by=groups[0],
            groups=groups[1],
        )
    except TooSmallError as error:
        raise typer.BadParameter(str(error), param_hint="--max-size") from error
