"""Put broken and hostile files through the commands: each must end with an answer (exit code 0, 1 or 2).

python .ci/fuzz.py                         100 rounds, always the same
python .ci/fuzz.py --count 5000 --seed 3   more of them, and others
python .ci/fuzz.py --only compare,gate

A round breaks labels, results, decisions and a policy in one to four places, or some of their bytes, label images,
stored measurements and files of every other format, and runs every command on them, in this process. What ends with
another exit code, a traceback or not within --limit seconds is kept in --keep. Exit code 1 where there is any.

Charts are most of the time that a report takes, and get only numbers: they are drawn in every --charts-th round.
Pages are most of the rest: --pages 4 writes them in every fourth round.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

from fuzz_files import write_documents, write_formats, write_label_images, write_stored
from fuzz_tools import write_tools

import audit
from audit.cli.exit_codes import INTERRUPTED
from audit.cli.main import main as maskaudit
from audit.loaders.loaded import UnreadableError

QUIET = ("--quiet", "--no-html")
WRITERS: dict[str, Callable[[Path, random.Random], None]] = {
    "pictures": write_label_images,
    "stored": write_stored,
    "formats": write_formats,
    "tools": write_tools,
}
"""What writes the files of a command, beside the documents that all have."""
RUNS: dict[str, list[tuple[str, ...]]] = {
    "scan": [
        ("scan", "labels.json", "--predictions", "results.json", "--decisions", "decisions.json", "--quiet"),
        ("scan", "labels.json", "--salvage", *QUIET),
    ],
    "compare": [("compare", "labels.json", "results.json", "--quiet")],
    "gate": [
        ("gate", "labels.json", "--policy", "policy.toml", "--junit", "j.xml", "--summary-md", "s.md"),
        ("gate", "labels.json", "--group-by", "image_id", "--sarif", "s.sarif", "--github", "--out", "gated"),
    ],
    "diff": [("diff", "whole.json", "labels.json", "--out", "diff"), ("diff", "labels.json", "whole.json")],
    "sample": [("sample", "labels.json", "--limit", "0.5", *QUIET)],
    "baseline": [("baseline", "write", "labels.json", "--out", "baseline.json")],
    "bench": [("bench", "labels", "labels.json", "--out", "bench")],
    "export": [("export", "cvat", "labels.json"), ("export", "labelstudio", "labels.json")],
    "decisions": [("gate", "whole.json", "--decisions", "decisions.json", "--quiet")],
    "policy": [("gate", "whole.json", "--policy", "policy.toml", "--quiet")],
    "pictures": [("scan", "label-images", *QUIET)],
    "stored": [("scan", "--from-measurements", "stored", "--out", "judged", *QUIET)],
    "fix": [
        ("fix", "labels.json", "--out", "fixed.json", "--unsafe", "--quiet"),
        ("fix", "labels.json", "--dry-run", "--decisions", "decisions.json"),
    ],
    "history": [("history", "whole.json", "labels.json", "--out", "history")],
    "trainer": [
        ("trainer-view", "labels.json", "--out", "trainer"),
        ("scan", "labels.json", "--trainer", "yolo-seg", *QUIET),
    ],
    "formats": [
        *(("scan", name, *QUIET) for name in ("yolo", "single", "shapes", "packed.json.gz", "packed.zip")),
        ("scan", "panoptic.json", *QUIET),
        ("scan", "shapes/1.json", "--salvage", *QUIET),
    ],
    "tools": [
        *(
            ("scan", f"tools/{name}", *QUIET)
            for name in (
                "cvat.xml",
                "studio.json",
                "short.json",
                "1.geojson",
                "1.zip",
                "1.parquet",
                "stack.npy",
                "1_seg.npy",
            )
        ),
        ("scan", "sam", *QUIET),
        *(
            ("fix", f"tools/{name}", "--unsafe", "--dry-run", "--quiet")
            for name in ("cvat.xml", "studio.json")
        ),
    ],
    "average_precision": [("average_precision", "labels.json", "results.json")],
}
"""Command lines of a round, by what they try."""


def evaluate_average_precision(labels: str, results: str) -> int:
    """Call the function that no command has; return the exit code that a command would have."""
    try:
        audit.average_precision(labels, results)
    except UnreadableError:
        return 2
    return 0


def run_command(arguments: Sequence[str], limit_s: int) -> str:
    """Run a command in this process; return what is wrong with how it ended, or nothing."""

    def stop(*_: object) -> None:
        raise TimeoutError

    error, output = io.StringIO(), io.StringIO()
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, stop)
        signal.alarm(limit_s)
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(error):
            if arguments[:1] == ("average_precision",):
                code = evaluate_average_precision(*arguments[1:])
            else:
                code = maskaudit(list(arguments))
    except TimeoutError:
        return f"no answer in {limit_s} s"
    except KeyboardInterrupt:
        raise
    except BaseException as raised:  # what gets out of main is what is looked for
        return f"{type(raised).__name__}: {raised}"
    finally:
        if hasattr(signal, "SIGALRM"):
            signal.alarm(0)
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (0, 1, 2) or "Traceback" in error.getvalue():
        return f"exit code {code}: {error.getvalue().strip()[-300:]}"
    return ""


def add_options(line: tuple[str, ...], *, pages: bool) -> tuple[str, ...]:
    """Let one thread measure, as images are small; and leave out pages where a command has them."""
    threads = () if line[0] in ("average_precision", "trainer-view", "bench") else ("--workers", "1")
    has_pages = line[0] in ("scan", "compare", "sample") or "gated" in line
    no_pages = ("--no-html",) if has_pages and not pages and "--no-html" not in line else ()
    return (*line, *threads, *no_pages)


@contextlib.contextmanager
def save_time(*, charts: bool) -> Iterator[None]:
    """Leave out charts, and waiting for the disk to keep what the next round throws away."""
    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch("os.fsync"))
        for module in () if charts else ("line_charts", "histograms"):
            patches.enter_context(
                mock.patch(f"audit.report.{module}.plot_svg", lambda plot, summary: "<svg></svg>")
            )
        yield


def write_files(folder: Path, rng: random.Random, names: Sequence[str] = tuple(WRITERS)) -> None:
    """Write the files of a round that some commands need; each command has the same ones without the others."""
    write_documents(folder, rng)
    seed = rng.random()
    for name in names:
        if name in WRITERS:
            WRITERS[name](folder, random.Random(seed))


tell = functools.partial(print, flush=True)


def try_round(
    number: int,
    names: Sequence[str],
    options: argparse.Namespace,
    n_runs: Counter[str],
    n_problems: Counter[str],
) -> float:
    """Write the files of a round and run all commands on them; return the seconds of the slowest."""
    pages, slowest, before = number % options.pages == 0, 0.0, Path.cwd()
    with (
        tempfile.TemporaryDirectory(prefix="maskaudit-fuzz-") as folder,
        save_time(charts=number % options.charts == 0),
    ):
        write_files(Path(folder), random.Random(f"{options.seed} {number}"), names)
        os.chdir(folder)
        try:
            for name, line in ((tried, line) for tried in names for line in RUNS[tried]):
                line = add_options(line, pages=pages)
                begun = time.monotonic()
                problem = run_command(line, options.limit)
                slowest = max(slowest, time.monotonic() - begun)
                n_runs[name] += 1
                if problem:
                    n_problems[name] += 1
                    tell(f"round {number}: maskaudit {' '.join(line)}: {problem}")
                    shutil.copytree(folder, options.keep / f"{options.seed}-{number}", dirs_exist_ok=True)
        finally:
            os.chdir(before)
    return slowest


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100, help="rounds")
    parser.add_argument("--seed", type=int, default=0, help="another number breaks other places")
    parser.add_argument("--limit", type=int, default=300, help="seconds a command may take")
    parser.add_argument("--charts", type=int, default=25, help="draw them in each of so many rounds")
    parser.add_argument("--pages", type=int, default=1, help="write them in each of so many rounds")
    parser.add_argument("--only", default=",".join(RUNS), help="what is tried, separated by commas")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for what went wrong")
    options = parser.parse_args(arguments)
    options.keep = options.keep.resolve()
    names = options.only.split(",")
    n_runs: Counter[str] = Counter()
    n_problems: Counter[str] = Counter()
    slowest, started = 0.0, time.monotonic()
    with contextlib.suppress(KeyboardInterrupt):  # what was tried until then is told
        for number in range(options.count):
            slowest = max(slowest, try_round(number, names, options, n_runs, n_problems))
            if number % 100 == 99:
                tell(f"{number + 1:,} rounds, {sum(n_problems.values()):,} without an answer")
    for name in names:
        tell(f"{name}: {n_runs[name]:,} runs, {n_problems[name]:,} without an answer")
    tell(
        f"{sum(n_runs.values()):,} runs, {sum(n_problems.values()):,} without an answer (seed {options.seed}); "
        f"the slowest took {slowest:.1f} s, all {time.monotonic() - started:.0f} s."
    )
    return int(bool(n_problems))


if __name__ == "__main__":
    sys.exit(main())
