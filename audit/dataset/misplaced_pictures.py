"""Where a picture lies that is not where its name says: in words that are the same for one cause.

A wrong folder, a folder too many in the names, another spelling: each makes hundreds of pictures missing
at once. The folder is listed once, nothing is opened, and no picture is taken from where it was found.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

LIES = "; it lies "
"""Stands between what is wrong with a missing picture and the words for where it lies."""
MAX_FILES = 200_000
"""Files of the folder that are listed: a whole disk must not be searched."""
SUFFIXES = frozenset({".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Names of pictures end so: a label file beside the picture has its stem too."""
_UPLOAD_PREFIX = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of an uploaded picture, and leaves there when it exports."""


def describe_places(root: Path, file_names: Iterable[str]) -> dict[str, str]:
    """Say where the pictures lie that were not found by their names.

    Tried are the folder above, folders below, the name without its folders, other capital letters,
    composed and decomposed letters, another suffix, and the name without what Label Studio puts before it.

    Parameters
    ----------
    root : Path
        The picture folder.
    file_names : iterable of str
        Of missing pictures, as in the dataset; none of them leads out of the folder.

    Returns
    -------
    dict
        File name to words that follow `LIES`; a name that is nowhere is left out.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (Path(folder) / "default").mkdir()
    ...     (Path(folder) / "default" / "A.PNG").touch()
    ...     describe_places(Path(folder), ["A.PNG", "b.png"])
    {'A.PNG': 'in the subfolder default'}
    >>> describe_places(Path("."), [])
    {}
    """
    names = list(file_names)
    if not names:
        return {}
    paths = list(_list_files(root))
    by_name = _group_paths((_plain_text(path.name), path) for path in paths)
    by_stem = _group_paths(
        (_plain_text(path.stem), path) for path in paths if path.suffix.lower() in SUFFIXES
    )
    places = {name: _describe_place(root, name, by_name, by_stem) for name in names}
    return {name: place for name, place in places.items() if place}


def _describe_place(
    root: Path,
    file_name: str,
    by_name: Mapping[str, list[PurePosixPath]],
    by_stem: Mapping[str, list[PurePosixPath]],
) -> str:
    wanted = PurePosixPath(file_name)
    if _is_file(root.resolve().parent / file_name):
        return "in the folder above the picture folder"
    candidates = by_name.get(_plain_text(wanted.name), [])
    if not candidates and wanted.suffix.lower() in SUFFIXES:
        candidates = by_stem.get(_plain_text(wanted.stem), [])
    if not candidates:
        return _describe_place_before_upload(file_name, by_name)
    nearest = min(candidates, key=lambda path: (path.name != wanted.name, len(path.parts), str(path)))
    folder, spelling = _describe_folder(wanted, nearest), _describe_spelling(wanted.name, nearest.name)
    return ", ".join(text for text in (folder or "there", spelling) if text)


def _describe_place_before_upload(file_name: str, by_name: Mapping[str, list[PurePosixPath]]) -> str:
    """Say where the picture lies whose name was lengthened; exports of Windows have backslashes, too."""
    uploaded = PurePosixPath(file_name.replace("\\", "/")).name
    prefix = _UPLOAD_PREFIX.match(uploaded)
    candidates = by_name.get(_plain_text(uploaded[prefix.end() :]), []) if prefix else []
    if not candidates:
        return ""
    folder = str(min(candidates, key=lambda path: (len(path.parts), str(path))).parent)
    where = "in the picture folder itself" if folder == "." else f"in the subfolder {folder}"
    return f"{where}, without the eight characters and the hyphen that Label Studio put before its name"


def _describe_folder(wanted: PurePosixPath, nearest: PurePosixPath) -> str:
    """Say in which folder a file lies; nothing where it is the one that is named, spelling aside."""
    wanted_folder, folder = str(wanted.parent), str(nearest.parent)
    if _plain_text(wanted_folder) == _plain_text(folder):
        return "" if wanted_folder == folder else f"in the folder {folder}"
    if folder == ".":
        return f"in the picture folder itself, without the folder {wanted_folder} of its name"
    return f"in the subfolder {folder}"


def _describe_spelling(wanted: str, name: str) -> str:
    """Say how the name on the disk differs; nothing where it does not."""
    if wanted == name:
        return ""
    if unicodedata.normalize("NFC", wanted) == unicodedata.normalize("NFC", name):
        # Two such names look the same: macOS writes the letter and its accent as two characters.
        form = "decomposed (NFD)" if unicodedata.is_normalized("NFD", name) else "composed (NFC)"
        return f"with {form} letters in the name, which look the same"
    old_suffix, new_suffix = PurePosixPath(wanted).suffix, PurePosixPath(name).suffix
    is_same_stem = wanted.removesuffix(old_suffix) == name.removesuffix(new_suffix)
    if is_same_stem or old_suffix.lower() != new_suffix.lower():
        return f"with the suffix {new_suffix} instead of {old_suffix}"
    return "in other capital letters"


def _list_files(root: Path) -> Iterator[PurePosixPath]:
    """Yield the files below a folder, relative to it; links are not followed, the order is that of names."""
    listed = 0
    for folder, subfolders, file_names in os.walk(root):
        subfolders.sort()
        for file_name in sorted(file_names):
            path = Path(folder, file_name).relative_to(root)
            if _is_text(str(path)):
                yield PurePosixPath(path.as_posix())
            listed += 1
            if listed >= MAX_FILES:
                return


def _group_paths(keyed_paths: Iterable[tuple[str, PurePosixPath]]) -> dict[str, list[PurePosixPath]]:
    groups: dict[str, list[PurePosixPath]] = {}
    for key, path in keyed_paths:
        groups.setdefault(key, []).append(path)
    return groups


def _plain_text(name: str) -> str:
    """Return what is equal for names that differ in capital letters and in composed letters only."""
    return unicodedata.normalize("NFC", name).casefold()


def _is_text(name: str) -> bool:
    """Say whether a name can be written down; bytes that are no text are names on Linux too."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return name.isprintable()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False
