"""What may be said by the learned convention: which scores count, and who is compared with whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray
from audit.measure.schema import Measurements
from audit.touching.evidence import candidates
from audit.touching.reference_stats import typical

MIN_SCORE = 0.8
"""Score from which on an instance counts as merged, or a pair as split."""
MIN_EVIDENCE = 1.0
"""Log likelihood ratio from which on an instance is more like several objects than like one."""
MAX_GROUPS = 200
"""Batches, at most, that are compared; more folders than that are no batches."""

Flags = NDArray[np.bool_]


def known(m: Measurements) -> Flags:
    """Say for each instance whether a convention is known for its category.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> known(empty_measurements()).tolist()
    []
    """
    table = m.conventions
    certain = table["category"].to_numpy()[table["known"].to_numpy()]
    learned: Flags = np.isin(m.instances["category"].to_numpy(), certain)
    return learned & m.instances["merge_score"].notna().to_numpy()


def merged(m: Measurements, min_score: float = MIN_SCORE) -> Flags:
    """Say for each instance whether it seems to be several objects.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> merged(empty_measurements()).tolist()
    []
    """
    chosen: Flags = known(m) & (m.instances["merge_score"].to_numpy() >= min_score)
    return chosen


def split(m: Measurements, min_score: float = MIN_SCORE) -> Flags:
    """Say for each row of ``unions`` whether the two seem to be one object.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> split(empty_measurements()).tolist()
    []
    """
    pairs = candidates(m)
    score = m.pairs["split_score"].to_numpy()[m.unions["pair"].to_numpy()]
    chosen: Flags = pairs.eligible & known(m)[pairs.a] & (score >= min_score)
    return chosen


def single_px(m: Measurements) -> NDArray[np.float64]:
    """Give for each instance the area of a typical single of its category in its image, in pixels.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> single_px(empty_measurements()).tolist()
    []
    """
    t = typical(m)
    area: NDArray[np.float64] = np.exp(t.log_area)[t.group]
    return area


@dataclass(frozen=True, slots=True)
class Batch:
    """Images that belong together."""

    kind: str
    """``source`` (an input file) or ``folder``."""
    name: str
    images: Flags
    """(images,)"""


def batches_of(m: Measurements) -> Iterator[Batch]:
    """List the batches of a dataset: its input files and its folders, where there are several.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> list(batches_of(empty_measurements()))
    []
    """
    source = m.images["source"].to_numpy()
    folder = np.array([str(name).rpartition("/")[0] for name in m.images["file_name"]], dtype=object)
    for kind, value, names in (("source", source, m.sources), ("folder", folder, None)):
        found = np.unique(value)
        if not 2 <= len(found) <= MAX_GROUPS:
            continue
        for one in found.tolist():
            name = str(one) if names is None else names[one] if one < len(names) else str(one)
            yield Batch(kind, name or ".", value == one)


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


def contacts_of(m: Measurements, min_score: float = MIN_SCORE, *, likely: bool = False) -> Contacts:
    """List the contacts of the categories whose convention is known.

    Parameters
    ----------
    m : Measurements
    min_score : float
        Score from which on an instance counts as merged and a pair as split.
    likely : bool
        Count every instance as merged that is more like several objects than like one, however rare
        these are: for comparing batches, in which chance errors are equally common.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> len(contacts_of(empty_measurements()).image)
    0
    """
    pairs, sure = candidates(m), known(m)
    image, category = m.instances["image"].to_numpy(), m.instances["category"].to_numpy()
    drawn = pairs.a[pairs.eligible & sure[pairs.a]]
    one = split(m, min_score)[pairs.eligible & sure[pairs.a]]
    more_like_several = sure & (m.shapes["several"].to_numpy() > MIN_EVIDENCE)
    several = np.flatnonzero(more_like_several if likely else merged(m, min_score))
    rows = np.concatenate([drawn, several])
    return Contacts(
        image[rows],
        category[rows],
        np.arange(len(rows)) >= len(drawn),
        np.concatenate([one, np.zeros(len(several), dtype=bool)]),
    )
