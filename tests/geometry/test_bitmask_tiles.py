import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from audit.geometry import bitmask_tiles
from audit.geometry.moments import ellipse_misfit, sum_moments
from audit.geometry.runs import dense_to_runs
from audit.geometry.shape import measure_boxes
from audit.geometry.spans import find_spans
from audit.geometry.split_features import find_best_cut, find_concavities, measure_seams
from audit.geometry.synthetic_cuts import cut_randomly

masks = hnp.arrays(bool, st.tuples(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20)))


def painted(dense: np.ndarray) -> tuple[np.ndarray, bitmask_tiles.TileWindow]:
    runs = dense_to_runs(dense)
    window = bitmask_tiles.TileWindow.around(measure_boxes(runs))
    return bitmask_tiles.draw_tiles(runs, window, 32), window


def opened(words: np.ndarray) -> np.ndarray:
    """Words as (n, rows, columns) cells."""
    bits = (words[:, :, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    return bits.astype(bool).transpose(0, 2, 1)


@given(masks)
def test_small_masks_are_painted_pixel_by_pixel(dense):
    words, window = painted(dense)
    for mask, cells, x, y in zip(dense, opened(words), window.x, window.y, strict=True):
        rows, columns = np.nonzero(cells)
        assert sorted(zip(rows + y, columns + x, strict=True)) == sorted(zip(*np.nonzero(mask), strict=True))


@given(masks)
def test_sums_and_moments_are_those_of_the_cells(dense):
    words, _ = painted(dense)
    found = sum_moments(find_spans(words))
    for k, cells in enumerate(opened(words)):
        y, x = np.nonzero(cells)
        expected = [x.sum(), (x * x).sum(), y.sum(), (x * y).sum(), (y * y).sum()]
        assert found.n[k] == len(x)
        assert found.s[k] == pytest.approx(expected, rel=1e-6)


@given(masks)
def test_growing_and_transposing_are_scipys_and_numpys(dense):
    words, _ = painted(dense)
    for cells, grown in zip(opened(words), opened(bitmask_tiles.dilate_tiles(words)), strict=True):
        assert (ndimage.binary_dilation(cells, np.ones((3, 3))) == grown).all()
    turned = opened(bitmask_tiles.transpose_tiles(words))[:, :32]
    assert (turned == opened(words).transpose(0, 2, 1)[:, :32]).all()


@given(masks)
def test_misfit_is_one_less_the_share_of_the_ellipse(dense):
    words, _ = painted(dense)
    m = sum_moments(find_spans(words)).moments()
    found = ellipse_misfit(find_spans(words), m)
    for k, cells in enumerate(opened(words)):
        y, x = np.nonzero(cells)
        if len(x) == 0:
            assert found[k] == 0
            continue
        spread = np.cov(np.stack([x, y]), bias=True) + np.eye(2) / 12
        inverse, size = np.linalg.inv(spread), len(x) / (np.pi * np.sqrt(np.linalg.det(spread)))
        d = np.stack([x - x.mean(), y - y.mean()])
        value = np.einsum("in,ij,jn->n", d, inverse, d)
        # Cells that lie on the line to a rounding error may fall on either side of it.
        low, high = (int((value <= size * (1 + sign * 1e-4)).sum()) for sign in (-1, 1))
        shared = (1 - found[k]) * 2 * len(x) / (2 - found[k])
        assert low - 1e-3 <= shared <= high + 1e-3


def test_large_masks_are_sampled():
    words, window = painted(np.ones((1, 150, 10), dtype=bool))
    assert window.scale.tolist() == [3]
    assert bitmask_tiles.count_cells(words)[0] == 50 * 3


def test_eight_is_cut_at_its_waist():
    rows, columns = np.ogrid[:20, :40]
    eight = sum((rows - 10) ** 2 + (columns - x) ** 2 <= 64 for x in (11, 26)) > 0
    words, window = painted(eight[None].astype(bool)[:, :, :])
    words = bitmask_tiles.draw_tiles(dense_to_runs(eight[None]), window, 64)
    total = sum_moments(find_spans(words))
    m = total.moments()
    off = ellipse_misfit(find_spans(words), m)
    deep = find_concavities(words)
    part = find_best_cut(words, total, deep)
    seam = measure_seams(words, part, words & ~part, off)
    assert deep.depth.min() > 3
    assert seam.gain[0] > 0.1
    assert seam.share[0] == pytest.approx(0.5, abs=0.03)
    assert window.x[0] + seam.x0[0] == pytest.approx(18.5, abs=1)
    assert seam.notch_low[0] > 0.55


@given(st.integers(0, 2**63))
def test_random_cuts_stay_inside_and_repeat(seed):
    words = np.full((1, 16), 2**12 - 4, dtype=np.uint64)
    one, again = (cut_randomly(words, np.array([seed], dtype=np.uint64)) for _ in range(2))
    assert (one == again).all()
    assert not (one & ~words).any()
