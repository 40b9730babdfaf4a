"""``maskaudit export``: a review list that labelling tools import."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import CommonOptions, Decisions, GroundTruth, split_names
from audit.cli.terminal import emit
from audit.cli.write_report import check_writable
from audit.findings.atomic_write import write_atomically
from audit.findings.number_format import format_count
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.findings.finding import Finding
    from audit.pipeline.result import ScanResult

LABEL_STUDIO = "labelstudio"
"""The one format that has an option of its own."""


def _complete_format(incomplete: str) -> list[str]:
    """Complete the name of a format, plugins included."""
    from audit.export.exporters import exporter_names

    return [name for name in exporter_names() if name.startswith(incomplete)]


def export(
    tool: Annotated[
        str,
        typer.Argument(
            autocompletion=_complete_format,
            metavar="TOOL",
            help="Who reads the list: fiftyone, cvat, labelstudio, csv, or a plugin's format.",
        ),
    ],
    ground_truth: GroundTruth,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder that the files go to.")] = Path(
        "maskaudit-review"
    ),
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Leave out these known findings.")
    ] = None,
    url_prefix: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Label Studio: what stands before a picture's file name."),
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES",
            help="Only findings of these severities, separated by commas: error,warning [default: all].",
        ),
    ] = None,
    decisions: Decisions = None,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Write the annotations that somebody should look at, for a labelling tool.

    Cuts, joins and missing objects that findings propose go along as shapes. Findings that were decided to
    be fine are left out.
    """
    from audit.export.exporters import ExportError, find_exporter
    from audit.findings.finding import Severity

    severities = split_names(severity) or [each.value for each in Severity]
    unknown = [name for name in severities if name not in set(Severity)]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(Severity)}", param_hint="--severity")

    if url_prefix is not None and tool != LABEL_STUDIO:
        raise typer.BadParameter("belongs to labelstudio", param_hint="--url-prefix")
    try:
        exporter = find_exporter(tool)
    except ExportError as error:
        raise typer.BadParameter(str(error), param_hint="TOOL") from error
    if url_prefix is not None:
        from audit.export.labelstudio import export_label_studio

        exporter = partial(export_label_studio, url_prefix=url_prefix)
    check_writable(out)
    scan_result = common.scan(ground_truth, decisions=decisions)
    from audit.export.review_list import collect_review_list

    review_images = collect_review_list(scan_result, _select_findings(scan_result, baseline, severities))
    exported_files = exporter(scan_result, review_images)
    for file_name, content in exported_files.items():
        write_atomically(out / file_name, content)
    if not common.quiet:
        n_objects = sum(len(review_image.objects) for review_image in review_images)
        file_list = ", ".join(printable(str(out / file_name)) for file_name in exported_files)
        places = f"{format_count(n_objects, 'annotation')} on {format_count(len(review_images), 'image')}"
        n_shapes = sum(len(review_image.proposals) for review_image in review_images)
        proposed = f", {format_count(n_shapes, 'proposed shape')}" if n_shapes else ""
        emit(f"{places} to look at{proposed}: {file_list}\n")


def _select_findings(scan_result: ScanResult, baseline: Path | None, severities: list[str]) -> list[Finding]:
    """Return the findings of some severities that are neither dismissed nor known."""
    from audit.findings.decisions import Verdict
    from audit.gates.baseline import match_baseline, read_baseline

    known_flags = (False,) * len(scan_result.findings)
    if baseline is not None:
        from audit.gates.moved_names import trace_fingerprints

        known = read_baseline(baseline)
        traced = trace_fingerprints(known, scan_result.findings, scan_result.measurements)
        known_flags = match_baseline(known, scan_result.findings, set(), traced).known
    flagged_findings = zip(scan_result.findings, known_flags, strict=True)
    return [
        finding
        for finding, is_known in flagged_findings
        if not is_known and finding.decision != Verdict.FINE and finding.severity in severities
    ]
