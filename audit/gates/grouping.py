"""Who or what made each annotation: an annotator, a batch, a job, a folder, a day."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.gates.errors import GateError
from audit.loaders.record_fields import RecordFields, list_field_names, read_record_fields
from audit.measure.schema import Measurements
from audit.pipeline.catalogue import nearest
from audit.pipeline.result import ScanResult

NONE = "(none)"
"""The group of those that have none."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The group of every annotation and image."""

    by: str
    """As the user asked."""
    annotations: NDArray[np.object_]
    """One name a row of the instances table."""
    images: NDArray[np.object_]
    """One name a row of the images table; `NONE` where only annotations have groups."""


def grouping(by: str, scan: ScanResult, *, salvage: bool = False) -> Grouping:
    """Find the groups that a user asked for.

    Parameters
    ----------
    by : str
        ``folder``: of the image, or where it has none of the input file; ``source``: the input file;
        ``date``: day of the image's ``date_captured``; ``file:REGEX``: what the first bracket matches in
        the file name; ``csv:FILE``: a table with a column ``file_name``, ``image_id`` or
        ``annotation_id`` and one more; anything else: a field of annotations or of images.
    scan : ScanResult
    salvage : bool
        As the scan was made.

    Raises
    ------
    GateError
        If nothing has such a group.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> grouping("folder", ScanResult("1", empty_measurements(), (), {}, {})).images.tolist()
    []
    """
    m = scan.measurements
    kind, _, rest = by.partition(":")
    if kind == "csv" and rest:
        return _from_csv(by, Path(rest), m)
    if kind == "file" and rest:
        return _of_images(by, _by_regex(rest, m), m)
    if by == "folder":
        return _of_images(by, _folders(m), m)
    if by == "source":
        return _of_images(by, [m.sources[k] for k in m.images["source"].tolist()], m)
    return _from_fields(by, scan, salvage)


def _of_images(by: str, names: Sequence[str], m: Measurements) -> Grouping:
    images = np.array([name or NONE for name in names], dtype=object)
    rows = m.instances["image"].to_numpy()
    return Grouping(by, np.append(images, NONE)[rows], images)


def _folders(m: Measurements) -> list[str]:
    homes = [PurePosixPath(name.replace("\\", "/")).parent.name or "." for name in m.sources]
    names = m.images["file_name"].tolist()
    own = [str(PurePosixPath(str(name).replace("\\", "/")).parent) for name in names]
    return [
        homes[k] if folder == "." else folder
        for folder, k in zip(own, m.images["source"].tolist(), strict=True)
    ]


def _by_regex(pattern: str, m: Measurements) -> list[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise GateError(f"--group-by file:{pattern}: not a regular expression: {error}") from error
    if not compiled.groups:
        raise GateError(f"--group-by file:{pattern}: put the part that names the group in brackets")
    found = [compiled.search(str(name)) for name in m.images["file_name"].tolist()]
    if len(found) and not any(found):
        raise GateError(f"--group-by file:{pattern}: matches no file name")
    return [(hit[1] or "") if hit else "" for hit in found]


def _from_csv(by: str, path: Path, m: Measurements) -> Grouping:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
    except OSError as error:
        raise GateError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise GateError(f"{path}: not a CSV file with a header") from error
    keys = [name for name in ("annotation_id", "file_name", "image_id") if name in header]
    others = [k for k, name in enumerate(header) if name not in keys]
    if not keys or not others:
        columns = "a column file_name, image_id or annotation_id, and one with the group"
        raise GateError(f"{path}: needs {columns}; it has {', '.join(header)}")
    key, group = header.index(keys[0]), others[0]
    table = {row[key].strip(): row[group].strip() for row in rows if len(row) > max(key, group)}
    frame = m.instances if keys[0] == "annotation_id" else m.images
    names = [table.get(str(value), "") for value in frame[keys[0]].tolist()]
    if names and not any(names):
        raise GateError(f"{path}: no {keys[0]} of it is in the dataset")
    if keys[0] != "annotation_id":
        return _of_images(by, names, m)
    return Grouping(
        by,
        np.array([name or NONE for name in names], dtype=object),
        np.full(len(m.images), NONE, dtype=object),
    )


def _from_fields(by: str, scan: ScanResult, salvage: bool) -> Grouping:
    entity, _, name = by.partition(":")
    if entity not in ("image", "annotation") or not name:
        entity, name = "", by
    field = "date_captured" if name == "date" else name
    m = scan.measurements
    files = [source for source in scan.sources if source.format == "coco"]
    read = {source.name: read_record_fields(Path(source.name), field, salvage=salvage) for source in files}
    images = _column(m.images, m, read, lambda f: f.images)
    own = _column(m.instances, m, read, lambda f: f.annotations)
    if name == "date":
        images = [text[:10] for text in images]
        entity = "image"
    if entity == "image" or not any(own):
        if len(images) and not any(images):
            raise GateError(_no_such_field(by, field, [Path(source.name) for source in files]))
        return _of_images(by, images, m)
    inherited = np.append(np.array(images, dtype=object), "")[m.instances["image"].to_numpy()]
    both = [a or b or NONE for a, b in zip(own, inherited.tolist(), strict=True)]
    names = [text or NONE for text in images]
    return Grouping(by, np.array(both, dtype=object), np.array(names, dtype=object))


def _column(
    frame: Any,
    m: Measurements,
    read: Mapping[str, RecordFields],
    part: Callable[[RecordFields], tuple[str, ...]],
) -> list[str]:
    """Look the rows' records up by their place in their file."""
    texts = {k: part(read[name]) for k, name in enumerate(m.sources) if name in read}
    places = zip(frame["source"].tolist(), frame["index"].tolist(), strict=True)
    return [texts[source][index] if source in texts else "" for source, index in places]


def _no_such_field(by: str, field: str, files: Sequence[Path]) -> str:
    known = list(dict.fromkeys(name for file in files[:1] for name in list_field_names(file)))
    hint = nearest(field, known) or (f"; known: {', '.join(known[:20])}" if known else "")
    return f"--group-by {by}: no annotation and no image has a field {field!r}{hint}"
