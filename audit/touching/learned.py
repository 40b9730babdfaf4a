"""What may be said by the learned convention: which scores count, and who is compared with whom."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.geometry.runs import IntArray
from audit.geometry.sort_keys import sort_unique
from audit.measure.schema import Measurements
from audit.touching.candidate_pairs import eligible_pairs, union_pairs

MIN_SCORE = 0.75
"""Score from which on an instance counts as merged, or a pair as split."""
LIKELY_SCORE = 0.5
"""Score from which on it is more likely than not: for counting, where misses and false ones even out."""
SURE_FROM_PAIRS = 50
"""Touching pairs of a category from which on what was learned is sure enough for warnings about merged
instances: of nuclei, half of those named from 30 to 50 pairs were right, and three in four from some more."""
MIN_MERGE_LOG_ODDS = 1.0
"""Log likelihood ratio from which on an instance is more like two objects than like one."""
MAX_BATCHES = 200
"""Batches, at most, that are compared; more folders than that are no batches."""

Flags = NDArray[np.bool_]


def has_convention(measurements: Measurements) -> Flags:
    """Say for each instance whether a convention was learned for its category.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> has_convention(empty_measurements()).tolist()
    []
    """
    conventions = measurements.conventions
    learned = conventions["category"].to_numpy()[conventions["learned"].to_numpy()]
    of_category: Flags = np.isin(measurements.instances["category"].to_numpy(), learned)
    is_scored: Flags = ~np.isnan(measurements.instances["merge_score"].to_numpy())
    return of_category & is_scored


def is_learned_from_few(measurements: Measurements) -> Flags:
    """Say for each instance whether its category's convention rests on fewer than `SURE_FROM_PAIRS` pairs.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> is_learned_from_few(empty_measurements()).tolist()
    []
    """
    conventions = measurements.conventions
    sure = conventions["category"].to_numpy()[conventions["pairs"].to_numpy() >= SURE_FROM_PAIRS]
    few: Flags = ~np.isin(measurements.instances["category"].to_numpy(), sure[sure >= 0])
    return few


def merged_instances(measurements: Measurements, min_score: float = MIN_SCORE) -> Flags:
    """Say for each instance whether it seems to be several objects.

    Parameters
    ----------
    measurements : Measurements
    min_score : float
        Least probability.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> merged_instances(empty_measurements()).tolist()
    []
    """
    score = measurements.instances["merge_score"].to_numpy()
    chosen: Flags = has_convention(measurements) & (score >= min_score)
    return chosen


def split_pairs(measurements: Measurements, min_score: float = MIN_SCORE) -> Flags:
    """Say for each row of ``unions`` whether the two seem to be one object.

    Parameters
    ----------
    measurements : Measurements
    min_score : float
        Least probability.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> split_pairs(empty_measurements()).tolist()
    []
    """
    pairs = union_pairs(measurements)
    score = measurements.pairs["split_score"].to_numpy()[measurements.unions["pair"].to_numpy()]
    chosen: Flags = (
        eligible_pairs(measurements, pairs) & has_convention(measurements)[pairs.a] & (score >= min_score)
    )
    return chosen


@dataclass(frozen=True, slots=True)
class Batch:
    """Images that belong together."""

    kind: str
    """``source`` (an input file) or ``folder``."""
    name: str
    images: Flags
    """(images,)"""


def list_batches(measurements: Measurements) -> tuple[Batch, ...]:
    """List the batches of a dataset: its input files and its folders, where there are several.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list_batches(empty_measurements())
    ()
    """
    return measurements.derive(list_batches, lambda: tuple(_find_batches(measurements)))


def _find_batches(measurements: Measurements) -> Iterator[Batch]:
    source, names = measurements.images["source"].to_numpy(), measurements.sources
    source_rows = sort_unique(source)
    if 2 <= len(source_rows) <= MAX_BATCHES:
        for k in source_rows.tolist():
            yield Batch("source", (names[k] if k < len(names) else str(k)) or ".", source == k)
    folders = [str(name).rpartition("/")[0] for name in measurements.images["file_name"].to_numpy()]
    folder_names = sorted(set(folders))
    if 2 <= len(folder_names) <= MAX_BATCHES:
        numbers = {name: number for number, name in enumerate(folder_names)}
        folder = np.fromiter(map(numbers.__getitem__, folders), np.int64, len(folders))
        for number, name in enumerate(folder_names):
            yield Batch("folder", name or ".", folder == number)


@dataclass(frozen=True, slots=True)
class Contacts:
    """Every place where two objects of one category touch, however it was drawn: (k,) arrays."""

    image: IntArray
    """Row in images."""
    category: IntArray
    merged: Flags
    """Drawn as one, though it seems to be several."""
    split: Flags
    """Drawn as two, though it seems to be one."""


def list_contacts(
    measurements: Measurements, min_score: float = LIKELY_SCORE, *, likely_merged: bool = False
) -> Contacts:
    """List the contacts of the categories whose convention is known.

    Parameters
    ----------
    measurements : Measurements
    min_score : float
        Score from which on an instance counts as merged and a pair as split.
    likely_merged : bool
        Count every instance as merged that is more like several objects than like one, however rare
        these are: for comparing batches, in which chance errors are equally common.

    Returns
    -------
    Contacts
        Those drawn as two before those drawn as one.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> len(list_contacts(empty_measurements()).image)
    0
    """
    pairs, learned = union_pairs(measurements), has_convention(measurements)
    image, category = (measurements.instances[name].to_numpy() for name in ("image", "category"))
    judged = eligible_pairs(measurements, pairs) & learned[pairs.a]
    drawn_as_two = pairs.a[judged]
    split = split_pairs(measurements, min_score)[judged]
    merged = merged_instances(measurements, min_score)
    if likely_merged:
        merged = learned & (measurements.shapes["merge_log_odds"].to_numpy() > MIN_MERGE_LOG_ODDS)
    drawn_as_one = np.flatnonzero(merged)
    rows = np.concatenate([drawn_as_two, drawn_as_one])
    return Contacts(
        image[rows],
        category[rows],
        np.arange(len(rows)) >= len(drawn_as_two),
        np.concatenate([split, np.zeros(len(drawn_as_one), dtype=bool)]),
    )
