"""The scan: read, measure in shards, judge, put the findings in order."""

from __future__ import annotations

import errno
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit import __version__
from audit.dataset.model import Dataset
from audit.detectors.registry import all_rules
from audit.findings.decisions import Verdict, apply_decisions, hide_decided, read_decisions
from audit.findings.reviews import count_reviews
from audit.geometry.disk_arrays import arrays_on_disk
from audit.loaders.memory import GroundTruth, Predictions, collect_labels, collect_predictions
from audit.loaders.swapped_files import tell_swapped_files
from audit.pipeline.config import Config, load_config, parse_config
from audit.pipeline.engines import parse_engine
from audit.pipeline.evaluate import evaluate_rules, list_not_checked
from audit.pipeline.executors import Executor
from audit.pipeline.measuring import ExecutionOptions, Progress, ScanSource, read_and_measure
from audit.pipeline.picture_measuring import UNLABELLED_RULE, add_pictures
from audit.pipeline.result import ScanResult
from audit.pipeline.rule_selection import check_prefixes
from audit.pipeline.stored import StoredMeasurements, read_measurements
from audit.pipeline.timer import Timer

LABEL_RULES = ("dataset", "image.empty", "image.missing_category", UNLABELLED_RULE)
"""Rules that say nothing about predictions: a model need not find something everywhere."""


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
) -> ScanResult:
    """Audit a dataset.

    Parameters
    ----------
    ground_truth : path, mapping, COCO object, or a sequence of these
        COCO JSON files, folders of label images, COCO dictionaries, `pycocotools.coco.COCO`.
        Left out with ``from_measurements``. A `ScanSource` can name pictures that tell sizes alone.
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
        categories. Rules about the dataset as a whole (`LABEL_RULES`) are not judged then.
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
    ScanResult
        `audit.scan` returns it as an `audit.Scan`: with tables, a report, and a face in notebooks.

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
    >>> len(scan(folder / "none.json").measurements.instances)
    0
    """
    _refuse_contradictions(ground_truth, from_measurements, executor, engine)
    resolved = resolve_config(config, select, ignore)
    if predictions is not None:
        resolved = replace(resolved, ignore=(*resolved.ignore, *LABEL_RULES))
    picture_folder = _find_picture_folder(images)
    known_decisions = read_decisions(Path(decisions)) if decisions is not None else {}
    timer = Timer()
    failures: list[str] = []
    execution = ExecutionOptions(
        resolved.workers if workers is None else workers,
        executor,
        engine,
        progress or (lambda *_: None),
        timer,
        isolate,
        partition_size or resolved.partition_size,
        Path(cache) if cache is not None else None,
    )
    with pause_garbage_collection(), arrays_on_disk(execution.cache):
        source = _build_source(ground_truth, predictions, picture_folder, salvage, input_format)
        with tell_swapped_files(None if isinstance(ground_truth, ScanSource) else ground_truth, predictions):
            dataset, stored = _read_or_restore(
                source,
                from_measurements,
                execution,
                measure_shapes=resolved.judges_touching,
                learn=picture_folder is None,
                keep_masks=keep_masks or picture_folder is not None,
            )
        if picture_folder is not None:
            stored = add_pictures(stored, dataset, picture_folder, resolved, execution)
        if dataset is not None and not keep_masks:
            dataset = dataset.without_masks()
        execution.progress("judge", 0, 0)
        findings = apply_decisions(evaluate_rules(stored, resolved, timer, failures), known_decisions)
    shown_findings = hide_decided(findings, Verdict.FINE) if hide_fine else findings
    return ScanResult(
        version=__version__,
        measurements=stored.measurements,
        findings=shown_findings,
        reviews=count_reviews(findings),
        decisions=known_decisions,
        hidden=len(findings) - len(shown_findings),
        rules={rule_id: rule for rule_id, rule in all_rules().items() if resolved.is_on(rule_id)},
        effective_config=resolved.effective(),
        dataset=dataset if keep_masks else None,
        image_root=picture_folder,
        not_checked=(*list_not_checked(stored.measurements, resolved), *failures),
        sources=stored.sources,
        record_offsets={} if dataset is None else dataset.record_offsets,
        reader_findings=stored.reader_findings,
        workers=execution.count_workers(),
        partition_size=execution.partition_size,
        config_file=resolved.file,
        seconds=timer.seconds,
    )


def _refuse_contradictions(
    ground_truth: GroundTruth | None,
    from_measurements: str | Path | None,
    executor: Executor | None,
    engine: str | None,
) -> None:
    if (ground_truth is None) == (from_measurements is None):
        raise ValueError("give either ground_truth or from_measurements")
    if engine is not None:
        if executor is not None:
            raise ValueError("give either executor or engine")
        parse_engine(engine)  # a typing error is told before hours of reading


def _find_picture_folder(images: str | Path | None) -> Path | None:
    if images is None:
        return None
    picture_folder = Path(images)
    if not picture_folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "there is no such folder of pictures", str(picture_folder))
    return picture_folder


def resolve_config(
    config: Config | str | Path | Mapping[str, Any] | None,
    select: Sequence[str] | None,
    ignore: Sequence[str] | None,
) -> Config:
    """Put together what was configured and what was asked for.

    Parameters
    ----------
    config : Config, path or mapping, optional
    select, ignore : sequence of str, optional
        Replace those of the configuration.

    Raises
    ------
    ConfigError, UnknownRuleError
        If the configuration or the name of a rule is wrong.

    Examples
    --------
    >>> resolve_config({"ignore": ["mask"]}, ["overlap"], None).is_on("overlap.duplicate")
    True
    >>> resolve_config(None, None, None).select
    ()
    """
    if isinstance(config, str | Path):
        resolved = load_config(Path(config))
    elif isinstance(config, Mapping):
        resolved = parse_config(config)
    else:
        resolved = config or Config()
    for prefixes in (select, ignore):
        check_prefixes(prefixes or (), all_rules())
    return replace(
        resolved,
        select=resolved.select if select is None else tuple(select),
        ignore=resolved.ignore if ignore is None else tuple(ignore),
    )


def _build_source(
    ground_truth: GroundTruth | ScanSource | None,
    predictions: Predictions | None,
    picture_folder: Path | None,
    salvage: bool,
    input_format: str | None,
) -> ScanSource:
    if isinstance(ground_truth, ScanSource):
        return ground_truth
    results = collect_predictions(predictions) if predictions is not None else None
    return ScanSource(collect_labels(ground_truth), results, picture_folder, salvage, input_format)


def _read_or_restore(
    source: ScanSource,
    from_measurements: str | Path | None,
    execution: ExecutionOptions,
    *,
    measure_shapes: bool,
    learn: bool,
    keep_masks: bool,
) -> tuple[Dataset | None, StoredMeasurements]:
    if from_measurements is not None:
        execution.progress("read", 0, 0)
        with execution.timer.step("read"):
            return None, read_measurements(Path(from_measurements))
    return read_and_measure(
        source, execution, measure_shapes=measure_shapes, learn=learn, keep_masks=keep_masks
    )


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Pause the cyclic collector while many objects are made.

    It starts whenever there are some hundred objects more than before, and looks at all that live. A scan
    makes millions, none of them in cycles, and frees few: reading 860,000 annotations takes three times as
    long with the collector on. Reference counting still frees what is no longer used.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
