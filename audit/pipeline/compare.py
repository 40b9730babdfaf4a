"""The comparison: scan the labels, read the predictions, compare, judge, put the findings in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.conventions import LabelConventions, collect_conventions
from audit.comparison.label_evidence import collect_evidence
from audit.comparison.options import CompareOptions
from audit.comparison.result import Comparison
from audit.comparison.run import compare_datasets
from audit.dataset.model import IntArray
from audit.dataset.shard import instance_rows
from audit.detectors.registry import prediction_rules
from audit.findings.decisions import apply_decisions, read_decisions
from audit.findings.finding import sort_findings
from audit.findings.reviews import count_reviews
from audit.findings.rows import as_prediction_findings
from audit.loaders.coco_results import read_results
from audit.loaders.loaded import LoadedDataset
from audit.pipeline.config import Config
from audit.pipeline.evaluate import apply_rule_defaults, apply_severities, run_rules
from audit.pipeline.measuring import Progress
from audit.pipeline.result import ScanResult
from audit.pipeline.run import GroundTruth, pause_garbage_collection, resolve_config, scan
from audit.pipeline.timer import Timer


@dataclass(frozen=True, slots=True)
class CompareResult:
    """A finished comparison."""

    scan: ScanResult
    """Of the labels; its findings hold those of the predictions too."""
    comparison: Comparison


def compare(
    ground_truth: GroundTruth,
    predictions: str | Path,
    *,
    images: str | Path | None = None,
    config: Config | str | Path | Mapping[str, Any] | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    workers: int | None = 1,
    options: CompareOptions | None = None,
    proposals: str | Path | None = None,
    what_ifs: bool = True,
    decisions: str | Path | None = None,
    hide_fine: bool = False,
    salvage: bool = False,
    progress: Progress | None = None,
) -> CompareResult:
    """Compare predictions with labels, and say why predictions overlap.

    Parameters
    ----------
    ground_truth : path or sequence of paths
        COCO JSON files or folders of label images.
    predictions : path
        A COCO results file with masks; with boxes alone, only what boxes tell is worked out.
    images : path, optional
        The folder that the pictures lie in; without it they are not checked.
    config : Config, path or mapping, optional
        A configuration, the file that holds it, or its table.
    select, ignore : sequence of str, optional
        Families or rules; replace those of the configuration.
    workers : int or None
        Processes that measure the labels; None = by size.
    options : CompareOptions, optional
        What counts as an overlapping pair, and how its cause is decided.
    proposals : path, optional
        Region proposals: a list of ``{"image_id", "bbox", "score"}``.
    what_ifs : bool
        Whether other settings of NMS and other masks are tried.
    decisions : path, optional
        What people decided about findings.
    hide_fine : bool
        Leave out findings that somebody decided to be fine.
    salvage : bool
        Take what damaged files still hold.
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
    asked = options or CompareOptions()
    settings = resolve_config(config, select, ignore)
    tell = progress or (lambda *_: None)
    decided = read_decisions(Path(decisions)) if decisions is not None else {}
    scanned = scan(
        ground_truth, images=images, config=settings, workers=workers, salvage=salvage,
        progress=progress,
    )  # fmt: skip
    labels = scanned.dataset
    if labels is None:
        raise ValueError("a comparison needs the labels themselves")
    clock = Timer(dict(scanned.seconds))
    with pause_garbage_collection():
        tell("read predictions", 0, 0)
        with clock.step("read predictions"):
            loaded = read_results(Path(predictions), labels, salvage=salvage)
            regions = None if proposals is None else read_results(Path(proposals), labels, salvage=salvage)
        instance = instance_rows(labels)
        with clock.step("compare"):
            comparison = compare_datasets(
                labels,
                loaded.dataset,
                _known(scanned, instance),
                replace(asked, what_ifs=what_ifs and asked.what_ifs),
                None if regions is None else regions.dataset,
                lambda name: tell(name, 0, 0),
            )
        tell("judge", 0, 0)
        result = _judged(scanned, loaded, comparison, instance, settings, clock)
    findings = tuple(apply_decisions(result.findings, decided))
    result = replace(result, findings=findings, reviews=count_reviews(findings), decisions=decided)
    shown = tuple(f for f in result.findings if not (hide_fine and f.decision == "fine"))
    result = replace(result, findings=shown, hidden=len(result.findings) - len(shown), seconds=clock.seconds)
    return CompareResult(result, comparison)


def _known(scanned: ScanResult, instance: IntArray) -> Callable[[ComparisonTables], LabelConventions]:
    def known(m: ComparisonTables) -> LabelConventions:
        return collect_conventions(m, instance[m.labels.row], scanned.measurements, scanned.findings)

    return known


def _judged(
    scanned: ScanResult,
    loaded: LoadedDataset,
    comparison: Comparison,
    instance: IntArray,
    settings: Config,
    clock: Timer,
) -> ScanResult:
    """Add what the predictions say: defects of their file, and labels that they contradict."""
    m = comparison.tables
    evidence = collect_evidence(
        m, instance[m.labels.row], comparison.labels.categories.name, comparison.positions
    )
    failures: list[str] = []
    said = run_rules(prediction_rules(), evidence, scanned.measurements, settings, clock, failures)
    reported = as_prediction_findings(apply_rule_defaults(loaded.findings))
    found = apply_severities([*reported, *said], settings)
    not_checked = scanned.not_checked
    if not comparison.has_masks:
        not_checked = (*not_checked, "Masks of predictions: the results are boxes alone.")
    return replace(
        scanned,
        findings=sort_findings([*scanned.findings, *found]),
        sources=(*scanned.sources, loaded.dataset.sources[0]),
        record_offsets=loaded.dataset.record_offsets,
        not_checked=(*not_checked, *failures),
    )
