"""Kill a scan at many points, start it again, and compare the report with that of a scan that was left alone.

    .venv/bin/python benchmarks/kill_and_resume.py labels.json               50 kills
    .venv/bin/python benchmarks/kill_and_resume.py labels.json --kills 5 -- --partition-size 1000

Points are spread evenly over the time that a scan takes: after starting, while it reads, measures, judges and
writes. Every report is made by one scan that was killed and one that was not; each file but run.json, which
holds times, must have the same bytes. What follows ``--`` are more options of ``maskaudit scan``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
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


def kill_after(seconds: float, labels: Path, out: Path, options: list[str]) -> bool:
    """Run a scan, kill it and its workers after some time; tell whether it was still at work."""
    process = start(labels, out, options)
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
    arguments = sys.argv[1:]
    n_before = arguments.index("--") if "--" in arguments else len(arguments)
    options, scan_options = parser.parse_args(arguments[:n_before]), arguments[n_before + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder, "alone")
        started = time.perf_counter()
        if start(options.labels, alone, scan_options).wait():
            raise SystemExit("the scan that nobody killed failed")
        seconds = time.perf_counter() - started
        expected = hash_report(alone)
        n_killed = n_kept = n_different = 0
        for kill in range(options.kills):
            out = Path(folder, f"killed-{kill}", "report")
            out.parent.mkdir()
            n_killed += kill_after(seconds * (kill + 0.5) / options.kills, options.labels, out, scan_options)
            n_kept += any(out.parent.glob(".*.unfinished/*.shard"))
            if start(options.labels, out, scan_options).wait() or hash_report(out) != expected:
                n_different += 1
                print(f"kill {kill}: the report differs", flush=True)
            if leftovers := [path.name for path in out.parent.iterdir() if path != out]:
                print(f"kill {kill}: left over: {', '.join(leftovers)}", flush=True)
        print(
            f"{options.kills} scans of {seconds:.1f} s: {n_killed} killed at work, {n_kept} of them had kept "
            f"something, {n_different} reports differ"
        )
    raise SystemExit(1 if n_different else 0)


if __name__ == "__main__":
    main()
