"""Planting errors into the labels of any dataset: merges, splits, duplicates, overlaps, shifts, drops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from audit.dataset.model import Dataset
from audit.synthetic.annotate import take_dataset
from audit.synthetic.annotation_records import Record
from audit.synthetic.crops import MaskCrop
from audit.synthetic.error_types import ErrorType
from audit.synthetic.error_types_overlap import LABEL_ERROR_TYPES
from audit.synthetic.outline_noise import NOISE_TYPES
from audit.synthetic.planter import Instance, Planter
from audit.synthetic.touching_crops import REACH_PX, could_be_one_object, find_close_crops
from audit.synthetic.truth import FurtherError, Merge, Split, Truth

KINDS = tuple(LABEL_ERROR_TYPES)
"""Planted where nothing else is asked for."""
ALL_KINDS = (*KINDS, *NOISE_TYPES)
Planted = list[tuple[Instance, tuple[int, ...], tuple[int, ...]]]
"""Of a kind: each error's (first) victim, the rows of all its victims, the ids of what it left."""


def plant_labels(
    dataset: Dataset, *, rate: float, seed: int, kinds: Sequence[str] = KINDS
) -> tuple[dict[str, object], Truth]:
    """Plant errors of each kind into a share of what lends itself to it.

    Merges are planted on touching pairs, splits on instances that stand alone, overlaps on touching
    pairs that are left, the others on instances that stand alone and are left. An instance takes part in
    one error at most. Ids and their order are drawn by chance, so that they give nothing away.

    Parameters
    ----------
    dataset : Dataset
    rate : float
        0 to 1.
    seed : int
    kinds : sequence of str
        Of `ALL_KINDS`.

    Returns
    -------
    coco : dict
        Content of a COCO file.
    truth : Truth
        The answers.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> coco, truth = plant_labels(empty_dataset(), rate=0.1, seed=0)
    >>> coco["annotations"], truth.merges
    ([], [])
    """
    planter = take_dataset(np.random.default_rng(seed), dataset)
    touching_pairs = {
        (instance.row, row)
        for instance in planter.instances
        for row, _ in instance.contacts
        if instance.row < row
    }
    lone_rows = [(instance.row,) for instance in planter.instances if instance.alone]
    planted = {
        error_kind: _plant_kind(
            planter,
            error_type,
            sorted(touching_pairs) if error_type.min_contact is not None else lone_rows,
            rate,
        )
        for error_kind, error_type in {**LABEL_ERROR_TYPES, **NOISE_TYPES}.items()
        if error_kind in kinds
    }
    number_of_row = _shuffle_numbers(planter)
    params = {"rate": rate, "seed": seed, "kinds": list(kinds)}
    records = _renumber(planter, number_of_row)
    return _coco_document(dataset, records), _tell_truth(planter, planted, number_of_row, params)


def _plant_kind(
    planter: Planter, error_type: ErrorType, candidates: Sequence[tuple[int, ...]], rate: float
) -> Planted:
    """Plant one kind of error on a share of those that it suits."""
    n_wanted = round(rate * len(candidates))
    planted: Planted = []
    for position in planter.rng.permutation(len(candidates)).tolist():
        if len(planted) >= n_wanted:
            break
        victim_rows = candidates[position]
        if not all(planter.is_free(row) for row in victim_rows):
            continue
        victims = [planter.instances[row] for row in victim_rows]
        outcome = error_type.plant(planter, *victims)
        if outcome is None:
            continue
        for row in victim_rows:
            planter.take(row)
        planted.append((victims[0], victim_rows, outcome[0]))
    return planted


def _shuffle_numbers(planter: Planter) -> dict[int, int]:
    """Draw a new id for every annotation that is left: row to id."""
    kept_rows = [row for row, record in enumerate(planter.records) if record is not None]
    return dict(zip(kept_rows, (planter.rng.permutation(len(kept_rows)) + 1).tolist(), strict=True))


def _renumber(planter: Planter, number_of_row: Mapping[int, int]) -> list[Record]:
    renumbered = []
    for row, record_id in sorted(number_of_row.items(), key=lambda item: item[1]):
        record = planter.records[row]
        if record is not None:
            renumbered.append({**record, "id": record_id})
    return renumbered


def _coco_document(dataset: Dataset, records: list[Record]) -> dict[str, object]:
    images, categories = dataset.images, dataset.categories
    columns = (images.id, images.file_name, images.height, images.width)
    return {
        "images": [
            {"id": int(image_id), "file_name": file_name, "height": int(height), "width": int(width)}
            for image_id, file_name, height, width in zip(*columns, strict=True)
        ],
        "categories": [
            {"id": int(category_id), "name": file_name}
            for category_id, file_name in zip(categories.id, categories.name, strict=True)
        ],
        "annotations": records,
    }


def _tell_truth(
    planter: Planter,
    planted: Mapping[str, Planted],
    number_of_row: Mapping[int, int],
    parameters: dict[str, object],
) -> Truth:
    """Write the answers down, by the ids of the planted file."""
    source_ids: dict[int, list[int]] = {instance.row: [instance.source_id] for instance in planter.instances}
    planted_ids: dict[str, list[tuple[Instance, list[int]]]] = {}
    for error_kind, errors in planted.items():
        for victim, victim_rows, left_positions in errors:
            planted_ids.setdefault(error_kind, []).append(
                (victim, sorted(number_of_row[position - 1] for position in left_positions))
            )
            for position in left_positions:
                # What stands where it stood has the source that it had.
                source_ids.setdefault(position - 1, [planter.instances[row].source_id for row in victim_rows])

    def image_id(victim: Instance) -> int:
        return planter.image_ids[victim.image]

    source_of_number = {record_id: source_ids[row] for row, record_id in number_of_row.items()}
    labelled = {
        row: record_id
        for row, record_id in number_of_row.items()
        if not (planter.records[row] or {}).get("iscrowd")
    }
    sorted_rows = sorted(labelled.items(), key=lambda item: item[1])
    merges, splits = planted_ids.get("merges", []), planted_ids.get("splits", [])
    further_kinds = [
        error_kind for error_kind in sorted(planted_ids) if error_kind not in ("merges", "splits", "drops")
    ]
    return Truth(
        {str(record_id): _record_image(planter, row) for row, record_id in sorted_rows},
        [
            Merge(record_ids[0], image_id(victim), source_of_number[record_ids[0]])
            for victim, record_ids in merges
        ],
        [
            Split((record_ids[0], record_ids[1]), image_id(victim), victim.source_id)
            for victim, record_ids in splits
        ],
        _touching_pairs(planter, number_of_row),
        [
            FurtherError(error_kind, record_ids, image_id(victim), None if record_ids else _box(victim))
            for error_kind in [*further_kinds, "drops"]
            for victim, record_ids in planted_ids.get(error_kind, [])
        ],
        params=parameters,
        source_ids={str(record_id): source_of_number[record_id] for _, record_id in sorted_rows},
    )


def _box(victim: Instance) -> tuple[float, float, float, float]:
    x, y, width, height = victim.crop.bbox
    return x, y, width, height


def _record_image(planter: Planter, row: int) -> int:
    record = planter.records[row]
    return int(record["image_id"]) if record is not None else -1


def _touching_pairs(
    planter: Planter, number_of_row: Mapping[int, int]
) -> list[tuple[int, int, int, int, int, float, int]]:
    """List every close pair of one category in the planted file, in the order of its ids."""
    sorted_rows = [row for row, _ in sorted(number_of_row.items(), key=lambda item: item[1])]
    records = [record for row in sorted_rows if (record := planter.records[row]) is not None]
    placed_crops = [planter.placed[row] for row in sorted_rows]
    touching_pairs = []
    for first_index, second_index, gap_px, contact_px in sorted(find_close_crops(placed_crops, REACH_PX)):
        first_record, second_record = records[first_index], records[second_index]
        if (
            first_record["iscrowd"]
            or second_record["iscrowd"]
            or first_record["category_id"] != second_record["category_id"]
        ):
            continue
        crops: tuple[MaskCrop, MaskCrop] = (placed_crops[first_index][1], placed_crops[second_index][1])
        smaller_area, larger_area = sorted((crops[0].area, crops[1].area))
        area_ratio = round(smaller_area / max(larger_area, 1), 4)
        eligible = could_be_one_object(*crops, gap_px, contact_px)
        pair_ids = number_of_row[sorted_rows[first_index]], number_of_row[sorted_rows[second_index]]
        touching_pairs.append(
            (*pair_ids, int(first_record["image_id"]), gap_px, contact_px, area_ratio, int(eligible))
        )
    return touching_pairs
