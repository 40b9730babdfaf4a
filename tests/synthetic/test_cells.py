import numpy as np
import pytest
from scipy import ndimage

from audit.synthetic.cells import DEBRIS, LOOKS, make_scene
from audit.synthetic.optics import photograph_scene


def scene(look="stained", seed=0, **how):
    return make_scene(np.random.default_rng(seed), look, **how)


@pytest.mark.parametrize("look", LOOKS)
def test_every_cell_is_one_part_without_holes(look):
    made = scene(look)
    for label in range(1, len(made.categories) + 1):
        mask = made.mask(label)
        assert mask.sum() >= 40
        assert ndimage.label(mask)[1] == 1
        assert np.array_equal(ndimage.binary_fill_holes(mask), mask)


def test_some_cells_touch_and_some_stand_alone():
    labels = scene().labels
    touching = set()
    for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        meets = (a != b) & (a > 0) & (b > 0)
        touching |= set(a[meets]) | set(b[meets])
    assert 5 < len(touching) < labels.max() - 5


def test_sizes_differ_between_pictures_more_than_within():
    medians, spreads = [], []
    for seed in range(8):
        made = scene("fluorescence", seed)
        area = np.bincount(made.labels.ravel())[1:][np.array(made.categories) != DEBRIS]
        medians.append(np.median(area))
        spreads.append(np.std(area) / np.mean(area))
    assert max(medians) > 1.3 * min(medians)
    assert 0.1 < np.mean(spreads) < 0.6


def test_crowded_has_several_times_as_many():
    assert len(scene(crowded=True).categories) > 3 * len(scene().categories)


@pytest.mark.parametrize("look", LOOKS)
def test_cells_differ_from_their_background_in_the_picture(look):
    made = scene(look)
    picture = photograph_scene(np.random.default_rng(1), made)
    assert picture.dtype == np.uint8 and picture.shape[:2] == made.labels.shape
    grey = picture.reshape(*made.labels.shape, -1).mean(axis=2)
    inside, outside = grey[made.labels > 0], grey[made.labels == 0]
    # Relief has the mean of its background and shows by its contrast.
    contrast = inside.std() / outside.std() if look == "interference" else 0.0
    assert contrast > 1.5 or abs(inside.mean() - outside.mean()) > outside.std()
    assert np.mean(picture == 255) < 0.05
