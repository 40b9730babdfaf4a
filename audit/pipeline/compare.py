"""The comparison: scan the labels, read the predictions, compare, judge, put the findings in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from audit.carriers import dataclass
from audit.comparison.category_ids import CategoryReading
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.conventions import LabelConventions, collect_conventions
from audit.comparison.detection_limit import list_left_out
from audit.comparison.label_evidence import collect_evidence
from audit.comparison.loss_curve import measure_loss_curve
from audit.comparison.options import CompareOptions
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.result import Comparison
from audit.comparison.run import compare_datasets
from audit.comparison.training_labels import measure_training_labels
from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_rows
from audit.detectors.registry import prediction_rules
from audit.findings.decisions import Decision, Verdict, apply_decisions, hide_decided, read_decisions
from audit.findings.finding import Finding
from audit.findings.finding_table import FindingTable
from audit.findings.reviews import count_reviews
from audit.findings.rows import as_prediction_findings
from audit.loaders.coco_results import read_results
from audit.loaders.loaded import LoadedDataset
from audit.loaders.memory import PROPOSALS_IN_MEMORY, GroundTruth, Predictions, collect_predictions
from audit.loaders.swapped_files import tell_swapped_files
from audit.loaders.training_log import read_training_log
from audit.pipeline.config import Config
from audit.pipeline.evaluate import apply_rule_defaults, apply_severities, run_rules
from audit.pipeline.measuring import Progress
from audit.pipeline.result import ScanResult
from audit.pipeline.result_boxes import judge_result_boxes
from audit.pipeline.result_image_ids import find_image_reading
from audit.pipeline.run import pause_garbage_collection, resolve_config, scan
from audit.pipeline.timer import Timer

CATEGORY_IDS_RULE = "prediction.category_ids"
"""Says once what `ref.category` says of every result."""
IMAGE_IDS_RULE = "prediction.image_ids"
"""Says once what `ref.image` says of every result."""


@dataclass(frozen=True, slots=True)
class CompareResult:
    """A finished comparison."""

    scan: ScanResult
    """Of the labels; its findings hold those of the predictions too."""
    comparison: Comparison


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
) -> CompareResult:
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
        The loss curve of the training (`audit.loaders.training_log`).
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
    CompareResult
        `audit.compare` returns it as an `audit.Comparison`: with tables.

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
    >>> len(compare(folder / "gt.json", folder / "results.json").comparison.overlaps)
    0
    """
    compare_options = options or CompareOptions()
    resolved = resolve_config(config, select, ignore)
    report_progress = progress or (lambda *_: None)
    known_decisions = read_decisions(Path(decisions)) if decisions is not None else {}
    scan_alike = partial(
        scan, config=resolved, workers=workers, isolate=isolate, salvage=salvage, input_format=input_format,
        progress=progress,
    )  # fmt: skip
    with tell_swapped_files(ground_truth, predictions):
        label_scan = scan_alike(ground_truth, images=images)
    labels = label_scan.dataset
    if labels is None:
        raise ValueError("a comparison needs the labels themselves")
    training = _measure_training(scan_alike, training_labels, training_log, report_progress)
    timer = Timer(dict(label_scan.seconds))
    with pause_garbage_collection():
        report_progress("read predictions", 0, 0)
        with timer.step("read predictions"):
            with tell_swapped_files(ground_truth, predictions):
                results_file = collect_predictions(predictions)
                loaded = read_results(results_file, labels, salvage=salvage)
            image_reading = find_image_reading(results_file, loaded.dataset, labels, label_scan.measurements)
            proposal_set = None
            if proposals is not None:
                regions = collect_predictions(proposals, PROPOSALS_IN_MEMORY)
                proposal_set = read_results(regions, labels, salvage=salvage)
        label_rows = instance_rows(labels)
        with timer.step("compare"):
            comparison = compare_datasets(
                labels,
                loaded.dataset,
                _learn_conventions(label_scan, label_rows),
                replace(compare_options, what_ifs=what_ifs and compare_options.what_ifs),
                None if proposal_set is None else proposal_set.dataset,
                lambda name: report_progress(name, 0, 0),
                training,
                image_reading,
            )
        report_progress("judge", 0, 0)
        result = _add_prediction_findings(label_scan, loaded, comparison, label_rows, resolved, timer)
    result = _apply_decisions(result, known_decisions, hide_fine)
    return CompareResult(replace(result, seconds=timer.seconds), comparison)


def _measure_training(
    scan_alike: Callable[..., ScanResult],
    labels: GroundTruth | None,
    log: str | Path | None,
    report_progress: Progress,
) -> list[Evidence]:
    """Measure what the training's labels and its loss curve tell, where they are known."""
    training: list[Evidence] = []
    if labels is not None:
        report_progress("read training labels", 0, 0)
        label_scan = scan_alike(labels, keep_masks=False)
        training += measure_training_labels(label_scan.measurements, label_scan.findings)
    if log is not None:
        curve = read_training_log(Path(log))
        training += measure_loss_curve(curve["loss"].to_numpy(), curve["mask_loss"].to_numpy())
    return training


def _apply_decisions(result: ScanResult, decisions: Mapping[str, Decision], hide_fine: bool) -> ScanResult:
    """Mark findings as people decided about them, and leave out those that are fine where asked."""
    findings = apply_decisions(result.findings, decisions)
    shown_findings = hide_decided(findings, Verdict.FINE) if hide_fine else findings
    return replace(
        result,
        findings=shown_findings,
        hidden=len(findings) - len(shown_findings),
        reviews=count_reviews(findings),
        decisions=decisions,
    )


def _learn_conventions(
    label_scan: ScanResult, label_rows: IntArray
) -> Callable[[ComparisonTables], LabelConventions]:
    def collect(tables: ComparisonTables) -> LabelConventions:
        return collect_conventions(
            tables, label_rows[tables.labels.row], label_scan.measurements, label_scan.findings
        )

    return collect


def _add_prediction_findings(
    label_scan: ScanResult,
    loaded: LoadedDataset,
    comparison: Comparison,
    label_rows: IntArray,
    config: Config,
    timer: Timer,
) -> ScanResult:
    """Add what the predictions say: defects of their file, and labels that they contradict."""
    tables = comparison.tables
    evidence = collect_evidence(
        tables,
        label_rows[tables.labels.row],
        comparison.labels.categories.name,
        comparison.positions,
        comparison.image_reading,
    )
    failures: list[str] = []
    judged = run_rules(prediction_rules(), evidence, label_scan.measurements, config, timer, failures)
    of_boxes = judge_result_boxes(loaded.dataset, config, timer)
    of_file: Iterable[Finding] = apply_rule_defaults(loaded.findings)
    if evidence.category_reading is not None and judged.count_texts("rule").get(CATEGORY_IDS_RULE):
        of_file = _drop_read_categories(of_file, loaded.dataset, evidence.category_reading)
    if judged.count_texts("rule").get(IMAGE_IDS_RULE):  # the rest would be said of labels of other images
        of_file = (finding for finding in of_file if finding.rule != "ref.image")
        rule_codes, rule_names = judged.codes("rule")
        judged = judged.filter(rule_codes == rule_names.index(IMAGE_IDS_RULE))
    reported = as_prediction_findings([*of_file, *of_boxes])
    findings = apply_severities(FindingTable.concat([FindingTable.of(reported), judged]), config)
    not_checked = label_scan.not_checked
    if not comparison.has_masks:
        not_checked = (*not_checked, "Masks of predictions: the results are boxes alone.")
    return replace(
        label_scan,
        findings=FindingTable.concat([FindingTable.of(label_scan.findings), findings]).sort(),
        predictions=loaded.dataset,
        sources=(*label_scan.sources, loaded.dataset.sources[0]),
        record_offsets=loaded.dataset.record_offsets,
        not_checked=(*not_checked, *list_left_out(tables), *failures),
    )


def _drop_read_categories(
    findings: Iterable[Finding], results: Dataset, reading: CategoryReading
) -> Iterator[Finding]:
    """Leave out unknown categories of results that another reading of the ids explains."""
    unknown_ids, read_ids = results.unknown_category_ids, reading.label_ids
    all_read = all(category_id in read_ids for category_id in unknown_ids.values())
    for finding in findings:
        rows = finding.instance_rows
        is_read = all(unknown_ids.get(row) in read_ids for row in rows) if rows else all_read
        if finding.rule != "ref.category" or not is_read:
            yield finding
