"""What is the same in two versions: pictures by name, categories by name, masks by pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit.dataset.model import IntArray

MaskKeys = tuple[IntArray, NDArray[np.uint64], IntArray]
"""Picture, hash of the pixels and category of masks."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of two versions under common numbers."""

    old: IntArray
    """One number a row of the old images table."""
    new: IntArray
    added: tuple[str, ...]
    """File names that only the new version has, sorted."""
    removed: tuple[str, ...]


def match_images(old: pd.DataFrame, new: pd.DataFrame) -> Pictures:
    """Give pictures of one file name one number; a moved folder does not matter where base names differ.

    Parameters
    ----------
    old, new : DataFrame
        Tables of images.

    Examples
    --------
    >>> old, new = (pd.DataFrame({"file_name": names}) for names in (["a/1.png", "2.png"], ["1.png"]))
    >>> found = match_images(old, new)
    >>> found.old.tolist(), found.new.tolist(), found.removed
    ([0, 1], [0], ('2.png',))
    >>> match_images(old[:0], new[:0]).added
    ()
    """
    names_old, names_new = (_plain(table["file_name"].tolist()) for table in (old, new))
    number: dict[str, int] = {}
    for name in names_old:
        number.setdefault(name, len(number))
    alone_old, alone_new = set(names_old) - set(names_new), set(names_new) - set(names_old)
    moved = _by_base_name(alone_old, alone_new)
    for name in names_new:
        number.setdefault(name, number[moved[name]] if name in moved else len(number))
    return Pictures(
        np.array([number[name] for name in names_old], dtype=np.int64),
        np.array([number[name] for name in names_new], dtype=np.int64),
        tuple(sorted(alone_new - set(moved))),
        tuple(sorted(alone_old - set(moved.values()))),
    )


def _plain(names: Sequence[Any]) -> list[str]:
    return [str(name).replace("\\", "/").removeprefix("./") for name in names]


def _by_base_name(old: set[str], new: set[str]) -> Mapping[str, str]:
    """Match names whose last part occurs once on either side."""
    bases = [Counter(name.rsplit("/", 1)[-1] for name in names) for names in (old, new)]
    at = {name.rsplit("/", 1)[-1]: name for name in old}
    pairs = ((name, name.rsplit("/", 1)[-1]) for name in sorted(new))
    return {name: at[base] for name, base in pairs if bases[0][base] == 1 and bases[1][base] == 1}


@dataclass(frozen=True, slots=True)
class Names:
    """The categories of two versions under common numbers."""

    old: IntArray
    """One number a row of the old categories table."""
    new: IntArray
    texts: tuple[str, ...]
    renamed: Mapping[str, str]

    def text(self, number: int) -> str:
        """Return the name of a category."""
        return self.texts[number] if number >= 0 else "(no category)"


def names_of(old: pd.DataFrame, new: pd.DataFrame) -> Names:
    """Give categories of one name one number; ids do not matter, unless only the name changed.

    Parameters
    ----------
    old, new : DataFrame
        Tables of categories.

    Examples
    --------
    >>> def table(*rows):
    ...     return pd.DataFrame(rows, columns=["category_id", "name"])
    >>> names_of(table((1, "cell"), (2, "dirt")), table((2, "cell"), (1, "dirt"))).new.tolist()
    [0, 1]
    >>> dict(names_of(table((1, "cell")), table((1, "nucleus"))).renamed)
    {'cell': 'nucleus'}
    >>> names_of(table(), table()).texts
    ()
    """
    names = [[str(name) for name in table["name"].tolist()] for table in (old, new)]
    gone = {
        identity: name
        for identity, name in zip(old["category_id"].tolist(), names[0], strict=True)
        if name not in names[1]
    }
    come = dict(zip(new["category_id"].tolist(), names[1], strict=True))
    renamed = {gone[i]: come[i] for i in gone if i in come and come[i] not in names[0]}
    number: dict[str, int] = {}
    for name in [*names[1], *(renamed.get(name, name) for name in names[0])]:
        number.setdefault(name, len(number))
    return Names(
        np.array([number[renamed.get(name, name)] for name in names[0]], dtype=np.int64),
        np.array([number[name] for name in names[1]], dtype=np.int64),
        tuple(number),
        dict(sorted(renamed.items())),
    )


def same_masks(old: MaskKeys, new: MaskKeys) -> tuple[IntArray, IntArray]:
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
    >>> [v.tolist() for v in same_masks(keys((0, 7, 1), (0, 7, 2)), keys((0, 7, 2), (0, 8, 1)))]
    [[1], [0]]
    >>> [v.tolist() for v in same_masks(keys(), keys())]
    [[], []]
    """
    left, right = np.arange(len(old[0])), np.arange(len(new[0]))
    found = []
    for columns in (3, 2):
        a, b = _equal(
            tuple(column[left] for column in old[:columns]), tuple(column[right] for column in new[:columns])
        )
        found.append((left[a], right[b]))
        left, right = np.delete(left, a), np.delete(right, b)
    return (
        np.concatenate([a for a, _ in found]).astype(np.int64),
        np.concatenate([b for _, b in found]).astype(np.int64),
    )


def _equal(old: tuple[NDArray[Any], ...], new: tuple[NDArray[Any], ...]) -> tuple[IntArray, IntArray]:
    """Pair equal rows of two tables, the first with the first, the second with the second."""
    tables = [pd.DataFrame(dict(enumerate(columns))) for columns in (old, new)]
    keys = list(range(len(old)))
    for table in tables:
        table["nth"] = table.groupby(keys).cumcount()
        table["row"] = np.arange(len(table))
    both = tables[0].merge(tables[1], on=[*keys, "nth"], suffixes=("_old", "_new"))
    return both["row_old"].to_numpy(dtype=np.int64), both["row_new"].to_numpy(dtype=np.int64)
