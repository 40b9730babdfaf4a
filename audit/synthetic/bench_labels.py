"""The benchmark as a whole: plant, scan, judge, and leave everything behind as files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from audit.loaders.read import read_dataset
from audit.pipeline.measuring import Progress
from audit.pipeline.run import scan
from audit.synthetic.judge import Line, lines, rankings, scores, spoiled
from audit.synthetic.plant_labels import KINDS, plant
from audit.synthetic.truth import Truth, read_truth, write_truth

PLANTED_FILE, TRUTH_FILE, SCORES_FILE, FIGURES_FILE = (
    "planted.json",
    "truth.json",
    "scores.json",
    "figures.json",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planted, and how it is judged."""

    rate: float = 0.1
    """Share of what lends itself to each kind of error."""
    seed: int = 0
    kinds: Sequence[str] = KINDS
    draws: int = 200
    """Of the bootstrap that intervals come from."""


def bench_labels(
    ground_truth: Path,
    out: Path,
    plan: Plan,
    *,
    truth: Path | None = None,
    images: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Truth, list[Line]]:
    """Plant errors into a dataset, scan it, and say how well each rule found them.

    Parameters
    ----------
    ground_truth : Path
        A COCO file, best one without errors.
    out : Path
        Gets ``planted.json``, ``truth.json``, ``scores.json`` and ``figures.json``.
    plan : Plan
    truth : Path, optional
        The answers to ``ground_truth``, which is already planted: nothing more is.
    images : Path, optional
        The pictures, for the rules that look at them.
    progress : callable, optional
        As of `audit.pipeline.run.scan`.

    Raises
    ------
    UnreadableError
        If there is no dataset to plant into.
    ValueError
        If ``truth`` is no file of answers.
    """
    out.mkdir(parents=True, exist_ok=True)
    if truth is None:
        made = plant(read_dataset([ground_truth]).dataset, rate=plan.rate, seed=plan.seed, kinds=plan.kinds)
        (out / PLANTED_FILE).write_bytes(msgspec.json.encode(made.coco) + b"\n")
        answers = made.truth
    else:
        if ground_truth.resolve() != (out / PLANTED_FILE).resolve():
            shutil.copyfile(ground_truth, out / PLANTED_FILE)
        answers = read_truth(truth)
    write_truth(out / TRUTH_FILE, answers)
    result = scan(out / PLANTED_FILE, images=images, progress=progress)
    rows = scores(result.measurements)
    found = rankings(answers, rows) | spoiled(answers, result.measurements, result.findings)
    judged = lines(found, plan.draws)
    (out / SCORES_FILE).write_bytes(msgspec.json.encode(rows) + b"\n")
    (out / FIGURES_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(judged), indent=1) + b"\n")
    return answers, judged
