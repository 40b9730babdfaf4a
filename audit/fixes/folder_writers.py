"""Changes written into the files of a folder: only files of annotations that change are touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from audit.dataset.model import Dataset
from audit.fixes.folder_text import pack_files, unpack_files
from audit.fixes.record_actions import RecordAction
from audit.fixes.source_text import Patch
from audit.fixes.tool_writers import CannotWriteError, choose_writable, find_share, read_single_ring, size_of

Files = dict[str, bytes]
_WriteFile = Callable[[Files, str, Dataset, Sequence[RecordAction]], dict[int, str]]
"""Changes one file, or what stands for one image; returns rows that are not written, and why."""


def write_folder_changes(
    folder: Path, packed: bytes, format_name: str, dataset: Dataset, actions: Sequence[RecordAction]
) -> tuple[bytes, list[Patch], dict[int, str]]:
    """Write changes into the label files of a folder.

    Parameters
    ----------
    folder : Path
    packed : bytes
        Its files, from `audit.fixes.folder_text.pack_files`.
    format_name : str
    dataset : Dataset
    actions : sequence of RecordAction

    Returns
    -------
    packed : bytes
        The files after the changes.
    patches : list of Patch
        The way back.
    refused : dict
        Row of an annotation to why it is not written; where there are any, nothing was.
    """
    files = unpack_files(packed)
    new_files = dict(files)
    by_image: dict[int, list[RecordAction]] = {}
    for action in actions:
        by_image.setdefault(int(dataset.annotations.image[action.row]), []).append(action)
    names = _list_image_files(folder, format_name)
    refused: dict[int, str] = {}
    for image, own_actions in sorted(by_image.items()):
        refused |= _WRITERS[format_name](new_files, names[image], dataset, own_actions)
    if refused:
        return packed, [], refused
    new_packed = pack_files(dict(sorted(new_files.items())))
    return new_packed, _list_patches(files, new_files), {}


def _list_patches(old: Files, new: Files) -> list[Patch]:
    """Note how to get back: each file that differs, as a whole."""
    patches: list[Patch] = []
    offset = 0
    for name in sorted({*old, *new}):
        before, after = (pack_files({name: files[name]}) if name in files else b"" for files in (old, new))
        if before != after:
            patches.append(Patch(offset, len(after), before.decode(errors="surrogateescape")))
        offset += len(after)
    return patches


def _list_image_files(folder: Path, format_name: str) -> list[str]:
    """Return what holds the labels of each image of the dataset, in the reader's order."""
    if format_name == "yolo":
        from audit.loaders.yolo import find_label_files

        return [path.as_posix() for path in find_label_files(folder)]
    from audit.loaders.formats import list_json_files
    from audit.loaders.labelme import list_readable_files

    return [path.relative_to(folder).as_posix() for path in list_readable_files(list_json_files(folder))]


def _write_yolo_file(
    files: Files, name: str, dataset: Dataset, actions: Sequence[RecordAction]
) -> dict[int, str]:
    """Replace, repeat or remove lines; every other line keeps its bytes."""
    lines = files[name].splitlines(keepends=True)
    index = dataset.annotations.index
    refused: dict[int, str] = {}
    added: dict[int, list[bytes]] = {}
    for action in actions:
        position = int(index[action.row]) - 1
        ending = lines[position][len(lines[position].rstrip(b"\r\n")) :]
        try:
            if action.kind == "remove":
                lines[position] = b""
            elif action.kind == "reshape":
                lines[position] = _write_yolo_line(lines[position], action, dataset) + ending
            else:
                line = _write_yolo_line(lines[position] or b"0", action, dataset) + (ending or b"\n")
                added.setdefault(position, []).append(line)
        except CannotWriteError as error:
            refused[action.row] = str(error)
    for position, new_lines in added.items():
        if lines[position] and not lines[position].endswith(b"\n"):
            lines[position] += b"\n"
        lines[position] += b"".join(new_lines)
    files[name] = b"".join(lines)
    return refused


def _write_yolo_line(line: bytes, action: RecordAction, dataset: Dataset) -> bytes:
    points = read_single_ring(action)
    if points is None:
        raise CannotWriteError("YOLO takes outlines of one polygon alone, and its mask would be none")
    height, width = size_of(dataset, action.row)
    shares = (share for x, y in points for share in (find_share(x, width), find_share(y, height)))
    category = line.split(maxsplit=1)[0].decode("ascii", "replace")
    return " ".join([category, *(f"{share:.17g}" for share in shares)]).encode()


def _write_labelme_file(
    files: Files, name: str, dataset: Dataset, actions: Sequence[RecordAction]
) -> dict[int, str]:
    text = files[name].decode("utf-8", errors="surrogateescape")
    splices, refused = choose_writable(text, dataset, actions, "labelme")
    for begin, end, new in sorted(splices, key=lambda part: part[:2], reverse=True):
        text = text[:begin] + new + text[end:]
    files[name] = text.encode("utf-8", errors="surrogateescape")
    return refused


_WRITERS: Mapping[str, _WriteFile] = {
    "yolo": _write_yolo_file,
    "labelme": _write_labelme_file,
}
