"""``maskaudit gate``: pass or fail a batch of labels by a written policy."""

from __future__ import annotations

import datetime
import os
import sys
from dataclasses import dataclass, replace
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
from audit.cli.scan import check_writable, write
from audit.cli.terminal import emit, show
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.gates.baseline import Baseline
    from audit.gates.gate import GateResult
    from audit.gates.policy import Policy
    from audit.gates.reviewed import Acceptance
    from audit.pipeline.config import Config, ReportSettings
    from audit.pipeline.result import ScanResult


class Undecided(StrEnum):
    """What is made of a batch that is too small to judge."""

    fail = "fail"
    passes = "pass"


class Format(StrEnum):
    """How the verdict is printed."""

    text = "text"
    json = "json"


@dataclass(frozen=True, slots=True)
class _Outputs:
    """The files that were asked for."""

    out: Path | None
    junit: Path | None
    sarif: Path | None
    gitlab: Path | None
    summary_md: Path | None
    github: bool


def gate(
    ground_truth: GroundTruth,
    images: Images = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML with [[gate.limits]]; default: the configuration's [gate]."),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Known findings (maskaudit baseline write).")
    ] = None,
    ratchet: Annotated[
        bool, typer.Option("--ratchet", help="Refuse more findings of any rule than the baseline has.")
    ] = False,
    undecided: Annotated[
        Undecided | None, typer.Option(help="What a batch that is too small gets [default: fail].")
    ] = None,
    decisions: Decisions = None,
    reviewed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The review of a sample: decisions.json or review.csv."),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The sample's plan [default: plan.json beside --reviewed]."),
    ] = None,
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP",
            help="folder, source, date, file:REGEX, csv:FILE, or a field as annotator or rater_id.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write gate.json and a report of the new findings there."),
    ] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML.")] = None,
    sarif: Annotated[Path | None, typer.Option(metavar="FILE", help="Write SARIF 2.1.0.")] = None,
    gitlab: Annotated[Path | None, typer.Option(metavar="FILE", help="Write GitLab Code Quality.")] = None,
    summary_md: Annotated[Path | None, typer.Option(metavar="FILE", help="Write Markdown.")] = None,
    github: Annotated[
        bool, typer.Option("--github", help="Print GitHub annotations; fill the job's summary.")
    ] = False,
    config: Configuration = None,
    select: Select = None,
    ignore: Ignore = None,
    workers: Workers = None,
    no_html: Annotated[bool, typer.Option("--no-html", help="Write tables only, no pages.")] = False,
    format: Annotated[Format, typer.Option(help="How the verdict is printed.")] = Format.text,
    today: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day by which waivers end [default: today]."),
    ] = None,
    salvage: Salvage = False,
    debug: Debug = False,
    quiet: Quiet = False,
) -> None:
    """Pass or fail a batch of labels by a policy.

    Exit codes: 0 it passes, 1 it does not, 2 input, policy or usage, 3 internal or I/O error.
    """
    if ratchet and baseline is None:
        raise typer.BadParameter("needs --baseline", param_hint="--ratchet")
    if plan is not None and reviewed is None:
        raise typer.BadParameter("needs --reviewed", param_hint="--plan")
    if out is not None:
        check_writable(out)
    given = Given(images, config, select, ignore, workers, decisions, salvage, quiet)
    settings = given.settings()
    report = replace(settings.report, html=settings.report.html and not no_html)
    rules = _policy(policy, settings)
    rules = replace(rules, ratchet=rules.ratchet or ratchet)
    if undecided is not None:
        rules = replace(rules, undecided=undecided.value)
    from audit.gates.baseline import read_baseline

    known = read_baseline(baseline) if baseline is not None else None
    if rules.ratchet and known is None:
        raise typer.BadParameter("the policy's ratchet needs it", param_hint="--baseline")
    day = today.date() if today is not None else datetime.date.today()
    result = _judged(
        given.scan(ground_truth, settings), rules, known, day, _Review(reviewed, plan), group_by, salvage
    )
    _write(result, _Outputs(out, junit, sarif, gitlab, summary_md, github), report)
    if format is Format.json:
        from audit.export.gate_json import gate_json

        emit(gate_json(result).decode())
    elif not quiet:
        from audit.report.gate_text import render_gate

        show(render_gate(result))
    if out is not None and not quiet and format is Format.text:
        emit(f"Report: {printable(str(out))}\n")
    if result.failed:
        if not quiet:
            print(f"maskaudit: the batch does not pass: {result.outcome.value}", file=sys.stderr)
        raise typer.Exit(result.exit_code)


def _policy(file: Path | None, settings: Config) -> Policy:
    from audit.gates.policy import load_policy, parse_policy

    if file is not None:
        return load_policy(file)
    prefix = "tool.maskaudit.gate" if settings.file.endswith("pyproject.toml") else "gate"
    found = parse_policy(settings.gate, f"{settings.file}: {prefix}" if settings.file else prefix)
    return replace(found, file=settings.file if settings.gate else "")


@dataclass(frozen=True, slots=True)
class _Review:
    reviewed: Path | None
    plan: Path | None

    def acceptance(self, scan: ScanResult) -> Acceptance | None:
        if self.reviewed is None:
            return None
        from audit.gates.plan_file import FILE_NAME, read_sample
        from audit.gates.reviewed import evaluate_review, read_review

        sample = read_sample(self.plan or self.reviewed.with_name(FILE_NAME))
        said = read_review(self.reviewed)
        return evaluate_review(sample, said, scan.findings, scan.measurements.images["file_name"].tolist())


def _judged(
    scan: ScanResult,
    policy: Policy,
    known: Baseline | None,
    today: datetime.date,
    review: _Review,
    group_by: str | None,
    salvage: bool,
) -> GateResult:
    from audit.gates.gate import judge_batch
    from audit.gates.grouping import assign_groups

    return judge_batch(
        scan,
        policy,
        today=today,
        baseline=known,
        grouping=assign_groups(group_by, scan, salvage=salvage) if group_by is not None else None,
        acceptance=review.acceptance(scan),
    )


def _write(result: GateResult, outputs: _Outputs, report: ReportSettings) -> None:
    if outputs.out is not None:
        from audit.export.gate_json import gate_json

        extras = []
        if report.html:
            from audit.report.gate_page import gate_extra_page

            extras.append(gate_extra_page(result))
        write(replace(result.scan, findings=result.new_findings()), outputs.out, report, extras)
        (outputs.out / "gate.json").write_bytes(gate_json(result))
    if outputs.junit is not None:
        from audit.export.junit import junit

        _save(outputs.junit, junit(result))
    _write_places(result, outputs)
    if outputs.summary_md is not None or outputs.github:
        from audit.report.gate_markdown import write_gate_markdown

        text = write_gate_markdown(result)
        if outputs.summary_md is not None:
            _save(outputs.summary_md, text.encode())
        page = os.environ.get("GITHUB_STEP_SUMMARY") if outputs.github else None
        if page:
            with Path(page).open("a", encoding="utf-8") as file:
                file.write(text)


def _write_places(result: GateResult, outputs: _Outputs) -> None:
    """Write the formats that name lines of the labels, which are looked up once for all."""
    if outputs.sarif is None and outputs.gitlab is None and not outputs.github:
        return
    from audit.export.locate_findings import locate_findings

    found = locate_findings(result)
    if outputs.sarif is not None:
        from audit.export.sarif import sarif

        _save(outputs.sarif, sarif(result, found))
    if outputs.gitlab is not None:
        from audit.export.gitlab import gitlab

        _save(outputs.gitlab, gitlab(result, found))
    if outputs.github:
        from audit.export.github import github

        emit(github(result, found))


def _save(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
