"""Planting errors into the labels of any dataset: merges, splits, duplicates, overlaps, shifts, drops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from audit.dataset.model import Dataset
from audit.synthetic.annotate import take_dataset
from audit.synthetic.annotation_records import Record
from audit.synthetic.crops import REACH_PX, MaskCrop, could_be_one_object, find_close_crops
from audit.synthetic.error_types import ErrorType
from audit.synthetic.error_types_overlap import LABEL_ERROR_TYPES
from audit.synthetic.planter import Instance, Planter
from audit.synthetic.truth import FurtherError, Merge, Split, Truth

KINDS = tuple(LABEL_ERROR_TYPES)
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
        Of `KINDS`.

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
    pairs = {
        (instance.row, row)
        for instance in planter.instances
        for row, _ in instance.contacts
        if instance.row < row
    }
    alone = [(instance.row,) for instance in planter.instances if instance.alone]
    planted = {
        kind: _plant_kind(
            planter, error_type, sorted(pairs) if error_type.min_contact is not None else alone, rate
        )
        for kind, error_type in LABEL_ERROR_TYPES.items()
        if kind in kinds
    }
    number_of_row = _shuffle_numbers(planter)
    params = {"rate": rate, "seed": seed, "kinds": list(kinds)}
    records = _renumber(planter, number_of_row)
    return _coco_document(dataset, records), _tell_truth(planter, planted, number_of_row, params)


def _plant_kind(
    planter: Planter, error_type: ErrorType, pool: Sequence[tuple[int, ...]], rate: float
) -> Planted:
    """Plant one kind of error on a share of those that it suits."""
    wanted = round(rate * len(pool))
    planted: Planted = []
    for position in planter.rng.permutation(len(pool)).tolist():
        if len(planted) >= wanted:
            break
        rows = pool[position]
        if not all(planter.is_free(row) for row in rows):
            continue
        victims = [planter.instances[row] for row in rows]
        outcome = error_type.plant(planter, *victims)
        if outcome is None:
            continue
        for row in rows:
            planter.take(row)
        planted.append((victims[0], rows, outcome[0]))
    return planted


def _shuffle_numbers(planter: Planter) -> dict[int, int]:
    """Draw a new id for every annotation that is left: row to id."""
    rows = [row for row, record in enumerate(planter.records) if record is not None]
    return dict(zip(rows, (planter.rng.permutation(len(rows)) + 1).tolist(), strict=True))


def _renumber(planter: Planter, number_of_row: Mapping[int, int]) -> list[Record]:
    renumbered = []
    for row, number in sorted(number_of_row.items(), key=lambda item: item[1]):
        record = planter.records[row]
        if record is not None:
            renumbered.append({**record, "id": number})
    return renumbered


def _coco_document(dataset: Dataset, records: list[Record]) -> dict[str, object]:
    images, categories = dataset.images, dataset.categories
    columns = (images.id, images.file_name, images.height, images.width)
    return {
        "images": [
            {"id": int(image_id), "file_name": name, "height": int(height), "width": int(width)}
            for image_id, name, height, width in zip(*columns, strict=True)
        ],
        "categories": [
            {"id": int(category_id), "name": name}
            for category_id, name in zip(categories.id, categories.name, strict=True)
        ],
        "annotations": records,
    }


def _tell_truth(
    planter: Planter,
    planted: Mapping[str, Planted],
    number_of_row: Mapping[int, int],
    params: dict[str, object],
) -> Truth:
    """Write the answers down, by the ids of the planted file."""
    sources: dict[int, list[int]] = {instance.row: [instance.source_id] for instance in planter.instances}
    numbers: dict[str, list[tuple[Instance, list[int]]]] = {}
    for kind, errors in planted.items():
        for victim, rows, left in errors:
            numbers.setdefault(kind, []).append(
                (victim, sorted(number_of_row[position - 1] for position in left))
            )
            for position in left:
                # What stands where it stood has the source that it had.
                sources.setdefault(position - 1, [planter.instances[row].source_id for row in rows])

    def image_id(victim: Instance) -> int:
        return planter.image_ids[victim.image]

    source_of_number = {number: sources[row] for row, number in number_of_row.items()}
    labelled = {
        row: number
        for row, number in number_of_row.items()
        if not (planter.records[row] or {}).get("iscrowd")
    }
    by_number = sorted(labelled.items(), key=lambda item: item[1])
    merges, splits = numbers.get("merges", []), numbers.get("splits", [])
    further = [kind for kind in sorted(numbers) if kind not in ("merges", "splits", "drops")]
    return Truth(
        {str(number): _record_image(planter, row) for row, number in by_number},
        [Merge(ids[0], image_id(victim), source_of_number[ids[0]]) for victim, ids in merges],
        [Split((ids[0], ids[1]), image_id(victim), victim.source_id) for victim, ids in splits],
        _touching_pairs(planter, number_of_row),
        [
            FurtherError(kind, ids, image_id(victim))
            for kind in [*further, "drops"]
            for victim, ids in numbers.get(kind, [])
        ],
        params=params,
        source_ids={str(number): source_of_number[number] for _, number in by_number},
    )


def _record_image(planter: Planter, row: int) -> int:
    record = planter.records[row]
    return int(record["image_id"]) if record is not None else -1


def _touching_pairs(
    planter: Planter, number_of_row: Mapping[int, int]
) -> list[tuple[int, int, int, int, int, float, int]]:
    """List every close pair of one category in the planted file, in the order of its ids."""
    rows = [row for row, _ in sorted(number_of_row.items(), key=lambda item: item[1])]
    records = [record for row in rows if (record := planter.records[row]) is not None]
    placed = [planter.placed[row] for row in rows]
    listed = []
    for first_index, second_index, gap, contact in sorted(find_close_crops(placed, REACH_PX)):
        first, second = records[first_index], records[second_index]
        if first["iscrowd"] or second["iscrowd"] or first["category_id"] != second["category_id"]:
            continue
        crops: tuple[MaskCrop, MaskCrop] = (placed[first_index][1], placed[second_index][1])
        small, large = sorted((crops[0].area, crops[1].area))
        ratio, eligible = round(small / max(large, 1), 4), could_be_one_object(*crops, gap, contact)
        ids = number_of_row[rows[first_index]], number_of_row[rows[second_index]]
        listed.append((*ids, int(first["image_id"]), gap, contact, ratio, int(eligible)))
    return listed
