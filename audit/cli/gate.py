"""``maskaudit gate``: pass or fail a batch of labels by a written policy."""

from __future__ import annotations

import datetime
import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.carriers import dataclass
from audit.cli.common_options import CommonOptions, Decisions, GroundTruth, NoHtml
from audit.cli.print_findings import (
    FORMAT_HELP,
    FindingsFormat,
    Statistics,
    list_first_findings,
    print_lines,
    print_statistics,
    refuse_json_statistics,
)
from audit.cli.terminal import complain, emit, emit_ci_commands, emit_json, show
from audit.cli.write_report import check_writable, write_scan
from audit.findings.atomic_write import write_atomically
from audit.findings.number_format import format_count
from audit.findings.sanitize import printable
from audit.findings.stream_file import append_text

if TYPE_CHECKING:
    from audit.findings.finding import Finding
    from audit.gates.gate import GateResult
    from audit.gates.policy import Policy
    from audit.gates.reviewed import Acceptance
    from audit.pipeline.config import Config, ReportSettings
    from audit.pipeline.result import ScanResult


class Undecided(StrEnum):
    """What is made of a batch that is too small to judge."""

    fail = "fail"
    passes = "pass"


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """By what a batch is judged."""

    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML with [[gate.limits]]; default: the configuration's [gate]."),
    ] = None
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Known findings (maskaudit baseline write).")
    ] = None
    ratchet: Annotated[
        bool, typer.Option("--ratchet", help="Refuse more findings of any rule than the baseline has.")
    ] = False
    undecided: Annotated[
        Undecided | None, typer.Option(help="What a batch that is too small gets [default: fail].")
    ] = None
    today: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day by which waivers end [default: today]."),
    ] = None

    plan: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=10_000_000,  # its probabilities are arrays as long as the batch
            metavar="IMAGES",
            help="Judge nothing: say what a batch of so many images like these could prove.",
        ),
    ] = None

    def load(self, config: Config) -> Policy:
        """Read the policy file, else the configuration's table, with the command's options on top."""
        from audit.gates.policy import load_policy, parse_policy

        if self.policy is not None:
            policy = load_policy(self.policy)
        else:
            table_name = "tool.maskaudit.gate" if config.file.endswith("pyproject.toml") else "gate"
            policy = parse_policy(config.gate, f"{config.file}: {table_name}" if config.file else table_name)
            policy = replace(policy, file=config.file if config.gate else "")
        policy = replace(policy, ratchet=policy.ratchet or self.ratchet)
        return policy if self.undecided is None else replace(policy, undecided=self.undecided.value)


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """The review of a sample."""

    reviewed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The review of a sample: decisions.json or review.csv."),
    ] = None
    sample_plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The sample's plan [default: plan.json beside --reviewed]."),
    ] = None

    def evaluate(self, scan_result: ScanResult) -> Acceptance | None:
        """Judge the batch by the sample; None where none was reviewed."""
        if self.reviewed is None:
            return None
        from audit.gates.plan_file import FILE_NAME, describe_batch, read_sample
        from audit.gates.reviewed import evaluate_review, read_review

        sample = read_sample(self.sample_plan or self.reviewed.parent / FILE_NAME)
        decisions = read_review(self.reviewed)
        return evaluate_review(
            sample, decisions, scan_result.findings, describe_batch(scan_result.measurements)
        )


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """The files that are written."""

    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write gate.json and a report of the new findings there."),
    ] = None
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML.")] = None
    sarif: Annotated[Path | None, typer.Option(metavar="FILE", help="Write SARIF 2.1.0.")] = None
    gitlab: Annotated[Path | None, typer.Option(metavar="FILE", help="Write GitLab Code Quality.")] = None
    summary_md: Annotated[Path | None, typer.Option(metavar="FILE", help="Write Markdown.")] = None
    github: Annotated[
        bool, typer.Option("--github", help="Print GitHub annotations; fill the job's summary.")
    ] = False
    no_html: NoHtml = False


def gate(
    ground_truth: GroundTruth,
    rules: PolicyOptions = PolicyOptions(),  # noqa: B008 (frozen)
    decisions: Decisions = None,
    review: ReviewOptions = ReviewOptions(),  # noqa: B008 (frozen)
    group_by: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP",
            help="folder, source, date, file:REGEX, csv:FILE, or a field as annotator or rater_id.",
        ),
    ] = None,
    outputs: OutputOptions = OutputOptions(),  # noqa: B008 (frozen)
    format: Annotated[FindingsFormat, typer.Option(help=FORMAT_HELP)] = FindingsFormat.text,
    statistics: Statistics = False,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Pass or fail a batch of labels by a policy.

    Exit codes: 0 it passes, 1 it does not, 2 input, policy or usage, 3 internal or I/O error.
    """
    if rules.ratchet and rules.baseline is None:
        raise typer.BadParameter("needs --baseline", param_hint="--ratchet")
    if review.sample_plan is not None and review.reviewed is None:
        raise typer.BadParameter("needs --reviewed", param_hint="--sample-plan")
    refuse_json_statistics(format, statistics)
    if outputs.out is not None:
        check_writable(outputs.out)
    config = common.load_config()
    policy = rules.load(config)
    from audit.gates.baseline import read_baseline
    from audit.gates.gate import judge_batch
    from audit.gates.grouping import assign_groups

    baseline = read_baseline(rules.baseline) if rules.baseline is not None else None
    if policy.ratchet and baseline is None:
        raise typer.BadParameter("the policy's ratchet needs it", param_hint="--baseline")
    if rules.plan is not None:
        _print_plan(policy, common.scan(ground_truth, config), rules.plan)
        return
    scan_result = common.scan(ground_truth, config, decisions)
    grouping = assign_groups(group_by, scan_result, salvage=common.salvage) if group_by is not None else None
    result = judge_batch(
        scan_result,
        policy,
        today=rules.today.date() if rules.today is not None else datetime.date.today(),
        baseline=baseline,
        grouping=grouping,
        acceptance=review.evaluate(scan_result),
    )
    _write(result, outputs, replace(config.report, html=config.report.html and not outputs.no_html))
    if statistics:
        print_statistics(replace(result.scan, findings=result.new_findings()))
    else:
        _print(result, format, outputs, quiet=common.quiet)
    if result.failed:
        # A hook is quiet, and who commits has to see why it refuses.
        complain(f"maskaudit: the batch does not pass{_name_failed_limit(result)}")
        if common.quiet and format is FindingsFormat.text and not statistics:
            from audit.report.gate_text import describe_policy

            first_findings = list_first_findings(result.scan, _refused_findings(result))
            complain("\n".join(filter(None, (first_findings, describe_policy(result)))))
        raise typer.Exit(result.exit_code)


def _print_plan(policy: Policy, scan_result: ScanResult, n_images: int) -> None:
    """Say what a batch of a size could prove of each limit."""
    from audit.gates.batch_plan import plan_limit
    from audit.report.batch_plan_text import render_batch_plan

    planned = [plan_limit(limit, scan_result.measurements, n_images) for limit in policy.limits]
    show(render_batch_plan(planned, n_images))


def _refused_findings(result: GateResult) -> tuple[Finding, ...]:
    """Return the new findings that failed limits count, else all new ones."""
    from audit.gates.verdict import Outcome

    new_findings = result.new_findings()
    failed_limits = [judged.limit for judged in result.limits if judged.outcome is Outcome.FAIL]
    counted = tuple(
        finding for finding in new_findings if any(limit.covers(finding) for limit in failed_limits)
    )
    return counted or new_findings


def _name_failed_limit(result: GateResult) -> str:
    """Say which limit refuses a batch; nothing where none does, but the ratchet, a waiver or the sample."""
    from audit.gates.verdict import Outcome

    failed_limits = [judged for judged in result.limits if judged.outcome is not Outcome.PASS]
    if not failed_limits:
        return ""
    n_more = len(failed_limits) - 1
    more = f" ({format_count(n_more, 'more limit')})" if n_more else ""
    return f": {failed_limits[0].limit.title}: {failed_limits[0].reason.rstrip('.')}{more}"


def _print(result: GateResult, output_format: FindingsFormat, outputs: OutputOptions, *, quiet: bool) -> None:
    if output_format is FindingsFormat.lines:
        print_lines(replace(result.scan, findings=result.new_findings()))
    elif output_format is FindingsFormat.github:
        if not outputs.github:  # else they have been printed
            from audit.export.github import export_github

            emit_ci_commands(export_github(result))
    elif output_format is FindingsFormat.json:
        from audit.export.gate_json import export_gate_json

        emit_json(export_gate_json(result).decode())
    elif not quiet:
        from audit.report.gate_text import render_gate

        show(render_gate(result))
        if result.failed and (first_findings := list_first_findings(result.scan, _refused_findings(result))):
            emit(f"{first_findings}\n")
        if outputs.out is not None:
            emit(f"Report: {printable(str(outputs.out))}\n")


def _write(result: GateResult, outputs: OutputOptions, report: ReportSettings) -> None:
    if outputs.out is not None:
        from audit.export.gate_json import export_gate_json

        extra_pages = []
        if report.html:
            from audit.report.gate_page import gate_extra_page

            extra_pages.append(gate_extra_page(result))
        from audit.report.gate_page import group_new_findings, keep_new_findings

        write_scan(
            keep_new_findings(result), outputs.out, report, extra_pages, groups=group_new_findings(result)
        )
        write_atomically(outputs.out / "gate.json", export_gate_json(result))
    if outputs.junit is not None:
        from audit.export.junit import export_junit

        write_atomically(outputs.junit, export_junit(result))
    _write_located(result, outputs)
    if outputs.summary_md is not None or outputs.github:
        from audit.report.gate_markdown import write_gate_markdown

        summary_text = write_gate_markdown(result)
        if outputs.summary_md is not None:
            write_atomically(outputs.summary_md, summary_text.encode())
        summary_page = os.environ.get("GITHUB_STEP_SUMMARY") if outputs.github else None
        if summary_page:
            _append_summary(Path(summary_page), summary_text)


def _append_summary(summary_page: Path, summary_text: str) -> None:
    """Add to the page of the CI job; that it cannot be written takes nothing from the verdict."""
    try:
        append_text(summary_page, summary_text)
    except OSError as error:
        reason = error.strerror or str(error)
        complain(f"maskaudit: warning: GITHUB_STEP_SUMMARY: {summary_page}: {reason}; no summary there")


def _write_located(result: GateResult, outputs: OutputOptions) -> None:
    """Write the formats that name lines of the labels, which are looked up once for all."""
    if outputs.sarif is None and outputs.gitlab is None and not outputs.github:
        return
    from audit.export.locate_findings import locate_findings

    located_findings = locate_findings(result)
    if outputs.sarif is not None:
        from audit.export.sarif import export_sarif

        write_atomically(outputs.sarif, export_sarif(result, located_findings))
    if outputs.gitlab is not None:
        from audit.export.gitlab import export_gitlab

        write_atomically(outputs.gitlab, export_gitlab(result, located_findings))
    if outputs.github:
        from audit.export.github import export_github

        emit_ci_commands(export_github(result, located_findings))
