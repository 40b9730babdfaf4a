"""Comparisons of predictions with labels for Python programs and notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.comparison.options import CompareOptions
from audit.findings.table import findings_table
from audit.loaders.memory import GroundTruth, Predictions
from audit.pipeline.compare import CompareResult
from audit.pipeline.compare import compare as run_compare
from audit.pipeline.config import Config
from audit.pipeline.measuring import Progress

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Comparison:
    """A finished comparison of predictions with labels.

    In a notebook it shows itself: what is to blame for overlapping predictions, on what the answer rests,
    and pictures of the pairs.

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
        """One row a finding about labels or results, worst first; columns as those of `Scan.findings`."""
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

    def scalars(self, prefix: str = "") -> dict[str, float]:
        """List what is worth a curve over the epochs, for TensorBoard, W&B, MLflow and other loggers.

        Parameters
        ----------
        prefix : str
            What every name begins with, as ``val/``.

        Returns
        -------
        dict
            Name to a finite number. ``segm/AP``, ``bbox/AP50`` ...; ``predictions`` and ``labels``;
            ``overlapping_pairs``, and those of each group of causes as ``overlapping_pairs/labels``;
            ``blame/labels`` ..., how sure the answer is, 0 where the group is not to blame;
            ``symptoms/unites_labels`` ..., a number per 100 predictions or labels, or a value. What is not
            defined is left out.

        Examples
        --------
        >>> comparison = compare({"images": [], "annotations": [], "categories": []}, [])
        >>> comparison.scalars("val/")["val/overlapping_pairs"], comparison.scalars()["blame/labels"]
        (0.0, 0.0)
        """
        from audit.pipeline.compare_outputs import collect_scalars

        return {prefix + name: value for name, value in collect_scalars(self.result.comparison).items()}

    @cached_property
    def overlaps(self) -> pd.DataFrame:
        """One row a pair of predictions that overlap, with its cause."""
        return self.result.comparison.overlaps_table().to_pandas()

    @cached_property
    def matches(self) -> pd.DataFrame:
        """One row a prediction, with the label that it matches."""
        return self.result.comparison.matches_table().to_pandas()

    @cached_property
    def errors(self) -> pd.DataFrame:
        """One row a wrong prediction or a missed label."""
        return self.result.comparison.errors_table().to_pandas()

    @cached_property
    def what_ifs(self) -> pd.DataFrame:
        """One row a setting of NMS or of the masks, with what it would make of the predictions."""
        return self.result.comparison.whatif_table()

    def report(self, folder: str | Path, *, single_file: bool = False, max_pages: int = 200) -> Path:
        """Write the HTML report: that of the labels, with the pages of the comparison.

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
        from audit.report.comparison_gallery import list_comparison_pages
        from audit.report.report_writer import write_report

        scan, comparison = self.result.scan, self.result.comparison
        extras = list_comparison_pages(scan, comparison, all_pairs=not single_file)
        with replace_folder(Path(folder)) as new_folder:
            write_report(scan, new_folder, single_file=single_file, max_pages=max_pages, extras=extras)
        return Path(folder) / "index.html"

    def __repr__(self) -> str:
        from audit.findings.number_format import format_count
        from audit.report.blame_wording import summarize_blame

        result = self.result.comparison
        predictions = format_count(len(result.tables.predictions), "prediction")
        labels = format_count(len(result.tables.labels), "label")
        return f"<Comparison: {predictions}, {labels}; {summarize_blame(result)}>"

    def _repr_html_(self) -> str:
        from audit.report.notebook import render_comparison_cell

        return render_comparison_cell(self.result.scan.image_root, self.result.comparison)


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
        Its tables, a report, and a summary in notebooks.

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
