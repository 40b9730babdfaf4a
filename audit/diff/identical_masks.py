"""What is the same in two versions: pictures by name, categories by name, masks by pixels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.measure.column_table import ColumnTable

MaskKeys = tuple[IntArray, NDArray[np.uint64], IntArray]
"""Picture, hash of the pixels and category of masks."""
_ROBOFLOW = re.compile(r"(.+)_(png|jpe?g|bmp|tiff?|webp)\.rf\.[0-9A-Za-z]{8,64}\.\w+", re.IGNORECASE)
"""How Roboflow names a picture: the old name with its extension, then a hash that every export changes."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of two versions under common numbers."""

    old: IntArray
    """One number a row of the old images table."""
    new: IntArray
    added: tuple[str, ...]
    """File names that only the new version has, sorted."""
    removed: tuple[str, ...]


def match_images(
    old: ColumnTable, new: ColumnTable, contents: tuple[Sequence[str], Sequence[str]] | None = None
) -> Pictures:
    """Give pictures of one file name one number; a moved folder does not matter where base names differ.

    Names that only one version has are matched by their last part, then as Roboflow writes them at an export
    (``cell_png.rf.HASH.jpg`` is ``cell.png``), where that occurs once on either side; then by last part and
    contents.

    Parameters
    ----------
    old, new : ColumnTable
        Tables of images.
    contents : (sequence of str, sequence of str), optional
        One text a row of either table that tells its masks: pictures of one base name that moved.

    Examples
    --------
    >>> old, new = (pd.DataFrame({"file_name": names}) for names in (["a/1.png", "2.png"], ["1.png"]))
    >>> found = match_images(old, new)
    >>> found.old.tolist(), found.new.tolist(), found.removed
    ([0, 1], [0], ('2.png',))
    >>> match_images(old[:0], new[:0]).added
    ()
    """
    names_old, names_new = (_normalize_paths(table["file_name"].tolist()) for table in (old, new))
    number: dict[str, int] = {}
    for name in names_old:
        number.setdefault(name, len(number))
    moved = _match_moved_names(names_old, names_new, contents)
    for name in names_new:
        number.setdefault(name, number[moved[name]] if name in moved else len(number))
    only_old, only_new = set(names_old) - set(names_new), set(names_new) - set(names_old)
    return Pictures(
        np.array([number[name] for name in names_old], dtype=np.int64),
        np.array([number[name] for name in names_new], dtype=np.int64),
        tuple(sorted(only_new - set(moved))),
        tuple(sorted(only_old - set(moved.values()))),
    )


def describe_masks(image: IntArray, mask_hash: NDArray[np.uint64], n_images: int) -> list[str]:
    """Tell the masks of each image, without their order; empty where it has none.

    Parameters
    ----------
    image : (n,) int64
        Row of each mask's image; -1 = none.
    mask_hash : (n,) uint64
        0 = no pixels.
    n_images : int

    Examples
    --------
    >>> describe_masks(np.array([1, 1, -1]), np.array([20, 10, 5], np.uint64), 2)
    ['', 'a 14']
    >>> describe_masks(np.zeros(0, np.int64), np.zeros(0, np.uint64), 0)
    []
    """
    hashes_of_image: list[list[int]] = [[] for _ in range(n_images)]
    for row, hashed in zip(image.tolist(), mask_hash.tolist(), strict=True):
        if row >= 0 and hashed:
            hashes_of_image[row].append(hashed)
    return [" ".join(f"{hashed:x}" for hashed in sorted(hashes)) for hashes in hashes_of_image]


def _normalize_paths(names: Sequence[Any]) -> list[str]:
    return [str(name).replace("\\", "/").removeprefix("./") for name in names]


def match_base_names(old: set[str], new: set[str]) -> Mapping[str, str]:
    """Match names whose last part, or the name before Roboflow's export, occurs once on either side.

    Parameters
    ----------
    old, new : set of str
        Paths with slashes.

    Returns
    -------
    mapping
        Old names by new ones.

    Examples
    --------
    >>> match_base_names({"a/1.png", "a/2.png", "b/2.png"}, {"1.png", "2.png"})
    {'1.png': 'a/1.png'}
    >>> match_base_names(set(), set())
    {}
    """
    return _match_moved_names(sorted(old), sorted(new), None)


def _match_moved_names(
    names_old: Sequence[str], names_new: Sequence[str], contents: tuple[Sequence[str], Sequence[str]] | None
) -> Mapping[str, str]:
    """Match names that only one version has; return old names by new ones."""
    remaining_old = set(names_old) - set(names_new)
    remaining_new = set(names_new) - set(names_old)
    masks_old, masks_new = (
        dict(zip(names, texts, strict=False))
        for names, texts in zip((names_old, names_new), contents or ((), ()), strict=True)
    )
    matched: dict[str, str] = {}
    for identify in (_base_name, _original_name, _name_and_masks):
        moved = _match_unique(
            {name: identify(name, masks_old.get(name, "")) for name in remaining_old},
            {name: identify(name, masks_new.get(name, "")) for name in remaining_new},
        )
        matched.update(moved)
        remaining_old -= set(moved.values())
        remaining_new -= set(moved)
    return matched


def _name_and_masks(path: str, masks: str) -> str:
    """Tell a picture by its base name and masks; one without masks by its whole path."""
    return f"{_original_name(path)}/{masks}" if masks else path


def _match_unique(old: Mapping[str, str], new: Mapping[str, str]) -> Mapping[str, str]:
    """Match names whose identity occurs once on either side; return old names by new ones."""
    count_old, count_new = Counter(old.values()), Counter(new.values())
    old_by_identity = {identity: name for name, identity in old.items()}
    return {
        name: old_by_identity[identity]
        for name, identity in sorted(new.items())
        if count_old[identity] == count_new[identity] == 1
    }


def _base_name(path: str, masks: str = "") -> str:
    return path.rsplit("/", 1)[-1]


def _original_name(path: str, masks: str = "") -> str:
    """Return the base name that a picture had before Roboflow exported it.

    Examples
    --------
    >>> _original_name("train/cell_png.rf.0123456789abcdef0123456789abcdef.jpg")
    'cell.png'
    >>> _original_name("a/cell.png")
    'cell.png'
    """
    exported = _ROBOFLOW.fullmatch(_base_name(path))
    return f"{exported[1]}.{exported[2]}" if exported else _base_name(path)


@dataclass(frozen=True, slots=True)
class CategoryNames:
    """The categories of two versions under common numbers."""

    old: IntArray
    """One number a row of the old categories table."""
    new: IntArray
    names: tuple[str, ...]
    """By number."""
    renamed: Mapping[str, str]
    """Old name to new name."""

    def name_of(self, number: int) -> str:
        """Return the name of a category; -1 = none."""
        return self.names[number] if number >= 0 else "(no category)"


def match_categories(old: ColumnTable, new: ColumnTable) -> CategoryNames:
    """Give categories of one name one number; ids do not matter, unless only the name changed.

    Parameters
    ----------
    old, new : ColumnTable
        Tables of categories.

    Examples
    --------
    >>> def table(*rows):
    ...     return pd.DataFrame(rows, columns=["category_id", "name"])
    >>> match_categories(table((1, "cell"), (2, "dirt")), table((2, "cell"), (1, "dirt"))).new.tolist()
    [0, 1]
    >>> dict(match_categories(table((1, "cell")), table((1, "nucleus"))).renamed)
    {'cell': 'nucleus'}
    >>> match_categories(table(), table()).names
    ()
    """
    old_names, new_names = ([str(name) for name in table["name"].tolist()] for table in (old, new))
    old_rows = zip(old["category_id"].tolist(), old_names, strict=True)
    gone = {identity: name for identity, name in old_rows if name not in new_names}
    new_by_id = dict(zip(new["category_id"].tolist(), new_names, strict=True))
    # One id under two names, neither of which the other version has: the category was only renamed.
    renamed = {
        name: new_by_id[identity]
        for identity, name in gone.items()
        if new_by_id.get(identity, name) not in old_names
    }
    number: dict[str, int] = {}
    for name in [*new_names, *(renamed.get(name, name) for name in old_names)]:
        number.setdefault(name, len(number))
    return CategoryNames(
        np.array([number[renamed.get(name, name)] for name in old_names], dtype=np.int64),
        np.array([number[name] for name in new_names], dtype=np.int64),
        tuple(number),
        dict(sorted(renamed.items())),
    )


def identical_masks(old: MaskKeys, new: MaskKeys) -> tuple[IntArray, IntArray]:
    """Pair masks of one picture that have the same pixels; those of one category first.

    Parameters
    ----------
    old, new : tuple of arrays
        `MaskKeys`.

    Returns
    -------
    old, new : (p,) int64
        Positions, each at most once.

    Examples
    --------
    >>> def keys(*rows):
    ...     picture, pixels, category = np.array(rows).reshape(-1, 3).T
    ...     return picture, pixels.astype(np.uint64), category
    >>> [v.tolist() for v in identical_masks(keys((0, 7, 1), (0, 7, 2)), keys((0, 7, 2), (0, 8, 1)))]
    [[1], [0]]
    >>> [v.tolist() for v in identical_masks(keys(), keys())]
    [[], []]
    """
    rest_old, rest_new = np.arange(len(old[0])), np.arange(len(new[0]))
    paired_old, paired_new = [], []
    for n_columns in (3, 2):  # with the category, then without
        a, b = _pair_equal_rows(
            tuple(column[rest_old] for column in old[:n_columns]),
            tuple(column[rest_new] for column in new[:n_columns]),
        )
        paired_old.append(rest_old[a])
        paired_new.append(rest_new[b])
        rest_old, rest_new = np.delete(rest_old, a), np.delete(rest_new, b)
    return np.concatenate(paired_old).astype(np.int64), np.concatenate(paired_new).astype(np.int64)


def _pair_equal_rows(
    old: tuple[NDArray[Any], ...], new: tuple[NDArray[Any], ...]
) -> tuple[IntArray, IntArray]:
    """Pair equal rows of two tables, the first with the first, the second with the second."""
    tables = [pd.DataFrame(dict(enumerate(columns))) for columns in (old, new)]
    keys = list(range(len(old)))
    for table in tables:
        table["nth"] = table.groupby(keys).cumcount()
        table["row"] = np.arange(len(table))
    both = tables[0].merge(tables[1], on=[*keys, "nth"], suffixes=("_old", "_new"))
    return both["row_old"].to_numpy(dtype=np.int64), both["row_new"].to_numpy(dtype=np.int64)
