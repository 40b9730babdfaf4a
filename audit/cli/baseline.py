"""``maskaudit baseline``: write, show and prune the file of known findings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from audit.cli.terminal import emit, show
from audit.findings.sanitize import printable

app = typer.Typer(
    help="Known findings: they do not fail a gate.", no_args_is_help=True, rich_markup_mode=None
)
File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of known findings.")]


@app.command("write")
def write(
    ground_truth: GroundTruth,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File that is written.")] = Path(
        "maskaudit-baseline.json"
    ),
    ratchet: Annotated[
        bool, typer.Option("--ratchet", help="Refuse to replace a baseline by one with more of any rule.")
    ] = False,
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
    """Scan, and take all findings as known; those that were decided to be real stay out."""
    from audit.findings.decisions import Verdict
    from audit.gates.baseline import growth, make_baseline, read_baseline, write_baseline

    old = read_baseline(out) if ratchet and out.exists() else None
    scan = Given(images, config, select, ignore, workers, decisions, salvage, quiet).scan(ground_truth)
    known = [f for f in scan.findings if f.decision != Verdict.REAL]
    if old is not None:
        names = {e.file_name for e in old.entries} | set(scan.measurements.images["file_name"].tolist())
        grown = growth(old, known, names)
        for g in grown:
            emit(f"{g.rule}: {g.before:,} before, {g.now:,} now\n")
        if grown:
            emit(f"{printable(str(out))} was not replaced: {len(grown):,} rules have more findings.\n")
            raise typer.Exit(1)
    made = make_baseline(known)
    write_baseline(made, out, scan.version)
    if not quiet:
        emit(f"{made.total:,} known findings of {len(made.by_rule()):,} rules: {printable(str(out))}\n")


@app.command("show")
def show_baseline(file: File, debug: Debug = False) -> None:
    """Count the known findings of every rule."""
    from audit.gates.baseline import read_baseline
    from audit.report.gate_text import baseline_table

    known = read_baseline(file)
    show(baseline_table(known))
    emit(f"{known.total:,} known findings\n")


@app.command("prune")
def prune(
    file: File,
    ground_truth: GroundTruth,
    images: Images = None,
    config: Configuration = None,
    select: Select = None,
    ignore: Ignore = None,
    workers: Workers = None,
    salvage: Salvage = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Forget known findings that the labels no longer have; what is new is not added."""
    from audit.gates.baseline import match, pruned, read_baseline, write_baseline

    known = read_baseline(file)
    scan = Given(images, config, select, ignore, workers, None, salvage, quiet).scan(ground_truth)
    found = match(known, scan.findings, set(scan.measurements.images["file_name"].tolist()))
    rest = pruned(known, [e for e in found.stale if e.rule in scan.rules])
    write_baseline(rest, file, scan.version)
    if not quiet:
        gone = known.total - rest.total
        emit(f"{gone:,} mended findings forgotten, {rest.total:,} still known.\n")
        if found.elsewhere:
            emit(f"{found.elsewhere:,} of these are about images that are not in the labels.\n")
