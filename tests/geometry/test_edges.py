import numpy as np
import pytest

from audit.geometry.edges import GRID, REACH, fit_edges
from audit.geometry.runs import dense_to_runs


def disc(y, x, radius, side=80):
    rows, columns = np.ogrid[:side, :side]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def found(masks, picture):
    return fit_edges(dense_to_runs(np.asarray(masks)), as_bytes(picture)[:, :, None])


def as_bytes(grey):
    return np.clip(np.round(grey), 0, 255).astype(np.uint8)


def explained(mask, ring, grey):
    """Share of variation between two groups of pixels, by its definition."""
    inside, around = (grey[cells].astype(float) for cells in (mask, ring))
    both = np.r_[inside, around]
    between = (
        len(inside) * (inside.mean() - both.mean()) ** 2 + len(around) * (around.mean() - both.mean()) ** 2
    )
    return between / ((both - both.mean()) ** 2).sum()


def test_the_share_is_that_of_the_definition():
    rng = np.random.default_rng(0)
    mask = disc(40, 40, 9)
    grey = as_bytes(mask * 100.0 + 80 + rng.normal(0, 30, mask.shape))
    # A ring two cells wide: grown to the four neighbours, then to all eight.
    near = mask.copy()
    near[1:] |= mask[:-1]
    near[:-1] |= mask[1:]
    near[:, 1:] |= mask[:, :-1]
    near[:, :-1] |= mask[:, 1:]
    wide = np.zeros_like(near)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            wide |= np.roll(near, (down, right), (0, 1))
    assert found([mask], grey).here[0] == pytest.approx(explained(mask, wide & ~mask, grey), abs=1e-9)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (0, 4), (-5, 0), (3, -3), (REACH, REACH)])
def test_a_moved_mask_is_moved_back(down, right):
    grey = np.random.default_rng(1).normal(60, 8, (80, 80)) + 100 * disc(40, 40, 10)
    one = found([disc(40 + down, 40 + right, 10)], grey)
    assert (one.x[0], one.y[0]) == (-right, -down)
    assert one.best[0] > 0.9
    assert (one.here[0] < 0.7) == (abs(down) + abs(right) > 0)


def test_dark_objects_and_colours_separate_too():
    mask = disc(40, 40, 10)
    colours = np.where(mask[..., None], (200, 40, 90), (90, 150, 90))
    for picture in ((100 - 50 * mask)[..., None], colours):
        one = fit_edges(dense_to_runs(mask[None]), picture.astype(np.uint8))
        assert one.here[0] == pytest.approx(1)
        assert (one.x[0], one.y[0]) == (0, 0)


def test_other_masks_are_not_looked_at():
    """The neighbour is far brighter: seen, it would draw the mask over."""
    own, other = disc(40, 34, 8), disc(40, 52, 8) & ~disc(40, 34, 8)
    grey = 100.0 * own + 250.0 * other
    alone, beside = found([own], grey), found([own, other], grey)
    assert beside.here[0] == pytest.approx(1)
    assert (beside.x[0], beside.y[0]) == (0, 0)
    assert alone.here[0] < 0.95


def test_what_is_surrounded_by_masks_is_not_known():
    own = disc(40, 40, 8)
    assert np.isnan(found([own, ~own], own * 9).here).all()
    assert not np.isnan(found([own], own * 9).here).any()


def test_large_masks_are_moved_in_steps():
    side = 400
    mask = disc(200, 200, 120, side)
    step = -(-241 // GRID)
    one = found([np.roll(mask, 2 * step, axis=1)], mask * 9)
    assert (one.x[0], one.y[0]) == (-2 * step, 0)
    assert one.best[0] == pytest.approx(1)


def test_at_the_border_of_the_picture():
    mask = disc(2, 40, 9)
    one = found([mask], mask * 50.0)
    assert (one.x[0], one.y[0], round(one.here[0], 6)) == (0, 0, 1)


def test_a_flat_picture_separates_nothing():
    one = found([disc(40, 40, 9)], np.full((80, 80), 7.0))
    assert (one.here[0], one.best[0], one.x[0], one.y[0]) == (0, 0, 0, 0)


def test_light_from_the_side_is_no_better_place():
    """Bright on the left, dark on the right: brightness alone would move the mask to one of them."""
    mask = disc(40, 40, 12)
    columns = np.arange(80)[None, :]
    rim = mask & ~disc(40, 40, 10)
    grey = (
        100.0 + np.random.default_rng(2).normal(0, 2, mask.shape) + rim * np.clip(40 - columns, -12, 12) * 6
    )
    one = found([mask], grey)
    assert (one.x[0], one.y[0]) == (0, 0)


def test_the_others_do_not_change_with_the_batch():
    rng = np.random.default_rng(3)
    masks = np.array([disc(*rng.integers(10, 70, 2), rng.integers(4, 9)) for _ in range(9)])
    masks &= masks.sum(axis=0) == 1
    grey = rng.normal(60, 10, (80, 80)) + 60 * masks.any(axis=0)
    one, other = found(masks, grey), found(masks[::-1], grey)
    for name in ("here", "best", "x", "y"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name)[::-1], atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 3), (7, 1, 1), (2, 2, 4)])
def test_pictures_smaller_than_an_outline(shape):
    masks = np.ones((2, *shape[:2]), dtype=bool)
    masks[1] = False
    assert np.isnan(fit_edges(dense_to_runs(masks), np.zeros(shape, dtype=np.uint8)).best).all()


def test_threads_change_nothing():
    rng = np.random.default_rng(4)
    masks = dense_to_runs(np.array([disc(*rng.integers(10, 70, 2), rng.integers(4, 9)) for _ in range(20)]))
    picture = rng.integers(0, 256, (80, 80, 3), dtype=np.uint8)
    one, three = fit_edges(masks, picture), fit_edges(masks, picture, n_threads=3)
    for name in ("here", "best", "x", "y"):
        np.testing.assert_array_equal(getattr(one, name), getattr(three, name))
