"""The tables of the dataset page that cross two things: rules with categories, categories with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.findings.finding import Finding, Severity
from audit.measure.schema import Measurements
from audit.pipeline.result import ScanResult
from audit.report.text_format import format_category

MOST_ROWS = 30
MOST_COLUMNS = 20
BINS = 32
"""Steps of a sparkline."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One crossing of a table."""

    count: int
    shade: int
    """0..5: how dark it is; 0 = nothing there."""
    hint: str
    """What a reader hears or sees on hovering."""


@dataclass(frozen=True, slots=True)
class CountTable:
    """A table of counts with shaded cells."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    """One tuple a row."""
    left_rows: int
    """Rows that the table leaves out, those with the least in them."""
    left_columns: int


def count_rules_by_category(result: ScanResult) -> CountTable:
    """Count the findings of every rule about the annotations of every category.

    Shaded by their share of the category's annotations, so that a rare category that is always wrong
    stands out beside a frequent one.

    Parameters
    ----------
    result : ScanResult

    Returns
    -------
    Crossing
        Rows are categories, columns are rules; most findings first.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> count_rules_by_category(ScanResult("1.0", empty_measurements(), (), {}, {})).rows
    ()
    """
    m = result.measurements
    category = m.instances["category"].to_numpy()
    rules = sorted({f.rule for f in result.findings})
    column_of = {rule: k for k, rule in enumerate(rules)}
    count = np.zeros((len(m.categories), len(rules)), dtype=np.int64)
    for finding in result.findings:
        for row in {int(category[r]) for r in finding.instance_rows} - {-1}:
            count[row, column_of[finding.rule]] += 1
    sizes = m.categories["annotations"].to_numpy()
    share = count / np.maximum(sizes, 1)[:, None]
    names = _category_names(m)

    def hint(row: int, column: int) -> str:
        number = int(count[row, column])
        return f"{number:,} findings of {rules[column]} in {int(sizes[row]):,} annotations of {names[row]}"

    # Five shades, each for a share about three times that of the one before.
    shade = 1 + np.searchsorted([0.01, 0.03, 0.1, 0.3], share, side="right")
    return _keep_largest(count, shade, names, rules, hint)


def count_overlaps_by_category(m: Measurements) -> CountTable:
    """Count the pairs of masks that overlap, for every two categories.

    Shaded by their number, on a logarithmic scale.

    Parameters
    ----------
    m : Measurements

    Returns
    -------
    Crossing
        Symmetric; the categories with most overlapping pairs first.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> count_overlaps_by_category(empty_measurements()).rows
    ()
    """
    category = m.instances["category"].to_numpy()
    a, b = category[m.pairs["a"].to_numpy()], category[m.pairs["b"].to_numpy()]
    known = (a >= 0) & (b >= 0)
    a, b, over = a[known], b[known], m.pairs["intersection_px"].to_numpy()[known] > 0
    some = np.unique(np.r_[a[over], b[over]])
    place = np.full(len(m.categories) + 1, -1)
    place[some] = np.arange(len(some))
    a, b = place[a], place[b]
    inside = (a >= 0) & (b >= 0)
    near, count = (_count_symmetric(a[chosen], b[chosen], len(some)) for chosen in (inside, inside & over))
    names = [_category_names(m)[row] for row in some.tolist()]

    def hint(row: int, column: int) -> str:
        number, of = int(count[row, column]), int(near[row, column])
        return f"{names[row]} and {names[column]}: {number:,} of {of:,} pairs within 2 px overlap"

    shade = 1 + (4.99 * np.log1p(count) / np.log1p(max(count.max(initial=0), 1))).astype(np.int64)
    return _keep_largest(count, np.minimum(shade, 5), names, names, hint, same=True)


def draw_sparklines(findings: Sequence[Finding], images: int) -> dict[tuple[str, Severity], str]:
    """Draw where in the order of images each rule's findings lie.

    Parameters
    ----------
    findings : sequence of Finding
    images : int
        Rows of the images table.

    Returns
    -------
    dict
        (rule, severity) to SVG path data in a box of `BINS` x 10; nothing for rules without images.

    Examples
    --------
    >>> from audit.findings.finding import Finding
    >>> said = [Finding("mask.tiny", Severity.INFO, "2 px", image_row=0)]
    >>> draw_sparklines(said, 1)["mask.tiny", Severity.INFO]
    'M0 10V0h32V10z'
    >>> draw_sparklines([], 0)
    {}
    """
    count: dict[tuple[str, Severity], NDArray[np.int64]] = {}
    bins = min(BINS, max(images, 1))
    for finding in findings:
        if finding.image_row >= 0:
            line = count.setdefault((finding.rule, finding.severity), np.zeros(bins, dtype=np.int64))
            line[finding.image_row * bins // images] += 1
    return {key: _draw_bars(line) for key, line in count.items()}


def _draw_bars(line: NDArray[np.int64]) -> str:
    """Draw bars of unit width; the highest is 10 high, and one finding is seen beside a thousand."""
    height = np.where(line > 0, np.maximum(10 * line / line.max(), 1.5), 0)
    width = BINS / len(line)
    steps = [f"M{k * width:g} 10V{10 - h:.3g}h{width:g}V10z" for k, h in enumerate(height.tolist()) if h]
    return "".join(steps)


def _count_symmetric(a: NDArray[np.int64], b: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    count = np.zeros((n, n), dtype=np.int64)
    np.add.at(count, (a, b), 1)
    both: NDArray[np.int64] = count + count.T
    np.fill_diagonal(both, np.diag(count))
    return both


def _category_names(m: Measurements) -> list[str]:
    return [format_category(name) for name in m.categories["name"]]


def _keep_largest(
    count: NDArray[np.int64],
    shade: NDArray[np.int64],
    rows: Sequence[str],
    columns: Sequence[str],
    hint: Callable[[int, int], str],
    *,
    same: bool = False,
) -> CountTable:
    """Keep the rows and columns with most in them, most first."""
    by_row, by_column = (_order_by_total(count.sum(axis=axis)) for axis in (1, 0))
    most = (MOST_COLUMNS, MOST_COLUMNS) if same else (MOST_ROWS, MOST_COLUMNS)
    kept_rows, kept_columns = by_row[: most[0]], by_column[: most[1]]
    cells = tuple(
        tuple(
            Cell(int(count[r, c]), int(shade[r, c]) if count[r, c] else 0, hint(r, c)) for c in kept_columns
        )
        for r in kept_rows
    )
    return CountTable(
        tuple(rows[r] for r in kept_rows),
        tuple(columns[c] for c in kept_columns),
        cells,
        len(by_row) - len(kept_rows),
        len(by_column) - len(kept_columns),
    )


def _order_by_total(total: NDArray[np.int64]) -> list[int]:
    order: list[int] = np.argsort(-total, kind="stable").tolist()
    return [k for k in order if total[k]]
