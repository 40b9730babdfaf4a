"""``maskaudit baseline``: write, show and prune the file of known findings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.common_options import CommonOptions, Debug, Decisions, GroundTruth, with_option_groups
from audit.cli.terminal import emit, show
from audit.findings.sanitize import printable

app = typer.Typer(
    help="Known findings: they do not fail a gate.", no_args_is_help=True, rich_markup_mode=None
)
File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of known findings.")]


@app.command("write")
@with_option_groups
def write_baseline_file(
    ground_truth: GroundTruth,
    out: Annotated[Path, typer.Option(metavar="FILE", help="File that is written.")] = Path(
        "maskaudit-baseline.json"
    ),
    ratchet: Annotated[
        bool, typer.Option("--ratchet", help="Refuse to replace a baseline by one with more of any rule.")
    ] = False,
    decisions: Decisions = None,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Scan, and take all findings as known; those that were decided to be real stay out."""
    from audit.findings.decisions import ERROR_VERDICTS
    from audit.gates.baseline import (
        count_by_rule,
        count_known,
        find_regressions,
        make_baseline,
        read_baseline,
        write_baseline,
    )

    old_baseline = read_baseline(out) if ratchet and out.exists() else None
    scan_result = common.scan(ground_truth, decisions=decisions)
    known_findings = [finding for finding in scan_result.findings if finding.decision not in ERROR_VERDICTS]
    if old_baseline is not None:
        known_files = {entry.file_name for entry in old_baseline} | set(
            scan_result.measurements.images["file_name"].tolist()
        )
        regressions = find_regressions(old_baseline, known_findings, known_files)
        for rule_id, count_before, count_now in regressions:
            emit(f"{rule_id}: {count_before:,} before, {count_now:,} now\n")
        if regressions:
            emit(f"{printable(str(out))} was not replaced: {len(regressions):,} rules have more findings.\n")
            raise typer.Exit(1)
    baseline = make_baseline(known_findings)
    write_baseline(baseline, out, scan_result.version)
    if not common.quiet:
        n_known, n_rules = count_known(baseline), len(count_by_rule(baseline))
        emit(f"{n_known:,} known findings of {n_rules:,} rules: {printable(str(out))}\n")


@app.command("show")
def show_baseline(file: File, debug: Debug = False) -> None:
    """Count the known findings of every rule."""
    from audit.gates.baseline import count_known, read_baseline
    from audit.report.gate_text import baseline_table

    baseline = read_baseline(file)
    show(baseline_table(baseline))
    emit(f"{count_known(baseline):,} known findings\n")


@app.command("prune")
@with_option_groups
def prune_baseline_file(
    file: File,
    ground_truth: GroundTruth,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Forget known findings that the labels no longer have; what is new is not added."""
    from audit.gates.baseline import (
        count_known,
        match_baseline,
        prune_baseline,
        read_baseline,
        write_baseline,
    )
    from audit.gates.moved_names import trace_file_names, trace_fingerprints

    baseline = read_baseline(file)
    scan_result = common.scan(ground_truth)
    findings, measurements = scan_result.findings, scan_result.measurements
    file_names = set(measurements.images["file_name"].tolist())
    file_names |= set(trace_file_names(baseline, measurements).values())
    traced = trace_fingerprints(baseline, findings, measurements)
    baseline_match = match_baseline(baseline, findings, file_names, traced)
    # What was not checked cannot have been mended.
    pruned_baseline = prune_baseline(
        baseline, [entry for entry in baseline_match.stale if entry.rule in scan_result.rules]
    )
    write_baseline(pruned_baseline, file, scan_result.version)
    if not common.quiet:
        remaining = count_known(pruned_baseline)
        emit(f"{count_known(baseline) - remaining:,} mended findings forgotten, {remaining:,} still known.\n")
        if baseline_match.n_absent:
            emit(f"{baseline_match.n_absent:,} of these are about images that are not in the labels.\n")
