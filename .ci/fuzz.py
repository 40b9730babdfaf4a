"""Put broken and hostile files through the commands: each must end with an answer (exit code 0, 1 or 2).

python .ci/fuzz.py                         100 rounds, always the same
python .ci/fuzz.py --count 5000 --seed 3   more of them, and others
python .ci/fuzz.py --only compare,gate

A round draws one command line of each kind of `RUNS`, writes the files that it names (labels, results, decisions,
tables, label images, files of every other format), most of them broken in one to four places or in some of their
bytes, and runs it. What ends with another exit code, a traceback, a signal, or not within --limit seconds of CPU time
is told, and its files are kept in --keep. Exit code 1 where there is any.

Rounds run in this process's children, --batch of them in each, so that a crash or a loop in native code costs one
round, and no child takes more than --memory GB. Pages, charts and what-ifs are most of the time that a command takes:
they are made in each round of so many.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import io
import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

from fuzz_writers import WRITERS

import audit
from audit.cli.exit_codes import INTERRUPTED
from audit.cli.main import main as maskaudit
from audit.loaders.loaded import UnreadableError

QUIET = ("--quiet", "--no-html")
LABELS_AND_RESULTS = ("compare", "labels.json", "results.json", "--quiet")
RUNS: dict[str, list[tuple[str, ...]]] = {
    "scan": [
        ("scan", "labels.json", "--predictions", "results.json", "--decisions", "decisions.json", "--quiet"),
        ("scan", "labels.json", "--salvage", *QUIET),
        ("scan", "labels.json", "--config", "config.toml", "--statistics", "--no-html"),
        ("scan", "labels.json", "whole.json", "--partition-size", "1", *QUIET),
    ],
    "compare": [
        LABELS_AND_RESULTS,
        LABELS_AND_RESULTS,
        (*LABELS_AND_RESULTS, "--training-labels", "whole.json", "--decisions", "decisions.json"),
        (*LABELS_AND_RESULTS, "--training-log", "log.jsonl"),
        (*LABELS_AND_RESULTS, "--proposals", "proposals.json"),
        (*LABELS_AND_RESULTS, "--salvage", "--format", "json"),
    ],
    "gate": [
        ("gate", "labels.json", "--policy", "policy.toml", "--junit", "j.xml", "--summary-md", "s.md"),
        ("gate", "labels.json", "--group-by", "image_id", "--sarif", "s.sarif", "--github", "--out", "gated"),
        ("gate", "labels.json", "--group-by", "csv:groups.csv", "--gitlab", "g.json", "--statistics"),
        ("gate", "labels.json", "--baseline", "baseline.json", "--ratchet", "--format", "github"),
        ("gate", "whole.json", "--reviewed", "review.csv", "--sample-plan", "plan.json", "--quiet"),
        ("gate", "labels.json", "--plan", "300"),
    ],
    "diff": [
        ("diff", "whole.json", "labels.json", "--out", "diff"),
        ("diff", "labels.json", "whole.json"),
        ("diff", "labels.json", "shapes"),
    ],
    "sample": [("sample", "labels.json", "--limit", "0.5", *QUIET)],
    "baseline": [
        ("baseline", "write", "labels.json", "--out", "written.json"),
        ("baseline", "show", "baseline.json"),
        ("baseline", "prune", "baseline.json", "labels.json"),
    ],
    "bench": [("bench", "labels", "labels.json", "--out", "bench")],
    "export": [("export", tool, "labels.json") for tool in ("cvat", "labelstudio", "fiftyone", "csv")],
    "decisions": [
        ("gate", "whole.json", "--decisions", "decisions.json", "--quiet"),
        ("scan", "whole.json", "--decisions", "decisions.json", "--hide-fine", *QUIET),
    ],
    "policy": [("gate", "whole.json", "--policy", "policy.toml", "--quiet")],
    "pictures": [("scan", "label-images", *QUIET)],
    "stored": [("scan", "--from-measurements", "stored", "--out", "judged", *QUIET)],
    "fix": [
        ("fix", "labels.json", "--out", "fixed.json", "--unsafe", "--quiet"),
        ("fix", "labels.json", "--dry-run", "--decisions", "decisions.json"),
    ],
    "history": [("history", "whole.json", "labels.json", "--out", "history")],
    "agreement": [
        ("agreement", "whole.json", "labels.json", "--out", "agreed"),
        ("agreement", "labels.json", "--group-by", "image_id"),
    ],
    "trend": [("trend", "stored", "stored2", "--out", "trend")],
    "trainer": [
        ("trainer-view", "labels.json", "--out", "trainer"),
        ("scan", "labels.json", "--trainer", "yolo-seg", *QUIET),
    ],
    "formats": [
        *(
            ("scan", name, *QUIET)
            for name in (
                "yolo", "single", "shapes", "packed.json.gz", "packed.zip", "panoptic.json", "cvat.xml", "gtFine",
                "pages.tif", "sam", "tools/cvat.xml", "tools/studio.json", "tools/short.json", "tools/1.geojson",
                "tools/1.zip", "tools/1.parquet", "tools/stack.npy", "tools/1_seg.npy",
            )
        ),
        ("fix", "tools/cvat.xml", "--unsafe", "--dry-run", "--quiet"),
        ("fix", "tools/studio.json", "--unsafe", "--dry-run", "--quiet"),
    ],
    "average_precision": [("average_precision", "labels.json", "results.json")],
}  # fmt: skip
"""Command lines by what they try; a round draws one of each."""


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
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, limit_s)
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
        signal.setitimer(signal.ITIMER_PROF, 0)
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (0, 1, 2) or "Traceback" in error.getvalue():
        return f"exit code {code}: {error.getvalue().strip()[-300:]}"
    return ""


def add_options(line: tuple[str, ...], *, pages: bool, what_ifs: bool = True) -> tuple[str, ...]:
    """Let one thread measure, as images are small; and leave out pages where a command has them."""
    no_workers = line[0] in ("average_precision", "trainer-view", "bench", "trend") or "show" in line
    threads = () if no_workers else ("--workers", "1")
    has_pages = line[0] in ("scan", "compare", "sample") or "gated" in line
    no_pages = ("--no-html",) if has_pages and not pages and "--no-html" not in line else ()
    few = ("--no-what-ifs",) if line[0] == "compare" and not what_ifs else ()
    return (*line, *threads, *no_pages, *few)


@contextlib.contextmanager
def save_time(*, charts: bool) -> Iterator[None]:
    """Leave out charts, and waiting for the disk to keep what the next round throws away."""
    with contextlib.ExitStack() as patches:
        patches.enter_context(mock.patch("os.fsync"))
        for module in () if charts else ("line_charts", "histograms"):
            patches.enter_context(mock.patch(f"audit.report.{module}.plot_svg", lambda *_: "<svg></svg>"))
        yield


def draw_line(options: argparse.Namespace, number: int, name: str) -> tuple[str, ...]:
    """Draw the command line of a kind and a round."""
    line = random.Random(f"{options.seed} {number} {name}").choice(RUNS[name])
    return add_options(line, pages=number % options.pages == 0, what_ifs=number % options.what_ifs == 0)


def write_files(folder: Path, line: Sequence[str], seed: str) -> None:
    """Write the files that a command line names; of one seed, a name has the same content in every line."""
    for argument in line:
        name = argument.removeprefix("csv:").split("/")[0]
        if name in WRITERS:
            WRITERS[name](folder, name, random.Random(f"{seed} {name}"))


def try_line(line: Sequence[str], seed: str, limit_s: int) -> str:
    """Run a command line on files written for it; return what is wrong with how it ended, or nothing."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="maskaudit-fuzz-", dir=memory if os.access(memory, os.W_OK) else None
    ) as folder:
        write_files(Path(folder), line, seed)
        before = Path.cwd()
        os.chdir(folder)
        try:
            return run_command(line, limit_s)
        finally:
            os.chdir(before)


def try_rounds(
    numbers: Sequence[int],
    names: Sequence[str],
    options: argparse.Namespace,
    told: Callable[[list[object]], None],
) -> None:
    """Run rounds, and tell when each run begins, and how and in how many seconds of CPU time it ended."""
    for number in numbers:
        with save_time(charts=number % options.charts == 0):
            for name in names:
                line = draw_line(options, number, name)
                told([number, name])
                begun = time.process_time()
                problem = try_line(line, f"{options.seed} {number}", options.limit)
                told([number, name, problem, time.process_time() - begun])


def run_child(numbers: Sequence[int], names: Sequence[str], options: argparse.Namespace, pipe: int) -> None:
    """Run rounds in a child that lets no run take all memory or time; it never returns."""
    gc.freeze()
    gc.set_threshold(50_000)
    size = int(options.memory * 1e9)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))

    def tell_parent(message: list[object]) -> None:
        os.write(pipe, json.dumps(message).encode() + b"\n")
        # What Python's own signal handler cannot end, as native code never comes back to it, this does.
        used = int(time.process_time()) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (used + 2 * options.limit, resource.RLIM_INFINITY))

    try:
        try_rounds(numbers, names, options, tell_parent)
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    except BaseException as raised:
        print(f"fuzz.py itself: {type(raised).__name__}: {raised}", flush=True)
        os._exit(1)
    os._exit(0)


def read_child(pipe: int, wall_s: int) -> Iterator[list[object]]:
    """Read what a child tells until it ends, or until it was silent for too long."""
    rest = b""
    while select.select([pipe], [], [], wall_s)[0]:
        data = os.read(pipe, 1 << 16)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from map(json.loads, lines)


def run_batch(
    numbers: Sequence[int],
    names: Sequence[str],
    options: argparse.Namespace,
    told: Callable[[list[object]], None],
) -> int:
    """Run rounds in a child process; return the number of the next round to run."""
    if not options.batch:
        try_rounds(numbers, names, options, told)
        return numbers[-1] + 1
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        run_child(numbers, names, options, writer)
    os.close(writer)
    begun: list[object] = []
    for message in read_child(reader, options.wall):
        begun = message if len(message) == 2 else []
        told(message)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)  # it has ended, or says nothing any more
    _, status = os.waitpid(process, 0)
    os.close(reader)
    if os.waitstatus_to_exitcode(status) == INTERRUPTED:
        raise KeyboardInterrupt
    if not begun:
        return numbers[-1] + 1
    told([*begun, f"the process ended ({os.waitstatus_to_exitcode(status)})", 0.0])
    return int(str(begun[0])) + 1


tell = functools.partial(print, flush=True)


class Tally:
    """Counts runs and what went wrong, and keeps the files of that."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.n_runs: Counter[str] = Counter()
        self.n_problems: Counter[str] = Counter()
        self.cpu_s: Counter[str] = Counter()
        self.slowest_s = 0.0

    def add(self, message: list[object]) -> None:
        """Take a message of `try_rounds`."""
        if len(message) == 2:
            return
        number, name, problem, seconds = (
            int(str(message[0])),
            str(message[1]),
            message[2],
            float(str(message[3])),
        )
        self.n_runs[name] += 1
        self.cpu_s[name] += seconds  # type: ignore[assignment]
        self.slowest_s = max(self.slowest_s, seconds)
        if problem:
            self.n_problems[name] += 1
            line = draw_line(self.options, number, name)
            tell(f"round {number}: maskaudit {' '.join(line)}: {problem}")
            folder = self.options.keep / f"{self.options.seed}-{number}-{name}"
            folder.mkdir(parents=True, exist_ok=True)
            write_files(folder, line, f"{self.options.seed} {number}")

    def tell_all(self) -> None:
        """Tell the numbers of all kinds."""
        for name, n_runs in self.n_runs.items():
            mean_ms = 1000 * self.cpu_s[name] / n_runs
            tell(
                f"{name}: {n_runs:,} runs, {self.n_problems[name]:,} without an answer, {mean_ms:.0f} ms each"
            )
        tell(
            f"{sum(self.n_runs.values()):,} runs, {sum(self.n_problems.values()):,} without an answer "
            f"(seed {self.options.seed}); the slowest took {self.slowest_s:.1f} s of CPU time, "
            f"all {sum(self.cpu_s.values()):.0f} s."
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100, help="rounds")
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--seed", type=int, default=0, help="another number breaks other places")
    parser.add_argument("--limit", type=int, default=60, help="seconds of CPU time a command may take")
    parser.add_argument("--wall", type=int, default=3600, help="seconds after which a silent child is ended")
    parser.add_argument("--memory", type=float, default=6, help="GB of addresses a child may take")
    parser.add_argument("--batch", type=int, default=200, help="rounds of a child; 0: all in this process")
    parser.add_argument("--charts", type=int, default=100, help="draw them in each of so many rounds")
    parser.add_argument("--pages", type=int, default=10, help="write them in each of so many rounds")
    parser.add_argument("--what-ifs", type=int, default=10, help="compute them in each of so many rounds")
    parser.add_argument("--only", default=",".join(RUNS), help="what is tried, separated by commas")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for what went wrong")
    options = parser.parse_args(arguments)
    options.keep = options.keep.resolve()
    names, tally = options.only.split(","), Tally(options)
    number, end = options.first, options.first + options.count
    with contextlib.suppress(KeyboardInterrupt):  # what was tried until then is told
        while number < end:
            stop = min(end, number + (options.batch or options.count))
            number = run_batch(range(number, stop), names, options, tally.add)
            if number < end:
                tell(
                    f"{number - options.first:,} rounds, {sum(tally.n_problems.values()):,} without an answer"
                )
    tally.tell_all()
    return int(bool(tally.n_problems))


if __name__ == "__main__":
    sys.exit(main())
