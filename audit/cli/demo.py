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

    start = perf_counter()
    with progress_bar(True) as progress:
        made = make_demo(out / "dataset", seed=seed)
        result = scan(made.instances, images=made.pictures, progress=progress)
        write_scan(result, out / "report", ReportSettings())
    seconds = perf_counter() - start
    scores = score_rules(made.planted, result.findings, instances=len(result.measurements.instances))
    show(planted_table(scores))
    planted, found = (sum(getattr(s, name) for s in scores if s.checked) for name in ("planted", "found"))
    emit(
        f"Found {found} of {planted} planted errors in {seconds:.1f} s. "
        f"The dataset is in {printable(str(out / 'dataset'))}.\n"
        f"Open {printable(str(out / 'report' / 'index.html'))} in a browser.\n"
    )


def _demo_predictions(out: Path, seed: int) -> None:
    """Make labels and predictions with a known cause for every overlap, and show planted against found."""
    from audit.loaders.read import read_dataset
    from audit.pipeline.compare import compare
    from audit.pipeline.config import ReportSettings
    from audit.report.comparison_text import render_comparison
    from audit.report.synthetic_text import confusion_table
    from audit.synthetic.confusion import confusion_matrix, count_right
    from audit.synthetic.make import make_demo
    from audit.synthetic.predictions import simulate_predictions, write_simulated

    start = perf_counter()
    with progress_bar(True) as progress:
        clean = make_demo(out / "dataset", seed=seed, planted=False)
        simulated = simulate_predictions(read_dataset([clean.instances]).dataset, seed=seed)
        labels, results = write_simulated(simulated, out / "dataset")
        result = compare(labels, results, images=clean.pictures, progress=progress)
        write_comparison(result, out / "report", ReportSettings())
    table = result.comparison.overlaps_table()
    pairs = zip(table["prediction_a"].tolist(), table["prediction_b"].tolist(), strict=True)
    cause_of_pair = dict(zip(pairs, table["cause"].tolist(), strict=True))
    matrix = confusion_matrix(simulated.planted, cause_of_pair)
    n_pairs = int(matrix.to_numpy().sum())
    show(render_comparison(result.comparison))
    show(confusion_table(matrix))
    emit(
        f"Found {count_right(matrix)} of {n_pairs} planted causes in {perf_counter() - start:.1f} s. "
        f"The dataset is in {printable(str(out / 'dataset'))}.\n"
        f"Open {printable(str(out / 'report' / 'index.html'))} in a browser.\n"
    )
