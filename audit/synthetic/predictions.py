"""Predictions with a known cause for every two that overlap: made from labels, seeded.

A *site* is one or two labels that a cause is planted at. What is planted is checked against everything
else in the picture, so that no two predictions overlap for another reason than the planted one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from audit.carriers import dataclass
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


def simulate_predictions(
    labels: Dataset, *, seed: int = 0, max_sites: int = 60, causes: Sequence[str] = tuple(CAUSES)
) -> SimulatedPredictions:
    """Make predictions from labels, with causes of overlaps planted.

    Parameters
    ----------
    labels : Dataset
        Every image needs a usable size.
    seed : int
        Decides everything that looks like chance.
    max_sites : int
        Sites a cause at most.
    causes : sequence of str
        Of `CAUSES`; all nine where it is left out.

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
    label_scene, cause_order = LabelScene(labels), list(causes)
    n_planted: Counter[str] = Counter()
    picture_states: dict[int, PictureState] = {}
    for image_row in rng.permutation(label_scene.images).tolist():
        picture_state = picture_states[image_row] = PictureState(label_scene, image_row)
        label_rows = label_scene.rows_of(image_row)
        for _ in range(max(1, len(label_rows) // 4)):
            for cause in sorted(cause_order, key=lambda name: (n_planted[name], cause_order.index(name))):
                if n_planted[cause] < max_sites and _plant_somewhere(
                    rng, label_scene, picture_state, image_row, cause
                ):
                    n_planted[cause] += 1
                    break
        _predict_the_rest(rng, label_scene, picture_state, label_rows)
    return _write_down(label_scene, picture_states)


def _plant_somewhere(
    rng: np.random.Generator, label_scene: LabelScene, picture_state: PictureState, image_row: int, cause: str
) -> bool:
    """Try to plant a cause somewhere in a picture; say whether it worked."""
    needs_pair = CAUSES[cause].paired
    sites = (
        label_scene.neighbours_in(image_row) if needs_pair else [(row, row) for row in picture_state.masks]
    )
    for position in rng.permutation(len(sites))[:_TRIES].tolist():
        site = sites[position] if rng.random() < 0.5 else sites[position][::-1]
        if _suits(label_scene, picture_state, site, cause) and _plant_at(
            rng, label_scene, picture_state, site, cause
        ):
            return True
    return False


def _suits(label_scene: LabelScene, picture_state: PictureState, site: tuple[int, int], cause: str) -> bool:
    if cause == "background":
        return True
    if any(row in picture_state.used or not label_scene.lends_itself(row) for row in site):
        return False
    return cause != "gt_convention" or bool(label_scene.category[site[0]] == label_scene.category[site[1]])


def _plant_at(
    rng: np.random.Generator,
    label_scene: LabelScene,
    picture_state: PictureState,
    site: tuple[int, int],
    cause: str,
) -> bool:
    label_mask, neighbour_mask = (picture_state.mask(row) for row in site)
    n_categories = max(len(label_scene.labels.categories), 2)
    category, neighbour_category = (int(label_scene.category[row]) for row in site)
    wrong_category = int((max(category, 0) + rng.integers(1, n_categories)) % n_categories)
    free_pixels = ~(picture_state.label_pixels | picture_state.predicted_pixels)
    drawn_masks = CAUSES[cause].draw(rng, label_mask, neighbour_mask, free_pixels)
    if drawn_masks is None:
        return False
    *prediction_masks, changed_label = drawn_masks
    category = max(category, 0)
    second_category = {"label": category, "neighbour": neighbour_category, "wrong": wrong_category}
    categories = category, second_category[CAUSES[cause].second_category]
    site_pixels = label_mask | neighbour_mask if cause != "background" else np.zeros_like(label_mask)
    if changed_label is not None:
        site_pixels = site_pixels | changed_label
    foreign_pixels = (picture_state.label_pixels & ~site_pixels) | picture_state.predicted_pixels
    if any((mask & foreign_pixels).sum() > STRAY_SHARE * mask.sum() for mask in prediction_masks):
        return False
    if categories[0] == categories[1] and _box_iou(*prediction_masks) > _MAX_BOX_IOU:
        return False  # any model's NMS would have removed one of the two
    prediction_crops = [MaskCrop.cut_out(mask) for mask in prediction_masks]
    if prediction_crops[0].count_shared(prediction_crops[1]) < _MIN_SHARED * min(
        crop.area for crop in prediction_crops
    ):
        return False
    if any(picture_state.covers_foreign(crop, site) for crop in prediction_crops):
        return False
    scores = rng.uniform(0.75, 0.98), rng.uniform(0.45, 0.75)
    predictions = tuple(zip(prediction_crops, categories, scores, strict=True))
    picture_state.add_predictions(cause, site[0], predictions)
    if cause != "background":
        picture_state.used |= set(site)
    if changed_label is not None:
        picture_state.change_label(site[0], changed_label)
    if cause == "gt_convention":
        del picture_state.masks[site[1]]
        picture_state.merged.append(site[0])
    return True


def _box_iou(first: Mask, second: Mask) -> float:
    (first_x, first_y, first_width, first_height) = mask_bbox(first)
    (second_x, second_y, second_width, second_height) = mask_bbox(second)
    shared_width = max(min(first_x + first_width, second_x + second_width) - max(first_x, second_x), 0)
    shared_area = shared_width * max(
        min(first_y + first_height, second_y + second_height) - max(first_y, second_y), 0
    )
    return shared_area / max(first_width * first_height + second_width * second_height - shared_area, 1)


def _predict_the_rest(
    rng: np.random.Generator, label_scene: LabelScene, picture_state: PictureState, label_rows: list[int]
) -> None:
    """Predict every label that is left well, unless the prediction would overlap another one."""
    for label_row in label_rows:
        if (
            label_row in picture_state.used
            or label_scene.crowd[label_row]
            or label_scene.category[label_row] < 0
            or label_scene.area[label_row] == 0
        ):
            continue
        prediction = MaskCrop.cut_out(jitter_outline(rng, picture_state.mask(label_row)))
        is_clear = all(
            prediction.count_shared(earlier) <= STRAY_SHARE * min(prediction.area, earlier.area)
            for earlier in picture_state.predictions()
        )
        if prediction.area and is_clear:
            score = float(rng.uniform(0.6, 0.99))
            picture_state.add_predictions(
                "", label_row, ((prediction, int(label_scene.category[label_row]), score),)
            )


def _write_down(label_scene: LabelScene, picture_states: Mapping[int, PictureState]) -> SimulatedPredictions:
    """Put the COCO document, the results and the answers together, in the order of the images."""
    images, categories = label_scene.labels.images, label_scene.labels.categories
    category_ids, category_names = categories.id.tolist(), list(categories.name)
    if len(category_ids) == 1:  # two categories are needed to mistake one for the other
        category_ids, category_names = [*category_ids, category_ids[0] + 1], [*category_names, "other"]
    annotations: list[Record] = []
    results: list[Record] = []
    planted: list[PlantedCause] = []
    merged_labels: list[tuple[int, int]] = []
    for image_row in sorted(picture_states):
        picture_state, image_id = picture_states[image_row], int(images.id[image_row])
        for label_row in sorted(picture_state.masks):
            category, label_mask = int(label_scene.category[label_row]), picture_state.mask(label_row)
            category_id = category_ids[category] if category >= 0 else -1
            record_id = int(label_scene.row[label_row]) + 1
            record = annotation_record(record_id, image_id, category_id, encode_mask(label_mask), label_mask)
            annotations.append({**record, "iscrowd": int(label_scene.crowd[label_row])})
        merged_labels += [
            (image_id, int(label_scene.row[label_row]) + 1) for label_row in picture_state.merged
        ]
        for cause, label_row, predictions in picture_state.made:
            first_result = len(results)
            for prediction, category, score in predictions:
                results.append(
                    {
                        "image_id": image_id,
                        "category_id": category_ids[category],
                        "score": round(float(score), 4),
                        "bbox": prediction.bbox,
                        "segmentation": encode_mask(prediction.paint(picture_state.window)),
                    }
                )
            if cause:
                annotation_ids = () if cause == "background" else (int(label_scene.row[label_row]) + 1,)
                planted.append(
                    PlantedCause(cause, image_id, (first_result, first_result + 1), annotation_ids)
                )
    columns = (images.id.tolist(), images.file_name, images.height.tolist(), images.width.tolist())
    document = {
        "images": [
            {"id": record_id, "file_name": record_name, "height": height, "width": width}
            for record_id, record_name, height, width in zip(*columns, strict=True)
        ],
        "annotations": annotations,
        "categories": [
            {"id": record_id, "name": record_name}
            for record_id, record_name in zip(category_ids, category_names, strict=True)
        ],
    }
    return SimulatedPredictions(document, tuple(results), tuple(planted), tuple(merged_labels))


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
    labels_path, predictions_path = folder / "instances.json", folder / "predictions.json"
    labels_path.write_bytes(msgspec.json.encode(simulated.document) + b"\n")
    predictions_path.write_bytes(msgspec.json.encode(list(simulated.results)) + b"\n")
    encoded_causes = msgspec.json.format(msgspec.json.encode(list(simulated.planted)), indent=1)
    (folder / "planted_causes.json").write_bytes(encoded_causes + b"\n")
    return labels_path, predictions_path
