"""The scan: read, measure in shards, judge, put the findings in order."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit import __version__
from audit.dataset.model import Dataset
from audit.detectors.registry import all_rules
from audit.findings.decisions import Verdict, apply_decisions, read_decisions
from audit.findings.reviews import count_reviews
from audit.measure.edges import measure_edges
from audit.measure.pictures import check_pictures
from audit.pipeline.config import Config, load_config, parse_config
from audit.pipeline.evaluate import evaluate_rules, list_not_checked
from audit.pipeline.executors import Executor
from audit.pipeline.measuring import ExecutionOptions, Progress, ScanSource, read_and_measure
from audit.pipeline.result import ScanResult
from audit.pipeline.rule_selection import check_prefixes
from audit.pipeline.stored import StoredMeasurements, read_measurements
from audit.pipeline.timer import Timer

GroundTruth = str | Path | Sequence[str | Path]
OFF_EDGE = "mask.off_edge"
"""The one rule that needs the pictures' pixels, which are not read without it."""
LABELS_ONLY = ("dataset", "image.empty")
"""Rules that say nothing about predictions: a model need not find something everywhere."""


def scan(
    ground_truth: GroundTruth | None = None,
    *,
    images: str | Path | None = None,
    config: Config | str | Path | Mapping[str, Any] | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    workers: int | None = 1,
    executor: Executor | None = None,
    predictions: str | Path | None = None,
    from_measurements: str | Path | None = None,
    decisions: str | Path | None = None,
    hide_fine: bool = False,
    salvage: bool = False,
    progress: Progress | None = None,
) -> ScanResult:
    """Audit a dataset.

    Parameters
    ----------
    ground_truth : path or sequence of paths
        COCO JSON files or folders of label images. Left out with ``from_measurements``.
    images : path, optional
        The folder that the pictures lie in; without it they are not checked.
    config : Config, path or mapping, optional
        A configuration, the file that holds it, or its table, for example
        ``{"rules": {"overlap.duplicate": {"min_iou": 0.9}}}``.
    select, ignore : sequence of str, optional
        Families (``overlap``) or rules; replace those of the configuration.
    workers : int or None
        Processes that measure; None = the configuration's number, else one a core from 100,000
        annotations on. A script that asks for more than one needs ``if __name__ == "__main__":``.
    executor : optional
        Measures instead of own processes, for example a Dask client's ``get_executor()``.
    predictions : path, optional
        A COCO results file that is audited instead of the labels; these give its images and
        categories. Rules about the dataset as a whole (`LABELS_ONLY`) are not judged then.
    from_measurements : path, optional
        Judge the measurements of an earlier scan (its report folder) again, without reading a mask.
    decisions : path, optional
        What people decided about findings (``decisions.json``, as a report exports it); it is put
        onto the findings that it is about.
    hide_fine : bool
        Leave out findings that somebody decided to be fine.
    salvage : bool
        Audit what a damaged file still holds.
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

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "none.json").write_text('{"images": [], "annotations": [], "categories": []}')
    >>> len(scan(folder / "none.json").measurements.instances)
    0
    """
    if (ground_truth is None) == (from_measurements is None):
        raise ValueError("give either ground_truth or from_measurements")
    settings = resolve_config(config, select, ignore)
    if predictions is not None:
        settings = replace(settings, ignore=(*settings.ignore, *LABELS_ONLY))
    root = Path(images) if images is not None else None
    if root is not None and not root.is_dir():
        raise NotADirectoryError(f"{root}: there is no such folder of pictures")
    decided = read_decisions(Path(decisions)) if decisions is not None else {}
    clock = Timer()
    failures: list[str] = []
    effort = ExecutionOptions(
        settings.workers if workers is None else workers, executor, progress or (lambda *_: None), clock
    )
    with pause_garbage_collection():
        given = _input(ground_truth, predictions, root, salvage)
        dataset, stored = _obtain(given, from_measurements, effort, look=settings.judges_touching)
        if root is not None:
            stored = _with_pictures(stored, dataset, root, settings, effort)
        effort.progress("judge", 0, 0)
        findings = tuple(apply_decisions(evaluate_rules(stored, settings, clock, failures), decided))
    shown = tuple(f for f in findings if not (hide_fine and f.decision == Verdict.FINE))
    return ScanResult(
        version=__version__,
        measurements=stored.measurements,
        findings=shown,
        reviews=count_reviews(findings),
        decisions=decided,
        hidden=len(findings) - len(shown),
        rules={rule: info for rule, info in all_rules().items() if settings.is_on(rule)},
        effective_config=settings.effective(),
        dataset=dataset,
        image_root=root,
        not_checked=(*list_not_checked(stored.measurements, settings), *failures),
        sources=stored.sources,
        record_offsets={} if dataset is None else dataset.record_offsets,
        reader_findings=stored.reader_findings,
        workers=effort.processes(len(stored.measurements.instances)),
        config_file=settings.file,
        seconds=clock.seconds,
    )


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
        settings = load_config(Path(config))
    elif isinstance(config, Mapping):
        settings = parse_config(config)
    else:
        settings = config or Config()
    for prefixes in (select, ignore):
        check_prefixes(prefixes or (), all_rules())
    return replace(
        settings,
        select=settings.select if select is None else tuple(select),
        ignore=settings.ignore if ignore is None else tuple(ignore),
    )


def _input(
    ground_truth: GroundTruth | None, predictions: str | Path | None, root: Path | None, salvage: bool
) -> ScanSource:
    paths = [ground_truth] if isinstance(ground_truth, str | Path) else ground_truth or []
    results = Path(predictions) if predictions is not None else None
    return ScanSource([Path(path) for path in paths], results, root, salvage)


def _obtain(
    given: ScanSource, from_measurements: str | Path | None, effort: ExecutionOptions, *, look: bool
) -> tuple[Dataset | None, StoredMeasurements]:
    if from_measurements is not None:
        effort.progress("read", 0, 0)
        with effort.clock.step("read"):
            return None, read_measurements(Path(from_measurements))
    return read_and_measure(given, effort, look=look)


def _with_pictures(
    stored: StoredMeasurements,
    dataset: Dataset | None,
    root: Path,
    settings: Config,
    effort: ExecutionOptions,
) -> StoredMeasurements:
    effort.progress("pictures", 0, 0)
    m = stored.measurements
    with effort.clock.step("pictures"):
        m = replace(m, images=check_pictures(m.images, root))
    if dataset is not None and settings.is_on(OFF_EDGE):
        with effort.clock.step("edges"):
            m = replace(m, instances=measure_edges(m, dataset, root))
    return replace(stored, measurements=m)


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Pause the collector: a scan makes millions of objects, none of them in cycles, and frees few."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
