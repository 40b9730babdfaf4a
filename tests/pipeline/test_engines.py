"""Engines: names, and real clusters of two workers on this machine that give a scan's bytes."""

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from audit.pipeline.engines import DaskEngine, EngineError, RayEngine, open_engine, parse_engine
from audit.pipeline.executors import count_slots
from audit.pipeline.run import scan
from audit.synthetic.make import make_demo

INSTALLED = {"dask": "distributed", "ray": "ray"}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("dask", ("dask", "")),
        ("ray", ("ray", "")),
        ("dask://10.0.0.7:8786", ("dask", "10.0.0.7:8786")),
        ("ray://head:10001", ("ray", "head:10001")),
    ],
)
def test_an_engine_is_named_by_kind_and_address(name, parts):
    assert parse_engine(name) == parts


@pytest.mark.parametrize("name", ["", "spark", "dask://", "tcp://1.2.3.4:1", "Dask", "dask:8786"])
def test_another_name_is_refused_before_anything_is_read(name):
    with pytest.raises(EngineError, match=r"is no engine: dask, dask://HOST:PORT"):
        scan("no such file.json", engine=name)


def test_an_engine_and_an_executor_exclude_each_other():
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="either executor or engine"):
        scan("no such file.json", executor=pool, engine="dask")


@pytest.mark.parametrize(("kind", "module"), INSTALLED.items())
def test_a_package_that_is_not_installed_is_named(kind, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineError, match=rf"pip install 'maskaudit\[{kind}\]'"), open_engine(kind, 1):
        pass


class Cluster:
    """What the engines use of a Dask client and of the ray module, with what they asked noted."""

    def __init__(self):
        self.calls = []

    def nthreads(self):
        return {"tcp://a": 4, "tcp://b": 2}

    def cluster_resources(self):
        return {"CPU": 6.0}

    def submit(self, function, *args, pure):
        self.calls.append(pure)
        return function(*args)

    def remote(self, function):
        return self

    def future(self):
        return "future"


def test_slots_are_those_of_the_whole_cluster():
    assert count_slots(DaskEngine(Cluster()), 1) == 6
    assert count_slots(RayEngine(Cluster()), 1) == 6


def test_slots_of_a_cluster_that_has_no_workers_yet_are_one():
    empty = Cluster()
    empty.nthreads = dict
    empty.cluster_resources = dict
    assert count_slots(DaskEngine(empty), 8) == 1
    assert count_slots(RayEngine(empty), 8) == 1


def test_workers_inherit_variables_that_this_process_has_only_meanwhile(monkeypatch):
    seen = {}

    class Ray(Cluster):
        def init(self, **options):
            seen.update(os.environ, options=options)
            return nullcontext()

    monkeypatch.setitem(sys.modules, "ray", Ray())
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("RAY_worker_niceness", raising=False)
    with open_engine("ray", 2):
        pass
    assert (seen["OMP_NUM_THREADS"], seen["RAY_worker_niceness"]) == ("1", "0")
    assert "runtime_env" not in seen["options"]
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "RAY_worker_niceness" not in os.environ


def test_dask_computes_equal_parts_again():
    """A shard's hash would cost more than its measuring, and results must not come from an earlier scan."""
    cluster = Cluster()
    assert DaskEngine(cluster).submit(len, [1, 2]) == 2
    assert cluster.calls == [False]


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    return make_demo(folder, images=20).instances


def run_scan(labels, out, *options):
    done = subprocess.run(
        [sys.executable, "-m", "audit", "scan", labels, "--no-html", "--quiet", "--out", out, *options],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        env={**os.environ, "RAY_AUTH_MODE": "disabled"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.suffix in (".json", ".csv", ".parquet") and path.name != "run.json"
    }


@pytest.mark.slow
@pytest.mark.xdist_group("clusters")
@pytest.mark.parametrize("kind", INSTALLED)
def test_a_real_cluster_gives_the_same_bytes(kind, labels, tmp_path):
    if importlib.util.find_spec(INSTALLED[kind]) is None:
        tell = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        tell(f"{kind} is not installed, so no cluster was started")
    alone = run_scan(labels, tmp_path / "alone")
    together = run_scan(labels, tmp_path / "together", "--engine", kind, "--workers", "2")
    assert together == alone
    assert len(alone["findings.json"]) > 10_000


def test_a_scheduler_that_does_not_answer_is_a_usage_error():
    done = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=300, check=False
    )
    assert "no Dask scheduler answers at 127.0.0.1:9" in done.stdout, done.stdout + done.stderr


PROBE = """
import logging
logging.disable(logging.CRITICAL)
from audit.pipeline import engines
from audit.pipeline.engines import EngineError, open_engine
engines.PATIENCE_S = 1
try:
    with open_engine("dask://127.0.0.1:9"):
        pass
except EngineError as error:
    print(error)
"""
