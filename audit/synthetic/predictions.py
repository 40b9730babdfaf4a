"""Predictions with a known cause for every two that overlap: made from labels, seeded.

A *site* is one or two labels that a cause is planted at. What is planted is checked against everything
else in the picture, so that no two predictions overlap for another reason than the planted one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from audit.dataset.model import Dataset
from audit.geometry.encode import encode_mask
from audit.synthetic.annotation_records import Record, annotation_record, mask_bbox
from audit.synthetic.crops import MaskCrop
from audit.synthetic.mask_edits import Mask, jitter_outline
from audit.synthetic.prediction_causes import CAUSES
from audit.synthetic.prediction_scene import STRAY_SHARE, LabelScene, PictureState

_MAX_BOX_IOU = 0.7
"""What the NMS of the simulated model leaves of one category."""
_MIN_SHARED = 0.33
"""Share of the smaller prediction that the two of a site have in common at least."""
_TRIES = 12


@dataclass(frozen=True, slots=True)
class PlantedCause:
    """Two predictions that overlap, and why."""

    cause: str
    image_id: int
    predictions: tuple[int, int]
    """Positions in the results."""
    annotation_ids: tuple[int, ...]
    """The labels of the site."""


@dataclass(frozen=True, slots=True)
class SimulatedPredictions:
    """Labels, predictions, and what is known about them."""

    document: Mapping[str, Any]
    """The labels as a COCO document: as given, but for the sites of ``gt_overlaps`` and ``gt_convention``."""
    results: tuple[Record, ...]
    """COCO results with masks and boxes."""
    planted: tuple[PlantedCause, ...]
    merged: tuple[tuple[int, int], ...]
    """(image id, annotation id) of labels that were merged: the sites of ``gt_convention``."""


def simulate_predictions(labels: Dataset, *, seed: int = 0, max_sites: int = 60) -> SimulatedPredictions:
    """Make predictions from labels, with all nine causes planted.

    Parameters
    ----------
    labels : Dataset
        Every image needs a usable size.
    seed : int
        Decides everything that looks like chance.
    max_sites : int
        Sites a cause at most.

    Returns
    -------
    SimulatedPredictions
        Every two predictions that overlap noticeably are in ``planted``. Labels that overlap by
        themselves get one prediction.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> simulate_predictions(empty_dataset()).planted
    ()
    """
    rng = np.random.default_rng([seed, len(labels.annotations)])
    scene, order = LabelScene(labels), list(CAUSES)
    n_planted: Counter[str] = Counter()
    pictures: dict[int, PictureState] = {}
    for image in rng.permutation(scene.images).tolist():
        picture = pictures[image] = PictureState(scene, image)
        rows = scene.rows_of(image)
        for _ in range(max(1, len(rows) // 4)):
            for cause in sorted(order, key=lambda name: (n_planted[name], order.index(name))):
                if n_planted[cause] < max_sites and _plant_somewhere(rng, scene, picture, image, cause):
                    n_planted[cause] += 1
                    break
        _predict_the_rest(rng, scene, picture, rows)
    return _write_down(scene, pictures)


def _plant_somewhere(
    rng: np.random.Generator, scene: LabelScene, picture: PictureState, image: int, cause: str
) -> bool:
    """Try to plant a cause somewhere in a picture; say whether it worked."""
    paired = CAUSES[cause].paired
    sites = scene.neighbours_in(image) if paired else [(row, row) for row in picture.masks]
    for position in rng.permutation(len(sites))[:_TRIES].tolist():
        site = sites[position] if rng.random() < 0.5 else sites[position][::-1]
        if _suits(scene, picture, site, cause) and _plant_at(rng, scene, picture, site, cause):
            return True
    return False


def _suits(scene: LabelScene, picture: PictureState, site: tuple[int, int], cause: str) -> bool:
    if cause == "background":
        return True
    if any(row in picture.used or not scene.lends_itself(row) for row in site):
        return False
    return cause != "gt_convention" or bool(scene.category[site[0]] == scene.category[site[1]])


def _plant_at(
    rng: np.random.Generator, scene: LabelScene, picture: PictureState, site: tuple[int, int], cause: str
) -> bool:
    label, neighbour = (picture.mask(row) for row in site)
    n_categories = max(len(scene.labels.categories), 2)
    category, neighbour_category = (int(scene.category[row]) for row in site)
    wrong = int((max(category, 0) + rng.integers(1, n_categories)) % n_categories)
    free_pixels = ~(picture.label_pixels | picture.predicted_pixels)
    drawn = CAUSES[cause].draw(rng, label, neighbour, free_pixels)
    if drawn is None:
        return False
    *masks, changed_label = drawn
    category = max(category, 0)
    second_category = {"label": category, "neighbour": neighbour_category, "wrong": wrong}
    categories = category, second_category[CAUSES[cause].second_category]
    of_site = label | neighbour if cause != "background" else np.zeros_like(label)
    if changed_label is not None:
        of_site = of_site | changed_label
    foreign = (picture.label_pixels & ~of_site) | picture.predicted_pixels
    if any((mask & foreign).sum() > STRAY_SHARE * mask.sum() for mask in masks):
        return False
    if categories[0] == categories[1] and _box_iou(*masks) > _MAX_BOX_IOU:
        return False  # any model's NMS would have removed one of the two
    crops = [MaskCrop.cut_out(mask) for mask in masks]
    if crops[0].count_shared(crops[1]) < _MIN_SHARED * min(crop.area for crop in crops):
        return False
    if any(picture.covers_foreign(crop, site) for crop in crops):
        return False
    scores = rng.uniform(0.75, 0.98), rng.uniform(0.45, 0.75)
    predictions = tuple(zip(crops, categories, scores, strict=True))
    picture.add_predictions(cause, site[0], predictions)
    if cause != "background":
        picture.used |= set(site)
    if changed_label is not None:
        picture.change_label(site[0], changed_label)
    if cause == "gt_convention":
        del picture.masks[site[1]]
        picture.merged.append(site[0])
    return True


def _box_iou(first: Mask, second: Mask) -> float:
    (x, y, width, height), (u, value, other_width, other_height) = mask_bbox(first), mask_bbox(second)
    across = max(min(x + width, u + other_width) - max(x, u), 0)
    shared = across * max(min(y + height, value + other_height) - max(y, value), 0)
    return shared / max(width * height + other_width * other_height - shared, 1)


def _predict_the_rest(
    rng: np.random.Generator, scene: LabelScene, picture: PictureState, rows: list[int]
) -> None:
    """Predict every label that is left well, unless the prediction would overlap another one."""
    for row in rows:
        if row in picture.used or scene.crowd[row] or scene.category[row] < 0 or scene.area[row] == 0:
            continue
        crop = MaskCrop.cut_out(jitter_outline(rng, picture.mask(row)))
        clear = all(
            crop.count_shared(earlier) <= STRAY_SHARE * min(crop.area, earlier.area)
            for earlier in picture.predictions()
        )
        if crop.area and clear:
            score = float(rng.uniform(0.6, 0.99))
            picture.add_predictions("", row, ((crop, int(scene.category[row]), score),))


def _write_down(scene: LabelScene, pictures: Mapping[int, PictureState]) -> SimulatedPredictions:
    """Put the COCO document, the results and the answers together, in the order of the images."""
    images, categories = scene.labels.images, scene.labels.categories
    ids, names = categories.id.tolist(), list(categories.name)
    if len(ids) == 1:  # two categories are needed to mistake one for the other
        ids, names = [*ids, ids[0] + 1], [*names, "other"]
    annotations: list[Record] = []
    results: list[Record] = []
    planted: list[PlantedCause] = []
    merged: list[tuple[int, int]] = []
    for image in sorted(pictures):
        picture, image_id = pictures[image], int(images.id[image])
        for row in sorted(picture.masks):
            category, mask = int(scene.category[row]), picture.mask(row)
            category_id = ids[category] if category >= 0 else -1
            number = int(scene.row[row]) + 1
            record = annotation_record(number, image_id, category_id, encode_mask(mask), mask)
            annotations.append({**record, "iscrowd": int(scene.crowd[row])})
        merged += [(image_id, int(scene.row[row]) + 1) for row in picture.merged]
        for cause, row, predictions in picture.made:
            first = len(results)
            for crop, category, score in predictions:
                results.append(
                    {
                        "image_id": image_id,
                        "category_id": ids[category],
                        "score": round(float(score), 4),
                        "bbox": crop.bbox,
                        "segmentation": encode_mask(crop.paint(picture.window)),
                    }
                )
            if cause:
                label = () if cause == "background" else (int(scene.row[row]) + 1,)
                planted.append(PlantedCause(cause, image_id, (first, first + 1), label))
    columns = (images.id.tolist(), images.file_name, images.height.tolist(), images.width.tolist())
    document = {
        "images": [
            {"id": number, "file_name": name, "height": height, "width": width}
            for number, name, height, width in zip(*columns, strict=True)
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for number, name in zip(ids, names, strict=True)],
    }
    return SimulatedPredictions(document, tuple(results), tuple(planted), tuple(merged))


def write_simulated(simulated: SimulatedPredictions, folder: Path) -> tuple[Path, Path]:
    """Write labels, predictions and what was planted into an existing folder.

    Parameters
    ----------
    simulated : SimulatedPredictions
    folder : Path
        Gets ``instances.json``, ``predictions.json`` and ``planted_causes.json``.

    Returns
    -------
    labels, predictions : Path
    """
    labels, predictions = folder / "instances.json", folder / "predictions.json"
    labels.write_bytes(msgspec.json.encode(simulated.document) + b"\n")
    predictions.write_bytes(msgspec.json.encode(list(simulated.results)) + b"\n")
    answers = msgspec.json.format(msgspec.json.encode(list(simulated.planted)), indent=1)
    (folder / "planted_causes.json").write_bytes(answers + b"\n")
    return labels, predictions
