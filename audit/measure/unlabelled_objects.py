"""Look in the pictures for what looks like the labelled objects and is not labelled."""

from __future__ import annotations

import numpy as np

from audit.dataset.model import Dataset
from audit.geometry.unlabelled import UnlabelledObjects, find_unlabelled
from audit.measure.column_table import ColumnTable
from audit.measure.opened_pictures import OpenedPicture
from audit.measure.schema import UNLABELLED, Measurements, no_rows, table

_DIGITS = 4


class UnlabelledCandidates:
    """The table of candidates, filled picture by picture.

    Images with few labels or with labels that do not stand out are left out (`audit.geometry.unlabelled`).

    Parameters
    ----------
    measurements : Measurements
    dataset : Dataset
        What was measured.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> len(UnlabelledCandidates(empty_measurements(), empty_dataset()).fill_table())
    0
    """

    def __init__(self, measurements: Measurements, dataset: Dataset) -> None:
        self.is_wanted = np.ones(len(measurements.images), dtype=np.bool_)
        self._image_ids = measurements.images["image_id"].to_numpy()
        self._is_crowd = dataset.annotations.iscrowd
        self._tables: dict[int, ColumnTable] = {}

    def measure(self, opened: OpenedPicture) -> None:
        """Look for candidates in a picture."""
        candidates = find_unlabelled(opened.runs, self._is_crowd[opened.shard.rows], opened.channels)
        if len(candidates.box):
            image_id = int(self._image_ids[opened.image])
            self._tables[opened.image] = _candidate_table(opened.image, image_id, candidates)

    def fill_table(self) -> ColumnTable:
        """Return the candidates in the order of images, whichever thread was first."""
        tables = [self._tables[image_row] for image_row in sorted(self._tables)]
        if not tables:
            return no_rows(UNLABELLED)
        return table(
            UNLABELLED, {name: np.concatenate([part[name] for part in tables]) for name in UNLABELLED}
        )


def _candidate_table(image_row: int, image_id: int, candidates: UnlabelledObjects) -> ColumnTable:
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
