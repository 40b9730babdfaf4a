"""Two parts of one object are about equally bright; a bright and a dim one are two, as far as pictures tell.

Form alone takes a bright object on a dim one for one object that was drawn as two. How much the parts of one
object differ is learned from the halves of objects that stand alone, how much two objects do from touching
pairs.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset
from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_picture
from audit.dataset.shard import Shard, instance_rows, split_shards
from audit.geometry.intensity import standardised_difference, sum_intensities
from audit.measure.masks import decode_runs
from audit.measure.pictures import flag_readable
from audit.measure.schema import Measurements
from audit.touching.evidence import eligible_pairs, union_pairs
from audit.touching.learned import has_convention
from audit.touching.mixture import log_density_ratio
from audit.touching.reference_stats import reference_stats

_DIGITS = 6
_AHEAD = 500  # annotations whose pictures are opened while others are looked at
_LEAST = 1e-6  # probabilities are at least so far from 0 and 1, or no evidence could move them

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def weigh_brightness(measurements: Measurements, dataset: Dataset, picture_folder: Path) -> Measurements:
    """Let the brightness of touching objects count for and against their being one.

    Parameters
    ----------
    measurements : Measurements
        Scored, with the pictures' states.
    dataset : Dataset
        What was measured.
    picture_folder : Path
        Where its pictures lie.

    Returns
    -------
    Measurements
        With other ``split_score``; the same where nothing was learned or no picture can be read.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> len(weigh_brightness(empty_measurements(), empty_dataset(), Path(".")).pairs)
    0
    """
    pairs, learned = union_pairs(measurements), has_convention(measurements)
    judged = eligible_pairs(measurements, pairs) & learned[pairs.a]
    if not judged.any():
        return measurements
    image = measurements.instances["image"].to_numpy()
    chosen = np.isin(np.arange(len(measurements.images)), image[pairs.a[judged]])
    sums = _sum_pictures(measurements, dataset, picture_folder, chosen & flag_readable(measurements))
    whole = sums.sum(axis=1)
    between = standardised_difference(whole[pairs.a], whole[pairs.b])
    within = standardised_difference(sums[:, 0], sums[:, 1])
    pair_rows = measurements.unions["pair"].to_numpy()
    split_score = measurements.pairs["split_score"].to_numpy().copy()
    score = np.clip(split_score[pair_rows], _LEAST, 1 - _LEAST)
    log_odds = np.log(score / (1 - score))
    isolated, category = reference_stats(measurements).isolated, measurements.instances["category"].to_numpy()
    for k in np.unique(category[pairs.a[judged]]).tolist():
        known = judged & (category[pairs.a] == k) & np.isfinite(between)
        alone = isolated & (category == k) & np.isfinite(within)
        two, single = 1 - score[known], 1 - measurements.instances["merge_score"].to_numpy()[alone]
        log_odds[known] -= log_density_ratio(between[known], within[alone], single, between[known], two)
    split_score[pair_rows[judged]] = (1 / (1 + np.exp(-log_odds[judged]))).round(_DIGITS)
    return replace(measurements, pairs=measurements.pairs.assign(split_score=split_score))


def _sum_pictures(
    measurements: Measurements, dataset: Dataset, picture_folder: Path, chosen: Flags
) -> Floats:
    """Sum up the intensities of the instances of the chosen images, in halves: (instances, 2, 3)."""
    instances, table_rows = measurements.instances, instance_rows(dataset)
    x, y, w, h = (instances[name].to_numpy().astype(float) for name in "xywh")
    # Objects that stand alone are halved across the longer side of their box.
    centre = np.stack([x + w / 2, y + h / 2], axis=1)
    across = np.where((w >= h)[:, None], np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    file_names = measurements.images["file_name"].tolist()
    sums = np.zeros((len(instances), 2, 3))

    def sum_image(shard: Shard) -> None:
        rows = table_rows[shard.rows]
        try:
            picture = load_picture(picture_folder, file_names[int(shard.image[0])])
        except RefusedError:
            return
        grey = picture[..., :3].mean(axis=2, dtype=np.float64)
        runs = decode_runs(shard.segmentation, shard.height, shard.width)
        sums[rows] = sum_intensities(runs, grey, centre[rows], across[rows])

    with ThreadPoolExecutor(thread_name_prefix="brightness") as pool:
        for part in split_shards(dataset, _AHEAD):
            with_image = part.take(np.flatnonzero(chosen[part.image]))
            shards = [
                with_image.take(np.flatnonzero(with_image.image == k)) for k in np.unique(with_image.image)
            ]
            list(pool.map(sum_image, shards))  # raises what a thread raised
    return sums
