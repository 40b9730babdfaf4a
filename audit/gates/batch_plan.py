"""What a batch of a size could prove, before anybody labels it."""

from __future__ import annotations

import math

import numpy as np

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.gates.bounds import ImageCounts, clustered_upper_bound
from audit.gates.policy import Limit
from audit.gates.rate_units import count_units
from audit.measure.schema import Measurements


@dataclass(frozen=True, slots=True)
class PlannedLimit:
    """What a planned batch could show of one limit."""

    limit: Limit
    n_units: int = 0
    """Annotations, touching pairs or images that it would have; 0 for a limit that is a count."""
    most_defective: int = -1
    """Of them, so many could be defective and it would pass, if they are scattered; -1 = it cannot pass."""
    clean_bound: float | None = None
    """Upper bound of the rate without one defect; None where the limit asks for no confidence."""
    n_images_needed: int = 0
    """Images without a defect that would pass; 0 = any number."""


def plan_limit(limit: Limit, measurements: Measurements, n_images: int) -> PlannedLimit:
    """Say what a batch of a number of images could show of a limit.

    Parameters
    ----------
    limit : Limit
    measurements : Measurements
        Of labels like those that the batch will have: how many annotations their images hold counts.
    n_images : int
        Images of the batch.

    Examples
    --------
    >>> from audit.testing import measured, scene
    >>> like_these = measured(scene("a.b"), scene("c.d"))
    >>> for n_images in (298, 299, 600):
    ...     planned = plan_limit(Limit("*", max_rate=0.01, confidence=0.95), like_these, n_images)
    ...     print(planned.n_units, planned.most_defective, planned.n_images_needed)
    596 -1 299
    598 0 299
    1200 4 299
    >>> plan_limit(Limit("*", max_rate=0.01, confidence=0.95), measured(), 300).n_units
    0
    """
    if limit.max_count is not None:
        return PlannedLimit(limit, most_defective=limit.max_count)
    known = count_units(limit.per, measurements, [])
    share = len(known.units) / max(len(measurements.images), 1)
    if not share:
        return PlannedLimit(limit)
    units = _resample(known.units, round(n_images * share))
    n_units = int(units.sum())
    clean = clustered_upper_bound(ImageCounts(units, np.zeros_like(units)), limit.confidence or 0.5)
    return PlannedLimit(
        limit,
        n_units,
        _count_allowed(limit, units) if n_units >= limit.min_sample else -1,
        clean if limit.confidence is not None else None,
        _count_needed_images(limit, known, share),
    )


def _resample(units: IntArray, size: int) -> IntArray:
    """Draw so many images that their numbers of units are spread as those of the known ones are."""
    places = (np.arange(size) + 0.5) * len(units) / max(size, 1)
    return np.asarray(np.sort(units)[places.astype(np.int64)], dtype=np.int64)


def _count_allowed(limit: Limit, units: IntArray) -> int:
    """Count the defective units, spread evenly, with which a batch still passes; -1 = it never does."""
    n_units, max_rate = int(units.sum()), limit.max_rate or 0.0
    largest = math.floor(max_rate * n_units + 1e-9)
    if limit.confidence is None:
        return largest
    ends = np.r_[0, np.cumsum(units)]
    low, high = -1, largest
    while low < high:  # the bound grows with the number of defects
        middle = (low + high + 1) // 2
        defective = np.diff(ends * middle // max(n_units, 1))
        if clustered_upper_bound(ImageCounts(units, defective), limit.confidence) < max_rate:
            low = middle
        else:
            high = middle - 1
    return low


def _count_needed_images(limit: Limit, known: ImageCounts, share: float) -> int:
    """Count the images that pass if they have no defect; 0 where any number does."""
    if limit.confidence is None and not limit.min_sample:
        return 0
    units_per_image = known.n_units / len(known.units)
    n_units = float(max(limit.min_sample, 1))
    max_rate = limit.max_rate or 0.0
    if limit.confidence is not None and 0 < max_rate < 1:
        n_independent = math.log(1 - limit.confidence) / math.log1p(-max_rate)
        n_units = max(n_units, (math.floor(n_independent) + 1) * known.mean_cluster_size)
    return math.ceil(n_units / units_per_image / share - 1e-9)
