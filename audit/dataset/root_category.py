"""The root that Roboflow writes above all categories: no label, only the name of the project."""

from __future__ import annotations

from collections.abc import Sequence

_NO_PARENT = frozenset({"", "none"})


def find_root_category(names: Sequence[str], supercategories: Sequence[str]) -> int:
    """Find the category that is the supercategory of all others and has none itself.

    Parameters
    ----------
    names, supercategories : sequence of str
        Of the categories of one file.

    Returns
    -------
    int
        Its position; -1 = there is none.

    Examples
    --------
    >>> find_root_category(["cells", "red", "white"], ["none", "cells", "cells"])
    0
    >>> find_root_category(["red", "white"], ["cells", "cells"])
    -1
    >>> find_root_category([], [])
    -1
    """
    if len(names) < 2:
        return -1
    for position, (name, supercategory) in enumerate(zip(names, supercategories, strict=True)):
        others = {*supercategories[:position], *supercategories[position + 1 :]}
        if name and supercategory.casefold() in _NO_PARENT and others == {name}:
            return position
    return -1
