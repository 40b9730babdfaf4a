"""How touching objects are drawn, for the dataset page: the convention, and who breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from audit.measure.schema import Measurements
from audit.report.line_charts import ChartLine, LineChart
from audit.report.text_format import format_category, shorten_text
from audit.touching.overview import Overview, Share, overview

MAX_LINES = 12


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A category, image or batch."""

    name: str
    contacts: int
    merged: int
    split: int
    low: float
    """Share drawn against the habit, 95 % interval."""
    high: float
    reason: str
    """Why nothing could be learned; empty where it was."""


@dataclass(frozen=True, slots=True)
class TouchingSection:
    """The part of the dataset page about touching objects."""

    contacts: int
    merged: int
    split: int
    curve: LineChart
    """Share drawn as two by the evidence, and the odd ones."""
    categories: tuple[ShareLine, ...]
    images: tuple[ShareLine, ...]
    batches: tuple[ShareLine, ...]


def build_touching_section(m: Measurements) -> TouchingSection | None:
    """Collect what the page says about touching objects.

    Returns
    -------
    TouchingPart or None
        None where nothing touches.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> build_touching_section(empty_measurements()) is None
    True
    """
    found = overview(m)
    if not found.categories:
        return None
    categories = [_share_line(share) for share in found.categories]
    known = [line for line in categories if not line.reason]
    return TouchingSection(
        contacts=sum(line.contacts for line in known),
        merged=sum(line.merged for line in known),
        split=sum(line.split for line in known),
        curve=_draw_evidence_curve(found),
        categories=tuple(categories[:MAX_LINES]),
        images=tuple(_share_line(share) for share in found.images[:MAX_LINES]),
        batches=tuple(_share_line(share) for share in found.batches[:MAX_LINES]),
    )


def _share_line(share: Share) -> ShareLine:
    name = format_category(shorten_text(share.name, 80))
    return ShareLine(
        name, share.contacts, share.merged, share.split, share.odd_low, share.odd_high, share.reason
    )


def _draw_evidence_curve(found: Overview) -> LineChart:
    """Draw which share of contacts is drawn as one, by how much they look like several objects."""
    total = found.curve["as_one"] + found.curve["as_two"]
    steps = found.curve[total > 0]
    x = tuple(((steps["low"] + steps["high"]) / 2).tolist())
    shares = (
        ("drawn as one", "as_one"),
        ("drawn as one, against the habit", "odd_as_one"),
        ("cut in two, against the habit", "odd_as_two"),
    )
    lines = tuple(ChartLine(name, x, tuple((steps[key] / total[total > 0]).tolist())) for name, key in shares)
    axis = "evidence for several objects (log likelihood ratio)"
    return LineChart("Share of contacts", axis, lines if len(steps) else ())
