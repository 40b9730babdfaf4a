"""Processes that compute one call after another, and whose death is noticed at once.

Not ``concurrent.futures.ProcessPoolExecutor``: before Python 3.12 a call that is submitted while the pool
finds that a worker was killed may never get an answer, and a process that starts at that moment is waited
for without end. Here one thread asks and listens, every process has a channel of its own, and its end is
an answer.
"""

from __future__ import annotations

import logging
import pickle
import signal
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext

_logger = logging.getLogger("maskaudit.pipeline")

MAX_STARTS = 3
"""Times that a process is started that is killed while it starts; the others are there by then."""
_KILL_TIMEOUT_S = 10.0
"""How long a killed process is waited for."""


class WorkersError(RuntimeError):
    """Worker processes cannot start, or keep dying."""


class WorkerDiedError(RuntimeError):
    """A process ended without an answer."""


class Worker:
    """A process that computes one call after another."""

    __slots__ = ("_process", "channel")

    def __init__(self, context: BaseContext) -> None:
        self.channel, worker_channel = context.Pipe()
        # A daemon: it is killed with this process, whatever happens here.
        self._process = context.Process(target=_serve_calls, args=(worker_channel,), daemon=True)  # type: ignore[attr-defined]
        try:
            self._process.start()
        finally:
            # Only when this copy of its end is closed too does the channel tell that the process is gone.
            worker_channel.close()

    def wait_until_ready(self) -> None:
        """Wait until it is ready.

        Raises
        ------
        WorkerDiedError
            If it is killed before, as systems do that run out of memory.
        WorkersError
            If it ends by itself: not the fault of any work.
        """
        try:
            self.channel.recv()
        except (EOFError, OSError) as error:
            self._process.join(_KILL_TIMEOUT_S)
            if (self._process.exitcode or 0) < 0:
                raise WorkerDiedError from error
            raise WorkersError(
                "worker processes cannot start; use one worker, or, in a script, put the call under "
                '`if __name__ == "__main__":`'
            ) from error

    def send_call(self, function: Callable[..., Any], item: object) -> None:
        """Start a call. A process that has died says so when its answer is asked for.

        Parameters
        ----------
        function : callable
            A module's function: it is sent by name.
        item : object
            Its argument, which is pickled.
        """
        try:
            self.channel.send((function, item))
        except OSError:
            return

    def receive_answer(self) -> Any:
        """Wait for what the call returns, or raise what it raises.

        Raises
        ------
        WorkerDiedError
            If the process was killed.
        """
        try:
            error, value = self.channel.recv()
        except (EOFError, OSError) as gone:
            raise WorkerDiedError from gone
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """End it, whatever it is doing."""
        self.channel.close()
        self._process.kill()
        self._process.join(_KILL_TIMEOUT_S)


def start_workers(n_workers: int, preload: str) -> list[Worker]:
    """Start processes side by side, each with a module imported, and wait until all are ready.

    Those that are killed meanwhile are started again, one after the other: what was too much for the
    memory at once may fit then.

    Parameters
    ----------
    n_workers : int
    preload : str
        Name of the module.

    Raises
    ------
    WorkersError
        If a process ends while it starts, or is killed `MAX_STARTS` times.

    Examples
    --------
    >>> start_workers(0, "audit")
    []
    """
    if n_workers <= 0:
        return []
    context = _choose_context(preload)
    _logger.debug("start %d worker processes by %s", n_workers, context.get_start_method())
    ready: list[Worker] = []
    started: list[Worker] = []
    try:
        for _ in range(n_workers):
            started.append(Worker(context))
        for worker in started:
            ready += _keep_if_ready(worker)
        for _ in range(MAX_STARTS - 1):
            for _ in range(n_workers - len(ready)):
                started.append(Worker(context))
                ready += _keep_if_ready(started[-1])
    except BaseException:
        for worker in started:
            worker.close()
        raise
    if len(ready) < n_workers:
        for worker in ready:
            worker.close()
        raise WorkersError(
            f"worker processes were killed while they started, {MAX_STARTS} times: the machine is short of "
            "memory; use fewer --workers, or leave out --isolate"
        )
    return ready


def _keep_if_ready(worker: Worker) -> list[Worker]:
    """Wait for a process; return it, or nothing where it was killed."""
    try:
        worker.wait_until_ready()
    except WorkerDiedError:
        _logger.info("a worker process was killed while it started")
        worker.close()
        return []
    return [worker]


def wait_for_answers(workers: Iterable[Worker]) -> list[Worker]:
    """Wait until some processes have answered or died; return these, in the order given.

    Examples
    --------
    >>> wait_for_answers([])
    []
    """
    from multiprocessing.connection import wait

    by_channel = {worker.channel: worker for worker in workers}
    ready_channels = set(wait(list(by_channel))) if by_channel else set()
    return [worker for channel, worker in by_channel.items() if channel in ready_channels]


def _serve_calls(channel: Connection) -> None:
    """Answer calls until the other end is gone. Runs in the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its workers
    channel.send("ready")
    while True:
        try:
            function, item = channel.recv()
        except EOFError:
            return
        try:
            channel.send(_compute_answer(function, item))
        except OSError:
            return


def _compute_answer(function: Callable[..., Any], item: object) -> tuple[Exception | None, Any]:
    """Compute an answer that can be sent."""
    try:
        return None, function(item)
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        try:
            error.add_note(f"In a worker process:\n{trace}")
            pickle.loads(pickle.dumps(error))
        except Exception:  # there are exceptions that cannot be taken apart or put together again
            return RuntimeError(trace), None
        return error, None


def _choose_context(preload: str) -> BaseContext:
    """Choose how processes start.

    Not ``fork``: this process may run threads (a progress bar, Arrow's), and a fork that happens while one
    of them holds a lock hangs. A fork server has no threads, and pays for the imports only once.
    """
    import multiprocessing  # late: most scans measure in threads

    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([preload])
    return context
