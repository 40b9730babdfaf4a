"""Category ids of results that mean other categories than the labels' ids do, told by equal outlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from audit.carriers import dataclass
from audit.comparison.comparison_tables import ComparisonTables
from audit.dataset.model import Dataset, IntArray

MIN_MATCHES = 20
"""Labels that a prediction outlines below which another reading of the ids may be chance."""
READ_SHARE = 0.7
"""Share of them whose category a shift or a count through the list must give: weak models mistake some."""
ORDERED_SHARE = 0.9
"""The same for a reading without any rule, which fits more by itself."""
PLAIN_SHARE = 0.2
"""Ids that fit as they are, as a share of those that fit otherwise, from which on they are left alone."""
MIN_ORDERED = 3
"""Categories that a reading without any rule needs: two may be mistaken for each other by the model."""


@dataclass(frozen=True, slots=True)
class CategoryReading:
    """How the category ids of results are to be read for most of them to fit."""

    rule: str
    """In words, as the end of "would fit ...": ``with +1``."""
    shift: int | None
    """What to add to every id; None where no one number does."""
    label_ids: Mapping[int, int]
    """Each id of the results that was seen on a label to the label's."""
    matches: int
    """Labels that a prediction outlines."""
    fit: int
    """Of these, how many have its category as the ids stand."""
    fit_read: int
    """And how many have it read like this."""

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        return (
            f"The results' category ids are not those of the labels: of {self.matches:,} labels that a "
            f"prediction outlines {self.fit:,} have its category, and {self.rule} {self.fit_read:,} would."
        )


def read_category_ids(tables: ComparisonTables, min_iou: float = 0.7) -> CategoryReading | None:
    """Find out whether the results' category ids count otherwise than those of the labels.

    The best prediction of each label's outline is asked, of whatever category. Tried are a constant shift,
    places in the labels' list of categories and in their names in alphabetical order, each counted from 0
    and from 1, and a reading that gives each id another one.

    Parameters
    ----------
    tables : ComparisonTables
    min_iou : float
        Mask IoU from which on a prediction outlines a label.

    Returns
    -------
    CategoryReading or None
        None where the ids fit as they are, or nothing fits better.

    Examples
    --------
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> names = {"a": "cat", "b": "dog"}
    >>> cat, dog = scene("aa.", categories=names), scene("bb.", categories=names)
    >>> reading = read_category_ids(measure_comparison(*compared((cat, cat), *[(cat, dog)] * 20)))
    >>> reading.rule, reading.label_ids, reading.fit, reading.fit_read
    ('with -1', {2: 1}, 1, 20)
    >>> read_category_ids(measure_comparison(*compared())) is None
    True
    """
    named, wanted = _collect_matches(tables, min_iou)
    n_matches, n_fit = len(named), int((named == wanted).sum())
    if n_matches < MIN_MATCHES or n_fit > PLAIN_SHARE * n_matches:
        return None  # too few to tell, or so many fit that no other reading could win
    known_ids = tables.labels.dataset.categories.id
    is_telling = len(np.unique(named)) > 1 or not np.isin(named, known_ids).all()
    best: CategoryReading | None = None
    seen, place = np.unique(named, return_inverse=True)
    for rule, shift, least_share, label_ids in _list_readings(tables.labels.dataset, named, wanted):
        is_read = np.array([category_id in label_ids for category_id in seen.tolist()])[place]
        read = np.array([label_ids.get(category_id, 0) for category_id in seen.tolist()])[place]
        fit_read = int((is_read & (read == wanted)).sum())
        is_enough = fit_read >= least_share * n_matches and n_fit <= PLAIN_SHARE * fit_read
        # One id that is known on both sides may be a model's mistake, unless it is the id beside.
        is_enough &= is_telling or (shift is not None and abs(shift) == 1)
        if is_enough and (best is None or fit_read > best.fit_read):
            best = CategoryReading(rule, shift, label_ids, n_matches, n_fit, fit_read)
    return best


def _collect_matches(tables: ComparisonTables, min_iou: float) -> tuple[IntArray, IntArray]:
    """Return the category ids of the best prediction of each label's outline, and those of the labels."""
    predictions, labels, pairs = tables.predictions, tables.labels, tables.cross_pairs
    category_ids = np.r_[labels.dataset.categories.id, 0]
    named = category_ids[predictions.category]
    is_known = predictions.category >= 0
    unknown_ids = predictions.dataset.unknown_category_ids
    for row in np.flatnonzero(~is_known).tolist():
        category_id = unknown_ids.get(int(predictions.row[row]))
        if category_id is not None:
            named[row], is_known[row] = category_id, True
    is_match = (pairs.iou >= min_iou) & ~pairs.iscrowd & is_known[pairs.b] & (labels.category[pairs.a] >= 0)
    matches = pairs.take(is_match)
    order = np.lexsort((-matches.b, predictions.score[matches.b], matches.a))
    is_best = np.diff(matches.a[order], append=-1) != 0  # the last of each label has the highest score
    best = matches.take(order[is_best])
    return named[best.b], category_ids[labels.category[best.a]]


def _list_readings(
    labels: Dataset, named: IntArray, wanted: IntArray
) -> Iterator[tuple[str, int | None, float, Mapping[int, int]]]:
    """Yield readings, simple ones first: rule, shift, the share that must fit, and the ids."""
    seen = np.unique(named).tolist()
    shifts, counts = np.unique(wanted - named, return_counts=True)
    shift = int(shifts[np.argmax(counts)])
    known_ids = set(labels.categories.id.tolist())
    if shift:
        label_ids = {category_id: category_id + shift for category_id in seen}
        yield f"with {shift:+d}", shift, READ_SHARE, {k: v for k, v in label_ids.items() if v in known_ids}
    by_name = sorted(zip(labels.categories.name, labels.categories.id.tolist(), strict=True))
    for what, listed in (
        ("places in the labels' list of categories", labels.categories.id.tolist()),
        ("places among the names in alphabetical order", [category_id for _, category_id in by_name]),
    ):
        for first in (0, 1):
            places = dict(enumerate(listed, start=first))
            yield f"as {what}, counted from {first},", None, READ_SHARE, places
    reordered = _pair_ids(named, wanted)
    if len(reordered) >= MIN_ORDERED and len(set(reordered.values())) == len(reordered):
        pairs = ", ".join(f"{named_id} for {label_id}" for named_id, label_id in list(reordered.items())[:5])
        rest = ", ..." if len(reordered) > 5 else ""
        yield f"with {pairs}{rest}", None, ORDERED_SHARE, reordered


def _pair_ids(named: IntArray, wanted: IntArray) -> dict[int, int]:
    """Give each id of the results the commonest id of the labels that it stands on."""
    pairs, counts = np.unique(np.stack([named, wanted]), axis=1, return_counts=True)
    order = np.lexsort((-pairs[1], counts))
    return dict(sorted(zip(pairs[0, order].tolist(), pairs[1, order].tolist(), strict=True)))
