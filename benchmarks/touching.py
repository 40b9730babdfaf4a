"""Measure how well touching objects are found, whatever share of them is drawn wrongly.

    python benchmarks/touching.py LABELS [--images DIR] [--seeds 1] [--rates 0.02 0.05 0.1 0.2 0.4 0.6]

For each rate, merged and split objects are planted into a copy of the labels (as `maskaudit bench labels`
plants them), the copy is audited, and the warnings are held against what was planted. Prints a table:
recall and precision of the warnings, the share that was learned, and the true one. Errors that the labels
hold already count as false: start from labels that are as clean as you have.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import msgspec

from audit.loaders.read import read_dataset
from audit.pipeline.run import scan
from audit.synthetic.plant_labels import plant_labels

RULES = {"merges": "touching.merged", "splits": "touching.split"}


def measure(labels: Path, kind: str, rate: float, seed: int, images: Path | None) -> list[str]:
    """Plant one kind of error at one rate; return a row of the table."""
    document, truth = plant_labels(read_dataset([labels]).dataset, rate=rate, seed=seed, kinds=(kind,))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.json"
        path.write_bytes(msgspec.json.encode(document))
        result = scan(path, images=images, select=["touching"])
    merges = {(error.annotation_id,) for error in truth.merges}
    planted = merges or {tuple(sorted(error.annotation_ids)) for error in truth.splits}
    named = {tuple(sorted(f.annotation_ids)) for f in result.findings if f.rule == RULES[kind]}
    right = len(planted & named)
    conventions = result.measurements.conventions
    if kind == "merges":
        candidates, learned = len(result.measurements.instances), float(conventions["merged_share"][0])
    else:
        candidates, learned = int(conventions["pairs"][0]), float(conventions["split_share"][0])
    true = len(planted) / max(candidates, 1)
    recall, precision = right / max(len(planted), 1), right / max(len(named), 1)
    figures = [f"{recall:.2f}", f"{precision:.2f}", f"{learned:.1%}", f"{true:.1%}"]
    return [kind, f"{rate:.0%}", str(seed), str(len(planted)), str(len(named)), *figures]


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Measure how well touching objects are found.")
    parser.add_argument("labels", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.02, 0.05, 0.1, 0.2, 0.4, 0.6])
    options = parser.parse_args()
    header = ["kind", "rate", "seed", "planted", "named", "recall", "precision", "learned", "true share"]
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for kind in RULES:
        for rate in options.rates:
            for seed in range(options.seeds):
                row = measure(options.labels, kind, rate, seed, options.images)
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
