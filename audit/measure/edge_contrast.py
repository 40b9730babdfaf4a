"""Lay outlines on the pictures' edges and note how well they fit in the instances table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_picture
from audit.dataset.shard import Shard, instance_rows, split_shards
from audit.geometry.edge_profile import compare_edges_beside
from audit.geometry.edges import EdgeFit, fit_edges
from audit.geometry.shape import measure_boxes
from audit.measure.masks import decode_runs
from audit.measure.pictures import flag_readable
from audit.measure.schema import INSTANCES, Measurements, table

_DIGITS = 4
_AHEAD = 500  # annotations whose pictures are opened while others are looked at


def measure_edge_contrast(measurements: Measurements, dataset: Dataset, picture_folder: Path) -> pd.DataFrame:
    """Fill the edge columns of the instances table.

    Pictures that are missing, broken or of another size than declared are left out.

    Parameters
    ----------
    measurements : Measurements
        With the pictures' states.
    dataset : Dataset
    picture_folder : Path
        The picture folder.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> len(measure_edge_contrast(empty_measurements(), empty_dataset(), Path(".")))
    0
    """
    table_rows = instance_rows(dataset)
    columns = {name: measurements.instances[name].to_numpy().copy() for name in INSTANCES}
    size_matches = flag_readable(measurements)
    file_names = measurements.images["file_name"].tolist()

    def measure_image(image_shard: Shard) -> tuple[IntArray, EdgeFit, FloatArray]:
        return table_rows[image_shard.rows], *_fit_image(image_shard, picture_folder, file_names)

    # Threads: while one opens its picture others fit theirs, and no picture has to be pickled.
    with ThreadPoolExecutor(thread_name_prefix="edges") as pool:
        for shard_part in split_shards(dataset, _AHEAD):
            picture_rows = np.unique(shard_part.image[size_matches[shard_part.image]])
            image_shards = [
                shard_part.take(np.flatnonzero(shard_part.image == picture_row))
                for picture_row in picture_rows
            ]
            for row_numbers, edge_fit, edge_beside in pool.map(measure_image, image_shards):
                columns["edge_beside"][row_numbers] = edge_beside
                columns["edge_here"][row_numbers] = edge_fit.here
                columns["edge_best"][row_numbers] = edge_fit.best
                columns["edge_x"][row_numbers], columns["edge_y"][row_numbers] = edge_fit.x, edge_fit.y
    return table(INSTANCES, columns)


def _fit_image(image_shard: Shard, picture_folder: Path, file_names: list[str]) -> tuple[EdgeFit, FloatArray]:
    try:
        picture = load_picture(picture_folder, file_names[int(image_shard.image[0])])
    except RefusedError:
        not_measured = np.full(len(image_shard), np.nan)
        no_offset = np.zeros(len(image_shard), dtype=np.int64)
        return EdgeFit(not_measured, not_measured, no_offset, no_offset), not_measured
    # A grey picture that is stored as RGB has the same edges in every channel: one is enough.
    if (picture == picture[..., :1]).all():
        picture = picture[..., :1]
    runs = decode_runs(image_shard.segmentation, image_shard.height, image_shard.width)
    edge_fit = fit_edges(runs, measure_boxes(runs), picture)
    edge_beside = compare_edges_beside(runs, picture, image_shard.height, image_shard.width).round(_DIGITS)
    rounded_fit = EdgeFit(edge_fit.here.round(_DIGITS), edge_fit.best.round(_DIGITS), edge_fit.x, edge_fit.y)
    return rounded_fit, edge_beside
