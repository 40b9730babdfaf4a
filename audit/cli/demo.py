"""``maskaudit demo``: the first run, offline: a dataset with known errors, its audit, and the score."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from audit.cli.common_options import Debug
from audit.cli.terminal import emit, progress_bar, show
from audit.cli.write_report import check_writable, write_comparison, write_scan
from audit.findings.sanitize import printable


def demo(
    out: Annotated[Path, typer.Option(help="Folder for dataset and report.")] = Path("maskaudit-demo"),
    seed: Annotated[int, typer.Option(min=0, help="Another number makes other pictures.")] = 0,
    predictions: Annotated[
        bool,
        typer.Option(
            "--predictions", help="Make predictions that overlap for known causes, and compare them."
        ),
    ] = False,
    debug: Debug = False,
) -> None:
    """Make a small dataset with known errors, audit it, and compare planted with found."""
    check_writable(out)
    if predictions:
        _demo_predictions(out, seed)
        return
    from audit.pipeline.config import ReportSettings
    from audit.pipeline.run import scan
    from audit.report.synthetic_text import planted_table
    from audit.synthetic.make import make_demo
    from audit.synthetic.score import score_rules

    start_time = perf_counter()
    with progress_bar(True) as progress:
        demo_dataset = make_demo(out / "dataset", seed=seed)
        scan_result = scan(demo_dataset.instances, images=demo_dataset.pictures, progress=progress)
        write_scan(scan_result, out / "report", ReportSettings())
    seconds = perf_counter() - start_time
    scores = score_rules(
        demo_dataset.planted, scan_result.findings, instances=len(scan_result.measurements.instances)
    )
    show(planted_table(scores))
    n_planted, n_found = (
        sum(getattr(rule_score, count_name) for rule_score in scores if rule_score.checked)
        for count_name in ("planted", "found")
    )
    emit(
        f"Found {n_found} of {n_planted} planted errors in {seconds:.1f} s. Not promised, "
        "so not counted: what rules learn from the labels, of which a demo has few.\n"
        f"The dataset is in {printable(str(out / 'dataset'))}.\n"
        f"Open {printable(str(out / 'report' / 'index.html'))} in a browser.\n"
    )


def _demo_predictions(out_folder: Path, seed: int) -> None:
    """Make labels and predictions with a known cause for every overlap, and show planted against found."""
    from audit.loaders.read import read_dataset
    from audit.pipeline.compare import compare
    from audit.pipeline.config import ReportSettings
    from audit.report.comparison_text import render_comparison
    from audit.report.synthetic_text import confusion_table
    from audit.synthetic.confusion import confusion_matrix, count_right
    from audit.synthetic.make import make_demo
    from audit.synthetic.predictions import simulate_predictions, write_simulated

    start_time = perf_counter()
    with progress_bar(True) as progress:
        demo_dataset = make_demo(out_folder / "dataset", seed=seed, planted=False)
        simulated = simulate_predictions(read_dataset([demo_dataset.instances]).dataset, seed=seed)
        labels_path, results_path = write_simulated(simulated, out_folder / "dataset")
        comparison_result = compare(
            labels_path, results_path, images=demo_dataset.pictures, progress=progress
        )
        write_comparison(comparison_result, out_folder / "report", ReportSettings())
    overlap_table = comparison_result.comparison.overlaps_table()
    prediction_pairs = zip(
        overlap_table["prediction_a"].tolist(), overlap_table["prediction_b"].tolist(), strict=True
    )
    cause_of_pair = dict(zip(prediction_pairs, overlap_table["cause"].tolist(), strict=True))
    confusion = confusion_matrix(simulated.planted, cause_of_pair)
    n_pairs = int(confusion.to_numpy().sum())
    show(render_comparison(comparison_result.comparison))
    show(confusion_table(confusion))
    emit(
        f"Found {count_right(confusion)} of {n_pairs} planted causes in {perf_counter() - start_time:.1f} s. "
        f"The dataset is in {printable(str(out_folder / 'dataset'))}.\n"
        f"Open {printable(str(out_folder / 'report' / 'index.html'))} in a browser.\n"
    )
