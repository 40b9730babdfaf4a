"""The benchmark as a whole: plant, scan, judge, and leave everything behind as files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from audit.findings.encode import encode_json
from audit.loaders.read import read_dataset
from audit.pipeline.measuring import Progress
from audit.pipeline.run import scan
from audit.synthetic.plant_labels import KINDS, plant_labels
from audit.synthetic.rank_drops import DROPS, UNLABELLED_RULE, rank_drops
from audit.synthetic.rank_outlines import rank_outlines
from audit.synthetic.rankings import RuleRanking, judge_rankings, list_scores, rank_findings, rank_scores
from audit.synthetic.truth import Truth, read_truth, write_truth

PLANTED_FILE = "planted.json"
TRUTH_FILE = "truth.json"
SCORES_FILE = "scores.json"
FIGURES_FILE = "figures.json"


def bench_labels(
    ground_truth: Path,
    out_folder: Path,
    *,
    rate: float = 0.1,
    seed: int = 0,
    kinds: Sequence[str] = KINDS,
    draws: int = 200,
    truth: Path | None = None,
    images: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Truth, list[RuleRanking]]:
    """Plant errors into a dataset, scan it, and say how well each rule found them.

    Parameters
    ----------
    ground_truth : Path
        A COCO file, best one without errors.
    out_folder : Path
        Gets ``planted.json``, ``truth.json``, ``scores.json`` and ``figures.json``.
    rate : float
        Share of what lends itself to each kind of error, 0 to 1.
    seed : int
    kinds : sequence of str
        Of `audit.synthetic.plant_labels.ALL_KINDS`.
    draws : int
        Of the bootstrap that intervals come from; 0 = no intervals.
    truth : Path, optional
        The answers to ``ground_truth``, which is already planted: nothing more is.
    images : Path, optional
        The pictures, for the rules that look at them.
    progress : callable, optional
        As of `audit.pipeline.run.scan`.

    Returns
    -------
    truth : Truth
    judged : list of RuleRanking

    Raises
    ------
    UnreadableError
        If there is no dataset to plant into.
    ValueError
        If ``truth`` is no file of answers.
    """
    out_folder.mkdir(parents=True, exist_ok=True)
    if truth is None:
        dataset = read_dataset([ground_truth]).dataset
        coco_document, answers = plant_labels(dataset, rate=rate, seed=seed, kinds=kinds)
        (out_folder / PLANTED_FILE).write_bytes(encode_json(coco_document) + b"\n")
    else:
        if ground_truth.resolve() != (out_folder / PLANTED_FILE).resolve():
            shutil.copyfile(ground_truth, out_folder / PLANTED_FILE)
        answers = read_truth(truth)
    write_truth(out_folder / TRUTH_FILE, answers)
    result = scan(out_folder / PLANTED_FILE, images=images, progress=progress)
    score_rows = list_scores(result.measurements)
    rankings = rank_scores(answers, score_rows) | rank_findings(answers, result.measurements, result.findings)
    if images is not None and any(error.kind == DROPS for error in answers.spoiled):
        rankings[UNLABELLED_RULE] = rank_drops(answers, result.findings)
    if result.dataset is not None:
        rankings |= rank_outlines(answers, result.measurements, result.dataset)
    judged = judge_rankings(rankings, draws)
    (out_folder / SCORES_FILE).write_bytes(encode_json(score_rows) + b"\n")
    (out_folder / FIGURES_FILE).write_bytes(
        msgspec.json.format(msgspec.json.encode(judged), indent=1) + b"\n"
    )
    return answers, judged
