"""What trainers see of a dataset, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from rich.console import Group, RenderableType
from rich.text import Text

from audit.findings.number_format import format_percent
from audit.findings.sanitize import printable
from audit.report.terminal_table import TerminalTable
from audit.report.text_format import format_category, shorten_text
from audit.report.trainer_wording import (
    MEANINGS,
    describe_notes,
    describe_settings,
    format_ceiling,
    headline,
    name_outcome,
)
from audit.trainers.trainer_view import Outcome, TrainerView

MAX_LINES = 10
"""Categories and images that are listed; all are in the files."""

_LOSSES = (Outcome.LEFT_OUT, Outcome.LOST, Outcome.HIDDEN, Outcome.CHANGED)


def render_trainer_view(view: TrainerView) -> RenderableType:
    """Lay out what one trainer sees: outcomes, notes, the categories and images that lose most.

    Parameters
    ----------
    view : TrainerView
    """
    parts: list[RenderableType] = [Text(describe_settings(view.trainer)), Text(""), Text(headline(view))]
    if len(view.objects):
        table = TerminalTable("label", "number", "share", "meaning", text=("label",), folded="meaning")
        for outcome, number in view.counts().items():
            share = format_percent(number / len(view.objects), 1)
            table.add_row(name_outcome(Outcome(outcome)), f"{number:,}", share, MEANINGS[Outcome(outcome)])
        parts.append(table)
    parts += [Text(printable(note)) for note in describe_notes(view)]
    losing = view.categories[view.categories[Outcome.SEEN.value] < view.categories["labels"]]
    if len(losing):
        parts.append(_list_losers(losing, "category", [format_category(name) for name in losing["name"]]))
    if len(view.images):
        names = [shorten_text(name, 60) for name in view.images["file_name"]]
        parts.append(_list_losers(view.images, "image", names))
    return Group(*parts)


def _list_losers(table: pd.DataFrame, title: str, names: Sequence[str]) -> TerminalTable:
    columns = (title, "labels", *(name_outcome(outcome) for outcome in _LOSSES), "recall at most")
    listed = TerminalTable(*columns, folded=title)
    for name, (_, row) in zip(names[:MAX_LINES], table.head(MAX_LINES).iterrows(), strict=True):
        losses = (f"{row[outcome.value]:,}" for outcome in _LOSSES)
        listed.add_row(name, f"{row['labels']:,}", *losses, format_ceiling(row["recall_ceiling"]))
    return listed


def render_trainer_views(views: Sequence[TrainerView]) -> RenderableType:
    """Lay out what several trainers see: one row each.

    Parameters
    ----------
    views : sequence of TrainerView
        Of one dataset.
    """
    columns = ("trainer", "labels", *(name_outcome(outcome) for outcome in Outcome))
    table = TerminalTable(*columns, "recall at most", "AP at most", text=("trainer",))
    for view in views:
        numbers = (f"{number:,}" for number in view.counts().values())
        ceilings = format_ceiling(view.recall_ceiling), format_ceiling(view.ap_ceiling)
        table.add_row(view.trainer.name, f"{len(view.objects):,}", *numbers, *ceilings)
    return Group(table, Text("maskaudit trainer-view LABELS --trainer NAME says which labels and images."))
