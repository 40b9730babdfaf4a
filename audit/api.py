"""What Python programs and notebooks use: scans and comparisons as tables, pictures and a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.comparison.options import CompareOptions
from audit.findings.atomic_write import write_atomically
from audit.findings.table import findings_table
from audit.fixes.mend import FixResult, mend, refuse_same_file
from audit.fixes.plan import Selection
from audit.loaders.memory import GroundTruth, Predictions, collect_labels
from audit.pipeline.compare import CompareResult
from audit.pipeline.compare import compare as run_compare
from audit.pipeline.config import Config
from audit.pipeline.executors import Executor
from audit.pipeline.measuring import Progress
from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan as run_scan

if TYPE_CHECKING:
    import pandas as pd

    from audit.trainers.trainer_view import TrainerView


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


@dataclass(frozen=True)
class Comparison:
    """A finished comparison of predictions with labels.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "gt.json").write_text('{"images": [], "annotations": [], "categories": []}')
    >>> _ = (folder / "results.json").write_text("[]")
    >>> comparison = compare(folder / "gt.json", folder / "results.json")
    >>> comparison
    <Comparison: 0 predictions, 0 labels; No two predictions overlap.>
    >>> len(comparison.overlaps)
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
    def causes(self) -> dict[str, object]:
        """What is to blame for overlapping predictions, and the evidence, as in ``causes.json``."""
        from audit.pipeline.compare_outputs import collect_causes

        return collect_causes(self.result.comparison)

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
        from audit.report.blame_wording import summarize_blame

        result = self.result.comparison
        n_predictions, n_labels = len(result.tables.predictions), len(result.tables.labels)
        return f"<Comparison: {n_predictions:,} predictions, {n_labels:,} labels; {summarize_blame(result)}>"


def compare(
    ground_truth: GroundTruth,
    predictions: Predictions,
    *,
    images: str | Path | None = None,
    config: Config | str | Path | Mapping[str, Any] | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    workers: int | None = None,
    isolate: bool = False,
    options: CompareOptions | None = None,
    proposals: Predictions | None = None,
    training_labels: GroundTruth | None = None,
    training_log: str | Path | None = None,
    what_ifs: bool = True,
    decisions: str | Path | None = None,
    hide_fine: bool = False,
    salvage: bool = False,
    input_format: str | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare predictions with labels, and say why predictions overlap.

    Parameters
    ----------
    ground_truth : path, mapping, COCO object, or a sequence of these
        COCO JSON files, folders of label images, COCO dictionaries, `pycocotools.coco.COCO`.
    predictions : path, mapping or sequence
        A COCO results file with masks, or such results in memory: a list of dictionaries, or what a model
        returned by image id (torchvision's dictionaries, `supervision.Detections`), labels being category
        ids. With boxes alone, only what boxes tell is worked out.
    images : path, optional
        The folder that the pictures lie in; without it they are not checked.
    config : Config, path or mapping, optional
        A configuration, the file that holds it, or its table.
    select, ignore : sequence of str, optional
        Families or rules; replace those of the configuration.
    workers : int or None
        Threads that measure the labels; None = one a core.
    isolate : bool
        Measure them in worker processes instead.
    options : CompareOptions, optional
        What counts as an overlapping pair, and how its cause is decided.
    proposals : path, optional
        Region proposals: a list of ``{"image_id", "bbox", "score"}``.
    training_labels : path or sequence of paths, optional
        The labels that the model was trained on, where ``ground_truth`` is another set.
    training_log : path, optional
        The loss curve of the training: CSV, JSON lines (Detectron2's ``metrics.json``), or torchvision's
        text.
    what_ifs : bool
        Whether other settings of NMS and other masks are tried.
    decisions : path, optional
        What people decided about findings.
    hide_fine : bool
        Leave out findings that somebody decided to be fine.
    salvage : bool
        Take what damaged files still hold.
    input_format : str, optional
        Format of the labels (``yolo``, ``cvat`` ...), where their content does not tell it rightly.
    progress : callable, optional
        Called with (step, done, total).

    Returns
    -------
    Comparison
        Its tables.

    Raises
    ------
    UnreadableError
        If there are no labels or no predictions to read.
    ConfigError, UnknownRuleError
        If the configuration or the name of a rule is wrong.
    NotADirectoryError
        If ``images`` is no folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "gt.json").write_text('{"images": [], "annotations": [], "categories": []}')
    >>> _ = (folder / "results.json").write_text("[]")
    >>> len(compare(folder / "gt.json", folder / "results.json").overlaps)
    0
    >>> len(compare({"images": [], "annotations": [], "categories": []}, []).overlaps)
    0
    """
    return Comparison(
        run_compare(
            ground_truth,
            predictions,
            images=images,
            config=config,
            select=select,
            ignore=ignore,
            workers=workers,
            isolate=isolate,
            options=options,
            proposals=proposals,
            training_labels=training_labels,
            training_log=training_log,
            what_ifs=what_ifs,
            decisions=decisions,
            hide_fine=hide_fine,
            salvage=salvage,
            input_format=input_format,
            progress=progress,
        )
    )


def trainer_view(
    ground_truth: GroundTruth,
    trainer: str = "yolo-seg",
    *,
    image_size: int | None = None,
    mask_stride: int | None = None,
    salvage: bool = False,
    input_format: str | None = None,
) -> TrainerView:
    """Put labels through what a trainer does before its loss, and say which vanish or change.

    Parameters
    ----------
    ground_truth : path, mapping, COCO object, or a sequence of these
        COCO JSON files, folders of label images, COCO dictionaries, `pycocotools.coco.COCO`.
    trainer : {"yolo-seg", "detectron2", "torchvision", "mmdet"}
        Whose published preprocessing is simulated.
    image_size : int, optional
        Pixels, other than the trainer's own: ``imgsz`` of YOLO, the short side of Mask R-CNN.
    mask_stride : int, optional
        ``mask_ratio`` of YOLO, other than 4.
    salvage : bool
        Take what a damaged file still holds.
    input_format : str, optional
        Format of the labels (``yolo``, ``cvat`` ...), where their content does not tell it rightly.

    Returns
    -------
    TrainerView
        Tables of labels, categories and images, and the recall and AP that the targets allow.

    Raises
    ------
    ValueError
        If there is no such trainer, or it cannot be set so.
    UnreadableError
        If there is no dataset to read.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "none.json"
    >>> _ = file.write_text('{"images": [], "annotations": [], "categories": []}')
    >>> trainer_view(file, "mmdet").counts()["lost"]
    0
    """
    from audit.geometry.native_runs import thread_count
    from audit.loaders.read import read_dataset
    from audit.trainers.presets import choose_trainer
    from audit.trainers.trainer_view import view_as_trainer

    settings = choose_trainer(trainer, image_size=image_size, mask_stride=mask_stride)
    dataset = read_dataset(collect_labels(ground_truth), salvage=salvage, input_format=input_format).dataset
    return view_as_trainer(dataset, settings, threads=thread_count())


def fix(
    ground_truth: str | Path,
    out: str | Path | None = None,
    *,
    images: str | Path | None = None,
    config: Config | str | Path | Mapping[str, Any] | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    unsafe: bool = False,
    decisions: str | Path | None = None,
    workers: int | None = None,
) -> FixResult:
    """Mend a COCO file into a copy, and prove that nothing but the mended differs.

    Parameters
    ----------
    ground_truth : path
        A COCO file; it is never written.
    out : path, optional
        Where the corrected file goes; left out, nothing is written.
    images : path, optional
        The folder of the pictures, for what only they tell.
    config : Config, path or mapping, optional
        Which rules judge, and by which thresholds.
    select, ignore : sequence of str
        Families or rules that are mended, and that are left alone.
    unsafe : bool
        Whether masks are changed where nobody has decided about the finding.
    decisions : path, optional
        What people decided: ``fine`` is left alone; ``real`` and ``fix`` are mended even where the fix is not
        safe.
    workers : int or None
        Threads that measure.

    Returns
    -------
    FixResult
        The corrected text, every change, and the scans before and after.

    Raises
    ------
    UnreadableError
        If there is no COCO file to mend.
    FixRefusedError
        If ``out`` is the file itself, or if the proof fails.

    Examples
    --------
    >>> import json, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.json"
    >>> square = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [0, 0, 2, 2], "area": 40}
    >>> square["segmentation"] = [[0, 0, 2, 0, 2, 2, 0, 2]]
    >>> labels = {"images": [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}]}
    >>> labels |= {"annotations": [square], "categories": [{"id": 1, "name": "cell"}]}
    >>> _ = file.write_text(json.dumps(labels))
    >>> mended = fix(file)
    >>> [done.repair.action for done in mended.done]
    ['The area was set to the 4 px of the mask.']
    >>> json.loads(mended.corrected)["annotations"][0]["area"]
    4
    >>> _ = file.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    >>> fix(file).is_changed
    False
    """
    source, target = Path(ground_truth), None if out is None else Path(out)
    if target is not None:
        refuse_same_file(source, target)
    result = mend(
        source,
        images=None if images is None else Path(images),
        config=config,
        selection=Selection(tuple(select), tuple(ignore), unsafe),
        decisions=None if decisions is None else Path(decisions),
        workers=workers,
    )
    if target is not None:
        write_atomically(target, result.corrected)
    return result
