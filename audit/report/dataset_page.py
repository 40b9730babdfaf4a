"""The dataset page of a report: everything that it shows, as plain data without markup."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import Source
from audit.detectors.robust_spread import quantile_by_group
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
from audit.report.distributions import count_distributions
from audit.report.histograms import Histogram
from audit.report.scan_summary import ScanSummary
from audit.report.text_format import format_category, shorten_text
from audit.report.touching_section import TouchingSection, build_touching_section

MAX_CATEGORIES = 200


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One category with its findings by severity."""

    name: str
    category_id: int
    n_annotations: int
    n_images: int
    n_errors: int
    n_warnings: int
    n_infos: int
    median_area_px: int
    """Median mask area; 0 where it has no masks."""


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """Everything on the dataset page."""

    title: str
    version: str
    versions: tuple[tuple[str, str], ...]
    """Names and versions of what measured."""
    summary: ScanSummary
    sparklines: Mapping[tuple[str, Severity], str]
    """Rule and severity to SVG path data: where in the order of images their findings lie."""
    precisions: Mapping[str, str]
    """Rule to how it did in the eyes of those who decided, as far as anybody has."""
    inputs: tuple[Source, ...]
    manuals: tuple[Rule, ...]
    """Of the rules that found something."""
    categories: tuple[CategoryLine, ...]
    n_categories_left_out: int
    rules_by_category: CountTable
    """Categories against rules."""
    overlaps_by_category: CountTable
    """Categories against each other."""
    touching: TouchingSection | None
    """None where nothing touches."""
    charts: tuple[Histogram, ...]
    configuration: str
    not_checked: tuple[str, ...]
    notice: str
    """What must be known first; empty where the findings are all there are."""
    n_reviewed: int
    """Findings that somebody decided about, those hidden for it included."""
    n_hidden: int
    n_images_with_findings: int
    n_images_with_page: int


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
    firing = {finding.rule for finding in result.findings}
    categories = _count_categories(result)
    names = [name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] for name in summary.sources]
    not_checked = (*result.not_checked, *_describe_limits(with_page, with_findings))
    return DatasetPage(
        title=shorten_text(", ".join(names) or "nothing", 120),
        version=result.version,
        versions=_list_versions(result),
        summary=summary,
        sparklines=draw_sparklines(result.findings, len(result.measurements.images)),
        precisions={review.rule: describe_precision(review) for review in result.reviews},
        inputs=result.sources,
        manuals=tuple(result.rules[rule] for rule in sorted(firing) if rule in result.rules),
        categories=categories[:MAX_CATEGORIES],
        n_categories_left_out=max(0, len(categories) - MAX_CATEGORIES),
        rules_by_category=count_rules_by_category(result),
        overlaps_by_category=count_overlaps_by_category(result.measurements),
        touching=build_touching_section(result.measurements),
        charts=count_distributions(result),
        configuration=json.dumps(result.effective_config, indent=2, sort_keys=True, default=str),
        not_checked=tuple(shorten_text(reason, 400) for reason in not_checked),
        notice=shorten_text(result.notice, 600),
        n_reviewed=sum(review.real + review.fine + review.unsure for review in result.reviews),
        n_hidden=result.hidden,
        n_images_with_findings=with_findings,
        n_images_with_page=with_page,
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
    categories, instances = result.measurements.categories, result.measurements.instances
    category_of_instance = instances["category"].to_numpy()
    # Where an id is used twice, its first row counts: the reader numbers categories in that way too.
    row_of_id = {int(number): row for row, number in reversed(list(enumerate(categories["category_id"])))}
    counts = np.zeros((len(categories), len(Severity)), dtype=np.int64)
    for finding in result.findings:
        rows = {int(category_of_instance[instance]) for instance in finding.instance_rows}
        if not rows and not finding.prediction_rows:
            rows = {row_of_id.get(number, -1) for number in finding.category_ids}
        for row in rows - {-1}:
            counts[row, finding.severity.rank] += 1
    has_mask = (instances["area_px"].to_numpy() > 0) & (category_of_instance >= 0)
    chosen = category_of_instance[has_mask]
    medians = quantile_by_group(chosen, instances["area_px"].to_numpy(np.float64)[has_mask])
    median_area = dict(zip(np.unique(chosen).tolist(), medians.tolist(), strict=True))
    columns = (categories[column].tolist() for column in ("name", "category_id", "annotations", "images"))
    lines = [
        CategoryLine(
            name=format_category(name),
            category_id=category_id,
            n_annotations=n_annotations,
            n_images=n_images,
            n_errors=int(counts[row, Severity.ERROR.rank]),
            n_warnings=int(counts[row, Severity.WARNING.rank]),
            n_infos=int(counts[row, Severity.INFO.rank]),
            median_area_px=int(median_area.get(row, 0)),
        )
        for row, (name, category_id, n_annotations, n_images) in enumerate(zip(*columns, strict=True))
    ]
    return tuple(sorted(lines, key=_most_affected_first))


def _most_affected_first(line: CategoryLine) -> tuple[int, ...]:
    return (-line.n_errors, -line.n_warnings, -line.n_annotations, -line.n_infos, line.category_id)
