"""Which pairs of masks could be one object drawn as two: large, alike and close enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.mask_pairs import MaskPairs
from audit.measure.schema import Measurements

MIN_AREA_PX = 30
"""Least area of the smaller mask of a pair that could be one object."""
MIN_AREA_RATIO = 0.1
"""Least area ratio of the two."""
MAX_GAP_PX = 1
"""Background pixels between two masks up to which they touch."""
MIN_CONTACT_PX = 3
"""Least length of the line on which they meet."""


def union_pairs(measurements: Measurements) -> MaskPairs:
    """Return the pairs that could be one object, one a row of ``unions``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> len(union_pairs(empty_measurements()))
    0
    """
    row = measurements.unions["pair"].to_numpy()
    columns = ("a", "b", "intersection_px", "gap_px")
    a, b, intersection, gap = (measurements.pairs[name].to_numpy()[row] for name in columns)
    area = measurements.instances["area_px"].to_numpy()
    return MaskPairs.of(a, b, intersection, area[a], area[b], gap=gap)


def eligible_pairs(measurements: Measurements, pairs: MaskPairs) -> NDArray[np.bool_]:
    """Say which pairs are large, alike and close enough to be one object.

    The others are scored but not learned from.

    Parameters
    ----------
    measurements : Measurements
    pairs : MaskPairs
        Those of `union_pairs`.

    Returns
    -------
    (pairs,) bool

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> eligible_pairs(empty_measurements(), union_pairs(empty_measurements())).tolist()
    []
    """
    seam_px = measurements.unions["seam_px"].to_numpy()
    smaller, larger = np.minimum(pairs.area_a, pairs.area_b), np.maximum(pairs.area_a, pairs.area_b)
    alike = (smaller >= MIN_AREA_PX) & (smaller >= MIN_AREA_RATIO * larger)
    touching = (pairs.gap <= MAX_GAP_PX) & (pairs.intersection == 0) & (seam_px >= MIN_CONTACT_PX)
    eligible: NDArray[np.bool_] = alike & touching
    return eligible


def plausible_cuts(measurements: Measurements) -> NDArray[np.bool_]:
    """Say which cut objects obey the limits of `eligible_pairs`.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> plausible_cuts(empty_measurements()).tolist()
    []
    """
    cuts = measurements.cuts
    area = measurements.instances["area_px"].to_numpy()[cuts["instance"].to_numpy()]
    share = cuts["seam_share"].to_numpy()
    # The smaller part's share of both is r / (1 + r) where r is the ratio of the two.
    alike = (share * area >= MIN_AREA_PX) & (share >= MIN_AREA_RATIO / (1 + MIN_AREA_RATIO))
    plausible: NDArray[np.bool_] = alike & (cuts["seam_px"].to_numpy() >= MIN_CONTACT_PX)
    return plausible
