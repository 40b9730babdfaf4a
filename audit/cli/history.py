"""``maskaudit history``: which rules were right, judged by what people corrected later."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.common_options import CommonOptions
from audit.cli.scan import Format
from audit.cli.terminal import emit, emit_json, show
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable


def history(
    versions: Annotated[
        list[Path], typer.Argument(metavar="OLD NEW...", help="Versions of one dataset, the oldest first.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write history.html and history.json.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How the table is printed.")] = Format.text,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Say for each rule which share of what it named was later corrected, against what it did not name.

    So thresholds can be chosen from a dataset's own history.
    """
    if len(versions) < 2:
        raise typer.BadParameter("give at least two versions", param_hint="OLD NEW...")
    from audit.detectors.registry import all_rules
    from audit.diff.history import measure_history
    from audit.export.history_json import export_history_json
    from audit.pipeline.list_each import list_each
    from audit.report.history_text import render_history, render_history_page

    config = list_each(common.load_config(), all_rules())
    result = measure_history([common.scan([path], config) for path in versions])
    if out is not None:
        write_atomically(out / "history.json", export_history_json(result))
        write_atomically(out / "history.html", render_history_page(result))
    if format is Format.json:
        emit_json(export_history_json(result).decode())
    elif not common.quiet:
        show(render_history(result))
        if out is not None:
            emit(f"Page: {printable(str(out / 'history.html'))}\n")
