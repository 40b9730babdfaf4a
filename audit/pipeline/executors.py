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
    """What is needed of an executor: concurrent.futures' own, or a Dask client's ``get_executor()``."""

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
        1 = in this process. More = worker processes; a script that asks for them needs the usual
        ``if __name__ == "__main__":``.
    executor : optional
        Runs the calls instead of own worker processes; ``workers`` then only bounds what is in flight.
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
    >>> list(map_shards(len, [np.arange(3), np.arange(2)], 1))
    [3, 2]
    >>> list(map_shards(len, [], 1))
    []
    """
    done = on_done or (lambda _: None)
    if executor is not None:
        for item, future in _in_flight(executor, function, items, 2 * max(workers, 1)):
            yield future.result()
            done(len(item))
    elif workers <= 1:
        for item in items:
            yield function(item)
            done(len(item))
    else:
        yield from _in_processes(function, items, workers, done, on_lost or (lambda _: None))


def _in_flight(
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


def _in_processes(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    done: Callable[[int], object],
    on_lost: Callable[[T], object],
) -> Iterator[R]:
    source, lost = iter(items), 0
    jobs: deque[_Job[T, R]] = deque()
    team: list[Worker] = []
    busy: dict[Worker, _Job[T, R]] = {}

    def lose(part: T) -> None:
        nonlocal lost
        lost += 1
        if lost > MAX_LOST:
            raise WorkersError(f"worker processes died {lost} times; is the machine short of memory?")
        on_lost(part)

    try:
        while True:
            while (
                len(busy) < workers and len(jobs) < 2 * workers and (item := next(source, None)) is not None
            ):
                team += start_workers(workers - len(team), function.__module__)
                worker = next(worker for worker in team if worker not in busy)
                jobs.append(_Job(item))
                busy[worker] = jobs[-1]
                worker.ask(function, item)
            if not jobs:
                return
            if (answers := jobs[0].answers) is not None:
                yield from answers
                done(len(jobs.popleft().item))
                continue
            for worker in wait_for_answers(busy):
                job = busy.pop(worker)
                try:
                    job.answers = [worker.answer()]
                except WorkerDiedError:
                    _logger.info("a worker process died; its %d parts are tried one by one", len(job.item))
                    team.remove(worker)
                    worker.close()
                    job.answers = _careful(function, job.item, lose)
    finally:
        for worker in team:
            worker.close()


def _careful(function: Callable[[T], R], item: T, lose: Callable[[T], None]) -> list[R]:
    """Compute an item in a process of its own; find and leave out the parts that kill it.

    The shortest beginning of an item that kills a worker ends with a guilty part. That holds for a part
    that kills by itself and for one that kills only together with an earlier one.
    """
    safe = 0
    while len(item):
        try:
            return [_alone(function, item)]
        except WorkerDiedError:
            deadly = len(item)
        while deadly - safe > 1:
            middle = (safe + deadly) // 2
            try:
                _alone(function, item.take(np.arange(middle)))
                safe = middle
            except WorkerDiedError:
                deadly = middle
        lose(item.take(np.array([deadly - 1])))
        item = item.take(np.delete(np.arange(len(item)), deadly - 1))
    return []


def _alone(function: Callable[[T], R], item: T) -> R:
    (worker,) = start_workers(1, function.__module__)
    try:
        worker.ask(function, item)
        result: R = worker.answer()
        return result
    finally:
        worker.close()
