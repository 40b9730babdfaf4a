"""Two nuclei drawn as one show it in the picture, by their brightness."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from audit.dataset.shard import split_shards
from audit.measure.opened_pictures import measure_pictures
from audit.measure.pictures import check_pictures
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards
from audit.testing import dataset, scene
from audit.touching.learn import learnable_categories, score_touching
from audit.touching.pixel_evidence import PixelEvidence

N_IMAGES, MERGED = 40, range(0, 40, 8)


@pytest.fixture(scope="module")
def cells_and_pictures(draw_cells, tmp_path_factory):
    """Draw cells, each as bright as it is; in some images two of them are labelled as one."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    scenes = [draw_cells(k, int(k in MERGED), 0) for k in range(N_IMAGES)]
    for k, drawn in enumerate(scenes):
        grey = rng.normal(20, 4, (drawn.height, drawn.width))
        for mask in draw_cells(k, 0, 0).masks.values():
            grey[mask] = rng.normal(rng.uniform(80, 220), 6, mask.sum())
        Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(folder / drawn.file_name)
    data = dataset(*scenes)
    m = merge_shards(data, [measure_shard(shard) for shard in split_shards(data)])
    return replace(m, images=check_pictures(m.images, folder)), data, folder


def measure_lines(m, data, folder):
    lines = PixelEvidence(m, learnable_categories(m))
    measure_pictures(m, data, folder, [lines])
    return lines.known_lines()


def test_pixels_are_measured_for_instances_and_unions(cells_and_pictures):
    m, data, folder = cells_and_pictures
    lines = measure_lines(m, data, folder)
    assert len(lines) == len(m.instances) + len(m.unions)
    assert np.isfinite(lines).all()
    of_instances, of_unions = lines[: len(m.instances), 0], lines[len(m.instances) :, 0]
    assert np.median(of_unions) > np.median(of_instances) + 0.3


def test_merged_instances_score_higher_than_by_form_alone(cells_and_pictures):
    m, data, folder = cells_and_pictures
    by_form = score_touching(m)
    by_both = score_touching(m, measure_lines(m, data, folder))
    image = m.instances["image"].isin(list(MERGED))

    def best(scored):
        scores = scored.instances["merge_score"]
        return scores[image].groupby(m.instances["image"][image]).max(), scores[~image].max()

    (form_planted, _), (both_planted, both_clean) = best(by_form), best(by_both)
    assert (both_planted >= form_planted - 0.02).all()
    assert both_clean < both_planted.min()


def test_unknown_pixels_say_nothing(cells_and_pictures, tmp_path):
    m, data, folder = cells_and_pictures
    assert measure_lines(replace(m, images=m.images.assign(picture_height=1)), data, folder) is None
    assert measure_lines(m, data, tmp_path) is None, "the pictures are gone"
    state = m.images["picture"].where(m.images.index % 2 == 0, "image.missing")
    half = measure_lines(replace(m, images=m.images.assign(picture=state)), data, folder)
    assert 0 < np.isnan(half).all(axis=1).mean() < 1
    assert score_touching(m, half).instances["merge_score"].between(0, 1).all()


def test_nothing_to_learn_is_nothing_looked_at(tmp_path):
    data = dataset(scene("aab"))
    m = merge_shards(data, [measure_shard(shard) for shard in split_shards(data)])
    readable = m.images.assign(
        picture="ok", picture_height=m.images["height"], picture_width=m.images["width"]
    )
    assert measure_lines(replace(m, images=readable), data, tmp_path) is None
