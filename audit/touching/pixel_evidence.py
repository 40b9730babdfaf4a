"""What the pictures say of one object and of two: lines through every instance and every union.

Form cannot tell where two objects lie so that they look like one. Where pictures are given, the classifier of
instances and unions sees their pixels too, as they are and beside those of the image's own isolated objects.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import Dataset
from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_picture
from audit.dataset.shard import Shard, instance_rows, split_shards
from audit.geometry.pixel_lines import LINE_FEATURES, measure_pixel_lines
from audit.measure.masks import decode_runs
from audit.measure.pictures import flag_readable
from audit.measure.schema import Measurements
from audit.touching.evidence import union_pairs
from audit.touching.learn import learnable_categories

_AHEAD = 500  # annotations whose pictures are opened while others are looked at
_LUMA = (0.299, 0.587, 0.114)
"""What red, green and blue count in a grey picture (ITU-R BT.601)."""
_CUT = ["cut_x0", "cut_y0", "cut_x1", "cut_y1"]

Floats = NDArray[np.float64]


def measure_pixel_evidence(
    measurements: Measurements, dataset: Dataset, picture_folder: Path
) -> Floats | None:
    """Lay lines through the pixels of instances and unions, of the categories that can be learned.

    Parameters
    ----------
    measurements : Measurements
        With the pictures' states.
    dataset : Dataset
        What was measured.
    picture_folder : Path
        Where its pictures lie.

    Returns
    -------
    (instances + unions, 8) float64, or None
        `audit.geometry.pixel_lines.LINE_FEATURES`; NaN = not known. None where nothing is to be learned or no
        picture can be read.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> measure_pixel_evidence(empty_measurements(), empty_dataset(), Path(".")) is None
    True
    """
    instances, pairs = measurements.instances, union_pairs(measurements)
    is_wanted = np.isin(instances["category"].to_numpy(), learnable_categories(measurements))
    image = instances["image"].to_numpy()
    is_chosen = np.isin(np.arange(len(measurements.images)), image[is_wanted]) & flag_readable(measurements)
    if not is_chosen.any():
        return None
    table_rows, file_names = instance_rows(dataset), measurements.images["file_name"].tolist()
    cuts = np.concatenate([shapes[_CUT].to_numpy() for shapes in (measurements.shapes, measurements.unions)])
    n_instances = len(instances)
    unions_by_image = np.argsort(image[pairs.a], kind="stable")
    union_image = image[pairs.a][unions_by_image]
    lines = np.full((n_instances + len(pairs.a), len(LINE_FEATURES)), np.nan)

    def measure_image(shard: Shard) -> None:
        image_row, rows = int(shard.image[0]), table_rows[shard.rows]
        try:
            picture = load_picture(picture_folder, file_names[image_row])
        except RefusedError:
            return
        first, last = np.searchsorted(union_image, (image_row, image_row + 1))
        unions = unions_by_image[first:last]
        masks, unions = np.flatnonzero(is_wanted[rows]), unions[is_wanted[pairs.a[unions]]]
        items = np.concatenate([rows[masks], n_instances + unions])
        lines[items] = measure_pixel_lines(
            decode_runs(shard.segmentation, shard.height, shard.width),
            np.concatenate([masks, np.searchsorted(rows, pairs.a[unions])]),  # rows ascend
            np.concatenate([np.full(len(masks), -1), np.searchsorted(rows, pairs.b[unions])]),
            cuts[items],
            _grey(picture),
        )

    with ThreadPoolExecutor(thread_name_prefix="lines") as pool:
        for part in split_shards(dataset, _AHEAD):
            with_image = part.take(np.flatnonzero(is_chosen[part.image]))
            shards = [
                with_image.take(np.flatnonzero(with_image.image == k)) for k in np.unique(with_image.image)
            ]
            list(pool.map(measure_image, shards))  # raises what a thread raised
    return None if np.isnan(lines).all() else lines


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a picture in grey, 0 to 255."""
    grey = np.zeros(picture.shape[:2], dtype=np.float32)
    for channel, share in enumerate(_LUMA):  # no matrix product: BLAS rounds otherwise on every CPU
        grey += picture[..., channel] * np.float32(share)
    return grey
