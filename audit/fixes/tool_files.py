"""Labels of annotation tools that are mended as the COCO text that says the same, and written back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit.dataset.model import Dataset
from audit.fixes.folder_text import FOLDER_FORMATS, pack_files, read_label_folder, unpack_files
from audit.fixes.folder_writers import write_folder_changes
from audit.fixes.plan import FindingKey
from audit.fixes.proof import FixRefusedError, decode_mask
from audit.fixes.record_actions import RecordAction, draw_segmentation, list_actions, write_coco_text
from audit.fixes.result import FixResult
from audit.fixes.source_text import Patch, splice_text
from audit.fixes.tool_writers import WRITERS, choose_writable, size_of
from audit.geometry.encode import encode_mask
from audit.loaders.formats import name_format
from audit.loaders.json_file import read_json_file
from audit.loaders.loaded import UnreadableError
from audit.loaders.packed import read_bytes
from audit.loaders.read import read_dataset
from audit.pipeline.result import ScanResult

_MAX_ATTEMPTS = 8
_WRITTEN = "COCO files, files of LabelMe, CVAT and Label Studio, folders of LabelMe and of YOLO label files"

MendText = Callable[[bytes, Mapping[FindingKey, str]], FixResult]
"""Mends a COCO text; takes findings that are left alone, and why."""
ScanLabels = Callable[[Path], ScanResult]
"""Scans labels of the format that is mended."""


def find_tool_format(source: Path, input_format: str | None = None) -> str | None:
    """Name the format of labels that are written back by another way than COCO's.

    Parameters
    ----------
    source : Path
    input_format : str, optional
        As the user named it; left out, the content tells.

    Returns
    -------
    str or None
        None for a COCO file.

    Raises
    ------
    UnreadableError
        If it is of a format, or a kind of folder, that is not written back.

    Examples
    --------
    >>> find_tool_format(Path("no such file.json")) is None
    True
    """
    name = input_format or (name_format(source) if source.exists() else "coco")
    if name == "coco" and not source.is_dir():
        return None
    if name in (FOLDER_FORMATS if source.is_dir() else WRITERS):
        return name
    kind = f"a folder of the format {name}" if source.is_dir() else f"of the format {name}"
    what = f"this is {kind or 'a folder'}, which is not written back"
    raise UnreadableError("input.format", str(source), "", what, f"mend {_WRITTEN}")


def mend_tool_file(
    source: Path, format_name: str, mend_text: MendText, scan_labels: ScanLabels, pictures: Path
) -> FixResult:
    """Mend labels as the COCO text that says the same, and write what changed back.

    Where a format has no place for a change, the repairs of that annotation are taken back and listed as not
    mended.

    Parameters
    ----------
    source : Path
        A file, or a folder: its label files are one text then (`audit.fixes.folder_text`).
    format_name : str
        From `find_tool_format`.
    mend_text : callable
    scan_labels : callable
    pictures : Path
        The folder of the pictures, for sizes that the labels do not say.

    Raises
    ------
    UnreadableError
        If it cannot be read.
    FixRefusedError
        If the text that was written does not have the pixels that were meant.
    """
    original = _read_source(source, format_name)
    dataset = read_dataset([source], pictures=pictures, input_format=format_name).dataset
    before, rows = write_coco_text(dataset)
    withdrawn: dict[FindingKey, str] = {}
    for _ in range(_MAX_ATTEMPTS):
        result = mend_text(before, withdrawn)
        actions, refused = list_actions(result.original, result.corrected, rows)
        corrected, patches = original, list[Patch]()
        if not refused:
            corrected, patches, refused = _write(source, original, format_name, dataset, actions)
        if not refused:
            refused = _prove(source, corrected, format_name, dataset, actions, pictures)
        if not refused:
            return replace(
                result,
                before=scan_labels(source),
                after=_scan_corrected(source, corrected, scan_labels),
                source=str(source),
                original=original,
                corrected=corrected,
                patches=[patches] if patches else [],
            )
        known = len(withdrawn)
        withdrawn |= _list_repairs(result, dataset, refused)
        if len(withdrawn) == known:
            break
    reason = next(iter(refused.values()))
    raise FixRefusedError(f"{source}: {reason}: leave the rule out with --ignore")


def _scan_corrected(source: Path, corrected: bytes, scan_labels: ScanLabels) -> ScanResult:
    """Scan the new text as users will: what its reader says of lines and files is left, too."""
    with tempfile.TemporaryDirectory(prefix="maskaudit-") as folder:
        return scan_labels(_write_copy(source, corrected, Path(folder)))


def _write_copy(source: Path, corrected: bytes, folder: Path) -> Path:
    copy = folder / source.name
    if source.is_dir():
        for name, data in unpack_files(corrected).items():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(data)
    else:
        copy.write_bytes(corrected)
    return copy


def _read_source(source: Path, format_name: str) -> bytes:
    if source.is_dir():
        return pack_files(read_label_folder(source, format_name))
    return read_bytes(source) if format_name == "cvat" else bytes(read_json_file(source).data)


def _write(
    source: Path, original: bytes, format_name: str, dataset: Dataset, actions: Sequence[RecordAction]
) -> tuple[bytes, list[Patch], dict[int, str]]:
    """Return the new text, the way back, and what could not be written."""
    if source.is_dir():
        return write_folder_changes(source, original, format_name, dataset, actions)
    text = original.decode("utf-8", errors="surrogateescape")
    splices, refused = choose_writable(text, dataset, actions, format_name)
    byte_splices = [
        (len(_encode(text[:begin])), len(_encode(text[:end])), _encode(new)) for begin, end, new in splices
    ]
    return *splice_text(original, sorted(byte_splices, key=lambda part: part[:2]), 0), refused


def _encode(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def _list_repairs(result: FixResult, dataset: Dataset, refused: Mapping[int, str]) -> dict[FindingKey, str]:
    """Find the findings whose repairs touched annotations that cannot be written."""
    ids = dataset.annotations.id
    reasons = {-row if row < 0 else int(ids[row]): reason for row, reason in refused.items()}
    derived = dict(reasons)
    for done in result.done:  # a repair of what another one added is one of the annotation it came from
        for number in done.old_ids:
            if number in derived:
                derived |= dict.fromkeys(done.new_ids, derived[number])
    return {
        (done.repair.finding.rule, done.repair.finding.fingerprint): derived[number]
        for done in result.done
        for number in (*done.new_ids, *done.old_ids)
        if number in derived
    }


def _prove(
    source: Path,
    corrected: bytes,
    format_name: str,
    dataset: Dataset,
    actions: Sequence[RecordAction],
    pictures: Path,
) -> dict[int, str]:
    """Read the new text again: every annotation, in its order, has the pixels that it should have.

    Returns the rows of those that have not, and by how many pixels.
    """
    with tempfile.TemporaryDirectory(prefix="maskaudit-") as folder:
        copy = _write_copy(source, corrected, Path(folder))
        written = read_dataset([copy], pictures=pictures, input_format=format_name).dataset
    by_row: dict[int, list[RecordAction]] = {}
    for action in actions:
        by_row.setdefault(action.row, []).append(action)
    expected: list[tuple[int, Any]] = []
    for row in range(len(dataset.annotations)):
        kinds = {action.kind: action for action in by_row.get(row, [])}
        if "reshape" in kinds:
            expected.append((row, _encode_segmentation(dataset, row, kinds["reshape"])))
        elif "remove" not in kinds:
            expected.append((row, decode_mask(dataset, row)))
        added = [action for action in by_row.get(row, []) if action.kind == "add"]
        expected += [(row, _encode_segmentation(dataset, row, action)) for action in added]
    masks = [decode_mask(written, row) for row in range(len(written.annotations))]
    if len(masks) != len(expected):
        raise FixRefusedError(f"{source}: written back, there would be another number of masks than meant")
    different = {row for (row, meant), mask in zip(expected, masks, strict=True) if mask != meant}
    if different - by_row.keys():
        raise FixRefusedError(f"{source}: written back, the masks would not be those that were meant")
    return dict.fromkeys(sorted(different), "written back, its mask would have other pixels")


def _encode_segmentation(dataset: Dataset, row: int, action: RecordAction) -> Any:
    return encode_mask(draw_segmentation(action.segmentation, *size_of(dataset, row)))
