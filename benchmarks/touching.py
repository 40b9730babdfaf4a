"""Measure how well touching objects are found, whatever share of them is drawn wrongly.

    python benchmarks/touching.py LABELS [--images DIR] [--ignore IDS.json] [--seeds 7 8] [--out FOLDER]

For each kind, rate and seed, merged or split objects are planted into a copy of the labels (as `maskaudit
bench labels` plants them), the copy is audited, and the warnings are held against what was planted, with
the pictures and without. Errors that the labels hold already count as false: start from labels that are as
clean as you have, and name those that you know with --ignore (a JSON object whose "annotations" lists
their ids); they count neither as right nor as wrong.

Writes into FOLDER:

- touching.md: recall and precision of the warnings and the learned by the true share, each with a 95 %
  interval over images, and the average precision with pictures and without, a seed a line;
- touching.svg: recall and precision drawn over the rate;
- rows.jsonl: what was measured, a run a line. Runs that it holds are not done again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from audit.detectors.touching import merged, split
from audit.findings.finding import Severity
from audit.loaders.read import read_dataset
from audit.measure.schema import Measurements
from audit.pipeline.run import scan
from audit.synthetic.plant_labels import plant_labels
from audit.synthetic.rankings import MERGED, SPLIT, list_scores, measure_ranking, rank_scores
from audit.synthetic.truth import Truth
from audit.touching.learn import score_touching

DETECTORS = {"merges": merged, "splits": split}
RULES = {"merges": MERGED, "splits": SPLIT}
RATES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6)
DRAWS = 1000

Ids = tuple[int, ...]


class Run(msgspec.Struct, frozen=True):
    """One planted file, judged with its pictures or without."""

    kind: str
    rate: float
    seed: int
    pictures: bool
    counts: list[tuple[int, int, int]]
    """Of each image: planted, found, named."""
    learned_share: float
    true_share: float
    known_share: float
    """Of what was planted and of the known errors."""
    average_precision: float


def judge_warnings(
    measurements: Measurements,
    truth: Truth,
    known: set[int],
    kind: str,
    rate: float,
    seed: int,
    pictures: bool,
) -> Run:
    """Hold the warnings of one rule against what was planted."""
    detector, instances = DETECTORS[kind], measurements.instances
    ids = instances["annotation_id"].to_numpy()
    planted: dict[Ids, int] = {(error.annotation_id,): error.image_id for error in truth.merges}
    planted |= {tuple(sorted(error.annotation_ids)): error.image_id for error in truth.splits}
    planted = {key: image for key, image in planted.items() if not known & set(key)}
    named: dict[Ids, int] = {}
    for hit in detector.detect(measurements, detector.Options()):
        key = tuple(sorted(int(ids[row]) for row in hit.instances))
        if (hit.severity or detector.SEVERITY) >= Severity.WARNING and not known & set(key):
            named[key] = int(instances["image_id"][hit.instances[0]])
    images = sorted({*truth.annotations.values()})
    counts = [
        (
            sum(image == k for image in planted.values()),
            sum(named[key] == k for key in planted.keys() & named.keys()),
            sum(image == k for image in named.values()),
        )
        for k in images
    ]
    conventions = measurements.conventions
    candidates = len(instances) if kind == "merges" else int(conventions["pairs"][0])
    n_known = len(known) if kind == "merges" else 0
    ignoring = msgspec.structs.replace(truth, ignore_annotations=sorted(known))
    ranking = rank_scores(ignoring, list_scores(measurements))[RULES[kind]]
    return Run(
        kind, rate, seed, pictures, counts,
        learned_share=float(conventions["merged_share" if kind == "merges" else "split_share"][0]),
        true_share=len(planted) / max(candidates, 1),
        known_share=(len(planted) + n_known) / max(candidates, 1),
        average_precision=measure_ranking(ranking).average_precision,
    )  # fmt: skip


def measure_runs(
    labels: Path, images: Path | None, ignored: set[int], kind: str, rate: float, seed: int
) -> Iterator[Run]:
    """Plant one kind of error at one rate, and judge what is said without pictures and with them."""
    document, truth = plant_labels(read_dataset([labels]).dataset, rate=rate, seed=seed, kinds=(kind,))
    known = {int(key) for key, sources in truth.source_ids.items() if ignored & set(sources)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.json"
        path.write_bytes(msgspec.json.encode(document))
        measurements = scan(path, images=images, select=["touching"]).measurements
    if images is not None:
        yield judge_warnings(measurements, truth, known, kind, rate, seed, True)
        measurements = score_touching(measurements)
    yield judge_warnings(measurements, truth, known, kind, rate, seed, False)


def bound(values: Sequence[float]) -> str:
    """Write the 95 % interval of drawn values."""
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return f"({low:.2f} to {high:.2f})"


def recall_and_precision(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Return both, of (images, 3) counts."""
    planted, found, named = counts.sum(axis=0)
    return found / max(planted, 1), found / max(named, 1)


def pool(runs: Sequence[Run]) -> tuple[NDArray[np.int64], list[tuple[float, float]]]:
    """Sum the counts of runs that differ in their seeds; return them and what draws of images give."""
    counts = np.sum([np.array(run.counts) for run in runs], axis=0)
    rng = np.random.default_rng(0)
    drawn = [recall_and_precision(counts[rng.integers(0, len(counts), len(counts))]) for _ in range(DRAWS)]
    return counts, drawn


def write_tables(runs: Sequence[Run]) -> str:
    """Write both tables as Markdown."""
    lines = [
        "| | drawn wrongly | planted | recall | precision | learned by true share | with those known |",
        "|---|--:|--:|---|---|--:|--:|",
    ]
    keys = sorted({(run.kind, run.pictures, run.rate) for run in runs})
    for kind, pictures, rate in keys:
        chosen = [run for run in runs if (run.kind, run.pictures, run.rate) == (kind, pictures, rate)]
        counts, drawn = pool(chosen)
        recall, precision = recall_and_precision(counts)
        recalls, precisions = zip(*drawn, strict=True)
        learned = np.mean([run.learned_share for run in chosen])
        true, known = (
            np.mean([getattr(run, name) for run in chosen]) for name in ("true_share", "known_share")
        )
        lines.append(
            f"| {kind}, {'with pictures' if pictures else 'form alone'} | {rate:.0%} | {counts[:, 0].sum()} "
            f"| {recall:.2f} {bound(recalls)} | {precision:.2f} {bound(precisions)} "
            f"| {learned / true:.2f} | {learned / known:.2f} |".replace("%", " %")
        )
    lines += ["", "| | drawn wrongly | seed | AP, form alone | AP, with pictures |", "|---|--:|--:|--:|--:|"]
    of_form = {(run.kind, run.rate, run.seed): run for run in runs if not run.pictures}
    for run in runs:
        if run.pictures and (form := of_form.get((run.kind, run.rate, run.seed))):
            lines.append(
                f"| {run.kind} | {run.rate:.0%} | {run.seed} ".replace("%", " %")
                + f"| {form.average_precision:.3f} | {run.average_precision:.3f} |"
            )
    return "\n".join(lines) + "\n"


def draw(runs: Sequence[Run], path: Path) -> None:
    """Draw recall and precision over the rate, with intervals, a panel a kind."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, kind in zip(panels, RULES, strict=True):
        for pictures, style in ((False, "--"), (True, "-")):
            rates = sorted({run.rate for run in runs if run.kind == kind and run.pictures == pictures})
            for place, (name, colour) in enumerate((("recall", "#1f5fbf"), ("precision", "#c2571a"))):
                values, bounds = [], []
                for rate in rates:
                    key = (kind, rate, pictures)
                    counts, drawn = pool([run for run in runs if (run.kind, run.rate, run.pictures) == key])
                    values.append(recall_and_precision(counts)[place])
                    bounds.append(np.nanpercentile([both[place] for both in drawn], (2.5, 97.5)))
                if rates:
                    off = np.abs(np.array(bounds).T - np.array(values))
                    label = f"{name}, {'with pictures' if pictures else 'form alone'}"
                    axes.errorbar(
                        rates,
                        values,
                        off,
                        fmt=f"o{style}",
                        color=colour,
                        label=label,
                        capsize=2,
                        markersize=3,
                    )
        axes.set(title=kind, xlabel="share drawn wrongly", ylim=(0, 1.02))
        axes.grid(alpha=0.3, linewidth=0.5)
    panels[0].legend(frameon=False, fontsize=8, loc="lower right")
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure what the command line names; print and write the tables and the drawing."""
    parser = argparse.ArgumentParser(description="Measure how well touching objects are found.")
    parser.add_argument("labels", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--ignore", type=Path, help='JSON: {"annotations": [ids of LABELS]}')
    parser.add_argument("--kinds", nargs="+", choices=[*RULES], default=[*RULES])
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / ".data" / "touching")
    options = parser.parse_args()
    ignored = (
        set(msgspec.json.decode(options.ignore.read_bytes())["annotations"]) if options.ignore else set()
    )
    options.out.mkdir(parents=True, exist_ok=True)
    store = options.out / "rows.jsonl"
    runs = (
        [msgspec.json.decode(line, type=Run) for line in store.read_bytes().splitlines()]
        if store.exists()
        else []
    )
    done = {(run.kind, run.rate, run.seed) for run in runs if run.pictures or options.images is None}
    wanted = [
        (kind, rate, seed) for rate in options.rates for kind in options.kinds for seed in options.seeds
    ]
    for kind, rate, seed in wanted:
        if (kind, rate, seed) in done:
            continue
        for run in measure_runs(options.labels, options.images, ignored, kind, rate, seed):
            runs.append(run)
            with store.open("ab") as file:
                file.write(msgspec.json.encode(run) + b"\n")
    chosen = [run for run in runs if (run.kind, run.rate, run.seed) in wanted]
    tables = write_tables(chosen)
    (options.out / "touching.md").write_text(tables, encoding="utf-8")
    draw(chosen, options.out / "touching.svg")
    print(tables)


if __name__ == "__main__":
    main()
