"""How touching objects are drawn, for the dataset page: the convention, and who breaks it."""

from __future__ import annotations

from audit.carriers import dataclass
from audit.measure.schema import Measurements
from audit.report.line_charts import ChartLine, LineChart
from audit.touching.overview import Overview, Share, overview

MAX_LINES = 12


@dataclass(frozen=True, slots=True)
class TouchingSection:
    """The part of the dataset page about touching objects."""

    n_contacts: int
    n_merged: int
    n_split: int
    curve: LineChart
    """Share drawn as two by the evidence, and the odd ones."""
    categories: tuple[Share, ...]
    images: tuple[Share, ...]
    batches: tuple[Share, ...]


def build_touching_section(measurements: Measurements) -> TouchingSection | None:
    """Collect what the page says about touching objects.

    Parameters
    ----------
    measurements : Measurements

    Returns
    -------
    TouchingSection or None
        None where nothing touches.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> build_touching_section(empty_measurements()) is None
    True
    """
    convention = overview(measurements)
    if not convention.categories:
        return None
    learned = [share for share in convention.categories if not share.reason]
    return TouchingSection(
        n_contacts=sum(share.contacts for share in learned),
        n_merged=sum(share.merged for share in learned),
        n_split=sum(share.split for share in learned),
        curve=_draw_evidence_curve(convention),
        categories=convention.categories[:MAX_LINES],
        images=convention.images[:MAX_LINES],
        batches=convention.batches[:MAX_LINES],
    )


def _draw_evidence_curve(convention: Overview) -> LineChart:
    """Draw which share of contacts is drawn as one, by how much they look like several objects."""
    n_contacts = convention.curve["as_one"].to_numpy() + convention.curve["as_two"].to_numpy()
    steps = convention.curve.take(n_contacts > 0)
    middle = tuple(((steps["low"] + steps["high"]) / 2).tolist())
    shares = (
        ("drawn as one", "as_one"),
        ("drawn as one, against the convention", "odd_as_one"),
        ("cut in two, against the convention", "odd_as_two"),
    )
    lines = tuple(
        ChartLine(name, middle, tuple((steps[column] / n_contacts[n_contacts > 0]).tolist()))
        for name, column in shares
    )
    axis = "evidence for several objects (log likelihood ratio)"
    return LineChart("Share of contacts", axis, lines if len(steps) else ())
