"""``maskaudit diff``: what changed between two versions of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.common_options import CommonOptions
from audit.cli.scan import Format
from audit.cli.terminal import emit, emit_json, show
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The earlier COCO file, or folder of them.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The later one.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write diff.html, and every change as diff.json."),
    ] = None,
    format: Annotated[Format, typer.Option(help="How the changes are printed.")] = Format.text,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Compare two versions by the pixels of their masks, not by ids.

    Instances are kept, reshaped, recategorised, split, merged, added or removed; findings are new, fixed or
    remaining.
    """
    from audit.diff.diff import diff as compare
    from audit.export.diff_json import export_diff_json
    from audit.report.diff_page import render_diff_page

    config = common.load_config()
    diff_result = compare(common.scan([old], config), common.scan([new], config))
    if out is not None:
        write_atomically(out / "diff.json", export_diff_json(diff_result))
        write_atomically(out / "diff.html", render_diff_page(diff_result))
    if format is Format.json:
        emit_json(export_diff_json(diff_result).decode())
    elif not common.quiet:
        from audit.report.diff_text import render_diff
        from audit.report.scan_text import describe_configuration

        emit(f"{describe_configuration(config.file)}\n")
        show(render_diff(diff_result))
        if out is not None:
            emit(f"Pictures: {printable(str(out / 'diff.html'))}\n")
