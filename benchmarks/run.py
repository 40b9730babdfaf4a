"""Measure maskaudit's speed against peers in the same run and print Markdown tables.

    python benchmarks/run.py                       all but the train2017-sized file
    python benchmarks/run.py --data train --repeats 1
    make bench BENCH="--data val dense"

Every measurement is a process of its own; repeats alternate between the candidates, so that a busy
machine is busy for all of them, and the table shows medians. CPU is user plus system time of the
process and its workers; peak memory is that of the largest single process. This process imports
nothing but the standard library: a child's peak starts at the size of its parent.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared" / "data"
MASKAUDIT = str(Path(sys.executable).with_name("maskaudit"))
GENERATED = {
    "val": ("coco", 37_000, "like COCO val2017: 37,000 annotations, 5,000 images"),
    "train": ("coco", 860_000, "like COCO train2017: 860,000 annotations, 118,000 images"),
    "dense": ("dense", 20_000, "one image of 4000 x 4000 pixels with 20,000 polygons"),
    "dense-rle": ("dense-rle", 20_000, "one image of 4000 x 4000 pixels with 20,000 RLEs"),
}
REAL = {
    "taco": (SHARED / "taco" / "annotations.json", "TACO: 4,784 polygons on 12-megapixel images"),
    "dsb2018": (SHARED / "dsb2018" / "as_released.json", "half of DSB 2018: 14,251 RLE nuclei"),
}
START = "start"
COMPARE = "compare"
DEFAULT = ("val", "dense", "dense-rle", "taco", "dsb2018", COMPARE, START)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of a table."""

    name: str
    command: tuple[str, ...]
    out: Path | None = None
    """Where a scan writes."""


@dataclass(slots=True)
class Runs:
    """What the repeats of one candidate measured."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    seconds: list[dict[str, float]] = field(default_factory=list)
    """Phases, as the candidate itself reports them."""
    pairs: int | None = None
    note: str = ""
    failed: str = ""


def measure(candidate: Candidate, runs: Runs) -> None:
    """Run a candidate once and add what it took."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(candidate.command, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            stderr.seek(0)
            lines = stderr.read().strip().splitlines() or [f"exit code {process.returncode}"]
            runs.failed = lines[-1][:160]
            return
        runs.wall.append(wall)
        runs.cpu.append(usage.ru_utime + usage.ru_stime)
        runs.peak_mb.append(usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2))
        stdout.seek(0)
        _note_report(candidate, stdout.read(), runs)


def _note_report(candidate: Candidate, printed: str, runs: Runs) -> None:
    if candidate.out is not None:
        counted = subprocess.run(
            _python("peers.py", "count_pairs", candidate.out), capture_output=True, check=True
        )
        runs.pairs = json.loads(counted.stdout)["pairs"]
    elif candidate.command[1].endswith("peers.py"):
        report = json.loads(printed.splitlines()[-1])
        runs.seconds.append(report["seconds"])
        runs.pairs = report.get("pairs")
        runs.note = report.get("note", "")


def candidates(file: Path, out: Path, peers: bool) -> Iterator[Candidate]:
    """Yield the rows of one file's table; the first is what the others are compared with."""
    for workers in (1, 2):
        folder = out / f"workers-{workers}"
        scan = (MASKAUDIT, "scan", str(file), "--no-html", "--out", str(folder), "--workers", str(workers))
        yield Candidate(f"maskaudit scan, {workers} worker{'s' * (workers > 1)}", scan, folder)
    if not peers:
        return
    yield Candidate("pycocotools: load, encode, one `iou` an image", _python("peers.py", "pycocotools", file))
    yield Candidate("hotcoco `healthcheck`", _python("peers.py", "hotcoco", file))
    yield Candidate("pycocotools: encode and compare pair by pair", _python("peers.py", "double_loop", file))


def compared(out: Path, peers: bool) -> Iterator[Candidate]:
    """Yield the rows of comparing predictions with labels; AP alone is what the peers do."""
    file, _ = data_file("val")
    assert file is not None
    results = file.with_name(f"{file.stem}-results.json")
    if not results.exists():
        print(f"making {results.name} ...", file=sys.stderr, flush=True)
        subprocess.run(_python("results_like.py", file, results), check=True)
    yield Candidate("maskaudit: masks' AP alone", _python("peers.py", "ap_maskaudit", file))
    whole = (MASKAUDIT, "compare", str(file), str(results), "--no-html", "--quiet", "--out")
    yield Candidate("maskaudit compare, no what-ifs", (*whole, str(out / "a"), "--no-what-ifs"))
    yield Candidate("maskaudit compare", (*whole, str(out / "b")))
    if peers:
        for name in ("pycocotools", "hotcoco", "faster_coco_eval"):
            yield Candidate(f"{name}: masks' AP", _python("peers.py", f"ap_{name}", file))


def _python(script: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, str(HERE / script), *map(str, arguments))


def alternate(rows: Sequence[Candidate], repeats: int) -> list[Runs]:
    """Measure every candidate in turn, ``repeats`` times; one that failed is not asked again."""
    results = [Runs() for _ in rows]
    for repeat in range(repeats):
        for candidate, runs in zip(rows, results, strict=True):
            extrapolated = "all pairs" in (runs.seconds or [{}])[0]
            if runs.failed or (repeat and extrapolated):
                continue
            print(f"  {repeat + 1}/{repeats} {candidate.name} ...", file=sys.stderr, flush=True)
            measure(candidate, runs)
    return results


def table(rows: Sequence[Candidate], results: Sequence[Runs]) -> Iterator[str]:
    """Yield the lines of one Markdown table."""
    yield "| what | wall s | times maskaudit's wall | CPU s | peak MB | overlapping pairs | note |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    base = statistics.median(results[0].wall) if results[0].wall else None
    for candidate, runs in zip(rows, results, strict=True):
        if runs.failed:
            yield f"| {candidate.name} | - | - | - | - | - | failed: {runs.failed} |"
            continue
        cpu, peak = f"{statistics.median(runs.cpu):.2f}", f"{statistics.median(runs.peak_mb):.0f}"
        wall = statistics.median(runs.wall)
        phases = {
            name: statistics.median(s[name] for s in runs.seconds) for name in (runs.seconds or [{}])[0]
        }
        if "all pairs" in phases:
            wall, cpu = sum(phases.values()), "-"
        yield _line(candidate.name, wall, base, cpu, peak, runs)
        if "iou" in phases:
            alone = phases["encode"] + phases["iou"]
            yield _line("- of which encode and `iou`, file not read", alone, base, "-", "-", runs)
            yield _line("- of which `iou` alone", phases["iou"], base, "-", "-", runs)


def _line(name: str, wall: float, base: float | None, cpu: str, peak: str, runs: Runs) -> str:
    ratio = f"{wall / base:,.2f}" if base else "-"
    pairs = "" if runs.pairs is None else f"{runs.pairs:,}"
    seconds = f"{wall:,.2f}" if wall < 1000 else f"{wall:,.0f} ({wall / 86_400:,.1f} days)"
    return f"| {name} | {seconds} | {ratio} | {cpu} | {peak} | {pairs} | {runs.note} |"


def data_file(name: str) -> tuple[Path | None, str]:
    """Return the file of a data name, generated where needed; None where it is not here."""
    if name in REAL:
        path, title = REAL[name]
        return (path if path.exists() else None), title
    kind, n, title = GENERATED[name]
    path = HERE / ".data" / f"{kind}-{n}.json"
    if not path.exists():
        print(f"making {path.name} ...", file=sys.stderr, flush=True)
        subprocess.run(_python("coco_like.py", kind, n, path), check=True)
    return path, title


def machine() -> str:
    """Return one line on what the figures were measured with."""
    packages = ("maskaudit", "numpy", "pycocotools", "hotcoco", "faster-coco-eval")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores (load before the run {load:.1f}), "
        f"Python {platform.python_version()}, {versions}"
    )


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description="Measure maskaudit against its peers.")
    parser.add_argument("--data", nargs="+", choices=[*GENERATED, *REAL, COMPARE, START], default=DEFAULT)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true", help="measure maskaudit alone")
    options = parser.parse_args()
    print(f"{machine()}; medians of {options.repeats}\n")
    for name in options.data:
        if name == START:
            rows, title = [Candidate("`maskaudit --help`", (MASKAUDIT, "--help"))], "start of the command"
            rows.append(Candidate("`python -c 'import numpy'`", (sys.executable, "-c", "import numpy")))
            _show(title, rows, max(options.repeats, 5))
            continue
        if name == COMPARE:
            with tempfile.TemporaryDirectory() as out:
                rows = list(compared(Path(out), not options.no_peers))
                _show("predictions against labels: 37,000 against 37,000", rows, options.repeats)
            continue
        file, title = data_file(name)
        if file is None:
            print(f"## {title}\n\nnot measured: the data is not here\n")
            continue
        with tempfile.TemporaryDirectory() as out:
            _show(title, list(candidates(file, Path(out), not options.no_peers)), options.repeats)


def _show(title: str, rows: Sequence[Candidate], repeats: int) -> None:
    print(title, file=sys.stderr)
    results = alternate(rows, repeats)
    print(f"## {title}\n")
    print("\n".join(table(rows, results)), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
