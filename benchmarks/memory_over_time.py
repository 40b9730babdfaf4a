"""The memory of a scan while it runs: a table of one line a second, and a drawing.

    .venv/bin/python benchmarks/memory_over_time.py labels.json
    .venv/bin/python benchmarks/memory_over_time.py shards/ --csv memory.csv --svg memory.svg -- --workers 2

Anonymous memory (``RssAnon`` of /proc) is what the scan cannot do without. The rest of the resident memory
are pages of files, its own columns among them: the system keeps them while nobody else needs the room.
What follows ``--`` are more options of ``maskaudit scan``. Linux only.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 1.0
_WIDTH, _HEIGHT, _MARGIN = 720, 320, 48
_COLOURS = {"resident": "#9db8dd", "anonymous": "#c2571a"}


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory of a process at one time."""

    seconds: float
    anonymous_mb: float
    resident_mb: float


def read_memory(process: int) -> tuple[float, float] | None:
    """Return the anonymous and the resident memory of a process in MB; None where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    sizes = {name: value for name, _, value in (line.partition(":") for line in lines)}
    if "RssAnon" not in sizes:  # it has ended, and nobody has asked how
        return None
    anonymous, resident = (int(sizes[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS"))
    return anonymous, resident


def sample_command(command: Sequence[str], every_s: float = EVERY_S) -> tuple[list[Sample], float, int]:
    """Run a command; return its memory over time, its CPU seconds and its exit code."""
    started = time.perf_counter()
    process = subprocess.Popen(command)
    samples = []
    while True:
        memory = read_memory(process.pid)
        if memory is not None:
            samples.append(Sample(time.perf_counter() - started, *memory))
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            process.returncode = os.waitstatus_to_exitcode(status)
            return samples, usage.ru_utime + usage.ru_stime, process.returncode
        time.sleep(every_s)


def write_csv(samples: Sequence[Sample], path: Path) -> None:
    """Write one line a sample."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["seconds", "anonymous_mb", "resident_mb"])
        for sample in samples:
            row = (sample.seconds, sample.anonymous_mb, sample.resident_mb)
            writer.writerow([f"{number:.1f}" for number in row])


def draw_svg(samples: Sequence[Sample], title: str) -> str:
    """Draw both sizes over time; without matplotlib, so that it runs where maskaudit does."""
    longest = max([1.0, *(sample.seconds for sample in samples)])
    most = max([1.0, *(sample.resident_mb for sample in samples)])

    def place(seconds: float, size_mb: float) -> str:
        x = _MARGIN + seconds / longest * (_WIDTH - 2 * _MARGIN)
        y = _HEIGHT - _MARGIN - size_mb / most * (_HEIGHT - 2 * _MARGIN)
        return f"{x:.1f},{y:.1f}"

    lines = []
    for name, colour in _COLOURS.items():
        points = " ".join(place(sample.seconds, getattr(sample, f"{name}_mb")) for sample in samples)
        peak = max([0.0, *(getattr(sample, f"{name}_mb") for sample in samples)])
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5">'
            f"<title>{name}, at most {peak:,.0f} MB</title></polyline>"
        )
        label_y = 34 if name == "resident" else 50
        lines.append(
            f'<text x="{_MARGIN}" y="{label_y}" fill="{colour}">{name}: {peak:,.0f} MB at most</text>'
        )
    bottom = _HEIGHT - _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            f'<text x="{_MARGIN}" y="18" font-weight="bold">{title}</text>',
            f'<path d="M{_MARGIN} {_MARGIN} V{bottom} H{_WIDTH - _MARGIN}" fill="none" stroke="#888"/>',
            *lines,
            f'<text x="{_WIDTH - _MARGIN}" y="{bottom + 18}" text-anchor="end">{longest:,.0f} s</text>',
            f'<text x="{_MARGIN - 6}" y="{bottom + 18}">0</text>',
            "<style>text { font-family: sans-serif }</style></svg>\n",
        ]
    )


def main() -> None:
    """Scan what the command line names; print the peaks."""
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser(description=lines[0])
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--csv", type=Path, default=Path("memory.csv"))
    parser.add_argument("--svg", type=Path, default=Path("memory.svg"))
    parser.add_argument("--out", type=Path, help="where the report goes; else it is not kept")
    arguments = sys.argv[1:]
    n_before = arguments.index("--") if "--" in arguments else len(arguments)
    options, scan_options = parser.parse_args(arguments[:n_before]), arguments[n_before + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        out = options.out or Path(folder, "report")
        command = [sys.executable, "-m", "audit", "scan", *map(str, options.labels), "--out", str(out)]
        samples, cpu_s, exit_code = sample_command([*command, "--no-html", "--quiet", *scan_options])
    if exit_code:
        raise SystemExit(f"the scan ended with exit code {exit_code}")
    write_csv(samples, options.csv)
    title = f"maskaudit scan {' '.join(path.name for path in options.labels[:3])}"
    options.svg.write_text(draw_svg(samples, title), encoding="utf-8")
    anonymous, resident = (
        max(getattr(sample, f"{name}_mb") for sample in samples) for name in ("anonymous", "resident")
    )
    print(
        f"{samples[-1].seconds:.1f} s wall, {cpu_s:.1f} s CPU; at most {anonymous:,.0f} MB anonymous, "
        f"{resident:,.0f} MB resident; {options.csv}, {options.svg}"
    )


if __name__ == "__main__":
    main()
