"""``maskaudit history``: which rules were right, judged by what people corrected later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import CommonOptions
from audit.cli.scan import Format
from audit.cli.terminal import emit, emit_json, show
from audit.findings.atomic_write import write_atomically
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.diff.history import History
    from audit.pipeline.config import Config


def history(
    versions: Annotated[
        list[Path], typer.Argument(metavar="OLD NEW...", help="Versions of one dataset, the oldest first.")
    ],
    git: Annotated[
        str | None,
        typer.Option(
            "--git",
            metavar="OLD..NEW",
            help="Take the versions of one file from these commits of its repository.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write history.html and history.json.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How the table is printed.")] = Format.text,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Say for each rule which share of what it named was later corrected, against what it did not name.

    So thresholds can be chosen from a dataset's own history.
    """
    if git is not None and len(versions) != 1:
        raise typer.BadParameter("--git takes one file", param_hint="OLD NEW...")
    if git is None and len(versions) < 2:
        raise typer.BadParameter("give at least two versions, or --git OLD..NEW", param_hint="OLD NEW...")
    from audit.detectors.registry import all_rules
    from audit.diff.history import measure_history
    from audit.export.history_json import export_history_json
    from audit.pipeline.list_each import list_each
    from audit.report.history_text import render_history, render_history_page

    config = list_each(common.load_config(), all_rules())
    if git is None:
        result = measure_history([common.scan([path], config) for path in versions])
    else:
        result = _measure_commits(versions[0], git, common, config)
    if out is not None:
        write_atomically(out / "history.json", export_history_json(result))
        write_atomically(out / "history.html", render_history_page(result))
    if format is Format.json:
        emit_json(export_history_json(result).decode())
    elif not common.quiet:
        from audit.report.scan_text import describe_configuration

        emit(f"{describe_configuration(config.file)}\n")
        show(render_history(result))
        if out is not None:
            emit(f"Page: {printable(str(out / 'history.html'))}\n")


def _measure_commits(file: Path, revisions: str, common: CommonOptions, config: Config) -> History:
    """Measure the history of one file over the commits that changed it."""
    from audit.diff.history import measure_history
    from audit.loaders.git_versions import extract_git_versions

    with TemporaryDirectory() as folder:
        versions = extract_git_versions(file, revisions, Path(folder))
        if len(versions) < 2:
            found = "no version" if not versions else "one version"
            raise typer.BadParameter(
                f"{found} of {file} in {revisions}: two are compared", param_hint="--git"
            )
        result = measure_history([common.scan([version.path], config) for version in versions])
    return replace(result, versions=tuple(f"{file}@{version.commit}" for version in versions))
