"""A COCO file as text that can be edited: its records and what stands between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from audit.carriers import dataclass
from audit.fixes.json_text import replace_members
from audit.geometry.encode import Rle
from audit.loaders.annotation_columns import COCO_LISTS, RecordSpans
from audit.loaders.json_file import BOM, JsonFile, split_coco_lists
from audit.loaders.json_value import parse_record


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of one record."""

    index: int
    """Position in its list; of a new record that of the one whose form and fields it takes."""
    fields: Mapping[str, object] | None = None
    """Name to new value; None = the record is removed."""
    list_name: str = "annotations"
    is_new: bool = False
    mask: Rle | None = None
    """The mask that the record shall have; None where its pixels stay."""


@dataclass(frozen=True, slots=True)
class Patch:
    """How to get back from a text to the one before it: bytes that are replaced."""

    offset: int
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A text after edits."""

    data: bytes
    positions: Mapping[str, list[int]]
    """By list, where each record of the earlier text is now; -1 = removed."""
    new_positions: Mapping[int, int]
    """Number of an edit that adds a record to where the record is."""
    patches: list[Patch] = field(default_factory=list)
    """Back to the earlier text, by ascending offset."""


class SourceText:
    """A COCO file and the places of its records.

    Parameters
    ----------
    name : str
        As the user named it.
    data : bytes
        The file, a byte order mark included.

    Examples
    --------
    >>> text = SourceText("a", b'{"images": [], "annotations": [{"id": 1}, {"id": 2}], "categories": []}')
    >>> edited = text.apply([Edit(0), Edit(1, {"id": 3})])
    >>> edited.data.decode()
    '{"images": [], "annotations": [{"id": 3}], "categories": []}'
    >>> text.apply([]).data == text.data
    True
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data
        self.bom_length = len(BOM) if data.startswith(BOM) else 0
        body = data[self.bom_length :]
        lists = split_coco_lists(JsonFile(name, body, len(data), "", self.bom_length > 0))
        self.records: dict[str, RecordSpans] = dict(lists.records)

    def text(self, list_name: str, index: int) -> str:
        """Return a record as it is written."""
        return self.records[list_name][index].decode(errors="surrogateescape")

    def parse(self, list_name: str, index: int) -> Any:
        """Return a record as Python's values."""
        return parse_record(self.records[list_name][index])

    def frame(self) -> bytes:
        """Return what stands around the records of the lists, which no edit may change."""
        body = self.data[self.bom_length :]
        pieces, end = [], 0
        for name in sorted(COCO_LISTS, key=lambda name: self._list_span(name)[0]):
            begin, list_end = self._list_span(name)
            if list_end > begin:
                pieces.append(body[end:begin])
                end = list_end
        return b"\0".join([*pieces, body[end:]])

    def _list_span(self, name: str) -> tuple[int, int]:
        spans = self.records[name]
        return (int(spans.begin[0]), int(spans.end[-1])) if len(spans) else (0, 0)

    def apply(self, edits: Sequence[Edit]) -> Edited:
        """Make all edits at once.

        Parameters
        ----------
        edits : sequence of Edit
            A record that is removed has no other edit; several edits of one record name different fields.

        Returns
        -------
        Edited
        """
        replaced: list[tuple[int, int, bytes]] = []
        positions: dict[str, list[int]] = {}
        new_positions: dict[int, int] = {}
        for name in COCO_LISTS:
            own_edits = [(number, edit) for number, edit in enumerate(edits) if edit.list_name == name]
            replaced += self._edit_list(name, own_edits, positions, new_positions)
        data, patches = splice_text(self.data, sorted(replaced), self.bom_length)
        return Edited(data, positions, new_positions, patches)

    def _edit_list(
        self,
        name: str,
        edits: Sequence[tuple[int, Edit]],
        positions: dict[str, list[int]],
        new_positions: dict[int, int],
    ) -> list[tuple[int, int, bytes]]:
        """Return what is replaced in one list: places in the text without its byte order mark."""
        begin, end = self.records[name].begin.tolist(), self.records[name].end.tolist()
        removed = {edit.index for _, edit in edits if edit.fields is None}
        changed: dict[int, dict[str, object]] = {}
        for _, edit in edits:
            if edit.fields is not None and not edit.is_new:
                changed.setdefault(edit.index, {}).update(edit.fields)
        kept = [index for index in range(len(begin)) if index not in removed]
        positions[name] = [-1] * len(begin)
        for position, index in enumerate(kept):
            positions[name][index] = position
        replaced: list[tuple[int, int, bytes]] = []
        leading = kept[0] if kept else len(begin)
        for index in sorted(removed):
            if index < leading:  # what separates it from the next record goes too
                last = index + 1 == len(begin)
                replaced.append((begin[index], end[index] if last else begin[index + 1], b""))
            else:
                replaced.append((end[index - 1], end[index], b""))
        for index, values in changed.items():
            record = replace_members(self.text(name, index), values)
            replaced.append((begin[index], end[index], record.encode(errors="surrogateescape")))
        added = [(number, edit) for number, edit in edits if edit.is_new]
        if added:
            body = self.data[self.bom_length :]
            separator = body[end[-2] : begin[-1]] if len(begin) > 1 else b", "
            texts = [self._new_record(name, edit).encode(errors="surrogateescape") for _, edit in added]
            replaced.append((end[-1], end[-1], b"".join(separator + text for text in texts)))
            for offset, (number, _) in enumerate(added):
                new_positions[number] = len(kept) + offset
        return replaced

    def _new_record(self, name: str, edit: Edit) -> str:
        return replace_members(self.text(name, edit.index), edit.fields or {})


def splice_text(
    data: bytes, replaced: Sequence[tuple[int, int, bytes]], shift: int
) -> tuple[bytes, list[Patch]]:
    """Replace some stretches of a text, and note how to get back.

    Parameters
    ----------
    data : bytes
    replaced : sequence of (begin, end, bytes)
        Ascending.
    shift : int
        Bytes before the text in which these are counted.

    Examples
    --------
    >>> splice_text(b"abc", [(1, 2, b"xy")], 0)[0]
    b'axyc'
    >>> splice_text(b"", [], 0)
    (b'', [])
    """
    pieces: list[bytes] = []
    patches: list[Patch] = []
    end = length = 0
    for begin, stop, text in ((begin + shift, stop + shift, text) for begin, stop, text in replaced):
        pieces += [data[end:begin], text]
        length += begin - end
        patches.append(Patch(length, len(text), data[begin:stop].decode(errors="surrogateescape")))
        length += len(text)
        end = stop
    return b"".join([*pieces, data[end:]]), patches


def undo_patches(data: bytes, patches: Sequence[Patch]) -> bytes:
    """Go back to the text before some edits.

    Parameters
    ----------
    data : bytes
    patches : sequence of Patch
        By ascending offset.

    Examples
    --------
    >>> undo_patches(b"abXd", [Patch(2, 1, "c")])
    b'abcd'
    >>> undo_patches(b"", [])
    b''
    """
    pieces: list[bytes] = []
    end = 0
    for patch in patches:
        pieces += [data[end : patch.offset], patch.text.encode(errors="surrogateescape")]
        end = patch.offset + patch.length
    return b"".join([*pieces, data[end:]])
