"""Who or what made each annotation: an annotator, a batch, a job, a folder, a day."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.findings.finding import Finding
from audit.findings.regular_file import read_regular_text
from audit.findings.sanitize import encodable
from audit.gates.errors import GateError
from audit.gates.file_name_pattern import match_file_names
from audit.loaders.loaded import UnreadableError
from audit.loaders.record_fields import RecordFields, list_field_names, read_record_fields
from audit.measure.schema import Measurements
from audit.pipeline.result import ScanResult
from audit.pipeline.rule_selection import suggest_name

ANNOTATOR_FIELDS = frozenset(
    {"annotator", "annotator_id", "annotator_name", "annotated_by", "rater", "rater_id", "labeler",
     "labeller", "labeler_id", "labelled_by", "labeled_by"}
)  # fmt: skip
"""Fields in which records name who drew them."""
MAX_SEARCHED_BYTES = 64_000_000
"""Of a file that is looked through for such a field without being asked to."""
NO_GROUP = "(none)"
"""The group of those that have none."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The group of every annotation and image."""

    by: str
    """As the user asked."""
    instance_groups: NDArray[np.object_]
    """One name a row of the instances table."""
    image_groups: NDArray[np.object_]
    """One name a row of the images table; `NO_GROUP` where only annotations have groups."""

    def group_findings(self, findings: Sequence[Finding]) -> tuple[str, ...]:
        """Say who or what made the annotation of each finding.

        Parameters
        ----------
        findings : sequence of Finding

        Returns
        -------
        tuple of str
            `NO_GROUP` where a finding is about no annotation and no image of a group.

        Examples
        --------
        >>> Grouping("folder", np.array(["a"]), np.array(["a"])).group_findings([])
        ()
        """
        names = (
            self.instance_groups[finding.instance_rows[0]]
            if finding.instance_rows
            else self.image_groups[finding.image_row]
            if finding.image_row >= 0
            else NO_GROUP
            for finding in findings
        )
        return tuple(map(str, names))


def assign_groups(by: str, scan: ScanResult, *, salvage: bool = False) -> Grouping:
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
    >>> assign_groups("folder", ScanResult("1", empty_measurements(), (), {}, {})).image_groups.tolist()
    []
    """
    measurements = scan.measurements
    kind, _, rest = by.partition(":")
    if kind == "csv" and rest:
        return _read_group_table(by, Path(rest), measurements)
    if kind == "file" and rest:
        return _group_by_image(
            by, match_file_names(rest, measurements.images["file_name"].tolist()), measurements
        )
    if by == "folder":
        return _group_by_image(by, _list_folders(measurements), measurements)
    if by == "source":
        sources = [measurements.sources[number] for number in measurements.images["source"].tolist()]
        return _group_by_image(by, sources, measurements)
    return _group_by_field(by, scan, salvage)


def find_annotator_field(scan: ScanResult) -> str:
    """Find the field in which the first records name who drew them; empty where they do not.

    Large files are not read again for it.

    Parameters
    ----------
    scan : ScanResult

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> find_annotator_field(ScanResult("1", empty_measurements(), (), {}, {}))
    ''
    """
    for source in scan.sources:
        path = Path(source.name)
        if source.format != "coco" or not path.is_file() or path.stat().st_size > MAX_SEARCHED_BYTES:
            continue
        try:
            names = list_field_names(path, salvage=True)
        except (OSError, UnreadableError):
            continue
        for name in names:
            if name.lower().rsplit(".", 1)[-1] in ANNOTATOR_FIELDS:
                return name
    return ""


def _group_by_image(by: str, names: Sequence[str], measurements: Measurements) -> Grouping:
    images = np.array([name or NO_GROUP for name in names], dtype=object)
    rows = measurements.instances["image"].to_numpy()
    return Grouping(by, np.append(images, NO_GROUP)[rows], images)


def _list_folders(measurements: Measurements) -> list[str]:
    source_folders = [
        PurePosixPath(name.replace("\\", "/")).parent.name or "." for name in measurements.sources
    ]
    names = measurements.images["file_name"].tolist()
    folders = [str(PurePosixPath(str(name).replace("\\", "/")).parent) for name in names]
    return [
        source_folders[number] if folder == "." else folder
        for folder, number in zip(folders, measurements.images["source"].tolist(), strict=True)
    ]


def _read_group_table(by: str, path: Path, measurements: Measurements) -> Grouping:
    try:
        header, *rows = csv.reader(io.StringIO(read_regular_text(path, "utf-8-sig"), newline=""))
    except OSError as error:
        raise GateError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise GateError(f"{path}: not a CSV file with a header") from error
    keys = [name for name in ("annotation_id", "file_name", "image_id") if name in header]
    group_columns = [number for number, name in enumerate(header) if name not in keys]
    if not keys or not group_columns:
        columns = "a column file_name, image_id or annotation_id, and one with the group"
        raise GateError(f"{path}: needs {columns}; it has {', '.join(header)}")
    key, group = header.index(keys[0]), group_columns[0]
    table = {row[key].strip(): row[group].strip() for row in rows if len(row) > max(key, group)}
    frame = measurements.instances if keys[0] == "annotation_id" else measurements.images
    names = [table.get(str(value), "") for value in frame[keys[0]].tolist()]
    if names and not any(names):
        raise GateError(f"{path}: no {keys[0]} of it is in the dataset")
    if keys[0] != "annotation_id":
        return _group_by_image(by, names, measurements)
    return Grouping(
        by,
        np.array([name or NO_GROUP for name in names], dtype=object),
        np.full(len(measurements.images), NO_GROUP, dtype=object),
    )


def _group_by_field(by: str, scan: ScanResult, salvage: bool) -> Grouping:
    entity, _, name = by.partition(":")
    if entity not in ("image", "annotation") or not name:
        entity, name = "", by
    field = "date_captured" if name == "date" else name
    if encodable(field) != field or any(letter in '"\\' or letter < " " for letter in field):
        # The JSON decoder compares names with the raw text of the file, where these are written as escapes.
        raise GateError(
            f"--group-by {by}: fields with quotes, backslashes or control characters are not read"
        )
    measurements = scan.measurements
    files = [source for source in scan.sources if source.format == "coco"]
    read = {source.name: read_record_fields(Path(source.name), field, salvage=salvage) for source in files}
    images = _look_up_records(measurements.images, measurements, read, lambda fields: fields.images)
    instances = _look_up_records(
        measurements.instances, measurements, read, lambda fields: fields.annotations
    )
    if name == "date":
        images = [text[:10] for text in images]
        entity = "image"
    if entity == "image" or not any(instances):
        if len(images) and not any(images):
            raise GateError(_explain_unknown_field(by, field, [Path(source.name) for source in files]))
        return _group_by_image(by, images, measurements)
    inherited = np.append(np.array(images, dtype=object), "")[measurements.instances["image"].to_numpy()]
    pairs = zip(instances, inherited.tolist(), strict=True)
    instance_groups = [text or image_text or NO_GROUP for text, image_text in pairs]
    image_groups = [text or NO_GROUP for text in images]
    return Grouping(by, np.array(instance_groups, dtype=object), np.array(image_groups, dtype=object))


def _look_up_records(
    frame: Any,
    measurements: Measurements,
    read: Mapping[str, RecordFields],
    select: Callable[[RecordFields], tuple[str, ...]],
) -> list[str]:
    """Look the rows' records up by their place in their file."""
    texts = {number: select(read[name]) for number, name in enumerate(measurements.sources) if name in read}
    places = zip(frame["source"].tolist(), frame["index"].tolist(), strict=True)
    return [texts[source][index] if source in texts else "" for source, index in places]


def _explain_unknown_field(by: str, field: str, files: Sequence[Path]) -> str:
    known = list(dict.fromkeys(name for file in files[:1] for name in list_field_names(file)))
    hint = suggest_name(field, known) or (f"; known: {', '.join(known[:20])}" if known else "")
    return f"--group-by {by}: no annotation and no image has a field {field!r}{hint}"
