"""``maskaudit demo``: the first run, offline: a dataset with known errors, its audit, and the score."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.scan import check_writable, write
from audit.cli.terminal import emit, progress_bar, show
from audit.findings.plain import printable

if TYPE_CHECKING:
    from rich.table import Table

    from audit.demo.score import RuleScore


def demo(
    out: Annotated[Path, typer.Option(help="Folder for dataset and report.")] = Path("maskaudit-demo"),
    seed: Annotated[int, typer.Option(min=0, help="Another number makes other pictures.")] = 0,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Make a small dataset with known errors, audit it, and compare planted with found."""
    check_writable(out)
    from audit.demo.make import make_demo
    from audit.demo.score import score
    from audit.engine.config import ReportSettings
    from audit.engine.run import scan

    start = perf_counter()
    with progress_bar(True) as progress:
        made = make_demo(out / "dataset", seed=seed)
        result = scan(made.instances, images=made.pictures, progress=progress)
        write(result, out / "report", ReportSettings())
    seconds = perf_counter() - start
    scores = score(made.planted, result.findings, instances=len(result.measurements.instances))
    show(_table(scores))
    planted, found = (sum(getattr(s, name) for s in scores if s.checked) for name in ("planted", "found"))
    emit(
        f"Found {found} of {planted} planted errors in {seconds:.1f} s. "
        f"The dataset is in {printable(str(out / 'dataset'))}.\n"
        f"Open {printable(str(out / 'report' / 'index.html'))} in a browser.\n"
    )


def _table(scores: tuple[RuleScore, ...]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    for name in ("planted", "found", "falsely flagged"):
        table.add_column(name, justify="right")
    for line in scores:
        if line.planted or line.false_flags:
            note = "" if line.checked else " (not promised)"
            table.add_row(line.rule + note, str(line.planted), str(line.found), str(line.false_flags))
    return table
