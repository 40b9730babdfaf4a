"""``maskaudit compare``: predictions against labels, and why predictions overlap."""

from __future__ import annotations

import json
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
from audit.cli.scan import (
    FailOn,
    Format,
    check_writable,
    exit_if_failing,
    print_times,
    with_fail_on,
    with_report,
    write,
)
from audit.cli.terminal import emit, progress_bar, show
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.pipeline.compare import CompareResult
    from audit.pipeline.config import ReportSettings


def compare(
    ground_truth: Annotated[
        Path, typer.Argument(metavar="GT", help="COCO JSON file, or a folder of them or of label images.")
    ],
    predictions: Annotated[Path, typer.Argument(metavar="PREDICTIONS", help="COCO results file.")],
    images: Images = None,
    out: Annotated[Path, typer.Option(help="Folder that the report goes to.")] = Path("maskaudit-compare"),
    config: Configuration = None,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Exit with 1 if a finding is at least this severe [default: never].")
    ] = None,
    score_floor: Annotated[
        float, typer.Option(metavar="SCORE", help="Least score of predictions whose overlaps are explained.")
    ] = 0.3,
    min_iou: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Two predictions overlap from this mask IoU on, or ...")
    ] = 0.15,
    min_ios: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="... from this share of the smaller mask on.")
    ] = 0.3,
    nms_threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Box IoU that the model's NMS allowed [default: estimated]."),
    ] = None,
    proposals: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Region proposals: a list of image_id, bbox and score."),
    ] = None,
    no_what_ifs: Annotated[
        bool, typer.Option("--no-what-ifs", help="Do not try other settings of NMS and other masks.")
    ] = False,
    workers: Workers = None,
    no_html: NoHtml = False,
    single_file: SingleFile = False,
    max_size: MaxSize = None,
    format: Annotated[Format, typer.Option(help="How the summary is printed.")] = Format.text,
    decisions: Decisions = None,
    hide_fine: HideFine = False,
    salvage: Salvage = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and times.")] = False,
    quiet: Quiet = False,
) -> None:
    """Compare predictions with labels: metrics, errors, why predictions overlap, and what would help.

    Writes what a scan writes, and metrics.json, matches.parquet, errors.parquet, overlaps.parquet and
    whatif.parquet.
    """
    check_writable(out)
    from audit.comparison.options import CompareOptions
    from audit.pipeline.compare import CompareResult
    from audit.pipeline.compare import compare as run_compare

    start = perf_counter()
    settings = with_report(settings_from(config), no_html, single_file, max_size)
    options = CompareOptions(
        score_floor=score_floor, min_iou=min_iou, min_ios=min_ios, nms_threshold=nms_threshold
    )
    with progress_bar(not quiet) as progress:
        result = run_compare(
            ground_truth, predictions, images=images, config=settings, select=names(select),
            ignore=names(ignore), workers=workers, options=options, proposals=proposals,
            what_ifs=not no_what_ifs, decisions=decisions, hide_fine=hide_fine, salvage=salvage,
            progress=progress,
        )  # fmt: skip
        scanned = with_fail_on(result.scan, fail_on.value if fail_on else settings.fail_on)
        result = CompareResult(scanned, result.comparison)
        write_compared(result, out, settings.report)
    seconds = perf_counter() - start
    if debug:
        print_times(result.scan)
    if format is Format.json:
        _print_json(result, out)
    elif not quiet:
        from audit.report.comparison_text import render_comparison
        from audit.report.scan_text import render_scan

        show(render_scan(result.scan))
        show(render_comparison(result.comparison))
        where = out / "index.html" if settings.report.html else out
        emit(f"Report: {printable(str(where))} ({seconds:.1f} s)\n")
    exit_if_failing(result.scan, quiet=quiet)


def write_compared(result: CompareResult, out: Path, report: ReportSettings) -> None:
    """Write everything that a comparison leaves behind; what an earlier one left stays whole if that fails.

    Parameters
    ----------
    result : CompareResult
    out : Path
    report : ReportSettings
    """
    from audit.findings.atomic_write import staged_folder
    from audit.pipeline.compare_outputs import write_comparison

    with staged_folder(out) as folder:
        write_comparison(result.comparison, folder)
        extras = []
        if report.html:
            from audit.report.comparison_gallery import comparison_extra_page

            extras.append(comparison_extra_page(result.scan, result.comparison))
        write(result.scan, out, report, extras)


def _print_json(result: CompareResult, out: Path) -> None:
    from audit.findings.encode import encode_json
    from audit.pipeline.compare_outputs import collect_metrics
    from audit.pipeline.outputs import describe_inputs, summarise_counts

    content = {
        "tool": "maskaudit",
        "version": result.scan.version,
        "report": str(out),
        "input": describe_inputs(result.scan),
        "summary": summarise_counts(result.scan),
        "metrics": collect_metrics(result.comparison),
    }
    plain = json.loads(encode_json(content))  # NaN as null, numpy's numbers as numbers
    emit(json.dumps(plain, indent=2) + "\n")
