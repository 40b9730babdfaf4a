"""The page of a report that shows what a trainer sees."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from audit.report.report_data import ExtraPage
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

MAX_ROWS = 200
"""Categories, and images, on the page; all are in ``trainer.json``."""


def trainer_extra_page(view: TrainerView) -> ExtraPage:
    """Make the page of a trainer, to stand beside those of the scan.

    Parameters
    ----------
    view : TrainerView

    Examples
    --------
    >>> from audit.testing import dataset
    >>> from audit.trainers.presets import TRAINERS
    >>> from audit.trainers.trainer_view import view_as_trainer
    >>> trainer_extra_page(view_as_trainer(dataset(), TRAINERS["mmdet"])).title
    'Trainer'
    """
    counts, n_labels = view.counts(), len(view.objects)
    values = {
        "settings": describe_settings(view.trainer),
        "headline": headline(view),
        "outcomes": [
            (name_outcome(outcome), counts[outcome.value], counts[outcome.value] / max(n_labels, 1), meaning)
            for outcome, meaning in MEANINGS.items()
        ],
        "notes": list(describe_notes(view)),
        "losses": [name_outcome(outcome) for outcome in MEANINGS if outcome is not Outcome.SEEN],
        "categories": [
            (
                format_category(row["name"]),
                *_numbers(row),
                format_ceiling(row["recall_ceiling"]),
                format_ceiling(row["ap_ceiling"]),
            )
            for row in view.categories.head(MAX_ROWS).to_dict("records")
        ],
        "images": [
            (
                shorten_text(row["file_name"]),
                row["image_id"],
                *_numbers(row),
                format_ceiling(row["recall_ceiling"]),
            )
            for row in view.images.head(MAX_ROWS).to_dict("records")
        ],
        "facts": view.trainer.facts,
    }
    return ExtraPage("trainer", "Trainer", headline(view), None, values)


def _numbers(row: Mapping[Hashable, Any]) -> tuple[int, ...]:
    columns = ("labels", *(outcome.value for outcome in MEANINGS if outcome is not Outcome.SEEN))
    return tuple(int(row[column]) for column in columns)
