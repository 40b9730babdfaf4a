"""Measure a gate: a batch like COCO val2017 against a baseline of 50,000 known findings.

    python benchmarks/gate.py [--repeats 3]

The batch has 37,000 annotations on 5,000 images; its own findings are known, and invented ones fill the
baseline up. Every run is a process of its own, from start to exit code: with one worker, with two, and with
all outputs for CI. The goal is 6 seconds on two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMAND = (sys.executable, "-m", "audit")
KNOWN = 50_000


def fill(baseline: Path) -> None:
    """Add invented findings about the batch's pictures."""
    content = json.loads(baseline.read_text(encoding="utf-8"))
    entries = content["entries"]
    names = [entry["file_name"] for entry in entries if entry.get("file_name")]
    missing = KNOWN - sum(entry.get("count", 1) for entry in entries)
    entries += [
        {"rule": "overlap.partial", "fingerprint": f"{k:016x}", "file_name": names[k % len(names)]}
        for k in range(missing)
    ]
    baseline.write_text(json.dumps(content), encoding="utf-8")


def run(arguments: list[str]) -> tuple[float, float]:
    """Run the command; return its wall and CPU seconds."""
    started = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(arguments)}")
    return wall, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Measure a gate.")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    labels = HERE / ".data" / "coco-37000.json"
    if not labels.exists():
        subprocess.run([sys.executable, HERE / "coco_like.py", "coco", "37000", labels], check=True)
    with tempfile.TemporaryDirectory() as name:
        baseline = Path(name) / "baseline.json"
        run(["baseline", "write", str(labels), "--out", str(baseline), "--quiet"])
        fill(baseline)
        gate = ["gate", str(labels), "--baseline", str(baseline), "--quiet"]
        files = ["--sarif", f"{name}/s", "--junit", f"{name}/j", "--gitlab", f"{name}/g"]
        rows = {
            "one worker": [*gate, "--workers", "1"],
            "two workers": [*gate, "--workers", "2"],
            "one worker, all CI outputs": [*gate, *files, "--workers", "1"],
        }
        samples: dict[str, list[tuple[float, float]]] = {title: [] for title in rows}
        for _ in range(options.repeats):
            for title, arguments in rows.items():
                samples[title].append(run(arguments))
    print(f"load {os.getloadavg()[0]:.1f}, medians of {options.repeats}\n")
    print("| gate of 37,000 annotations, 50,000 known findings | wall s | CPU s |\n|---|--:|--:|")
    for title, seconds in samples.items():
        wall, cpu = (statistics.median(column) for column in zip(*seconds, strict=True))
        print(f"| {title} | {wall:.2f} | {cpu:.2f} |")


if __name__ == "__main__":
    main()
