"""``maskaudit export``: a review list that labelling tools import."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import (
    Configuration,
    Debug,
    Decisions,
    Given,
    GroundTruth,
    Ignore,
    Images,
    Quiet,
    Salvage,
    Select,
    Workers,
)
from audit.cli.scan import check_writable
from audit.cli.terminal import emit
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
    images: Images = None,
    config: Configuration = None,
    select: Select = None,
    ignore: Ignore = None,
    workers: Workers = None,
    decisions: Decisions = None,
    salvage: Salvage = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Write the annotations that somebody should look at, for a labelling tool.

    Findings that were decided to be fine are left out.
    """
    if url_prefix is not None and tool is not Tool.labelstudio:
        raise typer.BadParameter("belongs to labelstudio", param_hint="--url-prefix")
    check_writable(out)
    scan = Given(images, config, select, ignore, workers, decisions, salvage, quiet).scan(ground_truth)
    from audit.export.review_list import review_list

    items = review_list(scan, _wanted(scan, baseline))
    if tool is Tool.labelstudio:
        from audit.export.labelstudio import LOCAL_FILES, labelstudio

        files = labelstudio(scan, items, LOCAL_FILES if url_prefix is None else url_prefix)
    elif tool is Tool.cvat:
        from audit.export.cvat import cvat

        files = cvat(scan, items)
    elif tool is Tool.fiftyone:
        from audit.export.fiftyone import fiftyone

        files = fiftyone(scan, items)
    else:
        from audit.export.review_csv import review_csv

        files = review_csv(scan, items)
    out.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (out / name).write_bytes(data)
    if not quiet:
        objects = sum(len(item.objects) for item in items)
        places = ", ".join(printable(str(out / name)) for name in files)
        emit(f"{objects:,} annotations on {len(items):,} images to look at: {places}\n")


def _wanted(scan: ScanResult, baseline: Path | None) -> list[Finding]:
    """Return the findings that are neither dismissed nor known."""
    from audit.findings.decisions import Verdict
    from audit.gates.baseline import match_baseline, read_baseline

    known = (False,) * len(scan.findings)
    if baseline is not None:
        known = match_baseline(read_baseline(baseline), scan.findings, set()).known
    pairs = zip(scan.findings, known, strict=True)
    return [f for f, is_known in pairs if not is_known and f.decision != Verdict.FINE]
