"""Look in the pictures for what looks like the labelled objects and is not labelled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from audit.dataset.model import Dataset
from audit.dataset.paths import RefusedError
from audit.dataset.pixels import load_picture
from audit.dataset.shard import Shard, split_shards
from audit.geometry.unlabelled import UnlabelledObjects, find_unlabelled
from audit.measure.masks import decode_runs
from audit.measure.pictures import flag_readable
from audit.measure.schema import UNLABELLED, Measurements, no_rows, table

_DIGITS = 4
_AHEAD = 500  # annotations whose pictures are opened while others are looked at


def measure_unlabelled(measurements: Measurements, dataset: Dataset, picture_folder: Path) -> pd.DataFrame:
    """Fill the table of candidates, in the order of images.

    Pictures that are missing, broken or of another size than declared are left out, and so are images
    with few labels or with labels that do not stand out (`audit.geometry.unlabelled`).

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
    >>> len(measure_unlabelled(empty_measurements(), empty_dataset(), Path(".")))
    0
    """
    images = measurements.images
    is_usable = flag_readable(measurements)
    file_names, image_ids = images["file_name"].tolist(), images["image_id"].to_numpy()
    is_crowd = dataset.annotations.iscrowd

    def look_at_image(shard: Shard) -> UnlabelledObjects | None:
        try:
            picture = load_picture(picture_folder, file_names[int(shard.image[0])])
        except RefusedError:
            return None
        # A grey picture that is stored as RGB is the same in every channel: one is enough.
        if (picture == picture[..., :1]).all():
            picture = picture[..., :1]
        runs = decode_runs(shard.segmentation, shard.height, shard.width)
        return find_unlabelled(runs, is_crowd[shard.rows], picture)

    tables = [no_rows(UNLABELLED)]
    # Threads: while one opens its picture others look at theirs, and no picture has to be pickled.
    with ThreadPoolExecutor(thread_name_prefix="unlabelled") as pool:
        for part in split_shards(dataset, _AHEAD):
            rows = np.unique(part.image[is_usable[part.image]])
            shards = [part.take(np.flatnonzero(part.image == row)) for row in rows]
            for row, candidates in zip(rows.tolist(), pool.map(look_at_image, shards), strict=True):
                if candidates is not None and len(candidates.box):
                    tables.append(_candidate_table(row, int(image_ids[row]), candidates))
    return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]


def _candidate_table(image_row: int, image_id: int, candidates: UnlabelledObjects) -> pd.DataFrame:
    count = len(candidates.box)
    column_data: dict[str, object] = {
        "image": np.full(count, image_row),
        "image_id": np.full(count, image_id),
        **{name: candidates.box[:, k] for k, name in enumerate("xywh")},
        "area_px": candidates.area_px,
    }
    for name in ("size", "fill", "contrast", "local_contrast"):
        column_data[name] = getattr(candidates, name).round(_DIGITS)
    column_data["outline"] = [" ".join(f"{value:g}" for value in ring) for ring in candidates.outline]
    return table(UNLABELLED, column_data)
