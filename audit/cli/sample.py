"""``maskaudit sample``: draw the images to review, so that a batch can be accepted by a sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.common_options import CommonOptions, Decisions, GroundTruth, NoHtml
from audit.cli.terminal import emit
from audit.cli.write_report import check_writable, write_scan
from audit.findings.atomic_write import write_atomically
from audit.findings.number_format import format_percent
from audit.findings.sanitize import printable

if TYPE_CHECKING:
    from audit.gates.plan_file import Sample
    from audit.gates.sampling import Plan
    from audit.pipeline.result import ScanResult


def sample(
    ground_truth: GroundTruth,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of plan, review list and report.")] = Path(
        "maskaudit-sample"
    ),
    limit: Annotated[
        float, typer.Option(min=0, max=1, help="Share of wrong images that must be refused (LTPD).")
    ] = 0.05,
    confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Probability of refusing such a batch.")
    ] = 0.95,
    good: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of wrong images that must be accepted (AQL); else none is."),
    ] = None,
    producer_risk: Annotated[
        float, typer.Option(min=0, max=1, help="Probability of refusing a batch that is as good as --good.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Another number draws other images.")] = 0,
    decisions: Decisions = None,
    no_html: NoHtml = False,
    common: CommonOptions = CommonOptions(),  # noqa: B008 (frozen)
) -> None:
    """Draw the images to review for an acceptance plan, and write a report of just these.

    Review them in the report, or fill the column verdict of review.csv with real (something is wrong) or
    fine; then run: maskaudit gate GT --reviewed DIR/review.csv (or the report's decisions.json).
    """
    check_writable(out)
    config = common.load_config()
    scan = common.scan(ground_truth, config, decisions)
    from audit.gates.plan_file import FILE_NAME, make_sample, write_sample
    from audit.gates.reviewed import REVIEW_FILE
    from audit.gates.sampling import draw_images, stratify_images

    measurements = scan.measurements
    plan = _make_plan(limit, confidence, good, producer_risk, len(measurements.images))
    strata = stratify_images(measurements)
    rows = draw_images(strata, plan.size, seed).tolist()
    drawn = make_sample(plan, seed, measurements, rows, strata)
    report = replace(
        config.report,
        html=config.report.html and not no_html,
        max_pages=max(config.report.max_pages, len(rows)),  # every drawn image is to be looked at
    )
    write_scan(_keep_drawn(scan, drawn, rows), out, report)
    write_sample(drawn, out / FILE_NAME)
    write_atomically(out / REVIEW_FILE, _review_table(scan, drawn))
    if not common.quiet:
        emit(_summarize(plan, drawn, out))


def _make_plan(limit: float, confidence: float, good: float | None, producer_risk: float, lot: int) -> Plan:
    from audit.gates.sampling import two_point_plan, zero_failure_plan

    try:
        if good is None:
            return zero_failure_plan(limit, confidence, lot)
        return two_point_plan(good, limit, producer_risk=producer_risk, confidence=confidence, lot=lot)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--limit/--good") from error


def _keep_drawn(scan: ScanResult, drawn: Sample, rows: list[int]) -> ScanResult:
    """Keep the findings on the drawn images, and ask about each of these as a whole."""
    from audit.detectors.rule import Rule
    from audit.findings.finding import Severity, sort_findings
    from audit.gates.plan_file import REVIEW_MANUAL, REVIEW_RULE, review_findings

    names = {image.file_name for image in drawn.images}
    kept = [finding for finding in scan.findings if finding.file_name in names]
    title = REVIEW_MANUAL.splitlines()[0].rstrip(".")
    return replace(
        scan,
        findings=sort_findings([*kept, *review_findings(drawn, rows)]),
        rules={**scan.rules, REVIEW_RULE: Rule(REVIEW_RULE, Severity.INFO, title, REVIEW_MANUAL)},
    )


def _review_table(scan: ScanResult, drawn: Sample) -> bytes:
    import csv
    import io
    from collections import Counter

    from audit.findings.sanitize import csv_safe
    from audit.gates.reviewed import REVIEW_COLUMNS

    n_findings = Counter(finding.file_name for finding in scan.findings)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REVIEW_COLUMNS)
    for image in drawn.images:
        name, stratum = csv_safe(image.file_name), csv_safe(image.stratum)
        count = n_findings[image.file_name]
        writer.writerow((image.image_id, name, stratum, count, "", "", image.fingerprint))
    return text.getvalue().encode()


def _summarize(plan: Plan, drawn: Sample, out: Path) -> str:
    lines = [
        f"Review {len(drawn.images):,} of {plan.lot or 0:,} images; at most {plan.accept:,} may be wrong.",
        f"A batch with {format_percent(plan.limit, None)} wrong images passes with probability "
        f"{plan.acceptance(plan.limit):.3f}"
        + (
            f", one with {format_percent(plan.good, None)} with {plan.acceptance(plan.good):.3f}."
            if plan.good
            else "."
        ),
        f"Review list: {printable(str(out / 'review.csv'))}",
    ]
    return "\n".join(lines) + "\n"
