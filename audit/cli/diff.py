"""``maskaudit diff``: what changed between two versions of a dataset."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.common_options import (
    Configuration,
    Debug,
    Given,
    Ignore,
    Images,
    Quiet,
    Salvage,
    Select,
    Workers,
)
from audit.cli.terminal import emit, show
from audit.findings.sanitize import printable


class Format(StrEnum):
    """How the changes are printed."""

    text = "text"
    json = "json"


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The earlier COCO file, or folder of them.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The later one.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write diff.html, and every change as diff.json."),
    ] = None,
    images: Images = None,
    config: Configuration = None,
    select: Select = None,
    ignore: Ignore = None,
    workers: Workers = None,
    format: Annotated[Format, typer.Option(help="How the changes are printed.")] = Format.text,
    salvage: Salvage = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Compare two versions by the pixels of their masks, not by ids.

    Instances are kept, reshaped, recategorised, split, merged, added or removed; findings are new, fixed or
    remaining.
    """
    from audit.diff.diff import diff as compare
    from audit.export.diff_json import diff_json
    from audit.report.diff_page import render_diff_page

    given = Given(images, config, select, ignore, workers, None, salvage, quiet)
    settings = given.settings()
    result = compare(given.scan([old], settings), given.scan([new], settings))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "diff.json").write_bytes(diff_json(result))
        (out / "diff.html").write_bytes(render_diff_page(result))
    if format is Format.json:
        emit(diff_json(result).decode())
    elif not quiet:
        from audit.report.diff_text import render_diff

        show(render_diff(result))
        if out is not None:
            emit(f"Pictures: {printable(str(out / 'diff.html'))}\n")
