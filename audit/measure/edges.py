"""Lay outlines on the pictures' edges and note how well they fit in the instances table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from audit.dataset.model import Dataset, IntArray
from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_picture
from audit.dataset.shard import Shard, instance_rows, split_shards
from audit.geometry.edges import EdgeFit, fit_edges
from audit.geometry.shape import measure_boxes
from audit.measure.masks import decode_runs
from audit.measure.schema import INSTANCES, Measurements, table

_DIGITS = 4
_AHEAD = 500  # annotations whose pictures are opened while others are looked at


def measure_edges(m: Measurements, dataset: Dataset, root: Path) -> pd.DataFrame:
    """Fill the edge columns of the instances table.

    Pictures that are missing, broken or of another size than declared are left out.

    Parameters
    ----------
    m : Measurements
        With the pictures' states.
    dataset : Dataset
    root : Path
        The picture folder.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> len(measure_edges(empty_measurements(), empty_dataset(), Path(".")))
    0
    """
    row_of = instance_rows(dataset)
    columns = {name: m.instances[name].to_numpy().copy() for name in INSTANCES}
    same = (m.images["picture"] == "ok").to_numpy()
    for side in ("height", "width"):
        same = same & (m.images[side] == m.images[f"picture_{side}"]).to_numpy()
    names = m.images["file_name"].tolist()

    def look(shard: Shard) -> tuple[IntArray, EdgeFit]:
        return row_of[shard.rows], _look(shard, root, names)

    with ThreadPoolExecutor(thread_name_prefix="edges") as pool:
        for part in split_shards(dataset, _AHEAD):
            images = np.unique(part.image[same[part.image]])
            single = [part.take(np.flatnonzero(part.image == image)) for image in images]
            for rows, found in pool.map(look, single):
                columns["edge_here"][rows], columns["edge_best"][rows] = found.here, found.best
                columns["edge_x"][rows], columns["edge_y"][rows] = found.x, found.y
    return table(INSTANCES, columns)


def _look(shard: Shard, root: Path, names: list[str]) -> EdgeFit:
    try:
        picture = load_picture(root, names[int(shard.image[0])])
    except RefusedError:
        nothing, zeros = np.full(len(shard), np.nan), np.zeros(len(shard), dtype=np.int64)
        return EdgeFit(nothing, nothing, zeros, zeros)
    if (picture == picture[..., :1]).all():
        picture = picture[..., :1]
    runs = decode_runs(shard.segmentation, shard.height, shard.width)
    found = fit_edges(runs, measure_boxes(runs), picture)
    return EdgeFit(found.here.round(_DIGITS), found.best.round(_DIGITS), found.x, found.y)
