"""``maskaudit scan``: audit a dataset and write the report."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from errno import ENOENT
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import CommonOptions, Decisions, HideFine, ReportOptions
from audit.cli.exit_codes import FailOn, count_failing, exit_if_failing, override_fail_on
from audit.cli.print_findings import (
    FORMAT_HELP,
    FindingsFormat,
    Statistics,
    print_github_annotations,
    print_lines,
    print_statistics,
    refuse_json_statistics,
)
from audit.cli.terminal import emit, emit_json, print_times, progress_bar, show
from audit.cli.write_report import FindingGroups, cache_folder, check_writable, removed_at_success, write_scan
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.pipeline.result import ScanResult
    from audit.report.report_data import ExtraPage


class TrainerName(StrEnum):
    """Trainers that can be simulated."""

    yolo_seg = "yolo-seg"
    detectron2 = "detectron2"
    torchvision = "torchvision"
    mmdet = "mmdet"


class Format(StrEnum):
    """How the summary is printed."""

    text = "text"
    json = "json"


def scan(
    ground_truth: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="LABELS...",
            help="Label files or folders: COCO, LabelMe, CVAT, YOLO, label images and more.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that the report goes to.")] = Path("maskaudit-report"),
    fail_on: FailOn = None,
    report: ReportOptions = ReportOptions(),  # noqa: B008 (frozen)
    format: Annotated[FindingsFormat, typer.Option(help=FORMAT_HELP)] = FindingsFormat.text,
    statistics: Statistics = False,
    from_measurements: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Judge an earlier report's measurements again, instead of LABELS."),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Audit this COCO results file; LABELS has images and categories."),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Measure on a cluster: dask://HOST:PORT or ray://HOST:PORT; dask or ray start one here.",
        ),
    ] = None,
    trainer: Annotated[
        TrainerName | None,
        typer.Option(help="Say too what this trainer sees of the labels: trainer.json, and a page."),
    ] = None,
    partition_size: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Annotations a part of the tables [default: 200000]."),
    ] = None,
    no_cache: Annotated[
        bool,
        typer.Option("--no-cache", help="Measure all anew, and keep nothing for a scan that is killed."),
    ] = False,
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP",
            help="Filter findings in the report by folder, source, date, file:REGEX, csv:FILE, or a field "
            "[default: who annotated, if records of a file up to 64 MB say so].",
        ),
    ] = None,
    decisions: Decisions = None,
    hide_fine: HideFine = False,
    summary_md: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the summary as Markdown too, for a CI job's page."),
    ] = None,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Audit a dataset; write findings, measurements and an HTML report.

    Writes into --out: index.html, findings.json, .csv and .parquet, measurements/*.parquet, run.json.
    """
    if bool(ground_truth) == (from_measurements is not None):
        raise typer.BadParameter("give LABELS or --from-measurements", param_hint="LABELS")
    if trainer is not None and from_measurements is not None:
        raise typer.BadParameter("masks are needed, not stored measurements", param_hint="--trainer")
    refuse_json_statistics(format, statistics)
    check_writable(out)
    from audit.pipeline.run import scan as run_scan

    start_time = perf_counter()
    config = override_fail_on(report.override(common.load_config()), fail_on)
    cache = None if no_cache else cache_folder(out)
    with removed_at_success(cache), progress_bar(not common.quiet) as progress:
        scan_result = run_scan(
            ground_truth or None,
            **common.as_keywords(config),
            predictions=predictions,
            from_measurements=from_measurements,
            engine=engine,
            decisions=decisions,
            hide_fine=hide_fine,
            keep_masks=config.report.html or trainer is not None,  # only pages and trainers draw them
            partition_size=partition_size,
            cache=cache,
            progress=progress,
        )
        if progress is not None:
            progress("write", 0, 0)
        pages, files = _view_as_trainer(scan_result, trainer) if trainer else ([], {})
        groups = _group_findings(scan_result, group_by, common) if config.report.html else ("", ())
        write_scan(scan_result, out, config.report, pages, files, groups)
        if summary_md is not None:
            from audit.report.scan_markdown import write_scan_markdown

            # A folder that is missing is a typing error in a CI job's path: none is made for it.
            if not summary_md.parent.is_dir():
                raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(summary_md))
            write_atomically(summary_md, write_scan_markdown(scan_result).encode())
    seconds = perf_counter() - start_time
    if common.debug:
        print_times(scan_result.seconds)
    if statistics:
        print_statistics(scan_result)
    elif format is FindingsFormat.lines:
        print_lines(scan_result)
    elif format is FindingsFormat.github:
        print_github_annotations(scan_result)
    elif format is FindingsFormat.json:
        _print_json(scan_result, out, count_failing(scan_result.findings, config.fail_on))
    elif not common.quiet:
        from audit.report.scan_text import render_scan

        show(render_scan(scan_result))
        report_path = out / "index.html" if config.report.html else out
        emit(f"Report: {printable(str(report_path))} ({seconds:.1f} s)\n")
    exit_if_failing(scan_result.findings, config.fail_on, quiet=common.quiet)


def _group_findings(result: ScanResult, group_by: str | None, common: CommonOptions) -> FindingGroups:
    """Say who or what made what each finding is about; without being asked, who annotated it."""
    from audit.gates.grouping import assign_groups, find_annotator_field

    by = find_annotator_field(result) if group_by is None else group_by
    if group_by is None and not by:
        return "", ()
    groups = assign_groups(by, result, salvage=common.salvage).group_findings(result.findings)
    return (by, groups) if group_by is not None or len({*groups}) > 1 else ("", ())


def _view_as_trainer(result: ScanResult, name: TrainerName) -> tuple[list[ExtraPage], dict[str, bytes]]:
    """Return the page and the files that say what a trainer sees."""
    from audit.export.trainer_files import export_trainer_json, export_trainer_labels
    from audit.geometry.native_runs import thread_count
    from audit.report.trainer_page import trainer_extra_page
    from audit.trainers.presets import choose_trainer
    from audit.trainers.trainer_view import view_as_trainer

    assert result.dataset is not None  # masks were kept for it
    view = view_as_trainer(result.dataset, choose_trainer(name.value), threads=thread_count())
    files = {
        "trainer.json": export_trainer_json(result.dataset, [view]),
        "trainer_labels.parquet": export_trainer_labels(view),
    }
    return [trainer_extra_page(view)], files


def _print_json(result: ScanResult, report_folder: Path, n_failing: int) -> None:
    from audit.pipeline.outputs import describe_inputs, summarise_counts

    content = {
        "tool": "maskaudit",
        "version": result.version,
        "report": str(report_folder),
        "input": describe_inputs(result),
        "summary": summarise_counts(result),
        "failed": n_failing,
    }
    emit_json(json.dumps(content, indent=2) + "\n")
