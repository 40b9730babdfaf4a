"""One mask that others take apart."""

import numpy as np
import pytest

from audit.comparison.whole_parts import find_wholes
from audit.geometry.mask_pairs import MaskPairs


def wholes(shares, part_areas, whole_area, overlaps=()):
    """Look for one whole; overlaps are (part, part, shared pixels)."""
    n = len(part_areas)
    area = np.array(part_areas)
    a, b, shared = (
        np.array(column, dtype=np.int64)
        for column in (zip(*overlaps, strict=True) if overlaps else ((), (), ()))
    )
    pairs = MaskPairs.of(a, b, shared, area[a], area[b])
    found, is_chosen = find_wholes(
        np.arange(n),
        np.zeros(n, dtype=np.int64),
        np.array(shares, dtype=float),
        area,
        np.array([whole_area]),
        pairs,
    )
    assert len(is_chosen) == n
    return found.tolist(), np.flatnonzero(is_chosen).tolist()


@pytest.mark.parametrize(
    ("shares", "areas", "whole_area", "expected"),
    [
        ([1.0, 0.8], [40, 40], 100, [0, 1]),
        ([1.0, 0.79], [40, 40], 100, []),
        ([1.0, 1.0], [30, 40], 100, [0, 1]),
        ([1.0, 1.0], [30, 39], 100, []),
        ([1.0, 1.0], [80, 20], 100, []),  # the first is the whole, drawn tighter
        ([1.0, 1.0], [79, 8], 100, [0, 1]),
        ([1.0, 1.0], [79, 7], 100, []),  # a speck is no part
        ([1.0], [75], 100, []),
        ([], [], 100, []),
    ],
)
def test_parts_lie_in_the_whole_and_fill_it(shares, areas, whole_area, expected):
    assert wholes(shares, areas, whole_area) == ([0] if expected else [], expected)


def test_parts_that_overlap_count_once():
    # The second is a repetition of the first; the third is another part.
    assert wholes([1, 1, 1], [40, 38, 35], 100, [(0, 1, 37)]) == ([0], [0, 2])
    assert wholes([1, 1], [40, 38], 100, [(0, 1, 37)]) == ([], [])
    # An IoU just below 0.2: 13 / (40 + 38 - 13)
    assert wholes([1, 1], [40, 38], 100, [(0, 1, 12)]) == ([0], [0, 1])
    assert wholes([1, 1], [40, 38], 100, [(0, 1, 13)]) == ([], [])


def test_every_whole_has_its_own_parts():
    part, whole = np.array([0, 1, 2, 3, 0]), np.array([5, 5, 4, 4, 4])
    area, none = np.array([40, 40, 10, 90, 40, 100]), np.zeros(0, dtype=np.int64)
    area[4] = 120
    found, is_chosen = find_wholes(
        part, whole, np.ones(5), area, area, MaskPairs.of(none, none, none, none, none)
    )
    assert found.tolist() == [4, 5] and is_chosen.tolist() == [True, True, True, True, True]
