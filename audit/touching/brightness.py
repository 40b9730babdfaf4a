"""Two parts of one object are about equally bright; a bright and a dim one are two, as far as pictures tell.

Form alone takes a bright object on a dim one for one object that was drawn as two. How much the parts of one
object differ is learned from the halves of objects that stand alone, how much two objects do from touching
pairs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audit.geometry.intensity import standardised_difference, sum_intensities
from audit.geometry.runs import IntArray
from audit.measure.opened_pictures import OpenedPicture
from audit.measure.pictures import flag_readable
from audit.measure.schema import Measurements
from audit.touching.candidate_pairs import eligible_pairs, union_pairs
from audit.touching.learned import has_convention
from audit.touching.log_odds import PRIOR_SHARE
from audit.touching.mixture import allow_look_alikes, forget_look_alikes, log_density_ratio
from audit.touching.reference_stats import reference_stats

_DIGITS = 6
_LEAST = 1e-6  # probabilities are at least so far from 0 and 1, or no evidence could move them

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class BrightnessSums:
    """How bright the instances are, each in halves, summed up picture by picture.

    Parameters
    ----------
    measurements : Measurements
        Need not be scored yet.
    categories : list of int
        Rows in categories: those of which something may be learned.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> BrightnessSums(empty_measurements(), []).sums.shape
    (0, 2, 3)
    """

    def __init__(self, measurements: Measurements, categories: list[int]) -> None:
        instances, pairs = measurements.instances, union_pairs(measurements)
        is_of_category = np.isin(instances["category"].to_numpy(), categories)
        self.is_wanted = _flag_images(
            measurements, pairs.a[eligible_pairs(measurements, pairs) & is_of_category[pairs.a]]
        )
        self.sums = np.zeros((len(instances), 2, 3))
        """(instances, 2, 3) pixels, sum and sum of squares of each half; 0 = not looked at."""
        x, y, w, h = (instances[name].to_numpy().astype(float) for name in "xywh")
        # Objects that stand alone are halved across the longer side of their box.
        self._centre = np.stack([x + w / 2, y + h / 2], axis=1)
        self._across = np.where((w >= h)[:, None], np.array([1.0, 0.0]), np.array([0.0, 1.0]))

    def measure(self, opened: OpenedPicture) -> None:
        """Sum up the pixels of an image's instances."""
        rows = opened.rows
        self.sums[rows] = sum_intensities(
            opened.runs, opened.channels, self._centre[rows], self._across[rows]
        )


def weigh_brightness(measurements: Measurements, brightness: BrightnessSums) -> Measurements:
    """Let the brightness of touching objects count for and against their being one.

    Parameters
    ----------
    measurements : Measurements
        Scored, with the pictures' states.
    brightness : BrightnessSums
        Of the same instances.

    Returns
    -------
    Measurements
        With other ``split_score``; the same where nothing was learned or no picture can be read.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = empty_measurements()
    >>> len(weigh_brightness(nothing, BrightnessSums(nothing, [])).pairs)
    0
    """
    pairs, learned = union_pairs(measurements), has_convention(measurements)
    judged = eligible_pairs(measurements, pairs) & learned[pairs.a]
    if not judged.any():
        return measurements
    # Objects that stand alone are compared with pairs of the same pictures.
    is_chosen = _flag_images(measurements, pairs.a[judged]) & flag_readable(measurements)
    is_known = is_chosen[measurements.instances["image"].to_numpy()]
    sums = np.where(is_known[:, None, None], brightness.sums, 0.0)
    whole = sums.sum(axis=1)
    between = standardised_difference(whole[pairs.a], whole[pairs.b])
    within = standardised_difference(sums[:, 0], sums[:, 1])
    pair_rows = measurements.unions["pair"].to_numpy()
    split_score = measurements.pairs["split_score"].to_numpy().copy()
    isolated, category = reference_stats(measurements).isolated, measurements.instances["category"].to_numpy()
    # What look-alikes may add is a bound on all evidence, so it is put on last.
    share = _split_shares(measurements, category[pairs.a])
    score = np.clip(forget_look_alikes(split_score[pair_rows], share), _LEAST, 1 - _LEAST)
    log_odds = np.log(score / (1 - score))
    for k in np.unique(category[pairs.a[judged]]).tolist():
        known = judged & (category[pairs.a] == k) & np.isfinite(between)
        alone = isolated & (category == k) & np.isfinite(within)
        two, single = 1 - score[known], 1 - measurements.instances["merge_score"].to_numpy()[alone]
        log_odds[known] -= log_density_ratio(between[known], within[alone], single, between[known], two)
    weighed = allow_look_alikes(1 / (1 + np.exp(-log_odds[judged])), share[judged])
    split_score[pair_rows[judged]] = weighed.round(_DIGITS)
    return replace(measurements, pairs=measurements.pairs.assign(split_score=split_score))


def _split_shares(measurements: Measurements, category: IntArray) -> Floats:
    """Return the share of split pairs that was learned for each of some categories."""
    # The first row is that of all together; annotations of no category have a row of their own.
    names = ("category", "split_share")
    categories, shares = (measurements.conventions[name].to_numpy()[1:] for name in names)
    if not len(categories):
        return np.full(len(category), PRIOR_SHARE)
    order = np.argsort(categories)
    place = order[np.minimum(np.searchsorted(categories[order], category), len(order) - 1)]
    return np.where(categories[place] == category, shares[place], PRIOR_SHARE)


def _flag_images(measurements: Measurements, rows: IntArray) -> Flags:
    """Say for each image whether one of these instances is in it."""
    image = measurements.instances["image"].to_numpy()
    is_in: Flags = np.isin(np.arange(len(measurements.images)), image[rows])
    return is_in
