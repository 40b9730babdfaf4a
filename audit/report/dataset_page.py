"""The dataset page of a report: everything that it shows, as plain data without markup."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from audit.detectors.rule import Rule
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent_range
from audit.findings.reviews import RuleReview
from audit.pipeline.result import ScanResult
from audit.report.category_tables import (
    CountTable,
    count_overlaps_by_category,
    count_rules_by_category,
    draw_sparklines,
)
from audit.report.charts import Histogram
from audit.report.distributions import count_distributions
from audit.report.scan_summary import RuleLine, ScanSummary
from audit.report.text_format import format_category, shorten_text
from audit.report.touching_section import TouchingSection, build_touching_section

MAX_CATEGORIES = 200


@dataclass(frozen=True, slots=True)
class InputLine:
    """One input file."""

    name: str
    format: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One category with its findings by severity."""

    name: str
    category_id: int
    annotations: int
    images: int
    errors: int
    warnings: int
    infos: int
    median_px: int
    """Median mask area; 0 where it has no masks."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One line of the table of rules."""

    line: RuleLine
    sparkline: str
    """Path data: where in the order of images its findings lie."""
    review: str
    """How it did in the eyes of those who decided; empty where nobody has."""


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """Everything on the dataset page."""

    title: str
    version: str
    versions: tuple[tuple[str, str], ...]
    """Names and versions of what measured."""
    summary: ScanSummary
    rules: tuple[RuleRow, ...]
    inputs: tuple[InputLine, ...]
    manuals: tuple[Rule, ...]
    """Of the rules that found something."""
    categories: tuple[CategoryLine, ...]
    categories_left: int
    by_rule: CountTable
    """Categories against rules."""
    overlaps: CountTable
    """Categories against each other."""
    touching: TouchingSection | None
    """None where nothing touches."""
    charts: tuple[Histogram, ...]
    configuration: str
    not_checked: tuple[str, ...]
    reviewed: int
    """Findings that somebody decided about, those hidden for it included."""
    hidden: int
    images_with_findings: int
    images_with_page: int


def build_dataset_page(
    result: ScanResult, summary: ScanSummary, *, with_page: int, with_findings: int
) -> DatasetPage:
    """Collect the dataset page of a scan.

    Parameters
    ----------
    result : ScanResult
    summary : Summary
    with_page, with_findings : int
        Images that have a page; that have findings.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.report.scan_summary import summarize_scan
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> build_dataset_page(empty, summarize_scan(empty), with_page=0, with_findings=0).title
    'nothing'
    """
    found = {f.rule for f in result.findings}
    categories = _count_categories(result)
    names = [name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] for name in summary.sources]
    return DatasetPage(
        title=shorten_text(", ".join(names) or "nothing", 120),
        version=result.version,
        versions=_list_versions(result),
        summary=summary,
        rules=_rule_rows(result, summary),
        inputs=tuple(
            InputLine(shorten_text(s.name), s.format, s.size_bytes, s.sha256) for s in result.sources
        ),
        manuals=tuple(result.rules[r] for r in sorted(found) if r in result.rules),
        categories=categories[:MAX_CATEGORIES],
        categories_left=max(0, len(categories) - MAX_CATEGORIES),
        by_rule=count_rules_by_category(result),
        overlaps=count_overlaps_by_category(result.measurements),
        touching=build_touching_section(result.measurements),
        charts=count_distributions(result),
        configuration=json.dumps(result.effective_config, indent=2, sort_keys=True, default=str),
        not_checked=tuple(
            shorten_text(text, 400)
            for text in (*result.not_checked, *_describe_limits(with_page, with_findings))
        ),
        reviewed=sum(r.real + r.fine + r.unsure for r in result.reviews),
        hidden=result.hidden,
        images_with_findings=with_findings,
        images_with_page=with_page,
    )


def _describe_limits(with_page: int, with_findings: int) -> Iterator[str]:
    if with_page < with_findings:
        yield (
            f"Drawn are {with_page:,} of the {with_findings:,} images with findings, the worst of every rule "
            "among them; the findings of all are listed and in findings.csv."
        )


def _list_versions(result: ScanResult) -> tuple[tuple[str, str], ...]:
    # What computes numbers of a scan; pycocotools writes masks and judges tests, scikit-image draws.
    measured_by = ("numpy", "scipy", "shapely", "pillow")
    return (("maskaudit", result.version), *((name, version(name)) for name in measured_by))


def _rule_rows(result: ScanResult, summary: ScanSummary) -> tuple[RuleRow, ...]:
    sparks = draw_sparklines(result.findings, len(result.measurements.images))
    said = {review.rule: describe_precision(review) for review in result.reviews}
    return tuple(
        RuleRow(line, sparks.get((line.rule, line.severity), ""), said.get(line.rule, ""))
        for line in summary.rules
    )


def describe_precision(review: RuleReview) -> str:
    """Say how a rule did in the eyes of those who decided about its findings.

    Examples
    --------
    >>> describe_precision(RuleReview("mask.tiny", 9, 1, 2, 0.596, 0.982))
    '9 of 10 reviewed were real (60 % to 98 %), 2 unsure'
    >>> describe_precision(RuleReview("mask.tiny", 0, 0, 1, 0.0, 1.0))
    '1 unsure'
    """
    unsure = [f"{review.unsure:,} unsure"] if review.unsure else []
    decided = review.real + review.fine
    if not decided:
        return "".join(unsure)
    interval = format_percent_range(review.low, review.high)
    return ", ".join([f"{review.real:,} of {decided:,} reviewed were real ({interval})", *unsure])


def _count_categories(result: ScanResult) -> tuple[CategoryLine, ...]:
    """Count findings a category: those about its annotations and those about the category itself."""
    table, instances = result.measurements.categories, result.measurements.instances
    category = instances["category"].to_numpy()
    row_of = {int(c): row for row, c in reversed(list(enumerate(table["category_id"])))}
    count = np.zeros((len(table), len(Severity)), dtype=np.int64)
    for finding in result.findings:
        rows = {int(category[r]) for r in finding.instance_rows}
        if not rows and not finding.prediction_rows:
            rows = {row_of.get(c, -1) for c in finding.category_ids}
        for row in rows - {-1}:
            count[row, finding.severity.rank] += 1
    masked = instances[(instances["area_px"] > 0) & (instances["category"] >= 0)]
    median = masked.groupby("category")["area_px"].median()
    columns = (table[c].tolist() for c in ("name", "category_id", "annotations", "images"))
    lines = [
        CategoryLine(
            name=format_category(name),
            category_id=number,
            annotations=annotations,
            images=images,
            errors=int(count[row, Severity.ERROR.rank]),
            warnings=int(count[row, Severity.WARNING.rank]),
            infos=int(count[row, Severity.INFO.rank]),
            median_px=int(median.get(row, 0)),
        )
        for row, (name, number, annotations, images) in enumerate(zip(*columns, strict=True))
    ]
    return tuple(sorted(lines, key=_affected))


def _affected(line: CategoryLine) -> tuple[int, ...]:
    return (-line.errors, -line.warnings, -line.annotations, -line.infos, line.category_id)
