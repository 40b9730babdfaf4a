"""Two nuclei of which one is bright and one dim are two, whatever their union looks like."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audit.dataset.shard import split_shards
from audit.measure.opened_pictures import measure_pictures
from audit.measure.pictures import check_pictures
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards
from audit.testing import Scene, dataset
from audit.touching.brightness import BrightnessSums, weigh_brightness
from audit.touching.learn import learnable_categories, score_touching

N_IMAGES, SPLIT, DIM = 48, range(0, 48, 6), range(3, 48, 6)
"""In the images of SPLIT one object is cut in two; in those of DIM, too, but its parts differ in brightness."""


@pytest.fixture(scope="module")
def cells_and_pictures(draw_cells, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    scenes = [draw_cells(k, 0, int(k in SPLIT or k in DIM)) for k in range(N_IMAGES)]
    for k, drawn in enumerate(scenes):
        grey = rng.normal(20, 4, (drawn.height, drawn.width))
        level = 0.0
        for name, mask in drawn.masks.items():
            # Both parts of a split object are equally bright; every other object is as bright as it is.
            if name[0] != "T" or k in DIM:
                level = rng.uniform(80, 220) if name[0] != "T" else 300 - level
            grey[mask] = rng.normal(level, 8, mask.sum())
        Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(folder / drawn.file_name)
    data = dataset(*scenes)
    m = score_touching(merge_shards(data, [measure_shard(shard) for shard in split_shards(data)]))
    return replace(m, images=check_pictures(m.images, folder)), data, folder


def weigh(m, data, folder):
    brightness = BrightnessSums(m, learnable_categories(m))
    measure_pictures(m, data, folder, [brightness])
    return weigh_brightness(m, brightness)


def scores_of(m, images) -> np.ndarray:
    names = m.pairs["split_score"][m.pairs["image"].isin(list(images))]
    return np.sort(names.to_numpy())[-len(list(images)) :]


def test_brightness_counts_for_and_against_one_object(cells_and_pictures):
    m, data, folder = cells_and_pictures
    weighed = weigh(m, data, folder)
    before, after = scores_of(m, DIM), scores_of(weighed, DIM)
    assert (before > 0.75).all(), "by form these are one"
    assert after.mean() < before.mean() - 0.1
    assert (scores_of(weighed, SPLIT) >= scores_of(m, SPLIT) - 1e-6).all()
    assert weighed.pairs.drop(columns="split_score").equals(m.pairs.drop(columns="split_score"))
    assert weighed.pairs["split_score"].isna().equals(m.pairs["split_score"].isna())


def test_pictures_that_cannot_be_read_are_no_evidence(cells_and_pictures, tmp_path):
    m, data, _ = cells_and_pictures
    for images in (m.images.assign(picture="not_checked"), m.images.assign(picture_height=1), m.images):
        blind = replace(m, images=images)
        assert weigh(blind, data, tmp_path).pairs.equals(m.pairs)


def test_nothing_learned_is_nothing_weighed(tmp_path):
    mask = np.zeros((9, 9), dtype=bool)
    mask[2:6, 2:6] = True
    data = dataset(Scene(9, 9, {"a": mask}))
    m = score_touching(merge_shards(data, [measure_shard(shard) for shard in split_shards(data)]))
    assert weigh(m, data, tmp_path) is m
