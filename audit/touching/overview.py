"""How touching objects are drawn, in numbers for a page: a curve, categories, images, batches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.findings.rates import wilson_interval
from audit.measure.column_table import ColumnTable
from audit.measure.schema import Measurements
from audit.touching.candidate_pairs import eligible_pairs, union_pairs
from audit.touching.learned import (
    LIKELY_SCORE,
    Contacts,
    has_convention,
    list_batches,
    list_contacts,
    merged_instances,
    split_pairs,
)

BINS = 12
"""Steps of the curve."""
MAX_IMAGES = 20
"""Images that are listed."""
CURVE_COLUMNS = ("low", "high", "as_one", "as_two", "odd_as_one", "odd_as_two")
"""Of the curve, one row a step: evidence (log likelihood ratio of several objects against one) from where to
where; contacts in between drawn as one annotation and looked at closely; drawn as a touching pair; of these
two, named by `touching.merged` and by `touching.split`."""


@dataclass(frozen=True, slots=True)
class Share:
    """How a category, an image or a batch draws contacts."""

    name: str
    contacts: int
    """Touching pairs and annotations that seem to be several."""
    merged: int
    split: int
    odd_low: float
    """Share drawn against the convention: lower end of its 95 % Wilson interval, then the upper end."""
    odd_high: float
    reason: str = ""
    """Why nothing could be learned; empty where it was. Only for categories."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page about touching objects shows."""

    curve: ColumnTable
    """With `CURVE_COLUMNS`; no rows where there is nothing to draw."""
    categories: tuple[Share, ...]
    images: tuple[Share, ...]
    """The most inconsistent ones, worst first."""
    batches: tuple[Share, ...]


def overview(measurements: Measurements, min_score: float = LIKELY_SCORE) -> Overview:
    """Sum up how touching objects are drawn.

    Parameters
    ----------
    measurements : Measurements
        Scored.
    min_score : float
        Score from which on a contact is odd.

    Returns
    -------
    Overview

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = overview(empty_measurements())
    >>> len(nothing.curve), nothing.categories, nothing.images, nothing.batches
    (0, (), (), ())
    """
    contacts = list_contacts(measurements, min_score)
    odd = np.bincount(contacts.image[contacts.merged | contacts.split], minlength=len(measurements.images))
    worst = np.lexsort((np.arange(len(odd)), -odd))[:MAX_IMAGES]
    files = measurements.images["file_name"].tolist()
    images = [_share(files[k], contacts.image == k, contacts) for k in worst.tolist() if odd[k]]
    likely = list_contacts(measurements, min_score, likely_merged=True)
    batches = [
        # One more at the end, for contacts of unknown images (row -1).
        _share(batch.name, np.r_[batch.images, False][likely.image], likely)
        for batch in list_batches(measurements)
    ]
    categories = _by_category(measurements, contacts)
    return Overview(_evidence_curve(measurements, min_score), categories, tuple(images), tuple(batches))


def _by_category(measurements: Measurements, contacts: Contacts) -> tuple[Share, ...]:
    conventions = measurements.conventions
    listed = conventions.take((conventions["category"] >= 0) & (conventions["pairs"] > 0))
    names = [str(name) for name in measurements.categories["name"]]
    columns = (listed[name].tolist() for name in ("category", "pairs", "reason"))
    return tuple(
        Share(names[k], n_pairs, 0, 0, 0.0, 1.0, reason)
        if reason
        else _share(names[k], contacts.category == k, contacts)
        for k, n_pairs, reason in zip(*columns, strict=True)
    )


def _share(name: str, chosen: NDArray[np.bool_], contacts: Contacts) -> Share:
    n_contacts = int(chosen.sum())
    merged, split = int(contacts.merged[chosen].sum()), int(contacts.split[chosen].sum())
    low, high = wilson_interval(np.array([merged + split]), np.array([max(n_contacts, 1)]))
    return Share(name, n_contacts, merged, split, float(low[0]), float(high[0]))


def _evidence_curve(measurements: Measurements, min_score: float) -> ColumnTable:
    """Count how contacts are drawn as a function of the evidence that they are several objects."""
    learned, pairs = has_convention(measurements), union_pairs(measurements)
    as_one = learned & measurements.shapes["shape_measured"].to_numpy()
    as_two = eligible_pairs(measurements, pairs) & learned[pairs.a]
    if not (as_one.any() and as_two.any()):
        return ColumnTable({name: np.zeros(0) for name in CURVE_COLUMNS})
    evidence_one = measurements.shapes["merge_log_odds"].to_numpy()[as_one].astype(float)
    evidence_two = measurements.unions["merge_log_odds"].to_numpy()[as_two].astype(float)
    # Percentiles: one outlier would leave a single step for all the others.
    low, high = np.percentile(np.concatenate([evidence_one, evidence_two]), (1, 99))
    edges = np.linspace(float(low), float(high), BINS + 1)
    step_one, step_two = (
        np.clip(np.searchsorted(edges, evidence, side="right") - 1, 0, BINS - 1)
        for evidence in (evidence_one, evidence_two)
    )
    odd_one = merged_instances(measurements, min_score)[as_one]
    odd_two = split_pairs(measurements, min_score)[as_two]
    counts = [
        np.bincount(step, minlength=BINS)
        for step in (step_one, step_two, step_one[odd_one], step_two[odd_two])
    ]
    columns = [edges[:-1].round(4), edges[1:].round(4), *counts]
    return ColumnTable(dict(zip(CURVE_COLUMNS, columns, strict=True)))
