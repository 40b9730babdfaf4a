"""The tables of the dataset page that cross two things: rules with categories, categories with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.findings.finding import Finding, Severity
from audit.findings.number_format import format_count
from audit.measure.schema import Measurements
from audit.pipeline.result import ScanResult
from audit.report.text_format import format_category

MOST_ROWS = 30
MOST_COLUMNS = 20
BINS = 32
"""Steps of a sparkline."""
MAX_SHADE = 5
SHADE_SHARES = (0.01, 0.03, 0.1, 0.3)
"""Shares at which a cell is one shade darker: each about three times the one before."""


@dataclass(frozen=True, slots=True)
class CountTable:
    """A table of counts with shaded cells; every array of cells has one tuple a row."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    shades: tuple[tuple[int, ...], ...]
    """0..5: how dark a cell is; 0 = nothing there."""
    hints: tuple[tuple[str, ...], ...]
    """What a reader hears, or sees on hovering."""
    n_rows_left_out: int
    """Rows with the least in them, for which there is no room."""
    n_columns_left_out: int


def count_rules_by_category(result: ScanResult) -> CountTable:
    """Count the findings of every rule about the annotations of every category.

    Shaded by their share of the category's annotations, so that a rare category that is always wrong
    stands out beside a frequent one.

    Parameters
    ----------
    result : ScanResult

    Returns
    -------
    CountTable
        Rows are categories, columns are rules; most findings first.

    Examples
    --------
    >>> from audit.findings.finding import Finding
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.testing import measured, scene
    >>> tiny = Finding("mask.tiny", Severity.INFO, "1 px", instance_rows=(0,))
    >>> result = ScanResult("1.0", measured(scene("a", categories={"a": "cell"})), (tiny,), {}, {})
    >>> table = count_rules_by_category(result)
    >>> table.rows, table.columns, table.counts
    (('cell',), ('mask.tiny',), ((1,),))
    >>> count_rules_by_category(ScanResult("1.0", empty_measurements(), (), {}, {})).rows
    ()
    """
    measurements = result.measurements
    category_of_instance = measurements.instances["category"].to_numpy()
    rules = sorted({finding.rule for finding in result.findings})
    column_of_rule = {rule: column for column, rule in enumerate(rules)}
    counts = np.zeros((len(measurements.categories), len(rules)), dtype=np.int64)
    for finding in result.findings:
        # Once a category: a finding about two cells is one finding about cells.
        for row in {int(category_of_instance[instance]) for instance in finding.instance_rows} - {-1}:
            counts[row, column_of_rule[finding.rule]] += 1
    n_annotations = measurements.categories["annotations"].to_numpy()
    names = _category_names(measurements)

    def describe_cell(row: int, column: int) -> str:
        return (
            f"{format_count(int(counts[row, column]), 'finding')} of {rules[column]} in "
            f"{format_count(int(n_annotations[row]), 'annotation')} of {names[row]}"
        )

    share = counts / np.maximum(n_annotations, 1)[:, None]
    shades = 1 + np.searchsorted(SHADE_SHARES, share, side="right")
    return _keep_largest(counts, shades, (names, rules), (MOST_ROWS, MOST_COLUMNS), describe_cell)


def count_overlaps_by_category(measurements: Measurements) -> CountTable:
    """Count the pairs of masks that overlap, for every two categories.

    Shaded by their number, on a logarithmic scale.

    Parameters
    ----------
    measurements : Measurements

    Returns
    -------
    CountTable
        Symmetric; the categories with most overlapping pairs first.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.testing import measured, scene
    >>> table = count_overlaps_by_category(measured(scene("aa.", ".bb")))
    >>> table.counts, table.hints
    (((1,),), (('thing and thing: 1 of 1 pairs within 2 px overlap',),))
    >>> count_overlaps_by_category(empty_measurements()).rows
    ()
    """
    instance_category = measurements.instances["category"].to_numpy()
    a, b = (instance_category[measurements.pairs[side].to_numpy()] for side in "ab")
    is_known = (a >= 0) & (b >= 0)
    a, b = a[is_known], b[is_known]
    is_overlap = measurements.pairs["intersection_px"].to_numpy()[is_known] > 0
    # Most categories of a large dataset overlap with none: the matrix is made for the others only.
    overlapping = np.unique(np.r_[a[is_overlap], b[is_overlap]])
    position = np.full(len(measurements.categories) + 1, -1)
    position[overlapping] = np.arange(len(overlapping))
    a, b = position[a], position[b]
    is_listed = (a >= 0) & (b >= 0)
    n_near, n_overlapping = (
        _count_symmetric(a[chosen], b[chosen], len(overlapping))
        for chosen in (is_listed, is_listed & is_overlap)
    )
    all_names = _category_names(measurements)
    names = [all_names[row] for row in overlapping.tolist()]

    def describe_cell(row: int, column: int) -> str:
        counts = f"{int(n_overlapping[row, column]):,} of {int(n_near[row, column]):,}"
        return f"{names[row]} and {names[column]}: {counts} pairs within 2 px overlap"

    largest = max(n_overlapping.max(initial=0), 1)
    shades = 1 + ((MAX_SHADE - 0.01) * np.log1p(n_overlapping) / np.log1p(largest)).astype(np.int64)
    most = (MOST_COLUMNS, MOST_COLUMNS)
    return _keep_largest(n_overlapping, np.minimum(shades, MAX_SHADE), (names, names), most, describe_cell)


def draw_sparklines(findings: Sequence[Finding], n_images: int) -> dict[tuple[str, Severity], str]:
    """Draw where in the order of images each rule's findings lie.

    Parameters
    ----------
    findings : sequence of Finding
    n_images : int
        Rows of the images table.

    Returns
    -------
    dict
        (rule, severity) to SVG path data in a box of `BINS` x 10; nothing for rules without images.

    Examples
    --------
    >>> from audit.findings.finding import Finding
    >>> findings = [Finding("mask.tiny", Severity.INFO, "2 px", image_row=0)]
    >>> draw_sparklines(findings, 1)["mask.tiny", Severity.INFO]
    'M0 10V0h32V10z'
    >>> draw_sparklines([], 0)
    {}
    """
    counts: dict[tuple[str, Severity], NDArray[np.int64]] = {}
    n_bins = min(BINS, max(n_images, 1))
    for finding in findings:
        if finding.image_row >= 0:
            key = (finding.rule, finding.severity)
            bins = counts.setdefault(key, np.zeros(n_bins, dtype=np.int64))
            bins[finding.image_row * n_bins // n_images] += 1
    return {key: _draw_bars(bins) for key, bins in counts.items()}


def _draw_bars(counts: NDArray[np.int64]) -> str:
    """Draw bars side by side; the highest is 10 high, and one finding is seen beside a thousand."""
    heights = np.where(counts > 0, np.maximum(10 * counts / counts.max(), 1.5), 0)
    width = BINS / len(counts)
    bars = [
        f"M{position * width:g} 10V{10 - height:.3g}h{width:g}V10z"
        for position, height in enumerate(heights.tolist())
        if height
    ]
    return "".join(bars)


def _count_symmetric(a: NDArray[np.int64], b: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    counts = np.zeros((size, size), dtype=np.int64)
    np.add.at(counts, (a, b), 1)
    symmetric: NDArray[np.int64] = counts + counts.T
    np.fill_diagonal(symmetric, np.diag(counts))  # a pair of one category is one pair, not two
    return symmetric


def _category_names(measurements: Measurements) -> list[str]:
    return [format_category(name) for name in measurements.categories["name"]]


def _keep_largest(
    counts: NDArray[np.int64],
    shades: NDArray[np.int64],
    names: tuple[Sequence[str], Sequence[str]],
    most: tuple[int, int],
    describe_cell: Callable[[int, int], str],
) -> CountTable:
    """Keep the rows and columns with most in them; ``names`` and ``most`` are of rows, columns."""
    by_row, by_column = (_order_by_total(counts.sum(axis=axis)) for axis in (1, 0))
    rows, columns = by_row[: most[0]], by_column[: most[1]]
    kept = np.ix_(rows, columns)
    kept_counts = counts[kept]
    return CountTable(
        rows=tuple(names[0][row] for row in rows),
        columns=tuple(names[1][column] for column in columns),
        counts=tuple(map(tuple, kept_counts.tolist())),
        shades=tuple(map(tuple, np.where(kept_counts > 0, shades[kept], 0).tolist())),
        hints=tuple(tuple(describe_cell(row, column) for column in columns) for row in rows),
        n_rows_left_out=len(by_row) - len(rows),
        n_columns_left_out=len(by_column) - len(columns),
    )


def _order_by_total(totals: NDArray[np.int64]) -> list[int]:
    """Order positions by their total, largest first; those with nothing are left out."""
    order: list[int] = np.argsort(-totals, kind="stable").tolist()
    return [position for position in order if totals[position]]
