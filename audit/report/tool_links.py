"""Where each finding is in the labelling tool: the fields of a link, from records and file names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from audit.findings.finding import Finding
from audit.loaders.loaded import UnreadableError
from audit.loaders.record_fields import RecordFields, read_record_fields
from audit.pipeline.link_template import fill_link, list_link_fields
from audit.pipeline.result import ScanResult


def link_findings(result: ScanResult, template: str) -> list[str]:
    """Write the address of each finding.

    Parameters
    ----------
    result : ScanResult
    template : str
        ``https://cvat.example/tasks/{task}/jobs/{job}?frame={frame}``. A field is one of ``image_id``,
        ``annotation_id``, ``file_name``, ``stem``, ``rule``, ``fingerprint``; else a field of the
        annotation's or the image's record; else a number in the file name: ``task`` of
        ``task_7/frame_000012.png`` is 7. ``frame`` may be the last number of the name.

    Returns
    -------
    list of str
        In the findings' order; empty where a field is not known. None at all without a template.

    Examples
    --------
    >>> from audit.findings.finding import Severity
    >>> from audit.measure.schema import empty_measurements
    >>> tiny = Finding("mask.tiny", Severity.INFO, "2 px", file_name="task_7/frame_000012.png")
    >>> scan = ScanResult("1", empty_measurements(), (tiny,), {}, {})
    >>> link_findings(scan, "https://cvat.example/tasks/{task}?frame={frame}")
    ['https://cvat.example/tasks/7?frame=12']
    >>> link_findings(scan, "")
    []
    """
    names = list_link_fields(template)
    if not names:
        return []
    looked_up: dict[str, dict[int, RecordFields]] = {
        name: _read_field(result, name) for name in names if name not in _KNOWN
    }
    images, instances = result.measurements.images, result.measurements.instances
    image_places = list(zip(images["source"].tolist(), images["index"].tolist(), strict=True))
    instance_places = list(zip(instances["source"].tolist(), instances["index"].tolist(), strict=True))

    def find_value(finding: Finding, name: str) -> str:
        if name in _KNOWN:
            return _describe(finding, name)
        files = looked_up[name]
        if finding.instance_rows:
            source, index = instance_places[finding.instance_rows[0]]
            if source in files and files[source].annotations[index]:
                return str(files[source].annotations[index])
        if finding.image_row >= 0:
            source, index = image_places[finding.image_row]
            if source in files and files[source].images[index]:
                return str(files[source].images[index])
        return _find_in_file_name(finding.file_name or "", name)

    return [
        fill_link(template, {name: find_value(finding, name) for name in names})
        for finding in result.findings
    ]


_KNOWN = ("image_id", "annotation_id", "file_name", "stem", "rule", "fingerprint")


def _describe(finding: Finding, name: str) -> str:
    if name == "annotation_id":
        return str(finding.annotation_ids[0]) if finding.annotation_ids else ""
    if name == "image_id":
        return "" if finding.image_id is None else str(finding.image_id)
    if name == "stem":
        return PurePosixPath(finding.file_name or "").stem
    return {"file_name": finding.file_name or "", "rule": finding.rule}.get(name, finding.fingerprint)


def _read_field(result: ScanResult, name: str) -> dict[int, RecordFields]:
    """Read a field of all records, by number of the source; files that are gone have none."""
    formats = {source.name: source.format for source in result.sources}
    read = {}
    for number, source in enumerate(result.measurements.sources):
        if formats.get(source) == "coco":
            with suppress(OSError, UnreadableError):
                read[number] = read_record_fields(Path(source), name, salvage=True)
    return read


def _find_in_file_name(file_name: str, name: str) -> str:
    numbers: Sequence[str] = re.findall(rf"(?i)(?<![a-z]){re.escape(name)}[-_ ]?(\d+)", file_name)
    if not numbers and name == "frame":
        numbers = re.findall(r"\d+", PurePosixPath(file_name).stem)
    return str(int(numbers[-1])) if numbers and len(numbers[-1]) < 19 else ""
