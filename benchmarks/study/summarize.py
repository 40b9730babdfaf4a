"""Lay out what a study found: overlapping pairs, precision, and what compare lays the blame on.

    python benchmarks/study/summarize.py CLEAN_VALIDATION.json RUNS/ [--labels VALIDATION_LABELS/]

RUNS holds one folder a condition, as train.py writes it. Pairs and blame are judged against the validation
labels of the condition (``--labels`` holds CONDITION.json; else the clean ones), AP against the clean ones.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from audit.pipeline.compare import compare
from audit.report.blame_wording import summarize_blame


def summarize_run(clean: Path, run: Path, labels: Path) -> str:
    """Return one row of the table."""
    proposals, log = run / "proposals.json", run / "log.jsonl"
    comparison = compare(
        labels if labels.exists() else clean,
        run / "results.json",
        proposals=proposals if proposals.exists() else None,
        training_log=log if log.exists() else None,
        what_ifs=False,
    ).comparison
    on_clean = compare(clean, run / "results.json", what_ifs=False).comparison
    pairs = next(one for one in comparison.evidence if one.name == "overlapping_pairs")
    rate, ap = 100 * len(comparison.overlaps) / max(pairs.of, 1), on_clean.segm["AP"]
    verdict = summarize_blame(comparison).partition(". ")[0]
    return f"| {run.name} | {rate:.1f} | {ap:.3f} | {verdict} |"


def main() -> None:
    """Print the table that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clean", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--labels", type=Path, default=Path())
    arguments = parser.parse_args()
    print("| condition | overlapping pairs per 100 predictions | mask AP on clean labels | compare says |")
    print("|---|--:|--:|---|")
    for run in sorted(path for path in arguments.runs.iterdir() if (path / "results.json").exists()):
        print(summarize_run(arguments.clean, run, arguments.labels / f"{run.name}.json"))


if __name__ == "__main__":
    main()
