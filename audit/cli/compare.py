"""``maskaudit compare``: predictions against labels, and why predictions overlap."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from audit.carriers import dataclass
from audit.cli.common_options import CommonOptions, Decisions, HideFine, ReportOptions
from audit.cli.exit_codes import FailOn, exit_if_failing, override_fail_on
from audit.cli.scan import Format
from audit.cli.terminal import emit, emit_json, print_times, progress_bar, show
from audit.cli.write_report import check_writable, write_comparison
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.pipeline.compare import CompareResult


@dataclass(frozen=True, slots=True)
class CauseOptions:
    """What counts as an overlap of predictions, and what is known about the model."""

    score_floor: Annotated[
        float, typer.Option(metavar="SCORE", help="Least score of predictions whose overlaps are explained.")
    ] = 0.3
    min_iou: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Two predictions overlap from this mask IoU on, or ...")
    ] = 0.15
    min_ios: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="... from this share of the smaller mask on.")
    ] = 0.3
    nms_threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Box IoU that the model's NMS allowed [default: estimated]."),
    ] = None
    max_detections: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Compare the N best predictions of each image [default: all, if pairs are not too many].",
        ),
    ] = None
    proposals: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Region proposals: a list of image_id, bbox and score."),
    ] = None
    training_labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Labels that the model was trained on, if others than LABELS."),
    ] = None
    training_log: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Loss curve of the training: CSV, JSON lines or text."),
    ] = None
    no_what_ifs: Annotated[
        bool, typer.Option("--no-what-ifs", help="Do not try other settings of NMS and other masks.")
    ] = False


def compare(
    ground_truth: Annotated[
        Path, typer.Argument(metavar="LABELS", help="COCO JSON file, or a folder of them or of label images.")
    ],
    predictions: Annotated[Path, typer.Argument(metavar="PREDICTIONS", help="COCO results file.")],
    out: Annotated[Path, typer.Option(help="Folder that the report goes to.")] = Path("maskaudit-compare"),
    fail_on: FailOn = None,
    causes: CauseOptions = CauseOptions(),  # noqa: B008 (frozen)
    report: ReportOptions = ReportOptions(),  # noqa: B008 (frozen)
    format: Annotated[Format, typer.Option(help="How the summary is printed.")] = Format.text,
    decisions: Decisions = None,
    hide_fine: HideFine = False,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Compare predictions with labels: metrics, errors, why predictions overlap, and what would help.

    Writes what a scan writes, and metrics.json, causes.json, matches.parquet, errors.parquet,
    overlaps.parquet and whatif.parquet.
    """
    check_writable(out)
    from audit.comparison.options import CompareOptions
    from audit.pipeline.compare import compare as run_compare

    start_time = perf_counter()
    config = override_fail_on(report.override(common.load_config()), fail_on)
    options = CompareOptions(
        score_floor=causes.score_floor,
        min_iou=causes.min_iou,
        min_ios=causes.min_ios,
        nms_threshold=causes.nms_threshold,
        max_detections=causes.max_detections,
    )
    with progress_bar(not common.quiet) as progress:
        result = run_compare(
            ground_truth,
            predictions,
            **common.as_keywords(config),
            options=options,
            proposals=causes.proposals,
            training_labels=causes.training_labels,
            training_log=causes.training_log,
            what_ifs=not causes.no_what_ifs,
            decisions=decisions,
            hide_fine=hide_fine,
            progress=progress,
        )
        if progress is not None:
            progress("write", 0, 0)
        write_comparison(result, out, config.report)
    seconds = perf_counter() - start_time
    if common.debug:
        print_times(result.scan.seconds)
    if format is Format.json:
        _print_json(result, out)
    elif not common.quiet:
        from audit.report.comparison_text import render_comparison
        from audit.report.scan_text import render_scan

        show(render_comparison(result.comparison))
        emit("The labels:\n")
        show(render_scan(result.scan))
        report_path = out / "index.html" if config.report.html else out
        emit(f"Report: {printable(str(report_path))} ({seconds:.1f} s)\n")
    exit_if_failing(result.scan.findings, config.fail_on, quiet=common.quiet)


def _print_json(result: CompareResult, report_folder: Path) -> None:
    from audit.findings.encode import encode_json
    from audit.pipeline.compare_outputs import collect_causes, collect_metrics
    from audit.pipeline.outputs import describe_inputs, summarise_counts

    content = {
        "tool": "maskaudit",
        "version": result.scan.version,
        "report": str(report_folder),
        "input": describe_inputs(result.scan),
        "summary": summarise_counts(result.scan),
        "metrics": collect_metrics(result.comparison),
        "causes": collect_causes(result.comparison),
    }
    plain_values = json.loads(encode_json(content))  # NaN as null, numpy's numbers as numbers
    emit_json(json.dumps(plain_values, indent=2) + "\n")
