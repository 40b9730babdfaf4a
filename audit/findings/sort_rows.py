"""The order of findings: severity, rule, image, annotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.geometry.sort_keys import stable_lexsort

if TYPE_CHECKING:
    from audit.findings.finding_table import FindingTable

IntArray = NDArray[np.int64]


def sort_rows(table: FindingTable) -> IntArray:
    """Return the rows of a table in the order of every output (`Finding.sort_key`).

    Examples
    --------
    >>> from audit.findings.finding import Finding, Severity
    >>> from audit.findings.finding_table import FindingTable
    >>> sort_rows(FindingTable.of([Finding(rule, Severity.INFO, "x") for rule in ("b.b", "a.a")])).tolist()
    [1, 0]
    >>> sort_rows(FindingTable.of([])).tolist()
    []
    """
    keys = _list_sort_keys(table)
    order = stable_lexsort(tuple(reversed(keys)))
    equal = np.logical_and.reduce([key[order[1:]] == key[order[:-1]] for key in keys])
    # Few rows agree in all of these; what else decides between them is compared object by object.
    for start, stop in _find_groups(equal):
        group = order[start:stop]
        objects = table.take(group)
        order[start:stop] = group[sorted(range(len(group)), key=lambda row: objects[row].sort_key)]
    return order


def _list_sort_keys(table: FindingTable) -> list[IntArray]:
    rule_codes, rule_names = table.codes("rule")
    rule_ranks = np.empty(len(rule_names), dtype=np.int64)
    rule_ranks[sorted(range(len(rule_names)), key=rule_names.__getitem__)] = np.arange(len(rule_names))
    lengths, members = table.lists("annotation_ids")
    starts = np.cumsum(lengths) - lengths
    padded = np.r_[members, 0]
    keys = [table.severity_ranks(), rule_ranks[rule_codes], table.numbers("image_id")]
    # A list that is a beginning of another comes first, as tuples do: so "has no such member" is a key.
    for position in range(2):
        is_there = lengths > position
        keys += [
            is_there.astype(np.int64),
            np.where(is_there, padded[np.where(is_there, starts + position, -1)], 0),
        ]
    return keys


def _find_groups(equal: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Find the stretches of a sorted list whose members equal the ones before them."""
    edges = np.diff(np.r_[False, equal, False].astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + 1
    yield from zip(starts.tolist(), ends.tolist(), strict=True)
