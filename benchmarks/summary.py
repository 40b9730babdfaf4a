"""What the project promises about its speed: one table, with what others take for the same, all in one run.

    make bench                                        some 6 minutes on two quiet cores
    python benchmarks/summary.py --peers PYTHON       peers of another environment, by its python
    python benchmarks/summary.py --no-large           without the file of 860,000 annotations: some 4 minutes

Every measurement is a process of its own, started from files on disk; repeats alternate between the
candidates of a row, medians are shown, and what takes long is measured once. CPU counts all processes of a
command. `make bench BENCH="--help"` measures single files in detail.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from process import adopt_orphans
from run import HERE, ROOT, SHARED, Candidate, Runs, alternate, data_file, describe_machine

AP_PEERS = ("hotcoco", "faster_coco_eval", "ultrafast", "vernier", "pycocotools")
PACKAGES = {
    "hotcoco": "hotcoco",
    "faster_coco_eval": "faster_coco_eval",
    "ultrafast": "ultrafast_pycocotools",
    "vernier": "vernier",
    "pycocotools": "pycocotools",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work: what maskaudit takes for it, and what others take."""

    work: str
    candidates: tuple[Candidate, ...]
    """maskaudit first."""
    repeats: int | None = None
    """Where it is not that of the command line."""


class Bench:
    """Knows the files, the folders and the interpreters of one run.

    Parameters
    ----------
    out : Path
        Where scans write.
    peers : str
        The python that has the peers.
    """

    def __init__(self, out: Path, peers: str) -> None:
        self.out, self.peers = out, peers

    def audit(self, name: str, command: str, *arguments: object) -> Candidate:
        """Return a call of the command line, which writes into a folder of its own."""
        folder = self.out / f"{len(list(self.out.iterdir()))}-{command}"
        folder.mkdir()
        options = ("--no-html", "--quiet", "--out", str(folder / "out"))
        return Candidate(
            name, (sys.executable, "-m", "audit", command, *map(str, arguments), *options), folder / "out"
        )

    def script(self, python: str, name: str, script: str, *arguments: object) -> Candidate:
        """Return a call of a script of this folder."""
        return Candidate(name, (python, str(HERE / script), *map(str, arguments)))

    def scans(self) -> Iterator[Row]:
        """Yield the rows of scans."""
        val, _ = data_file("val")
        yield Row(
            "scan of 37,000 annotations on 5,000 images",
            (
                self.audit("2 threads", "scan", val, "--workers", 2),
                self.script(
                    self.peers, "pycocotools: load, annToRLE, iou by image", "peers.py", "pycocotools", val
                ),
            ),
        )
        dense, _ = data_file("dense")
        yield Row(
            "scan of one image with 20,000 polygons",
            (self.audit("2 threads", "scan", dense, "--workers", 2),),
        )
        half, _ = data_file("dsb2018")
        if half is None:
            print("not measured: half of DSB 2018 is not here", file=sys.stderr)
            return
        yield Row(
            "scan of half of DSB 2018 (14,251 RLEs)", (self.audit("2 threads", "scan", half, "--workers", 2),)
        )
        pictures = SHARED / "dsb2018" / "images"
        yield Row(
            "the same with its pictures",
            (self.audit("2 threads", "scan", half, "--workers", 2, "--images", pictures),),
        )

    def comparisons(self) -> Iterator[Row]:
        """Yield the rows of predictions against labels."""
        val, _ = data_file("val")
        assert val is not None
        results = val.with_name(f"{val.stem}-results.json")
        if not results.exists():
            print(f"making {results.name} ...", file=sys.stderr, flush=True)
            subprocess.run(
                [sys.executable, str(HERE / "results_like.py"), str(val), str(results)], check=True
            )
        yield Row(
            "compare of 37,000 with 37,000, no what-ifs",
            (self.audit("all cores", "compare", val, results, "--no-what-ifs"),),
        )
        yield Row("the same with what-ifs", (self.audit("all cores", "compare", val, results),))
        yield Row(
            "AP of masks alone, 37,000 with 37,000",
            (
                self.script(sys.executable, "`audit.average_precision`", "peers.py", "ap_maskaudit", val),
                *(self.script(self.peers, name, "peers.py", f"ap_{name}", val) for name in AP_PEERS),
            ),
        )

    def arrays(self) -> Iterator[Row]:
        """Yield the rows of masks that are held as an array."""
        for scene, work in (("discs", "300 discs of 512 x 512"), ("noise", "60 noise masks of 512 x 512")):
            yield Row(
                f"overlap matrix of {work}",
                (
                    self.script(sys.executable, "`audit.overlap_matrix`", "arrays.py", scene, "maskaudit"),
                    self.script(
                        sys.executable, "pycocotools: encode and iou", "arrays.py", scene, "pycocotools"
                    ),
                ),
            )

    def starts(self) -> Iterator[Row]:
        """Yield the rows of short commands."""
        tiny, _ = data_file("tiny")
        yield Row(
            "scan of 20 annotations, start to end",
            (
                self.audit("1 thread", "scan", tiny, "--workers", 1),
                Candidate("`python -c 'import pandas'`", (sys.executable, "-c", "import pandas")),
            ),
            repeats=5,
        )
        help_command = (sys.executable, "-m", "audit", "--help")
        yield Row(
            "`--help`",
            (
                Candidate("", help_command),
                Candidate("`python -c 'import numpy'`", (sys.executable, "-c", "import numpy")),
            ),
            repeats=5,
        )

    def engines(self) -> Iterator[Row]:
        """Yield the row of one scan by own threads and by clusters of two workers, their start included."""
        large, _ = data_file("large")
        yield Row(
            "scan of 100,000 annotations, two workers",
            (
                self.audit("own threads", "scan", large, "--workers", 2),
                self.audit("own processes (`--isolate`)", "scan", large, "--workers", 2, "--isolate"),
                *(
                    self.audit(
                        f"`--engine {name}`, with its start", "scan", large, "--workers", 2, "--engine", name
                    )
                    for name in ("dask", "ray")
                ),
            ),
            repeats=1,
        )

    def large(self) -> Iterator[Row]:
        """Yield the row of the largest file."""
        train, _ = data_file("train")
        yield Row(
            "scan of 860,000 annotations on 118,000 images",
            (self.audit("2 threads", "scan", train, "--workers", 2),),
            repeats=1,
        )


def table_lines(row: Row, results: Sequence[Runs]) -> Iterator[str]:
    """Yield the lines of one kind of work; ratios are maskaudit's time by that of the other."""
    base = results[0]
    for candidate, runs in zip(row.candidates, results, strict=True):
        is_first = candidate is row.candidates[0]
        name = f"**maskaudit** {candidate.name}".strip() if is_first else candidate.name
        head = f"| {row.work if is_first else ''} | {name} |"
        if runs.wall is None:
            yield f"{head} - | - | - | - | - | **NOT MEASURED**: {runs.failed} |"
            continue
        cpu, seconds = runs.median("cpu_s"), _inner_seconds(runs)
        ratios = "- | -"
        if not is_first and base.wall is not None:
            ours = _inner_seconds(base)
            wall_ratio = ours / seconds if ours and seconds else base.wall / runs.wall
            ratios = f"{wall_ratio:.2f} | {base.median('cpu_s') / max(cpu, 1e-9):.2f}"
        wall = f"{seconds:.3f}" if seconds is not None else f"{runs.wall:.2f}"
        yield f"{head} {wall} | {cpu:.2f} | {runs.median('peak_mb'):.0f} | {ratios} | {runs.note} |"


def _inner_seconds(runs: Runs) -> float | None:
    """Return what a script of arrays measured between its own clock's two looks; None of whole commands."""
    return runs.phases.get("overlaps")


def find_missing(python: str) -> list[str]:
    """Return the peers that a python cannot import."""
    code = (
        "import importlib.util as u, json, sys; "
        "print(json.dumps([n for n in sys.argv[1:] if not u.find_spec(n)]))"
    )
    found = subprocess.run([python, "-c", code, *PACKAGES.values()], capture_output=True, check=True)
    missing: list[str] = json.loads(found.stdout)
    return missing


def main() -> None:
    """Measure everything and print one table."""
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser(
        description=lines[0],
        epilog="\n".join(lines[1:]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--repeats", type=int, default=2, help="how often [default: 2]")
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON", help="the python with the peers")
    parser.add_argument("--no-large", action="store_true", help="leave 860,000 annotations out")
    parser.add_argument("--no-engines", action="store_true", help="leave Dask and Ray out")
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    # pip compiles what it installs; a checkout, too, must not be compiled within the first row.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(ROOT / "audit", quiet=1)
    adopt_orphans()
    print(f"{describe_machine()}; medians of {options.repeats}\n", flush=True)
    missing = find_missing(options.peers)
    if missing:
        print(
            f"**NOT INSTALLED, so not measured: {', '.join(missing)}** (`--peers PYTHON` names another one)\n"
        )
    print("| work | who | wall s | CPU s | peak MB | maskaudit's wall by this | its CPU by this | note |")
    print("|---|---|--:|--:|--:|--:|--:|---|", flush=True)
    with tempfile.TemporaryDirectory() as out:
        bench = Bench(Path(out), options.peers)
        parts = [bench.scans(), bench.comparisons(), bench.arrays(), bench.starts()]
        parts += [] if options.no_engines else [bench.engines()]
        parts += [] if options.no_large else [bench.large()]
        for row in (row for part in parts for row in part):
            print(row.work, file=sys.stderr)
            results = alternate(row.candidates, row.repeats or options.repeats)
            print("\n".join(table_lines(row, results)), flush=True)


if __name__ == "__main__":
    main()
