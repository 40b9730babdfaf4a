"""Look in the pictures for what looks like the labelled objects and is not labelled."""

from __future__ import annotations

import numpy as np

from audit.dataset.model import Dataset
from audit.geometry.unlabelled import UnlabelledObjects, find_unlabelled, trace_outlines
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
        self._candidates: dict[int, UnlabelledObjects] = {}

    def measure(self, opened: OpenedPicture) -> None:
        """Look for candidates in a picture."""
        candidates = find_unlabelled(opened.runs, self._is_crowd[opened.shard.rows], opened.channels)
        if len(candidates.box):
            self._candidates[opened.image] = candidates

    def fill_table(self) -> ColumnTable:
        """Return the candidates in the order of images, whichever thread was first."""
        image_rows = sorted(self._candidates)
        if not image_rows:
            return no_rows(UNLABELLED)
        pictures = [self._candidates[image_row] for image_row in image_rows]
        image = np.repeat(image_rows, [len(candidates.box) for candidates in pictures])
        box = np.concatenate([candidates.box for candidates in pictures])
        column_data: dict[str, object] = {
            "image": image,
            "image_id": self._image_ids[image],
            **{name: box[:, k] for k, name in enumerate("xywh")},
            "area_px": np.concatenate([candidates.area_px for candidates in pictures]),
        }
        for name in ("size", "fill", "contrast", "local_contrast"):
            column_data[name] = np.concatenate([getattr(candidates, name) for candidates in pictures]).round(
                _DIGITS
            )
        outlines = trace_outlines(pictures)
        column_data["outline"] = [" ".join(f"{value:g}" for value in ring) for ring in outlines]
        return table(UNLABELLED, column_data)
