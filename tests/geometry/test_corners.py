import numpy as np
import pytest

from audit.geometry.corners import count_corners
from audit.geometry.runs import concatenate_runs, dense_to_runs, no_runs

Y, X = np.mgrid[:60, :60]
RADIUS = (X - 30) ** 2 + (Y - 30) ** 2


def count(mask, **options):
    return count_corners(dense_to_runs(np.asarray(mask, dtype=bool)[None]), **options).tolist()


@pytest.mark.parametrize(
    ("mask", "corners"),
    [
        (np.ones((20, 30)), [4]),
        (abs(X - 30) + abs(Y - 30) < 20, [4]),  # a square on its corner
        ((X == 30) & (Y > 10), [2]),  # a line has two ends
        ((X == 30) & (Y == 30), [1]),
        ((X < 10) | (X > 40), [8]),  # two parts
        ((X % 50 < 10) & (Y % 50 < 10) & (X < 50) & (Y < 50), [4]),
        (np.zeros((5, 5)), [0]),
    ],
)
def test_straight_shapes_have_their_corners(mask, corners):
    assert count(mask) == corners


def test_holes_have_no_corners_of_their_own():
    disc = RADIUS < 20**2
    assert count(disc & ~(RADIUS < 10**2)) == count(disc)


def test_corners_of_discs_grow_with_the_root_of_the_radius():
    (small,), (large,) = count(RADIUS < 7**2), count(RADIUS < 28**2)
    assert 1.5 < large / small < 2.7


def test_a_larger_tolerance_leaves_fewer():
    disc = RADIUS < 28**2
    assert count(disc, tolerance=4.0)[0] < count(disc)[0]


def test_parts_that_touch_at_a_corner_are_one():
    assert count([[1, 0], [0, 1]]) == [2]


def test_masks_side_by_side_and_threads():
    runs = concatenate_runs([dense_to_runs((r * r > RADIUS)[None]) for r in range(1, 29)] + [no_runs(2)])
    one = count_corners(runs)
    assert one.tolist() == count_corners(runs, threads=3).tolist()
    assert one[-2:].tolist() == [0, 0]


def test_a_very_long_outline_ends():
    """A comb of 2 px teeth: an outline of more than 16384 points is thinned."""
    comb = np.zeros((200, 400), dtype=bool)
    comb[:, ::2] = comb[0] = True
    assert count(comb)[0] > 4
