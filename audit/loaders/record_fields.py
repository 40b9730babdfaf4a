"""One field of every record of a COCO file: what the reader has no column for, read when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from audit.carriers import dataclass
from audit.loaders.json_file import read_json_file, split_coco_lists

_CHUNK_SIZE = 2000


@dataclass(frozen=True, slots=True)
class RecordFields:
    """The texts of one field, by position in the file's lists; empty where a record has none."""

    images: tuple[str, ...]
    annotations: tuple[str, ...]


def read_record_fields(path: Path, name: str, *, salvage: bool = False) -> RecordFields:
    """Read one field of all image and annotation records.

    Parameters
    ----------
    path : Path
        A COCO file.
    name : str
        ``rater_id``; also found in the record's ``attributes``, where CVAT puts what annotators fill in.
        ``extra.rater`` leads into an object.
    salvage : bool
        Read what a damaged file still holds.

    Raises
    ------
    UnreadableError
        If there is no dataset to read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = path.write_text('{"images": [{"annotator": "Ann"}], "annotations": [{}], "categories": []}')
    >>> read_record_fields(path, "annotator")
    RecordFields(images=('Ann',), annotations=('',))
    >>> _ = path.write_text('{"images": [], "annotations": [], "categories": []}')
    >>> read_record_fields(path, "annotator")
    RecordFields(images=(), annotations=())
    """
    lists = split_coco_lists(read_json_file(path), salvage=salvage).records
    return RecordFields(*(extract_texts(lists[entity], name) for entity in ("images", "annotations")))


def extract_texts(records: Sequence[bytes], name: str) -> tuple[str, ...]:
    """Return one field of records as text.

    Parameters
    ----------
    records : sequence of bytes-like
    name : str
        As in `read_record_fields`.

    Examples
    --------
    >>> records = [b'{"rater": 3}', b'{"attributes": {"rater": "B"}}', b'{"rater": null}', b"5"]
    >>> extract_texts(records, "rater")
    ('3', 'B', '', '')
    >>> extract_texts([], "rater")
    ()
    """
    first_key, *inner_keys = name.split(".")
    member_names = dict.fromkeys([first_key, "attributes"])
    # Only these members are parsed; the rest of a record, its mask above all, is skipped.
    row_type = msgspec.defstruct(
        "Row",
        [(f"value_{number}", Any, None) for number in range(len(member_names))],
        rename={f"value_{number}": member_name for number, member_name in enumerate(member_names)},
    )
    list_decoder, row_decoder = msgspec.json.Decoder(list[row_type]), msgspec.json.Decoder(row_type)  # type: ignore[valid-type]
    texts: list[str] = []
    for chunk_start in range(0, len(records), _CHUNK_SIZE):
        chunk = records[chunk_start : chunk_start + _CHUNK_SIZE]
        try:
            rows: Sequence[Any] = list_decoder.decode(b"[%s]" % b",".join(chunk))
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            rows = [_decode_single(record, row_decoder) for record in chunk]
        texts += [_find_text(row, first_key, inner_keys) for row in rows]
    return tuple(texts)


def _decode_single(record: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    try:
        return decoder.decode(record)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _find_text(row: Any, first_key: str, inner_keys: Sequence[str]) -> str:
    if row is None:
        return ""
    value = row.value_0
    if value is None and first_key != "attributes" and isinstance(row.value_1, dict):
        value = row.value_1.get(first_key)
    for key in inner_keys:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).strip()


def list_field_names(path: Path, *, salvage: bool = False) -> tuple[str, ...]:
    """List the fields of a file's first image and annotation, for a message.

    Parameters
    ----------
    path : Path
        A COCO file.
    salvage : bool
        Read what a damaged file still holds.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = path.write_text('{"images": [{"id": 1}], "annotations": [], "categories": []}')
    >>> list_field_names(path)
    ('id',)
    """
    lists = split_coco_lists(read_json_file(path), salvage=salvage).records
    names: dict[str, None] = {}
    for entity in ("annotations", "images"):
        for record in lists[entity][:1]:
            try:
                value = msgspec.json.decode(record)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                continue
            attributes = value.get("attributes") if isinstance(value, dict) else None
            names |= dict.fromkeys(value if isinstance(value, dict) else ())
            names |= dict.fromkeys(attributes if isinstance(attributes, dict) else ())
    return tuple(names)
