"""What a cluster costs: its start, an empty job, and scans on one that runs already.

    .venv/bin/python benchmarks/clusters.py FILE              two workers each; some 2 minutes for 100,000
    .venv/bin/python benchmarks/clusters.py FILE --scans 5

Prints a Markdown table, a row for own threads, Dask and Ray: seconds to open, the first scan, the median of
the later ones, and to close. Each row is a process of its own; nothing is written, so a scan here is reading,
measuring, learning and judging.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

KINDS = ("threads", "dask", "ray")


def measure_kind(kind: str, file: Path, n_scans: int) -> dict[str, float]:
    """Open a cluster, run an empty job and some scans on it, and close it; seconds of each."""
    from audit.pipeline.engines import open_engine
    from audit.pipeline.run import scan

    seconds: dict[str, float] = {}
    started = time.perf_counter()
    cluster: AbstractContextManager[Executor | None] = (
        nullcontext() if kind == "threads" else open_engine(kind, 2)
    )
    with cluster as engine:
        seconds["open"] = time.perf_counter() - started
        started = time.perf_counter()
        if engine is not None:
            engine.submit(len, [0]).result()
        seconds["empty job"] = time.perf_counter() - started
        scans = []
        for _ in range(n_scans):
            started = time.perf_counter()
            scan(str(file), executor=engine, workers=2, keep_masks=False)
            scans.append(time.perf_counter() - started)
        seconds |= {"first scan": scans[0], "later scans": statistics.median(scans[1:])}
        started = time.perf_counter()
    return {**seconds, "close": time.perf_counter() - started}


def main() -> None:
    """Measure every kind in a process of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="labels, COCO")
    parser.add_argument("--scans", type=int, default=3, help="scans on each cluster, at least 2")
    parser.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.kind:
        print(json.dumps(measure_kind(arguments.kind, arguments.file, max(arguments.scans, 2))))
        return
    print("| two workers | open | empty job | first scan | later scans | close |\n|---|--:|--:|--:|--:|--:|")
    for kind in KINDS:
        command = [
            sys.executable, __file__, str(arguments.file), "--scans", str(arguments.scans), "--kind", kind,
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            last = (ran.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"| {kind} | **NOT MEASURED**: {last} |", flush=True)
            continue
        seconds = json.loads(ran.stdout.splitlines()[-1])
        print(f"| {kind} | " + " | ".join(f"{value:.2f}" for value in seconds.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
