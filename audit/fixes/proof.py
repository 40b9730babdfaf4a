"""The proof of a fix: the new text is read again, and only what is on the list may differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from audit.dataset.model import Dataset, MaskKind
from audit.diff.diff import diff
from audit.fixes.labels import Labels, Repair
from audit.fixes.source_text import Edit, Edited
from audit.geometry.encode import Rle
from audit.geometry.reference_masks import draw_by_pycocotools
from audit.loaders.annotation_columns import COCO_LISTS


class FixRefusedError(Exception):
    """The corrected text is not what the list of changes says, so nothing is written."""


def prove(before: Labels, after: Labels, edited: Edited, repairs: Sequence[Repair]) -> int:
    """Check that a corrected text differs from the earlier one by the repairs, and by nothing else.

    Records that no edit names are the same bytes, and what surrounds them is; of the others, the fields that
    no edit names have the same value; every mask that was written is what pycocotools should draw; and a
    comparison of the masks of both versions names no annotation that no repair names.

    Parameters
    ----------
    before, after : Labels
        Both read from their texts.
    edited : Edited
        Where the records went.
    repairs : sequence of Repair

    Returns
    -------
    int
        Masks that pycocotools decoded.

    Raises
    ------
    FixRefusedError
        If anything else differs.
    """
    edits = [edit for repair in repairs for edit in repair.edits]
    _check_records(before, after, edited, edits)
    n_decoded = _check_masks(before, after, edited, edits)
    _check_difference(before, after, edited, repairs)
    return n_decoded


def _check_records(before: Labels, after: Labels, edited: Edited, edits: Sequence[Edit]) -> None:
    if before.text.frame() != after.text.frame():
        raise FixRefusedError("what stands around the records would have changed")
    for name in COCO_LISTS:
        changed = {edit.index: set[str]() for edit in edits if edit.list_name == name and not edit.is_new}
        removed = {edit.index for edit in edits if edit.list_name == name and edit.fields is None}
        for edit in edits:
            if edit.list_name == name and edit.fields is not None and not edit.is_new:
                changed[edit.index] |= set(edit.fields)
        old, new = before.text.records[name], after.text.records[name]
        n_added = sum(edit.is_new for edit in edits) if name == "annotations" else 0
        if len(new) != len(old) - len(removed) + n_added:
            raise FixRefusedError(f"the number of {name} would not be as listed")
        old_records, new_records = old[:], new[:]
        for index, position in enumerate(edited.positions[name]):
            if (position < 0) != (index in removed):
                raise FixRefusedError(f"/{name}/{index} would be removed, which is not listed")
            if position < 0 or old_records[index] == new_records[position]:
                continue
            earlier, later = before.text.parse(name, index), after.text.parse(name, position)
            different = {
                field
                for field in {*earlier, *later}
                if repr(earlier.get(field, later)) != repr(later.get(field, earlier))
            }
            if not different <= changed.get(index, set()):
                raise FixRefusedError(f"/{name}/{index} would change in fields that are not listed")


def _check_masks(before: Labels, after: Labels, edited: Edited, edits: Sequence[Edit]) -> int:
    """Let pycocotools decode every mask that was written, and compare it with the one that was meant."""
    row_before, row_after = _rows_by_index(before.dataset), _rows_by_index(after.dataset)
    n_decoded = 0
    for number, edit in enumerate(edits):
        if edit.list_name != "annotations" or edit.fields is None:
            continue
        position = (
            edited.new_positions[number] if edit.is_new else edited.positions["annotations"][edit.index]
        )
        old_row, new_row = row_before[edit.index], row_after.get(position, -1)
        place = f"/annotations/{position}"
        if new_row < 0 or _category_id(before.dataset, old_row) != _category_id(after.dataset, new_row):
            raise FixRefusedError(f"{place} would change its category")
        if "segmentation" not in edit.fields:
            continue
        meant = decode_mask(before.dataset, old_row) if edit.mask is None else edit.mask
        if meant != decode_mask(after.dataset, new_row):
            raise FixRefusedError(f"{place} would have other pixels than listed")
        n_decoded += 1
    return n_decoded


def _rows_by_index(dataset: Dataset) -> Mapping[int, int]:
    return {index: row for row, index in enumerate(dataset.annotations.index.tolist())}


def _category_id(dataset: Dataset, row: int) -> int | None:
    category = int(dataset.annotations.category[row])
    return int(dataset.categories.id[category]) if category >= 0 else None


def decode_mask(dataset: Dataset, row: int) -> Rle | None:
    """Let pycocotools decode one mask; None where there is none.

    Parameters
    ----------
    dataset : Dataset
    row : int
    """
    annotations = dataset.annotations
    drawn, image = annotations.segmentation, int(annotations.image[row])
    if drawn.kind[row] == MaskKind.NONE or image < 0:
        return None
    rings = range(int(drawn.ring_start[row]), int(drawn.ring_start[row + 1]))
    return draw_by_pycocotools(
        [drawn.xy[drawn.vertex_start[ring] : drawn.vertex_start[ring + 1]] for ring in rings],
        drawn.counts[drawn.count_start[row] : drawn.count_start[row + 1]],
        int(dataset.images.height[image]),
        int(dataset.images.width[image]),
    )


def _check_difference(before: Labels, after: Labels, edited: Edited, repairs: Sequence[Repair]) -> None:
    """Compare both versions by their masks: whoever changed is named by a repair."""
    rows_before, rows_after = _rows_by_index(before.dataset), _rows_by_index(after.dataset)
    ids_before, ids_after = before.dataset.annotations.id, after.dataset.annotations.id
    listed_old: set[int] = set()
    listed_new: set[int] = set()
    number = 0
    for repair in repairs:
        for edit in repair.edits:
            if edit.list_name == "annotations":
                listed_old.add(int(ids_before[rows_before[edit.index]]))
                positions = edited.positions["annotations"]
                position = edited.new_positions[number] if edit.is_new else positions[edit.index]
                if position >= 0:
                    listed_new.add(int(ids_after[rows_after[position]]))
            number += 1
    for change in diff(before.result, after.result).changes:
        if not (set(change.old_ids) <= listed_old and set(change.new_ids) <= listed_new):
            ids = ", ".join(map(str, change.old_ids or change.new_ids))
            raise FixRefusedError(f"annotation {ids} would be {change.kind}, which is not listed")
