"""What a batch of a size could prove, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from audit.findings.number_format import format_count, format_percent
from audit.findings.sanitize import printable
from audit.gates.batch_plan import PlannedLimit
from audit.report.terminal_table import TerminalTable


def render_batch_plan(planned: Sequence[PlannedLimit], n_images: int) -> RenderableType:
    """Lay out what a planned batch could show of each limit.

    Parameters
    ----------
    planned : sequence of PlannedLimit
    n_images : int
        Images of the batch.
    """
    table = TerminalTable(
        "limit",
        "demand",
        "passes with at most",
        "bound without a defect",
        "images needed",
        text=("limit",),
        folded="demand",
    )
    for limit_plan in planned:
        bound = limit_plan.clean_bound
        table.add_row(
            printable(limit_plan.limit.title),
            limit_plan.limit.demand,
            _describe_most(limit_plan),
            "" if bound is None else format_percent(bound, 2),
            f"{limit_plan.n_images_needed:,}" if limit_plan.n_images_needed else "",
        )
    parts: list[RenderableType] = [
        Text(f"What a batch of {format_count(n_images, 'image')} like these could prove:"),
        table,
    ]
    n_hopeless = sum(limit_plan.most_defective < 0 for limit_plan in planned)
    if n_hopeless:
        sentence = (
            f"{n_hopeless:,} of {format_count(len(planned), 'limit')} cannot be kept by so few images, "
            "even without a defect: the gate would be undecided."
        )
        parts.append(Text(sentence, style="yellow"))
    parts.append(
        Text("Defects that come together in some images count for more: then fewer are allowed than stated.")
    )
    return Group(*parts)


def _describe_most(planned: PlannedLimit) -> str:
    if planned.most_defective < 0:
        return "nothing"
    if planned.limit.max_count is not None:
        return format_count(planned.most_defective, "finding")
    return f"{planned.most_defective:,} of {format_count(planned.n_units, planned.limit.per)}"
