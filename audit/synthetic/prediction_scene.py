"""The labels that predictions are made from, measured once, and each picture while it is being filled."""

from __future__ import annotations

import numpy as np

from audit.dataset.model import Dataset, IntArray
from audit.geometry.pairs import find_mask_pairs
from audit.geometry.runs import Runs, runs_to_dense, take_masks
from audit.geometry.shape import measure_areas
from audit.measure.masks import dataset_runs
from audit.synthetic.crops import MaskCrop, Window
from audit.synthetic.mask_edits import Mask

STRAY_SHARE = 0.06
"""Share of a prediction that may lie on what does not belong to its site."""
MIN_LABEL_PX = 120
"""Smaller labels get good predictions only: their pixels are too few for a half or a spur."""
_TANGLED_SHARE = 0.02
"""Share of the smaller mask from which on two labels overlap noticeably."""
_MIN_RATIO, _MAX_RATIO = 0.4, 2.5  # of the areas of two labels at a site

Prediction = tuple[MaskCrop, int, float]
"""Mask, row of the category, score."""


class LabelScene:
    """The labels of a dataset, measured once."""

    def __init__(self, labels: Dataset) -> None:
        annotations = labels.annotations
        self.labels = labels
        image_rows = np.flatnonzero(annotations.image >= 0)
        self.row = image_rows[np.argsort(annotations.image[image_rows], kind="stable")]
        label_images = annotations.image[self.row]
        self.runs: Runs = dataset_runs(labels, self.row)
        self.area = measure_areas(self.runs)
        self.pairs = find_mask_pairs(self.runs, label_images)
        self.image: IntArray = label_images
        self.images = np.unique(label_images)
        self.crowd = annotations.iscrowd[self.row]
        self.category = annotations.category[self.row]
        smaller = np.minimum(self.area[self.pairs.a], self.area[self.pairs.b])
        self._tangled_pair = self.pairs.intersection > _TANGLED_SHARE * smaller
        tangled_labels = np.concatenate([self.pairs.a[self._tangled_pair], self.pairs.b[self._tangled_pair]])
        self.tangled = np.isin(np.arange(len(self.area)), tangled_labels)
        """(labels,) overlaps another one noticeably."""

    def rows_of(self, image: int) -> list[int]:
        """Return the positions of an image's labels, in order."""
        return np.flatnonzero(self.image == image).tolist()

    def neighbours_in(self, image: int) -> list[tuple[int, int]]:
        """Return the labels of an image that touch, are alike in size and share (nearly) nothing."""
        first_labels, second_labels = self.pairs.a, self.pairs.b
        area_ratio = self.area[first_labels] / np.maximum(self.area[second_labels], 1)
        similar_size = (area_ratio > _MIN_RATIO) & (area_ratio < _MAX_RATIO)
        is_neighbour = (self.image[first_labels] == image) & ~self._tangled_pair & similar_size
        return list(
            zip(first_labels[is_neighbour].tolist(), second_labels[is_neighbour].tolist(), strict=True)
        )

    def lends_itself(self, row: int) -> bool:
        """Say whether errors may be planted at a label."""
        is_sound = not self.crowd[row] and self.area[row] >= MIN_LABEL_PX
        return bool(is_sound and self.category[row] >= 0 and not self.tangled[row])


class PictureState:
    """One image that is being filled with predictions.

    Parameters
    ----------
    scene : LabelScene
    image : int
        Row in the images of the labels.
    """

    def __init__(self, scene: LabelScene, image: int) -> None:
        image_table = scene.labels.images
        height, width = int(image_table.height[image]), int(image_table.width[image])
        self.window: Window = (0, 0, height, width)
        self.masks: dict[int, MaskCrop] = {}  # of the labels, by position; changed where labels are
        self.label_pixels = np.zeros((height, width), dtype=np.bool_)
        self.predicted_pixels = np.zeros((height, width), dtype=np.bool_)
        self.made: list[tuple[str, int, tuple[Prediction, ...]]] = []  # cause, label's position, predictions
        self.used: set[int] = set()
        self.merged: list[int] = []
        for row in scene.rows_of(image):
            label_mask = runs_to_dense(take_masks(scene.runs, np.array([row])), height, width)[0]
            self.masks[row] = MaskCrop.cut_out(label_mask)
            self.label_pixels |= label_mask

    def mask(self, row: int) -> Mask:
        """Return the (H, W) mask of a label."""
        return self.masks[row].paint(self.window)

    def predictions(self) -> list[MaskCrop]:
        """Return the masks of all predictions made so far."""
        return [mask for _, _, predictions in self.made for mask, _, _ in predictions]

    def add_predictions(self, cause: str, row: int, predictions: tuple[Prediction, ...]) -> None:
        """Take predictions up.

        Parameters
        ----------
        cause : str
            Why they overlap; empty where they do not.
        row : int
            Position of the label.
        predictions : tuple of Prediction
        """
        self.made.append((cause, row, predictions))
        for crop, _, _ in predictions:
            first_row, first_column, last_row, last_column = crop.window
            self.predicted_pixels[first_row:last_row, first_column:last_column] |= crop.mask

    def change_label(self, row: int, mask: Mask) -> None:
        """Give a label another mask.

        Parameters
        ----------
        row : int
            Position of the label.
        mask : (H, W) bool
        """
        self.masks[row] = MaskCrop.cut_out(mask)
        self.label_pixels |= mask

    def covers_foreign(self, prediction: MaskCrop, site_labels: tuple[int, int]) -> bool:
        """Say whether a prediction covers a noticeable part of a label or prediction of another site.

        Parameters
        ----------
        prediction : MaskCrop
        site_labels : (int, int)
            Positions of the labels that it may cover.
        """
        foreign_labels = [covered for row, covered in self.masks.items() if row not in site_labels]
        return any(
            prediction.count_shared(covered) > 0.2 * covered.area
            for covered in [*foreign_labels, *self.predictions()]
        )
