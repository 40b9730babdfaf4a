"""``maskaudit fix``: a corrected copy, with a list of changes and a proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import Debug, Decisions, Images, InputFormat, split_names
from audit.cli.exit_codes import FINDINGS
from audit.cli.terminal import emit, show
from audit.findings.atomic_write import hidden_folder, move_into_place
from audit.findings.inside_folder import refuse_device
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.fixes.result import FixResult

CHANGES = "changes.json"


def fix(
    ground_truth: Annotated[
        Path | None, typer.Argument(metavar="LABELS", help="A COCO file, or labels of a tool; never written.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where the corrected file or folder goes.")
    ] = None,
    changes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where the list of changes goes [default: changes.json beside --out]."
        ),
    ] = None,
    decisions: Decisions = None,
    unsafe: Annotated[
        bool,
        typer.Option(
            "--unsafe", help="Change masks, too, where nobody has decided. Without it: only what is real."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")
    ] = False,
    undo: Annotated[
        Path | None,
        typer.Option(
            metavar="CHANGES", help="Make the original again from changes.json; LABELS is the corrected file."
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Mend only these families or rules, separated by commas."),
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULES", help="Leave these alone.")] = None,
    images: Images = None,
    config: Annotated[Path | None, typer.Option(help="Configuration, as for scan.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads that measure [default: one a core].")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary.")] = False,
    input_format: InputFormat = None,
    debug: Debug = False,
) -> None:
    """Mend what can be mended into a copy, and prove that nothing else changed.

    Safe fixes keep every mask's pixels and category. Exit codes: 0 nothing is left, 1 warnings or errors are
    left, 2 refused or not readable.
    """
    if undo is not None:
        _undo(undo, ground_truth, out, quiet)
        return
    if ground_truth is None:
        raise typer.BadParameter("is missing", param_hint="LABELS")
    if out is None and not dry_run:
        raise typer.BadParameter("give --out, or --dry-run", param_hint="--out")
    out = None if dry_run else out
    from audit.cli.common_options import CommonOptions
    from audit.detectors.registry import all_rules
    from audit.fixes.mend import mend, refuse_same_file
    from audit.fixes.plan import Selection
    from audit.pipeline.rule_selection import check_prefixes

    selected, ignored = split_names(select) or (), split_names(ignore) or ()
    for prefixes in (selected, ignored):
        check_prefixes(prefixes, all_rules())
    list_file = changes or (out.parent / CHANGES if out is not None else None)
    if out is not None and list_file is not None:
        _check_targets(out, list_file, [ground_truth, *([decisions] if decisions else [])])
    settings = CommonOptions(config=config).load_config()
    result = mend(
        ground_truth,
        images=images,
        config=settings,
        selection=Selection(tuple(selected), tuple(ignored), unsafe),
        decisions=decisions,
        workers=workers,
        input_format=input_format,
    )
    if out is not None and list_file is not None:
        refuse_same_file(ground_truth, out)
        _write(result, out, list_file)
    if not quiet:
        from audit.report.fix_text import render_fix
        from audit.report.scan_text import describe_configuration

        emit(f"{describe_configuration(settings.file)}\n")
        show(render_fix(result))
        if list_file is not None:
            readable = printable(str(list_file.with_suffix(".md")))
            emit(f"Corrected: {printable(str(out))}; every change: {readable}\n")
    if result.remaining:
        raise typer.Exit(FINDINGS)


def _check_targets(out: Path, list_file: Path, sources: list[Path]) -> None:
    """Refuse to write over an input, or over the list of changes of another file."""
    from audit.fixes.changes_file import ChangesError, read_changes
    from audit.fixes.mend import refuse_same_file
    from audit.fixes.proof import FixRefusedError

    targets = (out, list_file, list_file.with_suffix(".md"))
    for target in targets:
        refuse_device(target)
        for source in sources:
            refuse_same_file(source, target)
    if len({target.absolute() for target in targets}) < len(targets):
        raise FixRefusedError(
            f"{out} and the list of changes would be one file: name another one with --changes"
        )
    if list_file.exists():
        try:
            known_name = Path(read_changes(list_file).corrected.name).name
        except ChangesError:
            raise FixRefusedError(
                f"{list_file} is there and no list of changes: name another one with --changes"
            ) from None
        if known_name != out.name:
            raise FixRefusedError(
                f"{list_file} lists the changes of {known_name}: name another one with --changes"
            )


def _write(result: FixResult, out: Path, list_file: Path) -> None:
    """Write the list first: a corrected file never stands without it."""
    from audit.export.changes_json import export_changes_json
    from audit.fixes.folder_text import pack_text, write_corrected
    from audit.report.fix_text import write_change_list

    with hidden_folder(list_file.parent) as folder:
        (folder / list_file.name).write_bytes(export_changes_json(result, out))
        readable = list_file.with_suffix(".md").name
        (folder / readable).write_text(
            write_change_list(result, out), encoding="utf-8", errors="backslashreplace"
        )
        if Path(result.source).is_dir():
            move_into_place(folder, list_file.parent, [list_file.name, readable])
            write_corrected(Path(result.source), result.corrected, out)
            return
        with hidden_folder(out.parent) as out_folder:
            (out_folder / out.name).write_bytes(pack_text(out, result.corrected))
            move_into_place(folder, list_file.parent, [list_file.name, readable])
            move_into_place(out_folder, out.parent, [out.name])


def _undo(changes: Path, corrected: Path | None, out: Path | None, quiet: bool) -> None:
    """Write the original again."""
    if out is None:
        raise typer.BadParameter("say where the original goes", param_hint="--out")
    from audit.fixes.changes_file import find_corrected, undo_changes
    from audit.fixes.folder_text import write_corrected
    from audit.fixes.mend import refuse_same_file

    refuse_same_file(changes, out)
    if corrected is not None:
        refuse_same_file(corrected, out)
    original = undo_changes(changes, corrected)
    file = corrected or find_corrected(changes)
    write_corrected(file, original, out)
    if not quiet:
        emit(f"Undone: {printable(str(out))} is the original, byte for byte\n")
