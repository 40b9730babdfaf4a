"""``maskaudit bench``: how well the rules find errors that are planted into a dataset on purpose."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from audit.cli.common_options import Debug, Images
from audit.cli.terminal import emit, progress_bar, show
from audit.cli.write_report import check_writable
from audit.findings.sanitize import printable

app = typer.Typer(help="Benchmarks: how well the rules find planted errors.", no_args_is_help=True)


@app.callback()
def _bench() -> None:
    """Keep ``labels`` a command of its own, although it is the only one."""


@app.command("labels")
def bench_planted(
    ground_truth: Annotated[Path, typer.Argument(metavar="LABELS", help="A COCO file to plant errors into.")],
    images: Images = None,
    out: Annotated[Path, typer.Option(help="Folder for the planted file, answers and figures.")] = Path(
        "maskaudit-bench"
    ),
    rate: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of the objects or pairs fit for each kind of error."),
    ] = 0.1,
    seed: Annotated[int, typer.Option(min=0, help="Another number plants elsewhere.")] = 0,
    kinds: Annotated[
        str | None,
        typer.Option(
            help="Of merges,splits,duplicates,overlaps,shifts,drops (the default: all of these), "
            "jitters,simplifications,resizings (noise in outlines as COCO-N defines it)."
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=0, help="Of the bootstrap over images; 0 = no intervals.")] = 200,
    truth: Annotated[
        Path | None, typer.Option(help="LABELS is planted already, and these are the answers: only judge.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Plant errors into a dataset, audit it, and print how well each rule ranks them.

    Writes into --out: planted.json, truth.json, scores.json, figures.json.
    """
    from audit.synthetic.plant_labels import ALL_KINDS, KINDS

    chosen_kinds = tuple(kinds.split(",")) if kinds else KINDS
    if unknown_kinds := [error_kind for error_kind in chosen_kinds if error_kind not in ALL_KINDS]:
        raise typer.BadParameter(
            f"{unknown_kinds[0]!r} is none of {', '.join(ALL_KINDS)}", param_hint="--kinds"
        )
    check_writable(out)
    from audit.report.synthetic_text import ranking_table
    from audit.synthetic.bench_labels import bench_labels

    start_time = perf_counter()
    with progress_bar(True) as progress:
        planted_truth, rankings = bench_labels(
            ground_truth,
            out,
            rate=rate,
            seed=seed,
            kinds=chosen_kinds,
            draws=draws,
            truth=truth,
            images=images,
            progress=progress,
        )
    show(ranking_table(rankings))
    emit("Recall at 80 %: the share of the planted that is found where 80 % of what is named was planted.\n")
    n_dropped = sum(further_error.kind == "drops" for further_error in planted_truth.spoiled)
    if n_dropped and images is None:
        emit(f"{n_dropped} objects were left out; only with --images a rule looks for them.\n")
    emit(f"Files: {printable(str(out))} ({perf_counter() - start_time:.1f} s)\n")
