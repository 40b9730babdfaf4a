"""Run one function over many shards, in this process or in others, and survive a worker that is killed."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np

from audit.dataset.model import IntArray
from audit.pipeline.workers import Worker, WorkerDiedError, WorkersError, start_workers, wait_for_answers

__all__ = ["Divisible", "Executor", "WorkersError", "map_shards"]

_logger = logging.getLogger("maskaudit.pipeline")

MAX_LOST = 100
"""Parts that may kill a worker before the run gives up: by then it is the machine, not the data."""


class Divisible(Protocol):
    """Work that can be cut: `audit.dataset.shard.Shard`, for one."""

    def __len__(self) -> int: ...
    def take(self, positions: IntArray) -> Self:
        """Cut some parts out."""


class Executor(Protocol):
    """What is needed of an executor: concurrent.futures' own, a Dask client's ``get_executor()``, an engine.

    Where it has a number ``slots``, so many calls run at the same time.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call."""


T = TypeVar("T", bound=Divisible)
R = TypeVar("R")


def map_shards(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    *,
    executor: Executor | None = None,
    on_done: Callable[[int], object] | None = None,
    on_lost: Callable[[T], object] | None = None,
) -> Iterator[R]:
    """Apply a function to every item, in order, with few items in memory at a time.

    Parameters
    ----------
    function : callable
        A module's function, so that it can be sent to another process.
    items : iterable
        Taken only as fast as results come: at most two a worker are in flight.
    workers : int
        Worker processes; a script that asks for them needs the usual ``if __name__ == "__main__":``. 0 = in
        this process.
    executor : optional
        Runs the calls instead of own worker processes. Two calls a slot are in flight (`count_slots`).
    on_done : callable, optional
        Called with the length of each item that is finished, for progress.
    on_lost : callable, optional
        Called with every part (an item of length 1) that kills the worker it is given to. The rest of
        its item is computed without it. Works for own worker processes only.

    Yields
    ------
    R
        One an item; none for an item that was lost as a whole.

    Raises
    ------
    WorkersError
        If workers cannot start, or more than `MAX_LOST` parts kill them.

    Examples
    --------
    >>> list(map_shards(len, [np.arange(3), np.arange(2)], 0))
    [3, 2]
    >>> list(map_shards(len, [], 0))
    []
    """
    report_done = on_done or (lambda _: None)
    if executor is not None:
        for item, future in _submit_bounded(executor, function, items, 2 * count_slots(executor, workers)):
            yield future.result()
            report_done(len(item))
    elif workers < 1:
        for item in items:
            yield function(item)
            report_done(len(item))
    else:
        yield from _run_processes(function, items, workers, report_done, on_lost or (lambda _: None))


def count_slots(executor: Executor | None, workers: int) -> int:
    """Return how many calls run at the same time.

    Parameters
    ----------
    executor : Executor or None
        Its own number where it has one: ``slots`` of an engine, or that of concurrent.futures' pools.
    workers : int
        The answer where there is no executor, or it does not tell.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(3) as pool:
    ...     count_slots(pool, 1)
    3
    >>> count_slots(None, 2), count_slots(None, 0)
    (2, 1)
    """
    slots = getattr(executor, "slots", None) or getattr(executor, "_max_workers", None)
    return max(1, slots if isinstance(slots, int) else workers)


def _submit_bounded(
    executor: Executor, function: Callable[[T], R], items: Iterable[T], bound: int
) -> Iterator[tuple[T, Future[R]]]:
    waiting: deque[tuple[T, Future[R]]] = deque()
    for item in items:
        waiting.append((item, executor.submit(function, item)))
        if len(waiting) >= bound:
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()


@dataclass(slots=True)
class _Job(Generic[T, R]):
    item: T
    answers: Sequence[R] | None = None
    """None = not computed yet."""


def _run_processes(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    report_done: Callable[[int], object],
    on_lost: Callable[[T], object],
) -> Iterator[R]:
    remaining, n_lost = iter(items), 0
    jobs: deque[_Job[T, R]] = deque()
    team_members: list[Worker] = []
    busy_jobs: dict[Worker, _Job[T, R]] = {}

    def lose_part(part: T) -> None:
        nonlocal n_lost
        n_lost += 1
        if n_lost > MAX_LOST:
            raise WorkersError(f"worker processes died {n_lost} times; is the machine short of memory?")
        on_lost(part)

    try:
        while True:
            while (
                len(busy_jobs) < workers
                and len(jobs) < 2 * workers
                and (item := next(remaining, None)) is not None
            ):
                team_members += start_workers(workers - len(team_members), function.__module__)
                worker = next(worker for worker in team_members if worker not in busy_jobs)
                jobs.append(_Job(item))
                busy_jobs[worker] = jobs[-1]
                worker.send_call(function, item)
            if not jobs:
                return
            if (answers := jobs[0].answers) is not None:
                yield from answers
                report_done(len(jobs.popleft().item))
                continue
            for worker in wait_for_answers(busy_jobs):
                job = busy_jobs.pop(worker)
                try:
                    job.answers = [worker.receive_answer()]
                except WorkerDiedError:
                    _logger.info("a worker process died; its %d parts are tried one by one", len(job.item))
                    team_members.remove(worker)
                    worker.close()
                    job.answers = _isolate_deadly_parts(function, job.item, lose_part)
    finally:
        for worker in team_members:
            worker.close()


def _isolate_deadly_parts(function: Callable[[T], R], item: T, lose_part: Callable[[T], None]) -> list[R]:
    """Compute an item in a process of its own; find and leave out the parts that kill it.

    The shortest beginning of an item that kills a worker ends with a guilty part. That holds for a part
    that kills by itself and for one that kills only together with an earlier one.
    """
    n_safe = 0
    while len(item):
        try:
            return [_run_isolated(function, item)]
        except WorkerDiedError:
            n_deadly = len(item)
        while n_deadly - n_safe > 1:
            n_tried = (n_safe + n_deadly) // 2
            try:
                _run_isolated(function, item.take(np.arange(n_tried)))
                n_safe = n_tried
            except WorkerDiedError:
                n_deadly = n_tried
        lose_part(item.take(np.array([n_deadly - 1])))
        item = item.take(np.delete(np.arange(len(item)), n_deadly - 1))
    return []


def _run_isolated(function: Callable[[T], R], item: T) -> R:
    (worker,) = start_workers(1, function.__module__)
    try:
        worker.send_call(function, item)
        result: R = worker.receive_answer()
        return result
    finally:
        worker.close()
