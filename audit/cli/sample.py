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
from audit.findings.number_format import format_count, format_percent
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
    fine; then run: maskaudit gate LABELS --reviewed DIR/review.csv (or the report's decisions.json).
    """
    check_writable(out)
    config = common.load_config()
    scan_result = common.scan(ground_truth, config, decisions)
    from audit.gates.plan_file import FILE_NAME, make_sample, write_sample
    from audit.gates.reviewed import REVIEW_FILE
    from audit.gates.sampling import draw_images, stratify_images

    measurements = scan_result.measurements
    plan = _make_plan(limit, confidence, good, producer_risk, len(measurements.images))
    image_strata = stratify_images(measurements)
    drawn_rows = draw_images(image_strata, plan.size, seed).tolist()
    drawn_sample = make_sample(plan, seed, measurements, drawn_rows, image_strata)
    report_settings = replace(
        config.report,
        html=config.report.html and not no_html,
        max_pages=max(config.report.max_pages, len(drawn_rows)),  # every drawn image is to be looked at
    )
    drawn_result = replace(
        _keep_drawn(scan_result, drawn_sample, drawn_rows),
        sampled_images=tuple(drawn_rows),
        notice=_describe_plan(plan, drawn_sample),
    )
    write_scan(drawn_result, out, report_settings)
    write_sample(drawn_sample, out / FILE_NAME)
    write_atomically(out / REVIEW_FILE, _review_table(scan_result, drawn_sample))
    if not common.quiet:
        from audit.report.scan_text import describe_configuration

        emit(f"{describe_configuration(config.file)}\n{_summarize(plan, drawn_sample, out)}")


def _make_plan(
    limit_share: float, confidence: float, good_share: float | None, producer_risk: float, lot_size: int
) -> Plan:
    from audit.gates.sampling import two_point_plan, zero_failure_plan

    try:
        if good_share is None:
            return zero_failure_plan(limit_share, confidence, lot_size)
        return two_point_plan(
            good_share, limit_share, producer_risk=producer_risk, confidence=confidence, lot=lot_size
        )
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--limit/--good") from error


def _keep_drawn(scan_result: ScanResult, drawn_sample: Sample, drawn_rows: list[int]) -> ScanResult:
    """Keep the findings on the drawn images, and ask about each of these as a whole."""
    from audit.detectors.rule import Rule
    from audit.findings.finding import Severity, sort_findings
    from audit.gates.plan_file import REVIEW_MANUAL, REVIEW_RULE, review_findings

    drawn_names = {image.file_name for image in drawn_sample.images}
    kept_findings = [finding for finding in scan_result.findings if finding.file_name in drawn_names]
    title = REVIEW_MANUAL.splitlines()[0].rstrip(".")
    return replace(
        scan_result,
        findings=sort_findings([*kept_findings, *review_findings(drawn_sample, drawn_rows)]),
        rules={**scan_result.rules, REVIEW_RULE: Rule(REVIEW_RULE, Severity.INFO, title, REVIEW_MANUAL)},
    )


def _review_table(scan_result: ScanResult, drawn_sample: Sample) -> bytes:
    import csv
    import io
    from collections import Counter

    from audit.findings.sanitize import csv_safe
    from audit.gates.reviewed import REVIEW_COLUMNS

    n_findings = Counter(finding.file_name for finding in scan_result.findings)
    text_buffer = io.StringIO()
    csv_writer = csv.writer(text_buffer, lineterminator="\n")
    csv_writer.writerow(REVIEW_COLUMNS)
    for image in drawn_sample.images:
        file_name, stratum = csv_safe(image.file_name), csv_safe(image.stratum)
        finding_count = n_findings[image.file_name]
        csv_writer.writerow((image.image_id, file_name, stratum, finding_count, "", "", image.fingerprint))
    return text_buffer.getvalue().encode()


def _summarize(plan: Plan, drawn_sample: Sample, out_folder: Path) -> str:
    plan_text = _describe_plan(plan, drawn_sample).replace(". A batch", ".\nA batch")
    return f"{plan_text}\nReview list: {printable(str(out_folder / 'review.csv'))}\n"


def _describe_plan(plan: Plan, drawn_sample: Sample) -> str:
    """Say how many images are to be reviewed, and what that proves: the same in terminal and report."""
    n_drawn = len(drawn_sample.images)
    allowed = f"at most {plan.accept:,} of them may be wrong" if plan.accept else "none of them may be wrong"
    good = (
        f", one in which {format_percent(plan.good, None)} are with {plan.acceptance_of_good():.3f}"
        if plan.good
        else ""
    )
    return (
        f"Review {n_drawn:,} of {format_count(plan.lot or 0, 'image')}; {allowed}. A batch in which "
        f"{format_percent(plan.limit, None)} of the images are wrong passes with probability "
        f"{plan.acceptance(plan.limit):.3f}{good}."
    )
