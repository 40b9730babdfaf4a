"""Kill a scan at many points, start it again, and compare the report with that of a scan that was left alone.

    .venv/bin/python benchmarks/kill_and_resume.py labels.json               50 kills
    .venv/bin/python benchmarks/kill_and_resume.py labels.json --kills 5 -- --partition-size 1000

Each scan is killed at a moment drawn from those after its first part was kept: while it measures, learns,
judges or writes. Every report is made by one scan that was killed and one that was not; each file but
run.json, which holds times, must have the same bytes. What follows ``--`` are more options of the scan.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def start(labels: Path, out: Path, options: list[str]) -> subprocess.Popen[bytes]:
    """Start a scan in a session of its own."""
    command = [sys.executable, "-m", "audit", "scan", str(labels), "--no-html", "--quiet", "--out", str(out)]
    return subprocess.Popen([*command, *options], start_new_session=True)


def hash_report(out: Path) -> dict[str, str]:
    """Hash every file of a report but run.json."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def has_kept(out: Path) -> bool:
    """Tell whether a scan has kept a part of what it measured."""
    return any(out.parent.glob(".*.unfinished/*.shard"))


def wait_for_part(process: subprocess.Popen[bytes], out: Path) -> float:
    """Wait until a scan has kept a part, or has ended; return how long that took."""
    started = time.perf_counter()
    while process.poll() is None and not has_kept(out):
        time.sleep(0.002)
    return time.perf_counter() - started


def kill_after_part(seconds: float, labels: Path, out: Path, options: list[str]) -> bool:
    """Run a scan, kill it and its workers some time after its first part; tell whether it was at work."""
    process = start(labels, out, options)
    wait_for_part(process, out)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def main() -> None:
    """Kill as often as the command line says; exit with 1 if a report differs."""
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser(description=lines[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = sys.argv[1:]
    n_before = arguments.index("--") if "--" in arguments else len(arguments)
    options, scan_options = parser.parse_args(arguments[:n_before]), arguments[n_before + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder, "alone")
        started = time.perf_counter()
        process = start(options.labels, alone, scan_options)
        first_part_s = wait_for_part(process, alone)
        if process.wait():
            raise SystemExit("the scan that nobody killed failed")
        seconds = time.perf_counter() - started
        expected = hash_report(alone)
        n_killed = n_kept = n_different = 0
        moments = random.Random(options.seed)
        for kill in range(options.kills):
            out = Path(folder, f"killed-{kill}", "report")
            out.parent.mkdir()
            delay_s = moments.uniform(0, seconds - first_part_s)
            n_killed += kill_after_part(delay_s, options.labels, out, scan_options)
            n_kept += has_kept(out)
            if start(options.labels, out, scan_options).wait() or hash_report(out) != expected:
                n_different += 1
                print(f"kill {kill}: the report differs", flush=True)
            if leftovers := [path.name for path in out.parent.iterdir() if path != out]:
                print(f"kill {kill}: left over: {', '.join(leftovers)}", flush=True)
            shutil.rmtree(out.parent)
        print(
            f"{options.kills} scans of {seconds:.1f} s: {n_killed} killed at work, {n_kept} of them had kept "
            f"something, {n_different} reports differ"
        )
    raise SystemExit(1 if n_different else 0)


if __name__ == "__main__":
    main()
