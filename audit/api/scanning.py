"""Scans for Python programs and notebooks: tables, pictures and a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.findings.table import findings_table
from audit.loaders.memory import GroundTruth, Predictions
from audit.pipeline.config import Config
from audit.pipeline.executors import Executor
from audit.pipeline.measuring import Progress
from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan as run_scan

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Scan:
    """A finished scan.

    In a notebook it shows itself: what was found, what to look at first, and the worst images.

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
        """One row a finding, worst first; columns as in ``findings.parquet``, evidence as dictionaries.

        ``pandas.json_normalize(found.findings["evidence"])`` makes a column of every number in it.
        """
        return findings_table(self.result.findings)

    @property
    def images(self) -> pd.DataFrame:
        """One row an image record; columns in `audit.measure.schema.IMAGES`."""
        return self.result.measurements.images.to_pandas()

    @property
    def categories(self) -> pd.DataFrame:
        """One row a category; columns in `audit.measure.schema.CATEGORIES`."""
        return self.result.measurements.categories.to_pandas()

    @property
    def instances(self) -> pd.DataFrame:
        """One row an annotation; columns in `audit.measure.schema.INSTANCES`."""
        return self.result.measurements.instances.to_pandas()

    @property
    def pairs(self) -> pd.DataFrame:
        """One row a pair of masks that overlap or lie within 2 px; columns in `schema.PAIRS`."""
        return self.result.measurements.pairs.to_pandas()

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
        from audit.findings.folder_swap import replace_folder
        from audit.report.report_writer import write_report

        with replace_folder(Path(folder)) as new_folder:
            write_report(self.result, new_folder, single_file=single_file, max_pages=max_pages)
        return Path(folder) / "index.html"

    def __repr__(self) -> str:
        from audit.findings.number_format import format_count
        from audit.report.scan_summary import summarize_scan

        summary = summarize_scan(self.result)
        names = ", ".join(Path(name).name for name in summary.sources) or "nothing"
        images, annotations = (
            format_count(summary.images, "image"),
            format_count(summary.annotations, "annotation"),
        )
        return f"<Scan of {names}: {images}, {annotations}; {summary.verdict}>"

    def _repr_html_(self) -> str:
        from audit.report.notebook import render_scan_cell

        return render_scan_cell(self.result)


def scan(
    ground_truth: GroundTruth | None = None,
    *,
    images: str | Path | None = None,
    config: Config | str | Path | Mapping[str, Any] | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    workers: int | None = None,
    isolate: bool = False,
    executor: Executor | None = None,
    engine: str | None = None,
    predictions: Predictions | None = None,
    from_measurements: str | Path | None = None,
    decisions: str | Path | None = None,
    hide_fine: bool = False,
    salvage: bool = False,
    input_format: str | None = None,
    keep_masks: bool = True,
    partition_size: int | None = None,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> Scan:
    """Audit a dataset.

    Parameters
    ----------
    ground_truth : path, mapping, COCO object, or a sequence of these
        COCO JSON files, folders of label images, COCO dictionaries, `pycocotools.coco.COCO`.
        Left out with ``from_measurements``.
    images : path, optional
        The folder that the pictures lie in; without it they are not checked.
    config : Config, path or mapping, optional
        A configuration, the file that holds it, or its table, for example
        ``{"rules": {"overlap.duplicate": {"min_iou": 0.9}}}``.
    select, ignore : sequence of str, optional
        Families (``overlap``) or rules; replace those of the configuration.
    workers : int or None
        Threads that measure; None = the configuration's number, else one a core.
    isolate : bool
        Measure in worker processes instead of threads: where one is killed, the annotation that killed it is
        found and left out. A script that asks for it needs ``if __name__ == "__main__":``.
    executor : optional
        Measures instead of own processes, for example a Dask client's ``get_executor()``.
    engine : str, optional
        A cluster that measures instead: ``dask://HOST:PORT``, ``ray://HOST:PORT``, or ``dask`` or ``ray`` to
        start one on this machine with ``workers`` processes. What is found does not depend on it.
    predictions : path, mapping or sequence, optional
        Results, as `compare` takes them, that are audited instead of the labels; these give its images and
        categories. Rules about the dataset as a whole (`audit.pipeline.run.LABEL_RULES`) are not judged then.
    from_measurements : path, optional
        Judge the measurements of an earlier scan (its report folder) again, without reading a mask.
    decisions : path, optional
        What people decided about findings (``decisions.json``, as a report exports it); it is put
        onto the findings that it is about.
    hide_fine : bool
        Leave out findings that somebody decided to be fine.
    salvage : bool
        Audit what a damaged file still holds.
    input_format : str, optional
        Format of the labels (``yolo``, ``cvat`` ...), where their content does not tell it rightly.
    keep_masks : bool
        Whether the result can draw masks. Without them a large scan needs a third less memory.
    partition_size : int, optional
        Annotations a part of the written tables, where there are more; None = the configuration's number.
        It changes no finding.
    cache : path, optional
        A folder in which a scan of more than ``partition_size`` annotations keeps what it has measured, so
        that it goes on there when it is killed; remove it afterwards. Columns that are too large for memory
        lie there, too, as files without a name; without it, in the system's folder for temporary files.
    progress : callable, optional
        Called with (step, done, total).

    Returns
    -------
    Scan
        Its tables, a report, and a summary in notebooks.

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.
    DecisionsError
        If the file of decisions cannot be read.
    ConfigError, UnknownRuleError
        If the configuration or the name of a rule is wrong.
    NotADirectoryError
        If ``images`` is no folder.
    EngineError
        If the engine is unknown, not installed, or does not answer.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "none.json").write_text('{"images": [], "annotations": [], "categories": []}')
    >>> len(scan(folder / "none.json").instances)
    0

    Labels in memory are read as a file of them would be:

    >>> square = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [0, 0, 2, 2], "area": 40}
    >>> square["segmentation"] = [[0, 0, 2, 0, 2, 2, 0, 2]]
    >>> labels = {"images": [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}]}
    >>> labels |= {"annotations": [square], "categories": [{"id": 1, "name": "cell"}]}
    >>> [(finding.rule, finding.source) for finding in scan(labels, select=["area"]).result.findings]
    [('area.mismatch', '<memory>')]
    """
    return Scan(
        run_scan(
            ground_truth,
            images=images,
            config=config,
            select=select,
            ignore=ignore,
            workers=workers,
            isolate=isolate,
            executor=executor,
            engine=engine,
            predictions=predictions,
            from_measurements=from_measurements,
            decisions=decisions,
            hide_fine=hide_fine,
            salvage=salvage,
            input_format=input_format,
            keep_masks=keep_masks,
            partition_size=partition_size,
            cache=cache,
            progress=progress,
        )
    )
