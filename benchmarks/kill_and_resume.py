"""Kill a scan at many points, start it again, and compare the report with that of a scan that was left alone.

    .venv/bin/python benchmarks/kill_and_resume.py labels.json               50 kills
    .venv/bin/python benchmarks/kill_and_resume.py labels.json --kills 5 -- --partition-size 1000
    .venv/bin/python benchmarks/kill_and_resume.py labels.json --signal TERM

Each scan is killed at a moment drawn from those after its first part was kept: while it measures, learns,
judges or writes. Every report is made by one scan that was killed and one that was not; each file but
run.json, which holds times, must have the same bytes. A scan that SIGTERM ended must leave nothing
but the parts that it kept. What follows ``--`` are more options of the scan.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import audit.detectors.registry
import audit.pipeline.run
import audit.report.scan_text  # noqa: F401
from audit.cli.main import run


class Scan:
    """A scan in a process and a session of its own; forked, so that importing costs nothing each time."""

    def __init__(self, labels: Path, out: Path, options: list[str]) -> None:
        self.pid, self.exit_code = os.fork(), -1
        if self.pid == 0:
            os.setsid()
            sys.argv[1:] = ["scan", str(labels), "--no-html", "--quiet", "--out", str(out), *options]
            try:
                run()
            except SystemExit as ended:
                os._exit(int(ended.code or 0))
            finally:
                os._exit(3)  # it never goes on with what its parent does

    def has_ended(self) -> bool:
        """Tell whether it has; then ``exit_code`` is known."""
        if self.exit_code < 0:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = abs(os.waitstatus_to_exitcode(status))
        return self.exit_code >= 0

    def wait(self, seconds: float = float("inf")) -> bool:
        """Wait until it has ended, or so long; tell whether it has ended."""
        last = time.perf_counter() + seconds
        while not self.has_ended() and time.perf_counter() < last:
            time.sleep(0.005)
        return self.has_ended()


def hash_report(out: Path) -> dict[str, str]:
    """Hash every file of a report but run.json."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def count_parts(out: Path) -> int:
    """Count the parts that a scan has kept of what it measured."""
    return len(list(out.parent.glob(".*.unfinished/*.shard")))


def wait_for_part(scan: Scan, out: Path) -> float:
    """Wait until a scan has kept a part, or has ended; return how long that took."""
    started = time.perf_counter()
    while not scan.has_ended() and not count_parts(out):
        time.sleep(0.005)
    return time.perf_counter() - started


def list_unfinished(out: Path) -> list[str]:
    """List what stands beside and in a report that is none of its files and no kept part."""
    kept = f".{out.name}.unfinished"
    return [
        str(path.relative_to(out.parent))
        for path in sorted(out.parent.rglob(".*"))
        if path.name != kept and path.parent != out.parent / kept
    ]


def kill_after_part(
    sent: signal.Signals, seconds: float, labels: Path, out: Path, options: list[str]
) -> bool:
    """Run a scan, kill it and its workers some time after its first part; tell whether it was at work."""
    scan = Scan(labels, out, options)
    wait_for_part(scan, out)
    if scan.wait(seconds):
        return False
    os.killpg(scan.pid, sent)
    scan.wait()
    # A scan may have ended between the last look and the signal.
    return scan.exit_code == sent


def kill_often() -> None:
    """Kill as often as the command line says; exit with 1 if a report differs."""
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser(description=lines[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signal", choices=["KILL", "TERM"], default="KILL")
    arguments = sys.argv[1:]
    n_before = arguments.index("--") if "--" in arguments else len(arguments)
    options, scan_options = parser.parse_args(arguments[:n_before]), arguments[n_before + 1 :]
    sent = signal.Signals[f"SIG{options.signal}"]
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder, "alone")
        started = time.perf_counter()
        scan = Scan(options.labels, alone, scan_options)
        first_part_s = wait_for_part(scan, alone)
        scan.wait()
        if scan.exit_code:
            raise SystemExit("the scan that nobody killed failed")
        seconds = time.perf_counter() - started
        expected = hash_report(alone)
        n_killed = n_different = 0
        kept_parts: list[int] = []
        moments = random.Random(options.seed)
        for kill in range(options.kills):
            out = Path(folder, f"killed-{kill}", "report")
            out.parent.mkdir()
            delay_s = moments.uniform(0, seconds - first_part_s)
            n_killed += kill_after_part(sent, delay_s, options.labels, out, scan_options)
            if sent is signal.SIGTERM and (unfinished := list_unfinished(out)):
                n_different += 1
                print(f"kill {kill}: left behind: {', '.join(unfinished)}", flush=True)
            kept_parts.append(count_parts(out))
            scan = Scan(options.labels, out, scan_options)
            scan.wait()
            if scan.exit_code or hash_report(out) != expected:
                n_different += 1
                print(f"kill {kill}: the report differs", flush=True)
            # What was being written is removed by whoever writes there a minute later.
            leftovers = [path.name for path in out.parent.iterdir() if path != out]
            if any(".partial-" not in name for name in leftovers):
                print(f"kill {kill}: left over: {', '.join(leftovers)}", flush=True)
            shutil.rmtree(out.parent)
        n_kept = sum(map(bool, kept_parts))
        print(
            f"{options.kills} scans of {seconds:.1f} s: {n_killed} killed at work (SIG{options.signal}), "
            f"{n_kept} of them had kept something (parts: {sorted(kept_parts)}), "
            f"{n_different} reports or leftovers wrong"
        )
    raise SystemExit(1 if n_different else 0)


if __name__ == "__main__":
    kill_often()
