"""The dataset page of a report: everything that it shows, as plain data without markup."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.engine.result import RuleInfo, ScanResult
from audit.findings.finding import Finding, Severity
from audit.report.charts import Histogram, histogram
from audit.report.image_page import MAX_FINDINGS, shorten
from audit.report.places import Place
from audit.report.summary import Summary, split_title

MAX_LIST_BYTES = 900_000
"""JSON of the list of findings on the page; what does not fit is in findings.csv."""
MAX_CATEGORIES = 200

Row = tuple[int, int, int, int, str, tuple[int, ...], tuple[str, ...]]
"""Severity rank, position in rules, position in files (-1 = none), position on the image's page
(-1 = not there), message, annotation ids, categories."""


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
class Listing:
    """The findings that the page can filter, in the order of every output."""

    rules: tuple[tuple[str, str], ...]
    """(id, title), as rows refer to them."""
    files: tuple[tuple[str, str], ...]
    """(file name, address of the image's page or empty), as rows refer to them."""
    rows: tuple[Row, ...]
    total: int
    """Findings of the scan; those beyond ``rows`` are left out."""


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """Everything on the dataset page."""

    title: str
    version: str
    summary: Summary
    inputs: tuple[InputLine, ...]
    manuals: tuple[RuleInfo, ...]
    """Of the rules that found something."""
    categories: tuple[CategoryLine, ...]
    categories_left: int
    charts: tuple[Histogram, ...]
    listing: Listing
    configuration: str
    not_checked: tuple[str, ...]
    images_with_findings: int
    images_with_page: int


def dataset_page(
    result: ScanResult, at: Sequence[Place], summary: Summary, pages: dict[int, str], with_findings: int
) -> DatasetPage:
    """Collect the dataset page of a scan.

    Parameters
    ----------
    result : ScanResult
    at : sequence of Place
        Of ``result.findings``.
    summary : Summary
    pages : dict
        Row of the images table to the address of its page.
    with_findings : int
        Images with findings, also those without a page.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.report.summary import summarise
    >>> empty = ScanResult("1.0", empty_measurements(), (), {}, {})
    >>> dataset_page(empty, (), summarise(empty), {}, 0).listing.rows
    ()
    """
    found = {f.rule for f in result.findings}
    categories = _categories(result, at)
    names = [name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] for name in summary.sources]
    return DatasetPage(
        title=shorten(", ".join(names) or "nothing", 120),
        version=result.version,
        summary=summary,
        inputs=tuple(InputLine(shorten(s.name), s.format, s.size_bytes, s.sha256) for s in result.sources),
        manuals=tuple(result.rules[r] for r in sorted(found) if r in result.rules),
        categories=categories[:MAX_CATEGORIES],
        categories_left=max(0, len(categories) - MAX_CATEGORIES),
        charts=_charts(result, at),
        listing=_listing(result, at, pages),
        configuration=json.dumps(result.effective_config, indent=2, sort_keys=True, default=str),
        not_checked=tuple(shorten(text, 400) for text in result.not_checked),
        images_with_findings=with_findings,
        images_with_page=len(pages),
    )


def _categories(result: ScanResult, at: Sequence[Place]) -> tuple[CategoryLine, ...]:
    """Count findings a category: those about its annotations and those about the category itself."""
    table, instances = result.measurements.categories, result.measurements.instances
    category = instances["category"].to_numpy()
    row_of = {int(c): row for row, c in reversed(list(enumerate(table["category_id"])))}
    count = np.zeros((len(table), len(Severity)), dtype=np.int64)
    for finding, place in zip(result.findings, at, strict=True):
        rows = {int(category[r]) for r in place.instances}
        rows = rows or {row_of.get(c, -1) for c in finding.category_ids}
        for row in rows - {-1}:
            count[row, finding.severity.rank] += 1
    masked = instances[(instances["area_px"] > 0) & (instances["category"] >= 0)]
    median = masked.groupby("category")["area_px"].median()
    columns = (table[c].tolist() for c in ("name", "category_id", "annotations", "images"))
    lines = [
        CategoryLine(
            name=shorten(str(name), 80),
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


def _charts(result: ScanResult, at: Sequence[Place]) -> tuple[Histogram, ...]:
    """Draw how large the masks are, and how much they overlap or, where none do, touch."""
    instances, pairs = result.measurements.instances, result.measurements.pairs
    flagged = _flagged(result.findings, at, len(instances))
    area = instances["area_px"].to_numpy(dtype=np.float64)
    charts = [histogram("Mask area", "pixels, logarithmic", area, flagged, log=True)]
    both = flagged[pairs["a"].to_numpy()] & flagged[pairs["b"].to_numpy()]
    overlapping = pairs["intersection_px"].to_numpy() > 0
    if overlapping.any():
        iou = pairs["iou"].to_numpy(dtype=np.float64)[overlapping]
        charts.append(histogram("Overlap of mask pairs", "IoU", iou, both[overlapping], limits=(0, 1)))
    elif len(pairs):
        contact = pairs["contact_px"].to_numpy(dtype=np.float64)
        charts.append(
            histogram("Shared border of mask pairs", "pixels, logarithmic", contact, both, log=True)
        )
    return tuple(chart for chart in charts if chart.total)


def _flagged(findings: Sequence[Finding], at: Sequence[Place], n: int) -> NDArray[np.bool_]:
    """Mark the instances that an error or a warning is about."""
    flagged = np.zeros(n, dtype=np.bool_)
    for finding, place in zip(findings, at, strict=True):
        if finding.severity is not Severity.INFO:
            flagged[list(place.instances)] = True
    return flagged


def _listing(result: ScanResult, at: Sequence[Place], pages: dict[int, str]) -> Listing:
    """Choose the findings that fit on the page: of every rule the strongest first."""
    findings = result.findings
    rules = sorted({f.rule for f in findings})
    rule_at = {rule: k for k, rule in enumerate(rules)}
    names = {int(c): shorten(str(n), 60) for c, n in zip(*_columns(result), strict=True)}
    on_page = _positions(at)
    files: dict[tuple[str, str], int] = {}
    rows: dict[int, Row] = {}
    weight = 0
    for number in _strongest_first(findings):
        finding, image = findings[number], at[number].image
        name = "" if finding.file_name is None else shorten(finding.file_name)
        file = (name, pages.get(image, "") if image >= 0 else "")
        known = len(files)
        row = (
            finding.severity.rank,
            rule_at[finding.rule],
            files.setdefault(file, len(files)) if name else -1,
            on_page[number] if file[1] and on_page[number] < MAX_FINDINGS else -1,
            shorten(finding.message, 300),
            finding.annotation_ids[:20],
            tuple(names.get(c, str(c)) for c in finding.category_ids[:5]),
        )
        weight += len(json.dumps(row)) + len(json.dumps(file)) * (len(files) > known) + 4
        if weight > MAX_LIST_BYTES:
            break
        rows[number] = row
    titles = tuple((r, split_title(result.rules[r].title)[0] if r in result.rules else r) for r in rules)
    return Listing(titles, tuple(files), tuple(rows[n] for n in sorted(rows)), len(findings))


def _positions(at: Sequence[Place]) -> list[int]:
    """Number the findings of each image, as its page does."""
    seen: dict[int, int] = {}
    positions = []
    for place in at:
        positions.append(seen.get(place.image, 0))
        seen[place.image] = positions[-1] + 1
    return positions


def _columns(result: ScanResult) -> tuple[list[int], list[str]]:
    table = result.measurements.categories
    return table["category_id"].tolist(), table["name"].tolist()


def _strongest_first(findings: Sequence[Finding]) -> list[int]:
    """Order findings by their place within their rule (highest score first), then by severity and rule."""
    seen: dict[str, int] = {}
    place = [0] * len(findings)
    for number in sorted(range(len(findings)), key=lambda n: (-findings[n].score, n)):
        rule = findings[number].rule
        place[number] = seen.get(rule, 0)
        seen[rule] = place[number] + 1
    return sorted(range(len(findings)), key=lambda n: (place[n], n))
