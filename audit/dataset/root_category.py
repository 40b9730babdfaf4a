"""The root that Roboflow writes above all categories: no label, only the name of the project."""

from __future__ import annotations

from collections import Counter
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
    counts = Counter(supercategories)
    if len(names) < 2 or len(counts) > 2:  # its own, and that of all others
        return -1
    for position, (name, supercategory) in enumerate(zip(names, supercategories, strict=True)):
        if not name or supercategory.casefold() not in _NO_PARENT:
            continue
        # Two names are looked at for a category, not all: a file may have a million categories.
        others = {parent for parent, count in counts.items() if count > (parent == supercategory)}
        if others == {name}:
            return position
    return -1
