"""What Python programs and notebooks use: scans and comparisons as tables, pictures and a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

from audit.findings.table import findings_table
from audit.pipeline.compare import compare as run_compare
from audit.pipeline.run import scan as run_scan

if TYPE_CHECKING:
    import pandas as pd

    from audit.pipeline.compare import CompareResult
    from audit.pipeline.result import ScanResult

P = ParamSpec("P")


@dataclass(frozen=True)
class Scan:
    """A finished scan.

    In a notebook it shows itself: what was found, and the worst images.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "none.json").write_text('{"images": [], "annotations": [], "categories": []}')
    >>> found = scan(folder / "none.json")
    >>> found
    <Scan of none.json: 0 images, 0 annotations; No errors and no warnings; 1 note.>
    >>> found.findings[["rule", "severity"]].to_dict("records")
    [{'rule': 'dataset.empty', 'severity': 'info'}]
    >>> len(found.pairs)
    0
    """

    result: ScanResult
    """Everything: findings as objects, rules, the configuration in force, times."""

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row a finding, worst first; columns as in ``findings.parquet``."""
        return findings_table(self.result.findings)

    @property
    def images(self) -> pd.DataFrame:
        """One row an image record; columns in `audit.measure.schema.IMAGES`."""
        return self.result.measurements.images

    @property
    def categories(self) -> pd.DataFrame:
        """One row a category; columns in `audit.measure.schema.CATEGORIES`."""
        return self.result.measurements.categories

    @property
    def instances(self) -> pd.DataFrame:
        """One row an annotation; columns in `audit.measure.schema.INSTANCES`."""
        return self.result.measurements.instances

    @property
    def pairs(self) -> pd.DataFrame:
        """One row a pair of masks that overlap or lie within 2 px; columns in `schema.PAIRS`."""
        return self.result.measurements.pairs

    def report(self, folder: str | Path, *, single_file: bool = False, max_pages: int = 200) -> Path:
        """Write the HTML report.

        Parameters
        ----------
        folder : path
            Made if absent; an earlier report in it is replaced.
        single_file : bool
            Write everything into ``index.html``, to be sent.
        max_pages : int
            Images that get a page: the worst, and some of every rule.

        Returns
        -------
        Path
            Of ``index.html``.

        Raises
        ------
        OSError
            If a file cannot be written; an earlier report is then still whole.
        """
        from audit.report.report_writer import write_report

        write_report(self.result, Path(folder), single_file=single_file, max_pages=max_pages)
        return Path(folder) / "index.html"

    def __repr__(self) -> str:
        from audit.report.scan_summary import summarize_scan

        summary = summarize_scan(self.result)
        names = ", ".join(Path(name).name for name in summary.sources) or "nothing"
        return (
            f"<Scan of {names}: {summary.images:,} images, {summary.annotations:,} annotations; "
            f"{summary.verdict}>"
        )

    def _repr_html_(self) -> str:
        from audit.report.notebook import render_notebook

        return render_notebook(self.result)


def _as_scan(run: Callable[P, ScanResult]) -> Callable[P, Scan]:
    @wraps(run)
    def wrapped(*args: P.args, **options: P.kwargs) -> Scan:
        return Scan(run(*args, **options))

    return wrapped


scan = _as_scan(run_scan)


@dataclass(frozen=True)
class Compared:
    """A finished comparison of predictions with labels.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "gt.json").write_text('{"images": [], "annotations": [], "categories": []}')
    >>> _ = (folder / "results.json").write_text("[]")
    >>> found = compare(folder / "gt.json", folder / "results.json")
    >>> found
    <Compared: 0 predictions, 0 labels; No two predictions overlap.>
    >>> len(found.overlaps)
    0
    """

    result: CompareResult
    """Everything, as typed records and arrays."""

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row a finding about labels or results, worst first; columns as in ``findings.parquet``."""
        return findings_table(self.result.scan.findings)

    @cached_property
    def metrics(self) -> dict[str, object]:
        """All numbers, as in ``metrics.json``."""
        from audit.pipeline.compare_outputs import collect_metrics

        return collect_metrics(self.result.comparison)

    @cached_property
    def overlaps(self) -> pd.DataFrame:
        """One row a pair of predictions that overlap, with its cause."""
        return self.result.comparison.overlaps_table()

    @cached_property
    def matches(self) -> pd.DataFrame:
        """One row a prediction, with the label that it matches."""
        return self.result.comparison.matches_table()

    @cached_property
    def errors(self) -> pd.DataFrame:
        """One row a wrong prediction or a missed label."""
        return self.result.comparison.errors_table()

    @cached_property
    def what_ifs(self) -> pd.DataFrame:
        """One row a setting of NMS or of the masks, with what it would make of the predictions."""
        return self.result.comparison.whatif_table()

    def __repr__(self) -> str:
        from audit.comparison.cause_summary import summarize_causes

        c = self.result.comparison
        return (
            f"<Compared: {len(c.tables.predictions):,} predictions, {len(c.tables.labels):,} labels; "
            f"{summarize_causes(c.causes)}>"
        )


def _as_compared(run: Callable[P, CompareResult]) -> Callable[P, Compared]:
    @wraps(run)
    def wrapped(*args: P.args, **options: P.kwargs) -> Compared:
        return Compared(run(*args, **options))

    return wrapped


compare = _as_compared(run_compare)
