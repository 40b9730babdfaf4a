"""The expensive half of a scan: read the files and measure every mask, shard by shard."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field
from functools import partial
from pathlib import Path

from audit.carriers import dataclass
from audit.dataset.model import Dataset
from audit.dataset.record_places import point_at_record
from audit.dataset.shard import Shard, instance_rows, split_shards
from audit.findings.finding import Finding, Severity
from audit.findings.fingerprint import hash_finding
from audit.findings.rows import renumber_rows
from audit.geometry.array_memory import trim_memory
from audit.geometry.native_runs import thread_count
from audit.loaders.coco_results import read_results
from audit.loaders.json_file import JsonFile
from audit.loaders.loaded import LoadedDataset
from audit.loaders.read import read_dataset
from audit.measure.shard import ShardTables, measure_masks, measure_shard
from audit.measure.tables import merge_shards
from audit.pipeline.config import DEFAULT_PARTITION_SIZE
from audit.pipeline.engines import open_engine
from audit.pipeline.evaluate import apply_rule_defaults
from audit.pipeline.executors import Executor, count_slots, map_shards
from audit.pipeline.kept_shards import KeptShards
from audit.pipeline.stored import StoredMeasurements
from audit.pipeline.timer import Timer
from audit.touching.learn import score_touching
from audit.touching.not_measured import mark_not_measured

_logger = logging.getLogger("maskaudit.pipeline")

WORKER_DIED = "internal.worker_died"
MAX_SHARD = 20_000
"""Annotations a shard: some seconds of work and some tens of megabytes."""
MIN_SHARD = 1_000

Progress = Callable[[str, int, int], object]
"""Called with the step, how much of it is done, and how much there is; 0 = not known."""


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """How the work is done: none of it changes a result."""

    workers: int | None = None
    """Threads, or processes with ``isolate``; None = one a core."""
    executor: Executor | None = None
    """Measures instead of own processes."""
    engine: str | None = None
    """Names a cluster that measures instead: `audit.pipeline.engines.parse_engine`."""
    progress: Progress = field(default=lambda *_: None)
    timer: Timer = field(default_factory=Timer)
    isolate: bool = False
    """Measure in worker processes: the annotation that kills one is found and left out."""
    partition_size: int = DEFAULT_PARTITION_SIZE
    """Annotations from which on a dataset is large: what was measured of it is kept in ``cache``."""
    cache: Path | None = None
    """Where a large dataset's finished shards are kept until the scan is done; None = nowhere."""

    def count_workers(self) -> int:
        """Return how many threads or processes measure.

        Examples
        --------
        >>> ExecutionOptions(workers=3).count_workers()
        3
        """
        return self.workers or thread_count()

    def open_executor(self) -> AbstractContextManager[Executor | None]:
        """Open the engine that is named, for the length of a ``with`` block; else give the executor, or None.

        Examples
        --------
        >>> with ExecutionOptions().open_executor() as executor:
        ...     executor is None
        True
        """
        if self.engine is None:
            return nullcontext(self.executor)
        return open_engine(self.engine, self.workers)


@dataclass(frozen=True, slots=True)
class ScanSource:
    """What the user named."""

    paths: Sequence[Path | JsonFile]
    """COCO JSON files, folders of them, folders of label images, documents in memory."""
    predictions: Path | JsonFile | None = None
    """A results file that is audited instead of the labels; they give images and categories."""
    pictures: Path | None = None
    salvage: bool = False
    """Take what a damaged file still holds."""
    input_format: str | None = None
    """Format of the paths; None = as their content tells."""

    def load(self) -> LoadedDataset:
        """Read it.

        Raises
        ------
        UnreadableError
            If there is no dataset to audit.

        Examples
        --------
        >>> len(ScanSource([]).load().dataset.images)
        0
        """
        labels = read_dataset(
            self.paths, salvage=self.salvage, pictures=self.pictures, input_format=self.input_format
        )
        if self.predictions is None:
            return labels
        return read_results(self.predictions, labels.dataset, salvage=self.salvage)


def read_and_measure(
    source: ScanSource,
    execution: ExecutionOptions,
    *,
    measure_shapes: bool = True,
    learn: bool = True,
    keep_masks: bool = True,
) -> tuple[Dataset, StoredMeasurements]:
    """Read files into a dataset and measure it.

    Parameters
    ----------
    source : ScanSource
    execution : ExecutionOptions
    measure_shapes : bool
        Look closely at forms.
    learn : bool
        Learn from them how touching objects are drawn; else `audit.touching.learn.score_touching` has to.
    keep_masks : bool
        Whether the dataset still has its masks when they are measured.

    Raises
    ------
    UnreadableError
        If there is no dataset to audit.
    """
    execution.progress("read", 0, 0)
    with execution.timer.step("read"):
        loaded = source.load()
    dataset, read_findings = loaded.dataset, loaded.findings
    del loaded
    trim_memory()
    lost_findings: list[Finding] = []
    with execution.timer.step("measure"):
        shard_tables = _measure_shards(
            dataset,
            execution,
            measure_shapes,
            lambda shard: lost_findings.append(_report_worker_death(dataset, shard)),
        )
        measurements = merge_shards(dataset, shard_tables)
    if not keep_masks:
        dataset = dataset.without_masks()
    trim_memory()
    if measure_shapes and learn:
        execution.progress("learn", 0, 0)
        with execution.timer.step("learn"):
            measurements = score_touching(measurements)
        trim_memory()
    elif not measure_shapes:
        measurements = mark_not_measured(measurements)
    reported = apply_rule_defaults([*read_findings, *lost_findings])
    findings = tuple(renumber_rows(reported, instance_rows(dataset)))
    return dataset, StoredMeasurements(measurements, findings, dataset.sources)


def _measure_shards(
    dataset: Dataset, execution: ExecutionOptions, measure_shapes: bool, on_lost: Callable[[Shard], object]
) -> Iterator[ShardTables]:
    n_annotations = len(dataset.annotations)
    workers = execution.count_workers()
    n_done = 0

    def advance(annotations: int) -> None:
        nonlocal n_done
        n_done += annotations
        execution.progress("measure", n_done, n_annotations)

    execution.progress("measure", 0, n_annotations)
    with execution.open_executor() as executor:
        in_threads = executor is None and not execution.isolate
        slots = 1 if in_threads else count_slots(executor, workers)
        shard_size = min(
            MAX_SHARD, execution.partition_size, max(MIN_SHARD, math.ceil(n_annotations / (8 * slots)))
        )
        _logger.info(
            "measure %d annotations in shards of %d: %d at a time, by %s",
            n_annotations,
            shard_size,
            slots,
            execution.engine
            or ("an executor" if executor else f"{workers} threads" if in_threads else "own processes"),
        )
        function = measure_shard if measure_shapes else measure_masks
        measure: Callable[[Shard], ShardTables] = (
            partial(function, threads=workers) if in_threads else function
        )
        # On a cluster there is no folder that all can see.
        if execution.cache is not None and executor is None and n_annotations > execution.partition_size:
            measure = KeptShards(measure, f"shapes={measure_shapes}", execution.cache)
        yield from map_shards(
            measure,
            split_shards(dataset, shard_size),
            0 if in_threads else workers,
            executor=executor,
            on_done=advance,
            on_lost=on_lost,
        )


def _point_at_mask(dataset: Dataset, row: int) -> str:
    images, image = dataset.images, int(dataset.annotations.image[row])
    source = dataset.sources[int(dataset.annotations.source[row])]
    record_file = images.record_file[image] if images.record_file else ""
    index = int(dataset.annotations.index[row])
    pointer = point_at_record(
        source.format, "annotations", index, images.file_name[image], source.name, record_file
    )
    return f"{pointer}/segmentation" if source.format == "coco" else pointer


def _report_worker_death(dataset: Dataset, shard: Shard) -> Finding:
    """Report the one annotation of a shard that killed a worker."""
    annotations, images = dataset.annotations, dataset.images
    row, image, category = int(shard.rows[0]), int(shard.image[0]), int(shard.category[0])
    annotation_id = int(annotations.id[row])
    return Finding(
        WORKER_DIED,
        Severity.ERROR,
        "The process that measured this annotation died, so it was not audited.",
        image_id=int(images.id[image]),
        file_name=images.file_name[image],
        annotation_ids=(annotation_id,),
        category_ids=(int(dataset.categories.id[category]),) if category >= 0 else (),
        source=dataset.sources[int(annotations.source[row])].name,
        pointer=_point_at_mask(dataset, row),
        fingerprint=hash_finding(WORKER_DIED, images.file_name[image], [str(annotation_id)]),
        image_row=image,
        instance_rows=(row,),
    )
