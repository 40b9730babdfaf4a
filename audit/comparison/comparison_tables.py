"""What is compared: the masks of the labels and those of the predictions, with all pairs that overlap."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.runs import Runs, take_masks
from audit.measure.cross_pairs import MaskSet


@dataclass(frozen=True, slots=True)
class Instances(MaskSet):
    """The masks of one side, sorted by image, then by their place in the file; all arrays (n,).

    Annotations without a known image, and predictions without a finite score, are left out.
    """

    runs: Runs
    """The masks, drawn once."""
    category: IntArray
    """Position in ``Dataset.categories``; -1 = unknown."""
    score: FloatArray
    """Confidence; NaN for labels."""
    has_mask: NDArray[np.bool_]
    """A usable segmentation, with or without pixels; of predictions all, unless none has one."""
    area: IntArray
    """Pixels of the mask."""
    mask_box: IntArray
    """(n, 4) xywh of the mask's pixels; zeros without any."""
    declared_area: FloatArray
    """As in the file, else the mask's: what decides small, medium and large labels, as pycocotools does."""
    box: FloatArray
    """(n, 4) xywh as in the file, else the mask's."""
    trusted_box: FloatArray
    """The same, but the mask's where the file's does not fit it: what NMS is judged by."""
    mask_hash: NDArray[np.uint64]
    """Of the mask's pixels; 0 = none."""
    is_verified: NDArray[np.bool_]
    """Whether anybody looked for its category in its image; see `federated_detections`; else True."""
    is_excusable: NDArray[np.bool_]
    """Whether its image has objects of its category without a label: then no label proves nothing."""

    def measure_masks(self, positions: slice, runs: Runs) -> tuple[IntArray, IntArray]:
        """Return areas and boxes of some of the masks, which are known; see `MaskSet.measure_masks`.

        Parameters
        ----------
        positions : slice
        runs : Runs
        """
        return self.area[positions], self.mask_box[positions]

    def take(self, chosen: IntArray) -> Instances:
        """Select some.

        Parameters
        ----------
        chosen : (m,) int64
            Positions, ascending.
        """
        whole = ("dataset", "runs")
        columns = {f.name: getattr(self, f.name)[chosen] for f in fields(self) if f.name not in whole}
        return replace(self, runs=take_masks(self.runs, chosen), **columns)


@dataclass(frozen=True, slots=True)
class ComparisonTables:
    """Labels and predictions with everything measured between them."""

    labels: Instances
    predictions: Instances
    cross_pairs: MaskPairs
    """Pairs of one image whose masks or boxes overlap: a = label, b = prediction; sorted, as the others."""
    label_pairs: MaskPairs
    """The same of two labels, a < b."""
    prediction_pairs: MaskPairs
    """The same of two predictions, a < b."""
    image_id: IntArray
    """(images,) ids as in the file."""
    height: IntArray
    width: IntArray
    categories: int
    """How many there are."""
    is_federated: bool = False
    """Whether each image was looked through for some categories only, and LVIS' rules hold."""

    def take_images(self, images: IntArray) -> ComparisonTables:
        """Select what lies in some images; the images keep their positions.

        Parameters
        ----------
        images : (k,) int64
            Positions in ``Dataset.images``.
        """
        in_labels = np.isin(self.labels.image, images)
        in_predictions = np.isin(self.predictions.image, images)
        return replace(
            self,
            labels=self.labels.take(np.flatnonzero(in_labels)),
            predictions=self.predictions.take(np.flatnonzero(in_predictions)),
            cross_pairs=_renumber_pairs(self.cross_pairs, in_labels, in_predictions),
            label_pairs=_renumber_pairs(self.label_pairs, in_labels, in_labels),
            prediction_pairs=_renumber_pairs(self.prediction_pairs, in_predictions, in_predictions),
        )


def _renumber_pairs(pairs: MaskPairs, chosen_a: NDArray[np.bool_], chosen_b: NDArray[np.bool_]) -> MaskPairs:
    """Select the pairs whose masks both stay, and count positions among those."""
    pairs = pairs.take(chosen_a[pairs.a] & chosen_b[pairs.b])
    return replace(pairs, a=np.cumsum(chosen_a)[pairs.a] - 1, b=np.cumsum(chosen_b)[pairs.b] - 1)
