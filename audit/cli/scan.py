"""``maskaudit scan``: audit a dataset and write the report."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import (
    Configuration,
    Decisions,
    HideFine,
    Ignore,
    Images,
    MaxSize,
    NoHtml,
    Quiet,
    Salvage,
    Select,
    SingleFile,
    Workers,
    names,
    settings_from,
)
from audit.cli.terminal import emit, progress_bar, show
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audit.pipeline.config import Config, ReportSettings
    from audit.pipeline.result import ScanResult
    from audit.report.report_data import ExtraPage


class FailOn(StrEnum):
    """The least severity that makes the command fail."""

    error = "error"
    warning = "warning"
    never = "never"


class Format(StrEnum):
    """How the summary is printed."""

    text = "text"
    json = "json"


def scan(
    ground_truth: Annotated[
        list[Path] | None,
        typer.Argument(metavar="GT...", help="COCO JSON files, or folders of label images."),
    ] = None,
    images: Images = None,
    out: Annotated[Path, typer.Option(help="Folder that the report goes to.")] = Path("maskaudit-report"),
    config: Configuration = None,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Exit with 1 if a finding is at least this severe [default: never].")
    ] = None,
    workers: Workers = None,
    no_html: NoHtml = False,
    single_file: SingleFile = False,
    max_size: MaxSize = None,
    format: Annotated[Format, typer.Option(help="How the summary is printed.")] = Format.text,
    from_measurements: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Judge an earlier report's measurements again, instead of GT."),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Audit this COCO results file; GT gives images and categories."),
    ] = None,
    decisions: Decisions = None,
    hide_fine: HideFine = False,
    summary_md: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the summary as Markdown too, for a CI job's page."),
    ] = None,
    salvage: Salvage = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and times.")] = False,
    quiet: Quiet = False,
) -> None:
    """Audit a dataset; write findings, measurements and an HTML report.

    Writes into --out: index.html, findings.json, .csv and .parquet, measurements/*.parquet, run.json.
    """
    if bool(ground_truth) == (from_measurements is not None):
        raise typer.BadParameter("give GT or --from-measurements", param_hint="GT")
    check_writable(out)
    from audit.pipeline.run import scan as run_scan

    start = perf_counter()
    settings = with_report(settings_from(config), no_html, single_file, max_size)
    with progress_bar(not quiet) as progress:
        result = run_scan(
            ground_truth or None,
            images=images,
            config=settings,
            select=names(select),
            ignore=names(ignore),
            workers=workers,
            predictions=predictions,
            from_measurements=from_measurements,
            decisions=decisions,
            hide_fine=hide_fine,
            salvage=salvage,
            progress=progress,
        )
        result = with_fail_on(result, fail_on.value if fail_on else settings.fail_on)
        write(result, out, settings.report)
        if summary_md is not None:
            from audit.report.scan_markdown import write_scan_markdown

            summary_md.write_text(write_scan_markdown(result), encoding="utf-8")
    seconds = perf_counter() - start
    if debug:
        print_times(result)
    failed = _failing(result)
    if format is Format.json:
        _print_json(result, out, failed)
    elif not quiet:
        from audit.report.scan_text import render_scan

        show(render_scan(result))
        where = out / "index.html" if settings.report.html else out
        emit(f"Report: {printable(str(where))} ({seconds:.1f} s)\n")
    exit_if_failing(result, quiet=quiet)


def check_writable(out: Path) -> None:
    """Find out before the work, not after it, that a folder cannot be written.

    Raises
    ------
    OSError
        If ``out`` is no folder or may not be written.
    """
    nearest = next(place for place in (out.absolute(), *out.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise NotADirectoryError(20, "is not a folder", str(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(13, "may not be written", str(nearest))


def write(result: ScanResult, out: Path, report: ReportSettings, extras: Sequence[ExtraPage] = ()) -> None:
    """Write everything that a scan leaves behind; an earlier report stays whole if that fails.

    Parameters
    ----------
    result : ScanResult
    out : Path
    report : ReportSettings
        Where no pages are wanted, those of an earlier report are removed: they would be wrong.
    extras : sequence of Extra
        Further pages of the report.
    """
    from audit.findings.atomic_write import staged_folder
    from audit.pipeline.outputs import write_outputs
    from audit.report.staged_folder import remove_report

    with staged_folder(out) as folder:
        write_outputs(result, folder)
        if report.html:
            _write_report(result, out, report, extras)
        else:
            remove_report(out)


def _write_report(result: ScanResult, out: Path, report: ReportSettings, extras: Sequence[ExtraPage]) -> None:
    from audit.report.report_writer import write_report
    from audit.report.single_file import TooSmallError

    size = int(report.max_size_mb * 1e6)
    try:
        write_report(
            result,
            out,
            max_pages=report.max_pages,
            single_file=report.single_file,
            max_size=size,
            extras=extras,
        )
    except TooSmallError as error:
        raise typer.BadParameter(str(error), param_hint="--max-size") from error


def with_report(settings: Config, no_html: bool, single_file: bool, max_size: float | None) -> Config:
    """Put what was asked of the report on top of what is configured."""
    report = settings.report
    report = replace(
        report,
        html=report.html and not no_html,
        single_file=report.single_file or single_file,
        max_size_mb=report.max_size_mb if max_size is None else max_size,
    )
    return replace(settings, report=report)


def with_fail_on(result: ScanResult, fail_on: str) -> ScanResult:
    """Note what makes the command fail."""
    return replace(result, effective_config={**result.effective_config, "fail_on": fail_on})


def exit_if_failing(result: ScanResult, *, quiet: bool) -> None:
    """End the command with 1 where findings are at or above ``fail_on``.

    Parameters
    ----------
    result : ScanResult
    quiet : bool
        Say nothing about it.

    Raises
    ------
    typer.Exit
        If there are such findings.
    """
    failed = _failing(result)
    if failed:
        if not quiet:
            severity = result.effective_config["fail_on"]
            print(f"maskaudit: {failed:,} findings are at or above {severity}", file=sys.stderr)
        raise typer.Exit(1)


def _failing(result: ScanResult) -> int:
    """Count the findings that make the command fail: those decided to be fine do not."""
    from audit.findings.finding import Severity

    fail_on = result.effective_config["fail_on"]
    if fail_on == FailOn.never:
        return 0
    limit = Severity(str(fail_on)).rank
    return sum(f.severity.rank <= limit and f.decision != "fine" for f in result.findings)


def _print_json(result: ScanResult, out: Path, failed: int) -> None:
    from audit.pipeline.outputs import describe_inputs, summarise_counts

    content = {
        "tool": "maskaudit",
        "version": result.version,
        "report": str(out),
        "input": describe_inputs(result),
        "summary": summarise_counts(result),
        "failed": failed,
    }
    emit(json.dumps(content, indent=2) + "\n")


def print_times(result: ScanResult) -> None:
    """Write the time of each step to the standard error, longest first."""
    for step, seconds in sorted(result.seconds.items(), key=lambda item: -item[1]):
        print(f"{seconds:9.3f} s  {step}", file=sys.stderr)
