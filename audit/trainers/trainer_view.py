"""What a trainer makes of each label: taught as it is, changed, hidden by another, lost, or left out."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from audit.carriers import dataclass
from audit.dataset.model import Dataset, FloatArray, IntArray, MaskKind
from audit.findings.sanitize import encodable
from audit.geometry.shape import measure_boxes
from audit.measure.masks import dataset_runs
from audit.trainers.ceilings import average_precision_ceiling, recall_ceiling
from audit.trainers.mask_targets import BoolArray, box_targets, stride_targets
from audit.trainers.presets import TargetKind, Trainer
from audit.trainers.record_filters import NO_REASON, Reason, find_reasons, label_boxes

SAME_OBJECT = 0.5
"""IoU from which COCO's evaluation takes two masks for one object."""


class Outcome(StrEnum):
    """What becomes of a label."""

    SEEN = "seen"
    """Its target, drawn back, is the same object."""
    CHANGED = "changed"
    """Its target, drawn back, has an IoU below `SAME_OBJECT` with it."""
    HIDDEN = "hidden"
    """Smaller labels take all its cells."""
    LOST = "lost"
    """No cell of its target is set."""
    LEFT_OUT = "left_out"
    """The trainer drops the record; no mask is taught."""


@dataclass(frozen=True, slots=True)
class TrainerView:
    """What a trainer sees of a dataset."""

    trainer: Trainer
    labels: pd.DataFrame
    """One row an annotation, in the order of images and of the file: ``image_id``, ``file_name``,
    ``annotation_id``, ``category_id``, ``is_crowd``, ``outcome``, ``reason`` (of what is left out),
    ``rings``, ``target_px``, ``seen_px`` (cells before and after labels cover each other), ``covered_by``
    (annotation that takes most of the others, -1 = none), ``iou`` (of the label and its target drawn
    back)."""
    categories: pd.DataFrame
    """One row a category with labels: ``category_id``, ``name``, ``labels``, one column an `Outcome`,
    ``recall_ceiling``, ``ap_ceiling``; those that lose most first. Crowds are no labels."""
    images: pd.DataFrame
    """One row an image that does not keep all its labels: ``image_id``, ``file_name``, ``labels``, one column
    an `Outcome`, ``recall_ceiling``; those that lose most first."""

    @property
    def crowds(self) -> int:
        """Annotations that are crowd regions: no trainer takes them for objects."""
        return int(self.labels["is_crowd"].sum())

    @property
    def objects(self) -> pd.DataFrame:
        """The labels without the crowds."""
        return self.labels[~self.labels["is_crowd"]]

    def counts(self) -> dict[str, int]:
        """Count labels by outcome."""
        number = self.objects["outcome"].value_counts()
        return {outcome.value: int(number.get(outcome.value, 0)) for outcome in Outcome}

    def reasons(self) -> dict[str, int]:
        """Count the labels that are left out by reason; those without a label are not listed."""
        number = self.objects["reason"].value_counts()
        return {reason.value: int(number[reason.value]) for reason in Reason if reason.value in number.index}

    @property
    def joined(self) -> int:
        """Labels of several polygons that the trainer joins by lines."""
        if self.trainer.target is not TargetKind.STRIDE_GRID:
            return 0
        return int(((self.objects["rings"] > 1) & (self.objects["outcome"] != Outcome.LEFT_OUT)).sum())

    @property
    def pixel_labels(self) -> int:
        """Labels without polygons, of a trainer that reads polygons: they are taken pixel by pixel here."""
        if self.trainer.target not in (TargetKind.STRIDE_GRID, TargetKind.BOX_POLYGON):
            return 0
        taught = self.objects["outcome"] != Outcome.LEFT_OUT
        return int((taught & (self.objects["rings"] == 0)).sum())

    @property
    def recall_ceiling(self) -> float:
        """Mean over COCO's thresholds of the share of labels that the targets reach; NaN without labels."""
        return recall_ceiling(self.objects["iou"].to_numpy())

    @property
    def ap_ceiling(self) -> float:
        """Mean over categories of the AP that the targets allow; NaN without labels."""
        objects = self.objects
        return average_precision_ceiling(objects["iou"].to_numpy(), objects["category_id"].to_numpy())


def view_as_trainer(dataset: Dataset, trainer: Trainer, *, threads: int = 1) -> TrainerView:
    r"""Put all labels through what a trainer does before its loss.

    Parameters
    ----------
    dataset : Dataset
        With masks.
    trainer : Trainer
        One of `audit.trainers.presets`.
    threads : int
        How many images are taught side by side.

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> from audit.trainers.presets import choose_trainer
    >>> dots = dataset(scene("a" + "." * 63 + ("\n" + "." * 64) * 63))
    >>> view_as_trainer(dots, choose_trainer("yolo-seg", image_size=64)).counts()["lost"]
    1
    >>> view_as_trainer(dataset(), choose_trainer("mmdet")).recall_ceiling
    nan
    """
    annotations, images = dataset.annotations, dataset.images
    rows = np.lexsort((annotations.index, annotations.source, annotations.image))
    annotations = annotations.take(rows)
    boxes = label_boxes(annotations, images, _measure_missing_boxes(dataset, rows))
    reasons = find_reasons(annotations, images, boxes, trainer)
    is_kept = reasons == NO_REASON
    columns = _teach(dataset, rows, boxes, is_kept, trainer, threads)
    outcome = _name_outcomes(columns, is_kept)
    image = annotations.image
    # Tables hold no lone surrogates.
    file_names = np.array([*map(encodable, images.file_name), ""], dtype=object)
    segmentation = annotations.segmentation
    labels = pd.DataFrame(
        {
            "image_id": np.r_[images.id, -1][image],
            "file_name": file_names[image],
            "annotation_id": annotations.id,
            "category_id": np.r_[dataset.categories.id, -1][annotations.category],
            "is_crowd": annotations.iscrowd,
            "outcome": outcome,
            "reason": [str(reason) for reason in reasons],
            "rings": np.diff(segmentation.ring_start),
            "target_px": columns["target_px"],
            "seen_px": columns["seen_px"],
            "covered_by": np.where(columns["covered_by"] >= 0, annotations.id[columns["covered_by"]], -1)
            if len(rows)
            else annotations.id,
            "iou": columns["iou"],
        }
    )
    return TrainerView(
        trainer,
        labels,
        _count_by_category(labels, annotations.category, dataset),
        _count_by_image(labels, image),
    )


def _measure_missing_boxes(dataset: Dataset, rows: IntArray) -> FloatArray:
    """Measure the masks' boxes where no box is declared, xywh; zeros elsewhere."""
    annotations = dataset.annotations
    is_missing = ~np.isfinite(annotations.bbox[rows]).all(axis=1) & (annotations.image[rows] >= 0)
    is_missing &= annotations.segmentation.kind[rows] != MaskKind.NONE
    boxes = np.zeros((len(rows), 4))
    if is_missing.any():
        boxes[is_missing] = measure_boxes(dataset_runs(dataset, rows[is_missing]))
    return boxes


def _teach(
    dataset: Dataset, rows: IntArray, boxes: FloatArray, is_kept: BoolArray, trainer: Trainer, threads: int
) -> dict[str, np.ndarray]:
    """Measure the targets of all labels that are kept; zeros for the others."""
    images = dataset.images
    kept = np.flatnonzero(is_kept)
    image = dataset.annotations.image[rows[kept]]
    heights, widths = images.height[image], images.width[image]
    segmentations = dataset.annotations.segmentation.take(rows[kept])
    everyone = np.ones(len(kept), dtype=bool)
    if trainer.target is TargetKind.STRIDE_GRID:
        image_start = (
            np.flatnonzero(np.r_[True, image[1:] != image[:-1], True]) if len(kept) else np.zeros(1, int)
        )
        measured = dict(
            stride_targets(
                *(segmentations, heights, widths, everyone, image_start),
                *(trainer.image_size, trainer.mask_stride),
                threads=threads,
            )
        )
        covered_by = measured["covered_by"]
        measured["covered_by"] = np.where(covered_by >= 0, kept[covered_by], -1) if len(kept) else covered_by
    else:
        scales = _resize_scales(heights, widths, trainer)
        measured = dict(
            box_targets(
                *(segmentations, heights, widths, everyone, boxes[kept]),
                *(scales, trainer.mask_cells, trainer.target),
                threads=threads,
            )
        )
        measured["seen_px"] = measured["target_px"]
        measured["covered_by"] = np.full(len(kept), -1)
    columns = {name: np.zeros(len(rows), dtype=values.dtype) for name, values in measured.items()}
    columns["covered_by"] -= 1
    for name, values in measured.items():
        columns[name][kept] = values
    return columns


def _resize_scales(heights: IntArray, widths: IntArray, trainer: Trainer) -> FloatArray:
    """Say how much images are resized: the short side as wanted, unless the long side grows too long."""
    ratio = np.minimum(
        trainer.image_size / np.minimum(heights, widths), trainer.largest_size / np.maximum(heights, widths)
    )
    sides = np.stack([widths, heights], axis=1)
    resized = np.maximum(np.floor(sides * ratio[:, None] + 0.5), 1)
    return np.asarray(resized / sides, dtype=np.float64)


def _name_outcomes(columns: dict[str, np.ndarray], is_kept: BoolArray) -> np.ndarray:
    choices = [~is_kept, columns["target_px"] == 0, columns["seen_px"] == 0, columns["iou"] < SAME_OBJECT]
    names = [Outcome.LEFT_OUT, Outcome.LOST, Outcome.HIDDEN, Outcome.CHANGED]
    return np.select(choices, [name.value for name in names], Outcome.SEEN.value)


def _count_by_category(labels: pd.DataFrame, category: IntArray, dataset: Dataset) -> pd.DataFrame:
    is_object = ~labels["is_crowd"].to_numpy() & (category >= 0)
    objects, group = labels[is_object], category[is_object]
    counted = _count_outcomes(objects, group)
    ceilings = (
        objects["iou"]
        .groupby(group)
        .agg(
            recall_ceiling=lambda iou: recall_ceiling(iou.to_numpy()),
            ap_ceiling=lambda iou: average_precision_ceiling(
                iou.to_numpy(), np.zeros(len(iou), dtype=np.int64)
            ),
        )
    )
    names = np.array([*map(encodable, dataset.categories.name), ""], dtype=object)
    position = counted.index.to_numpy(dtype=np.int64)
    counted.insert(0, "category_id", dataset.categories.id[position])
    counted.insert(1, "name", names[position])
    return _sort_by_losses(counted.join(ceilings))


def _count_by_image(labels: pd.DataFrame, image: IntArray) -> pd.DataFrame:
    is_object = ~labels["is_crowd"].to_numpy() & (image >= 0)
    objects = labels[is_object]
    counted = _count_outcomes(objects, image[is_object])
    first = objects.groupby(image[is_object])[["image_id", "file_name"]].first()
    ceilings = (
        objects["iou"]
        .groupby(image[is_object])
        .agg(recall_ceiling=lambda iou: recall_ceiling(iou.to_numpy()))
    )
    table = first.join(counted).join(ceilings)
    return _sort_by_losses(table[table[Outcome.SEEN.value] < table["labels"]])


def _count_outcomes(objects: pd.DataFrame, group: IntArray) -> pd.DataFrame:
    table = pd.crosstab(group, objects["outcome"].to_numpy())
    table = table.reindex(columns=[outcome.value for outcome in Outcome], fill_value=0)
    table.index.name = table.columns.name = None
    table.insert(0, "labels", table.sum(axis=1))
    return table


def _sort_by_losses(table: pd.DataFrame) -> pd.DataFrame:
    unseen = table["labels"] - table[Outcome.SEEN.value]
    order = np.lexsort((table.index.to_numpy(), -table["labels"].to_numpy(), -unseen.to_numpy()))
    return table.iloc[order].reset_index(drop=True)
