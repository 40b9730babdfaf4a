"""``maskaudit agreement``: how far people who labelled the same pictures agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.common_options import CommonOptions, GroundTruth
from audit.cli.scan import Format
from audit.cli.terminal import emit, emit_json, show
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable


def agreement(
    ground_truth: GroundTruth,
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="Who labelled: a field of annotations or images, folder, file:REGEX, csv:FILE "
            "[default: each file is one rater].",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write agreement.html and agreement.json.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How the tables are printed.")] = Format.text,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Say how far any number of raters of the same pictures agree about objects, shapes and names.

    Joint Krippendorff's alpha with its interval, who holds it up or pulls it down, which categories are
    hard, who labels alike, and the AP that the labels leave to any model.
    """
    from audit.agreement.joint import measure_agreement
    from audit.agreement.raters import raters_of_files, raters_of_groups
    from audit.export.agreement_json import export_agreement_json
    from audit.gates.grouping import NO_GROUP, assign_groups
    from audit.report.agreement_text import render_agreement, render_agreement_page

    if group_by is None:
        if len(ground_truth) < 2:
            raise typer.BadParameter("give a file a rater, or --group-by FIELD", param_hint="LABELS...")
        scans = [common.scan([path]) for path in ground_truth]
        files = [(scan.dataset, scan.measurements) for scan in scans if scan.dataset is not None]
        panel = raters_of_files(_name_raters(ground_truth), files)
        version = scans[0].version
    else:
        scan = common.scan(ground_truth)
        grouping = assign_groups(group_by, scan, salvage=common.salvage)
        if scan.dataset is None:
            raise typer.BadParameter(
                "--group-by needs masks, not stored measurements", param_hint="LABELS..."
            )
        panel = raters_of_groups(
            grouping.instance_groups, grouping.image_groups, scan.dataset, scan.measurements, NO_GROUP
        )
        version = scan.version
    result = measure_agreement(panel)
    document = export_agreement_json(result, version)
    if out is not None:
        write_atomically(out / "agreement.json", document)
        write_atomically(out / "agreement.html", render_agreement_page(result, version))
    if format is Format.json:
        emit_json(document.decode())
    elif not common.quiet:
        show(render_agreement(result))
        if out is not None:
            emit(f"Page: {printable(str(out / 'agreement.html'))}\n")


def _name_raters(paths: list[Path]) -> list[str]:
    """Name each file by its stem, or by its path where two have one stem."""
    stems = [path.stem for path in paths]
    return [stem if stems.count(stem) == 1 else str(path) for stem, path in zip(stems, paths, strict=True)]
