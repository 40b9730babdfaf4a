"""What a rate counts: annotations, touching pairs or images, and which of them have a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray
from audit.gates.bounds import Clusters
from audit.gates.policy import Unit
from audit.measure.schema import Measurements
from audit.pipeline.row_lookup import Place


def clusters(unit: Unit, m: Measurements, places: Sequence[Place]) -> Clusters:
    """Count the units of each image, and those that findings are about.

    Parameters
    ----------
    unit : str
        ``annotation``: every annotation record, those of unknown images together as one image;
        ``pair``: every two masks that share a border or overlap; ``image``: every image record.
    m : Measurements
    places : sequence of Place
        Of the findings that count.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> m = measured(scene("aabb"), scene("cc.."))
    >>> found = [Place(image=0, instances=(0, 1))]
    >>> [(c.total, c.found) for c in (clusters(u, m, found) for u in ("annotation", "pair", "image"))]
    [(3, 2), (1, 1), (2, 1)]
    >>> clusters("annotation", measured(), []).total
    0
    """
    image, defective = _units(unit, m, places)
    images = len(m.images) + 1
    units = np.bincount(image, minlength=images)
    bad = np.bincount(image[defective], minlength=images)
    some = units > 0
    return Clusters(units[some].astype(np.int64), bad[some].astype(np.int64))


def uncounted(unit: Unit, m: Measurements, places: Sequence[Place]) -> int:
    """Count the findings that are about no such unit: a rate cannot see them.

    Examples
    --------
    >>> from audit.testing import measured
    >>> uncounted("annotation", measured(), [Place(image=-1, instances=())])
    1
    >>> uncounted("image", measured(), [])
    0
    """
    if unit == "annotation":
        return sum(not place.instances for place in places)
    if unit == "image":
        return sum(place.image < 0 for place in places)
    row_of = _touching(m)
    return sum(not any(pair in row_of for pair in _pairs(place)) for place in places)


def _units(unit: Unit, m: Measurements, places: Sequence[Place]) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the image of every unit (the last number = unknown) and whether it has a finding."""
    if unit == "image":
        image = np.arange(len(m.images))
        rows = [place.image for place in places if place.image >= 0]
    elif unit == "annotation":
        image = m.instances["image"].to_numpy()
        rows = [row for place in places for row in place.instances]
    else:
        row_of = _touching(m)
        image = m.pairs["image"].to_numpy()[m.pairs["gap_px"].to_numpy() == 0]
        rows = [row_of[pair] for place in places for pair in _pairs(place) if pair in row_of]
    defective = np.zeros(len(image), dtype=np.bool_)
    defective[rows] = True
    return np.where(image < 0, len(m.images), image), defective


def _touching(m: Measurements) -> Mapping[tuple[int, int], int]:
    """Number the pairs that touch or overlap."""
    touching = m.pairs["gap_px"].to_numpy() == 0
    a, b = (m.pairs[side].to_numpy()[touching].tolist() for side in ("a", "b"))
    return {pair: row for row, pair in enumerate(zip(a, b, strict=True))}


def _pairs(place: Place) -> list[tuple[int, int]]:
    rows = sorted(place.instances[:8])
    return list(combinations(rows, 2))
