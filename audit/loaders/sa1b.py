"""SA-1B: a JSON file an image, as Segment Anything's data set and its automatic mask generator write them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from audit.dataset.model import IntArray, Source
from audit.dataset.record_places import keep_odd_record_files
from audit.findings.finding import Finding
from audit.geometry.disk_arrays import GrowingArray
from audit.loaders.coco import parse_coco
from audit.loaders.converted import relocate_finding, report_place
from audit.loaders.json_file import JsonFile, read_json_file
from audit.loaders.loaded import LoadedDataset, UnreadableError

FORMAT = "sa1b"
CATEGORY = "object"
"""What masks are of that name no category of their own: the format has none."""
_CATEGORY_ID = 1
_COCO_MEMBERS = re.compile(rb'"(?:image_id|category_id|iscrowd)"')
"""Members that the format leaves out, but some tools write."""
_FIRST_FREE_ID = 2**40
"""Image ids from here on are given to files that have none, or one that an earlier file has."""


class _Document(msgspec.Struct, gc=False):
    image: msgspec.Raw
    annotations: list[msgspec.Raw]


class _CocoText:
    """A COCO document that grows file by file, on disk where it is large: no file is parsed into objects."""

    def __init__(self) -> None:
        self.annotations = GrowingArray(np.frombuffer(b'{"annotations":[', dtype=np.uint8))
        self.images: list[bytes] = []
        self.image_ids: set[int] = set()
        self.category_ids: set[int] = set()
        self.list_lengths: list[int] = []

    def add_file(self, document: _Document, place: str) -> None:
        """Add a file's records, each with the members that COCO has and this format leaves out."""
        image = _read_members(document.image)
        image_id = file_id = _read_number(image.get("image_id"))
        if image_id is None or image_id in self.image_ids:
            image_id = _FIRST_FREE_ID + len(self.images)
        self.image_ids.add(image_id)
        members = {name: image[name] for name in ("height", "width", "file_name") if name in image}
        members.setdefault("file_name", msgspec.Raw(msgspec.json.encode(Path(place).stem + ".jpg")))
        self.images.append(msgspec.json.encode({"id": image_id, **members}))
        added = {"image_id": image_id, "category_id": _CATEGORY_ID, "iscrowd": 0}
        records = [self._complete(bytes(record), added, file_id) for record in document.annotations]
        if records:
            separator = b"," if any(self.list_lengths) else b""
            self.annotations.extend(np.frombuffer(separator + b",".join(records), dtype=np.uint8))
        self.list_lengths.append(len(records))

    def _complete(self, record: bytes, added: dict[str, int], file_id: int | None) -> bytes:
        """Give a record the members that it lacks; those it has stay, and are reported where wrong."""
        if record[:1] != b"{":
            return record
        # Most records have none of them: only the others are worth parsing.
        members = _read_members(msgspec.Raw(record)) if _COCO_MEMBERS.search(record) else {}
        record_id = _read_number(members.get("image_id"))
        if record_id is not None and record_id == file_id != added["image_id"]:
            # The file's image was given another id, and the record means this file's image.
            members["image_id"] = msgspec.Raw(b"%d" % added["image_id"])
            record = msgspec.json.encode(members)
        category_id = _read_number(members.get("category_id"))
        if category_id is not None or "category_id" not in members:
            self.category_ids.add(_CATEGORY_ID if category_id is None else category_id)
        before = b",".join(
            b'"%s":%d' % (name.encode(), value) for name, value in added.items() if name not in members
        )
        is_empty = record[1:].lstrip()[:1] == b"}"
        return b"{" + before + (b"" if is_empty or not before else b",") + record[1:]

    def finish(self) -> bytes | memoryview:
        """Return the document; it grows no more."""
        categories = [
            msgspec.json.encode(
                {"id": number, "name": CATEGORY if number == _CATEGORY_ID else f"{CATEGORY} {number}"}
            )
            for number in sorted(self.category_ids or {_CATEGORY_ID})
        ]
        end = b'],"images":[%s],"categories":[%s]}' % (b",".join(self.images), b",".join(categories))
        self.annotations.extend(np.frombuffer(end, dtype=np.uint8))
        return self.annotations.finish().data


def read_sa1b(path: Path, files: Sequence[Path]) -> LoadedDataset:
    """Read files of one image each as one dataset.

    Parameters
    ----------
    path : Path
        The folder, or the only file.
    files : sequence of Path
        In this order.

    Returns
    -------
    LoadedDataset
        Image and annotation ids are those of the files; an annotation's id names it within its image.
        Annotations are of one category, unless their records say another. What is wrong with a file or a
        record is a finding.

    Raises
    ------
    UnreadableError
        If the only file cannot be read.

    Examples
    --------
    >>> len(read_sa1b(Path("a"), []).dataset.images)
    0
    """
    folder = path if path.is_dir() else path.parent
    text, places, findings = _CocoText(), [], []
    listing, size_bytes = hashlib.sha256(), 0
    for file in files:
        place = file.relative_to(folder).as_posix()
        try:
            json_file = read_json_file(file)
            document = _parse_document(json_file)
        except UnreadableError as error:
            if path == file:
                raise
            where = f"{error.where}: " if error.where else ""
            findings.append(report_place(error.rule, str(path), place, f"{where}{error.what}"))
            continue
        listing.update(f"{place}\0{json_file.sha256}\n".encode(errors="surrogateescape"))
        size_bytes += json_file.size_bytes
        places.append(place)
        text.add_file(document, place)
    loaded = parse_coco(JsonFile(str(path), text.finish(), size_bytes, "", False))
    source = Source(str(path), FORMAT, size_bytes, listing.hexdigest())
    return _relocate(loaded, source, places, np.array(text.list_lengths, dtype=np.int64), findings)


def _parse_document(file: JsonFile) -> _Document:
    try:
        return _DECODER.decode(file.data)
    except msgspec.ValidationError as error:
        what = f"this is no image with its annotations: {error}"
        raise UnreadableError("schema.top_level", file.name, "", what, "export it again") from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise UnreadableError("json.syntax", file.name, "", str(error), "export it again") from None
    except RecursionError:
        what = "it is nested too deeply"
        raise UnreadableError("json.depth", file.name, "", what, "export it again") from None


def _read_members(record: msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return _MEMBERS_DECODER.decode(record)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}  # the record without members is reported as such


def _read_number(text: msgspec.Raw | None) -> int | None:
    try:
        number: Any = msgspec.json.decode(text) if text is not None else None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return number if type(number) is int and 0 <= number < _FIRST_FREE_ID else None


def _relocate(
    loaded: LoadedDataset, source: Source, files: Sequence[str], list_lengths: IntArray, faults: list[Finding]
) -> LoadedDataset:
    """Say of every record where it stands in its own file."""
    dataset = loaded.dataset
    list_stops = np.cumsum(list_lengths)
    annotations = dataset.annotations
    file_rows = np.searchsorted(list_stops, annotations.index, side="right")
    index = annotations.index - (list_stops - list_lengths)[file_rows] if len(files) else annotations.index
    places = _Places(files, list_stops)
    findings = []
    for finding in loaded.findings:
        if finding.rule == "id.duplicate" and not finding.pointer.startswith("/images"):
            continue  # an annotation's id is only told from those of its own image
        fields = relocate_finding(finding, places)
        if finding.pointer.startswith("/images/"):
            fields["pointer"] = files[int(finding.pointer.split("/")[2])]
        findings.append(replace(finding, source=source.name, **fields))
    images = dataset.images
    record_files = keep_odd_record_files(images.file_name, [files[row] for row in images.index.tolist()])
    dataset = replace(
        dataset,
        sources=(source,),
        images=replace(images, record_file=record_files),
        annotations=replace(annotations, index=index),
        record_offsets={},
    )
    return LoadedDataset(dataset, (*faults, *findings))


class _Places(Sequence[str]):
    """Where each annotation stands; a text is made when it is asked for."""

    def __init__(self, files: Sequence[str], list_stops: IntArray) -> None:
        self._files, self._stops = files, list_stops

    def __len__(self) -> int:
        return int(self._stops[-1]) if len(self._stops) else 0

    def __getitem__(self, position: Any) -> Any:
        file = int(np.searchsorted(self._stops, position, side="right"))
        before = int(self._stops[file - 1]) if file else 0
        return f"{self._files[file]}#/annotations/{position - before}"


_DECODER = msgspec.json.Decoder(_Document)
_MEMBERS_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])
