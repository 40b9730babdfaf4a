"""``maskaudit trend``: how findings change from batch to batch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.scan import Format
from audit.cli.terminal import emit, emit_json, show
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable


def trend(
    reports: Annotated[
        list[Path],
        typer.Argument(
            metavar="REPORT...", help="Folders that scans wrote, oldest first; or one folder that holds them."
        ),
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write trend.html and trend.json.")] = None,
    format: Annotated[Format, typer.Option(help="How the table is printed.")] = Format.text,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary.")] = False,
) -> None:
    """Say for each rule how many findings 100 annotations have, batch by batch.

    Labels are not read again. A change is named only where it is more than chance.
    """
    from audit.diff.stored_runs import find_reports, read_stored_run
    from audit.diff.trend import measure_trend
    from audit.export.trend_json import export_trend_json
    from audit.report.trend_text import render_trend, render_trend_page

    folders = find_reports(reports)
    if len(folders) < 2:
        raise typer.BadParameter("give at least two reports", param_hint="REPORT...")
    result = measure_trend([read_stored_run(folder) for folder in folders])
    if out is not None:
        write_atomically(out / "trend.json", export_trend_json(result))
        write_atomically(out / "trend.html", render_trend_page(result))
    if format is Format.json:
        emit_json(export_trend_json(result).decode())
    elif not quiet:
        show(render_trend(result))
        if out is not None:
            emit(f"Page: {printable(str(out / 'trend.html'))}\n")
