"""What the pictures say of one object and of two: lines through every instance and every union.

Form cannot tell where two objects lie so that they look like one. Where pictures are given, the classifier of
instances and unions sees their pixels too, as they are and beside those of the image's own isolated objects.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.pixel_lines import LINE_FEATURES, measure_pixel_lines
from audit.measure.opened_pictures import OpenedPicture
from audit.measure.schema import Measurements
from audit.touching.candidate_pairs import union_pairs

_CUT = ["cut_x0", "cut_y0", "cut_x1", "cut_y1"]

Floats = NDArray[np.float64]


class PixelEvidence:
    """Lines through the pixels of instances and unions, laid picture by picture.

    Parameters
    ----------
    measurements : Measurements
    categories : list of int
        Rows in categories: those that can be learned.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> PixelEvidence(empty_measurements(), []).known_lines() is None
    True
    """

    def __init__(self, measurements: Measurements, categories: list[int]) -> None:
        instances, shapes, unions = measurements.instances, measurements.shapes, measurements.unions
        self._pairs = union_pairs(measurements)
        self._is_of_category = np.isin(instances["category"].to_numpy(), categories)
        image = instances["image"].to_numpy()
        self.is_wanted = np.isin(np.arange(len(measurements.images)), image[self._is_of_category])
        ends = (np.concatenate([shapes[name].to_numpy(), unions[name].to_numpy()]) for name in _CUT)
        self._cuts = np.stack([*ends], axis=1)
        self._unions_by_image = np.argsort(image[self._pairs.a], kind="stable")
        self._union_image = image[self._pairs.a][self._unions_by_image]
        self._n_instances = len(instances)
        self._lines = np.full((len(instances) + len(self._pairs.a), len(LINE_FEATURES)), np.nan)

    def measure(self, opened: OpenedPicture) -> None:
        """Lay lines through the instances and unions of an image."""
        rows, pairs = opened.rows, self._pairs
        first, last = np.searchsorted(self._union_image, (opened.image, opened.image + 1))
        unions = self._unions_by_image[first:last]
        masks = np.flatnonzero(self._is_of_category[rows])
        unions = unions[self._is_of_category[pairs.a[unions]]]
        items = np.concatenate([rows[masks], self._n_instances + unions])
        self._lines[items] = measure_pixel_lines(
            opened.runs,
            np.concatenate([masks, np.searchsorted(rows, pairs.a[unions])]),  # rows ascend
            np.concatenate([np.full(len(masks), -1), np.searchsorted(rows, pairs.b[unions])]),
            self._cuts[items],
            opened.channels,
        )

    def known_lines(self) -> Floats | None:
        """Return what was seen.

        Returns
        -------
        (instances + unions, 8) float64, or None
            `audit.geometry.pixel_lines.LINE_FEATURES`; NaN = not known. None where nothing is to be learned
            or no picture can be read.
        """
        return None if np.isnan(self._lines).all() else self._lines
