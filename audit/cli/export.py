"""``maskaudit export``: a review list that labelling tools import."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import CommonOptions, Decisions, GroundTruth
from audit.cli.terminal import emit
from audit.cli.write_report import check_writable
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.findings.finding import Finding
    from audit.pipeline.result import ScanResult


class Tool(StrEnum):
    """Who reads the list."""

    fiftyone = "fiftyone"
    cvat = "cvat"
    labelstudio = "labelstudio"
    csv = "csv"


def export(
    tool: Annotated[Tool, typer.Argument(help="Who reads the list.")],
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
    decisions: Decisions = None,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Write the annotations that somebody should look at, for a labelling tool.

    Findings that were decided to be fine are left out.
    """
    if url_prefix is not None and tool is not Tool.labelstudio:
        raise typer.BadParameter("belongs to labelstudio", param_hint="--url-prefix")
    check_writable(out)
    scan = common.scan(ground_truth, decisions=decisions)
    from audit.export.review_list import collect_review_list

    items = collect_review_list(scan, _select_findings(scan, baseline))
    if tool is Tool.labelstudio:
        from audit.export.labelstudio import LOCAL_FILES, export_label_studio

        files = export_label_studio(scan, items, LOCAL_FILES if url_prefix is None else url_prefix)
    elif tool is Tool.cvat:
        from audit.export.cvat import export_cvat

        files = export_cvat(scan, items)
    elif tool is Tool.fiftyone:
        from audit.export.fiftyone import export_fiftyone

        files = export_fiftyone(scan, items)
    else:
        from audit.export.review_csv import export_review_csv

        files = export_review_csv(scan, items)
    for name, data in files.items():
        write_atomically(out / name, data)
    if not common.quiet:
        objects = sum(len(item.objects) for item in items)
        places = ", ".join(printable(str(out / name)) for name in files)
        emit(f"{objects:,} annotations on {len(items):,} images to look at: {places}\n")


def _select_findings(scan: ScanResult, baseline: Path | None) -> list[Finding]:
    """Return the findings that are neither dismissed nor known."""
    from audit.findings.decisions import Verdict
    from audit.gates.baseline import match_baseline, read_baseline

    known = (False,) * len(scan.findings)
    if baseline is not None:
        known = match_baseline(read_baseline(baseline), scan.findings, set()).known
    pairs = zip(scan.findings, known, strict=True)
    return [finding for finding, is_known in pairs if not is_known and finding.decision != Verdict.FINE]
