"""Cost against size: scans of generated files of 1,000 to 1,000,000 annotations, or to ten million.

    .venv/bin/python benchmarks/growth.py                       some 3 minutes
    .venv/bin/python benchmarks/growth.py --largest 10000000    some 30 minutes and 12 GB of disk
    .venv/bin/python benchmarks/growth.py --out growth.svg

Prints a Markdown table (wall and CPU time, microseconds an annotation, peak memory of all processes) and
draws it. Every scan is a process of its own, without pages. Generated files stay in benchmarks/.data.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from process import adopt_orphans, measure

HERE = Path(__file__).resolve().parent
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class Point:
    """What a scan of one size took."""

    annotations: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def scan_size(annotations: int, workers: int, scan_options: list[str]) -> Point:
    """Scan a file of so many annotations, made where it is not there yet."""
    file = HERE / ".data" / f"coco-{annotations}.json"
    if not file.exists():
        print(f"making {file.name} ...", file=sys.stderr, flush=True)
        subprocess.run(
            [sys.executable, str(HERE / "coco_like.py"), "coco", str(annotations), str(file)], check=True
        )
    print(f"scanning {file.name} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as out:
        arguments = ["--no-html", "--quiet", "--workers", str(workers), "--out", out, *scan_options]
        usage = measure([sys.executable, "-m", "audit", "scan", str(file), *arguments])
    if usage.failed:
        raise SystemExit(f"{file.name}: {usage.failed}")
    return Point(annotations, usage.wall_s, usage.cpu_s, usage.peak_mb)


def draw(points: list[Point], path: Path) -> None:
    """Draw wall time and peak memory against size, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    sizes = [point.annotations for point in points]
    axes.loglog(sizes, [point.wall_s for point in points], "o-", color="#1f5fbf", label="wall time, s")
    axes.loglog(sizes, [point.cpu_s for point in points], "o--", color="#6fa0e0", label="CPU time, s")
    axes.loglog(
        sizes, [point.peak_mb / 1024 for point in points], "s-", color="#c2571a", label="peak memory, GiB"
    )
    axes.set_xlabel("annotations")
    axes.grid(alpha=0.3, which="both", linewidth=0.5)
    axes.legend(frameon=False)
    figure.savefig(path)


def main() -> None:
    """Measure what the command line names."""
    lines = (__doc__ or "").splitlines()
    parser = argparse.ArgumentParser(description=lines[0])
    parser.add_argument(
        "--largest", type=int, default=1_000_000, help="annotations at most [default: 1000000]"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / ".data" / "growth.svg", help="the drawing")
    parser.add_argument("scan_options", nargs="*", help="more options of `maskaudit scan`, after --")
    options = parser.parse_args()
    adopt_orphans()
    print("| annotations | wall s | CPU s | CPU us an annotation | peak MB |")
    print("|--:|--:|--:|--:|--:|")
    points = []
    for size in (size for size in SIZES if size <= options.largest):
        point = scan_size(size, options.workers, options.scan_options)
        points.append(point)
        each = point.cpu_s / size * 1e6
        print(
            f"| {size:,} | {point.wall_s:.2f} | {point.cpu_s:.2f} | {each:.1f} | {point.peak_mb:.0f} |",
            flush=True,
        )
    draw(points, options.out)
    print(f"\nDrawn: {options.out}")


if __name__ == "__main__":
    main()
