"""Engines that measure on other machines: a Dask or a Ray cluster, by its name.

An engine is an executor: it takes a function and its argument, and gives a future. The results of a scan do
not depend on it, byte for byte: parts come back in the order in which they were sent.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from audit.pipeline.executors import Executor

_PREFIXES = ("dask", "ray")
PATIENCE_S = 20
"""How long a Dask scheduler may take to answer."""

WORKER_ENVIRONMENT: Mapping[str, str] = {
    # Dask has its workers give memory back after every call, which makes numpy twice as slow.
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    # A worker is one of many on its machine: threads of its own would only wait for each other.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Ray has its workers wait for every other process of the machine.
    "RAY_worker_niceness": "0",
}
"""What worker processes that an engine starts itself find in their environment."""


class EngineError(Exception):
    """An engine's name is unknown, its package is not installed, or its cluster does not answer."""


class DaskEngine:
    """Measures on a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def slots(self) -> int:
        """Calls that run at the same time, on all workers together."""
        n_threads: int = sum(self._client.nthreads().values())
        return max(1, n_threads)

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call; equal arguments are not looked up in what the cluster computed before."""
        future: Future[Any] = self._client.submit(function, *args, pure=False)
        return future


class RayEngine:
    """Measures on a Ray cluster.

    Parameters
    ----------
    ray : module
        Initialised.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._call = ray.remote(_call)

    @property
    def slots(self) -> int:
        """Calls that run at the same time, on all machines together."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a call."""
        future: Future[Any] = self._call.remote(function, *args).future()
        return future


def _call(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


def parse_engine(name: str) -> tuple[str, str]:
    """Split an engine's name into its kind and its address.

    Parameters
    ----------
    name : str
        ``dask`` or ``ray``: a cluster on this machine for the length of the scan. ``dask://HOST:PORT`` (the
        scheduler) or ``ray://HOST:PORT`` (Ray's client server): one that runs.

    Returns
    -------
    kind, address : str
        The address is empty where the cluster is to be started.

    Raises
    ------
    EngineError
        If there is no such engine.

    Examples
    --------
    >>> parse_engine("dask://10.0.0.7:8786")
    ('dask', '10.0.0.7:8786')
    >>> parse_engine("ray")
    ('ray', '')
    >>> try:
    ...     parse_engine("")
    ... except EngineError as error:
    ...     print(error)
    '' is no engine: dask, dask://HOST:PORT, ray or ray://HOST:PORT
    """
    kind, separator, address = name.partition("://")
    if kind not in _PREFIXES or bool(separator) != bool(address):
        raise EngineError(f"{name!r} is no engine: dask, dask://HOST:PORT, ray or ray://HOST:PORT")
    return kind, address


@contextmanager
def open_engine(name: str, workers: int | None = None) -> Iterator[Executor]:
    """Connect to a cluster, or start one on this machine, for the length of a ``with`` block.

    Parameters
    ----------
    name : str
        See `parse_engine`.
    workers : int, optional
        Processes of a cluster that is started here; default: one a core.

    Yields
    ------
    Executor
        With ``slots``, how many calls it runs at a time.

    Raises
    ------
    EngineError
        If there is no such engine, it is not installed, or it does not answer.
    """
    kind, address = parse_engine(name)
    workers = workers or os.cpu_count() or 1
    open_cluster = _open_dask if kind == "dask" else _open_ray
    with open_cluster(address, workers) as engine:
        yield engine


@contextmanager
def _open_dask(address: str, workers: int) -> Iterator[Executor]:
    try:
        import dask
        import distributed as untyped
    except ImportError as error:
        raise EngineError("the engine dask needs: pip install 'maskaudit[dask]'") from error
    distributed: Any = untyped
    if address:
        try:
            client = distributed.Client(f"tcp://{address}", timeout=PATIENCE_S)
        except OSError as error:
            raise EngineError(f"no Dask scheduler answers at {address}: {error}") from error
        with client:
            yield DaskEngine(client)
        return
    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": dict(WORKER_ENVIRONMENT)}),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,
            # While it shuts down, its processes complain about each other.
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield DaskEngine(client)


@contextmanager
def _open_ray(address: str, workers: int) -> Iterator[Executor]:
    try:
        import ray
    except ImportError as error:
        raise EngineError("the engine ray needs: pip install 'maskaudit[ray]'") from error
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
    try:
        if address:
            context = ray.init(f"ray://{address}", **quiet)
        else:
            # Not by a `runtime_env`, which workers would wait for, and which cannot set how nice they are.
            with _set_environment(WORKER_ENVIRONMENT):
                context = ray.init(num_cpus=workers, include_dashboard=False, address="local", **quiet)
    except (ConnectionError, TimeoutError, RuntimeError) as error:
        raise EngineError(f"no Ray cluster answers at {address or 'this machine'}: {error}") from error
    with context:
        yield RayEngine(ray)


@contextmanager
def _set_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let processes that are started in a ``with`` block inherit variables."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
