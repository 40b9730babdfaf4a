"""Run one function over many shards, in this process or in others, and survive a worker that is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing.context import BaseContext
from typing import Any, Protocol, Self, TypeVar

import numpy as np

from audit.dataset.model import IntArray

MAX_LOST = 100
"""Parts that may kill a worker before the run gives up: by then it is the machine, not the data."""


class Divisible(Protocol):
    """Work that can be cut: `audit.dataset.shard.Shard`, for one."""

    def __len__(self) -> int: ...
    def take(self, positions: IntArray) -> Self:
        """Cut some parts out."""


class Submits(Protocol):
    """What is needed of an executor: concurrent.futures' own, or a Dask client's ``get_executor()``."""

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call."""


T = TypeVar("T", bound=Divisible)
R = TypeVar("R")


class WorkersError(RuntimeError):
    """Worker processes cannot start, or keep dying."""


def map_shards(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    *,
    executor: Submits | None = None,
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
    executor: Submits, function: Callable[[T], R], items: Iterable[T], bound: int
) -> Iterator[tuple[T, Future[R]]]:
    waiting: deque[tuple[T, Future[R]]] = deque()
    for item in items:
        waiting.append((item, executor.submit(function, item)))
        if len(waiting) >= bound:
            yield waiting.popleft()
    while waiting:
        yield waiting.popleft()


def _in_processes(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    done: Callable[[int], object],
    on_lost: Callable[[T], object],
) -> Iterator[R]:
    pool, alone = _Pool(workers, function.__module__), _Pool(1, function.__module__)
    lost = 0

    def lose(part: T) -> None:
        nonlocal lost
        lost += 1
        if lost > MAX_LOST:
            raise WorkersError(f"worker processes died {lost} times; is the machine short of memory?")
        on_lost(part)

    try:
        for item, future in _in_flight(pool, function, items, 2 * workers):
            try:
                yield future.result()
            except BrokenExecutor:
                # One death breaks every future of the pool, so this item may well be innocent.
                yield from _careful(function, item, alone, lose)
            done(len(item))
    finally:
        pool.close()
        alone.close()


def _careful(function: Callable[[T], R], item: T, alone: _Pool, lose: Callable[[T], None]) -> Iterator[R]:
    """Compute an item in a process of its own; find and leave out the parts that kill it.

    The shortest beginning of an item that kills a worker ends with a guilty part. That holds for a part
    that kills by itself and for one that kills only together with an earlier one.
    """
    safe = 0
    while len(item):
        try:
            yield alone.submit(function, item).result()
            return
        except BrokenExecutor:
            deadly = len(item)
        while deadly - safe > 1:
            middle = (safe + deadly) // 2
            try:
                alone.submit(function, item.take(np.arange(middle))).result()
                safe = middle
            except BrokenExecutor:
                deadly = middle
        lose(item.take(np.array([deadly - 1])))
        item = item.take(np.delete(np.arange(len(item)), deadly - 1))


class _Pool:
    """Worker processes that are started when needed and again after one was killed."""

    def __init__(self, workers: int, preload: str) -> None:
        self._workers, self._preload = workers, preload
        self._executor: ProcessPoolExecutor | None = None

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        if self._executor is not None:
            try:
                return self._executor.submit(function, *args)
            except BrokenExecutor:
                self.close()
        self._executor = self._start()
        return self._executor.submit(function, *args)

    def close(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None

    def _start(self) -> ProcessPoolExecutor:
        executor = ProcessPoolExecutor(self._workers, _context(self._preload), initializer=_ignore_interrupts)
        try:
            executor.submit(os.getpid).result()  # tells workers that never start from work that kills them
        except BrokenExecutor as error:
            executor.shutdown()
            raise WorkersError(
                "worker processes cannot start; use one worker, or, in a script, put the call under "
                '`if __name__ == "__main__":`'
            ) from error
        return executor


def _context(preload: str) -> BaseContext:
    """Choose how processes start.

    Not ``fork``: this process may run threads (a progress bar, Arrow's), and a fork that happens while one
    of them holds a lock hangs. A fork server has no threads, and pays for the imports only once.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    return context


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent process, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
