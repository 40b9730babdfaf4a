"""Measure maskaudit against what people run instead, all in one run, and print Markdown tables.

    make bench BENCH=--data                     (without names) everything but the large file: some 5 minutes
    make bench BENCH=--full                     with 860,000 annotations too: some 15 minutes more
    make bench BENCH="--data val --repeats 5"

`make bench` alone prints the one table of `benchmarks/summary.py`.

Every measurement is a process of its own. Repeats alternate between the candidates, so that a busy machine
is busy for all of them, and tables show medians; what takes long is measured once. CPU time and peak memory
count worker processes in. This process imports nothing but the standard library: a child's peak starts at
the size of its parent. Generated files stay in benchmarks/.data.
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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from process import Usage, adopt_orphans, measure

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared" / "data"
GENERATED = {
    "val": ("coco", 37_000, "like COCO val2017: 37,000 annotations on 5,000 images"),
    "tiny": ("coco", 20, "20 annotations"),
    "train": ("coco", 860_000, "like COCO train2017: 860,000 annotations on 118,000 images"),
    "large": ("coco", 100_000, "like COCO: 100,000 annotations"),
    "dense": ("dense", 20_000, "one image of 4000 x 4000 pixels with 20,000 polygons"),
    "dense-rle": ("dense-rle", 20_000, "one image of 4000 x 4000 pixels with 20,000 RLEs"),
    "nested": ("nested", 5_000, "one image with 5,000 masks, nested 100 deep"),
}
REAL = {
    "taco": (SHARED / "taco" / "annotations.json", "TACO: 4,784 polygons on 12-megapixel images"),
    "dsb2018": (SHARED / "dsb2018" / "as_released.json", "half of DSB 2018: 14,251 RLE nuclei"),
}
START = "start"
COMPARE = "compare"
ARRAYS = "arrays"
ENGINES = "engines"
QUICK = ("val", "dense", "nested", "taco", "dsb2018", COMPARE, ARRAYS, ENGINES, START)
LONG_S = 15.0
"""What took longer is not measured again."""

OURS = "maskaudit scan, 1 worker"
PAIRS, LOOP, HEALTH = "one `iou` an image", "pair by pair", "hotcoco"
TITLES = {
    PAIRS: "pycocotools: load, encode, one `iou` an image",
    LOOP: "pycocotools: encode and compare pair by pair",
    HEALTH: "hotcoco: `healthcheck`",
}


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

    usages: list[Usage] = field(default_factory=list)
    seconds: list[dict[str, float]] = field(default_factory=list)
    """Phases, as the candidate itself reports them."""
    pairs: int | None = None
    note: str = ""
    failed: str = ""

    @property
    def phases(self) -> dict[str, float]:
        """Median seconds of each phase."""
        names = self.seconds[0] if self.seconds else {}
        return {name: statistics.median(s[name] for s in self.seconds) for name in names}

    @property
    def extrapolated(self) -> bool:
        """Whether the time is not measured but computed from a part."""
        return "all pairs" in self.phases

    @property
    def wall(self) -> float | None:
        """Median wall time in seconds; None where it failed."""
        if self.failed or not self.usages:
            return None
        return sum(self.phases.values()) if self.extrapolated else self.median("wall_s")

    def median(self, name: str) -> float:
        """Return the median of one number of the usages."""
        return statistics.median(getattr(usage, name) for usage in self.usages)

    def add(self, candidate: Candidate) -> None:
        """Measure a candidate once more."""
        usage = measure(candidate.command, ROOT)
        self.failed = usage.failed
        if self.failed:
            return
        self.usages.append(usage)
        if candidate.out is not None and "scan" in candidate.command:
            counted = subprocess.run(
                _python("peers.py", "count_pairs", candidate.out), capture_output=True, check=True
            )
            self.pairs = json.loads(counted.stdout)["pairs"]
        elif usage.printed.rstrip().endswith("}") and '"seconds"' in usage.printed:
            report = json.loads(usage.printed.splitlines()[-1])
            self.seconds.append(report["seconds"])
            self.pairs = report.get("pairs")
            self.note = report.get("note", "")


def candidates(file: Path, out: Path, peers: bool) -> Iterator[Candidate]:
    """Yield the rows of one file's table; the first is what the others are compared with."""
    for name, more in (
        (OURS, ("--workers", "1")),
        ("maskaudit scan, 2 workers", ("--workers", "2")),
        ("maskaudit scan, 1 worker, `--ignore touching`", ("--workers", "1", "--ignore", "touching")),
    ):
        folder = out / name.replace(" ", "-")
        arguments = (str(file), "--no-html", "--quiet", "--out", str(folder), *more)
        yield Candidate(name, (sys.executable, "-m", "audit", "scan", *arguments), folder)
    if peers:
        yield Candidate(TITLES[PAIRS], _python("peers.py", "pycocotools", file))
        yield Candidate(TITLES[HEALTH], _python("peers.py", "hotcoco", file))
        yield Candidate(TITLES[LOOP], _python("peers.py", "double_loop", file))


def compared(out: Path, peers: bool) -> Iterator[Candidate]:
    """Yield the rows of comparing predictions with labels; AP alone is what the peers do."""
    file, _ = data_file("val")
    assert file is not None
    results = file.with_name(f"{file.stem}-results.json")
    if not results.exists():
        print(f"making {results.name} ...", file=sys.stderr, flush=True)
        subprocess.run(_python("results_like.py", file, results), check=True)
    yield Candidate("maskaudit: masks' AP alone", _python("peers.py", "ap_maskaudit", file))
    whole = (
        sys.executable,
        "-m",
        "audit",
        "compare",
        str(file),
        str(results),
        "--no-html",
        "--quiet",
        "--out",
    )
    yield Candidate("maskaudit compare, no what-ifs", (*whole, str(out / "a"), "--no-what-ifs"))
    yield Candidate("maskaudit compare", (*whole, str(out / "b")))
    if peers:
        for name in ("pycocotools", "hotcoco", "faster_coco_eval", "ultrafast", "vernier"):
            yield Candidate(f"{name}: masks' AP", _python("peers.py", f"ap_{name}", file))


def arrays(peers: bool) -> Iterator[Candidate]:
    """Yield the rows of overlaps between the masks of one image, held as an array."""
    for scene in ("discs", "noise"):
        yield Candidate(f"{scene}: `audit.overlap_matrix`", _python("arrays.py", scene, "maskaudit"))
        if peers:
            yield Candidate(
                f"{scene}: pycocotools encode and iou", _python("arrays.py", scene, "pycocotools")
            )


def engines(out: Path) -> Iterator[Candidate]:
    """Yield the rows of one scan by processes of its own and by clusters on this machine."""
    file, _ = data_file("large")
    for name, more in (
        ("own workers", ()),
        ("`--engine dask`", ("--engine", "dask")),
        ("`--engine ray`", ("--engine", "ray")),
    ):
        folder = out / str(len(more)) / name.strip("`").replace(" ", "-")
        arguments = (str(file), "--no-html", "--quiet", "--out", str(folder), "--workers", "2", *more)
        yield Candidate(name, (sys.executable, "-m", "audit", "scan", *arguments), folder)


def _python(script: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, str(HERE / script), *map(str, arguments))


def alternate(rows: Sequence[Candidate], repeats: int) -> list[Runs]:
    """Measure every candidate in turn, ``repeats`` times; what failed or takes long only once."""
    results = [Runs() for _ in rows]
    for repeat in range(repeats):
        for candidate, runs in zip(rows, results, strict=True):
            if repeat and (runs.failed or runs.extrapolated or runs.median("wall_s") > LONG_S):
                continue
            print(f"  {repeat + 1}/{repeats} {candidate.name} ...", file=sys.stderr, flush=True)
            runs.add(candidate)
    return results


def table(rows: Sequence[Candidate], results: Sequence[Runs]) -> Iterator[str]:
    """Yield the lines of one Markdown table."""
    yield "| what | wall s | times maskaudit's | CPU s | peak MB | overlapping pairs | note |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    base = results[0].wall
    for candidate, runs in zip(rows, results, strict=True):
        if runs.wall is None:
            yield f"| {candidate.name} | - | - | - | - | - | failed: {runs.failed} |"
            continue
        cpu = "-" if runs.extrapolated else f"{runs.median('cpu_s'):.2f}"
        peak = f"{runs.median('peak_mb'):.0f}"
        yield _line(candidate.name, runs.wall, base, cpu, peak, runs)
        if "iou" in runs.phases:
            alone = runs.phases["encode"] + runs.phases["iou"]
            yield _line("- of which encode and `iou`, file not read", alone, base, "-", "-", runs)
            yield _line("- of which `iou` alone", runs.phases["iou"], base, "-", "-", runs)


def _line(name: str, wall: float, base: float | None, cpu: str, peak: str, runs: Runs) -> str:
    pairs = "" if runs.pairs is None else f"{runs.pairs:,}"
    return f"| {name} | {_seconds(wall)} | {_ratio(wall, base)} | {cpu} | {peak} | {pairs} | {runs.note} |"


def _seconds(wall: float) -> str:
    if wall < 1000:
        return f"{wall:,.2f}"
    days = wall / 86_400
    return f"{wall:,.0f} ({days:,.1f} days)" if days >= 1 else f"{wall:,.0f} ({wall / 3600:.1f} hours)"


def _ratio(wall: float | None, base: float | None) -> str:
    if wall is None or not base:
        return "-"
    return f"{wall / base:,.0f}" if wall >= 10 * base else f"{wall / base:.2f}"


def overview(measured: dict[str, dict[str, Runs]]) -> Iterator[str]:
    """Yield the lines of one table over all files: how many times maskaudit's wall time peers take."""
    yield f"| data | {OURS} | {' | '.join(TITLES.values())} |"
    yield "|---|--:|--:|--:|--:|"
    for title, results in measured.items():
        ours = results[OURS].wall
        ratios = [_ratio(results[name].wall, ours) for name in TITLES.values()]
        yield f"| {title} | {'failed' if ours is None else _seconds(ours) + ' s'} | {' | '.join(ratios)} |"


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


def describe_machine() -> str:
    """Return one line on what the figures were measured with."""
    packages = (
        *("maskaudit", "numpy", "pycocotools", "hotcoco", "faster-coco-eval"),
        *("ultrafast-pycocotools", "vernier", "distributed", "ray"),
    )
    versions = ", ".join(f"{name} {_find_version(name)}" for name in packages)
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores (load before the run {load:.1f}), "
        f"Python {platform.python_version()}, {versions}"
    )


def _find_version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def main() -> None:
    """Measure what the command line names."""
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser(
        description=lines[0],
        epilog="\n".join(lines[1:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [*GENERATED, *REAL, COMPARE, ARRAYS, ENGINES, START]
    parser.add_argument("--data", nargs="*", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--full", action="store_true", help="measure the file of 860,000 annotations too")
    parser.add_argument("--repeats", type=int, default=2, help="how often [default: 2]")
    parser.add_argument("--no-peers", action="store_true", help="measure maskaudit alone")
    options = parser.parse_args()
    adopt_orphans()
    print(f"{describe_machine()}; medians of {options.repeats}\n", flush=True)
    measured: dict[str, dict[str, Runs]] = {}
    for name in options.data or (*QUICK, *(("train",) if options.full else ())):
        if name == START:
            _show_start(max(options.repeats, 5))
            continue
        if name == COMPARE:
            with tempfile.TemporaryDirectory() as out:
                rows = list(compared(Path(out), not options.no_peers))
                _show("predictions against labels: 37,000 against 37,000", rows, options.repeats)
            continue
        if name in (ARRAYS, ENGINES):
            with tempfile.TemporaryDirectory() as out:
                rows = list(arrays(not options.no_peers) if name == ARRAYS else engines(Path(out)))
                title = (
                    "masks of one image as an array" if name == ARRAYS else "100,000 annotations on a cluster"
                )
                _show(f"{title}, two workers" if name == ENGINES else title, rows, options.repeats)
            continue
        file, title = data_file(name)
        if file is None:
            print(f"## {title}\n\nnot measured: the data is not here\n")
            continue
        with tempfile.TemporaryDirectory() as out:
            rows = list(candidates(file, Path(out), not options.no_peers))
            measured[title] = _show(title, rows, options.repeats)
    if measured and not options.no_peers:
        print("## How many times as long as maskaudit others take\n")
        print("\n".join(overview(measured)))


def _show_start(repeats: int) -> None:
    numpy = (sys.executable, "-c", "import numpy")
    file, _ = data_file("tiny")
    with tempfile.TemporaryDirectory() as out:
        scan = (sys.executable, "-m", "audit", "scan", str(file), "--no-html", "--quiet", "--out", out)
        rows = [
            Candidate("`maskaudit --help`", (sys.executable, "-m", "audit", "--help")),
            Candidate("`maskaudit scan` of 20 annotations", scan),
            Candidate("`python -c 'import numpy'`", numpy),
        ]
        _show("start of the command", rows, repeats)


def _show(title: str, rows: Sequence[Candidate], repeats: int) -> dict[str, Runs]:
    print(title, file=sys.stderr)
    results = alternate(rows, repeats)
    print(f"## {title}\n")
    print("\n".join(table(rows, results)), end="\n\n", flush=True)
    return {row.name: runs for row, runs in zip(rows, results, strict=True)}


if __name__ == "__main__":
    main()
