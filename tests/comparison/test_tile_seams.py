"""Seams of tiles: lines that masks of many images end in."""

import numpy as np
import pytest
from pictures import picture

from audit.comparison.measuring import measure_comparison
from audit.comparison.tile_seams import MIN_CUT_MASKS, find_seam_cuts
from audit.testing import compared


def cuts(pairs):
    return find_seam_cuts(measure_comparison(*compared(*pairs)))


def draw(n_images, right=60, left=61, *, label_cut=False, vertical=True):
    rng = np.random.default_rng(1)
    for _ in range(n_images):
        start, stop = rng.integers(10, 25), rng.integers(35, 50)
        if vertical:
            start, stop = 2 * start, 2 * stop
            halves = {"p": (5, start, 25, right), "q": (5, left, 25, stop)}
            whole = {"a": (5, start, 25, stop)}
        else:
            halves = {"p": (start, 5, right, 25), "q": (left, 5, stop, 25)}
            whole = {"a": (start, 5, stop, 25)}
        yield picture(**(halves if label_cut else whole)), picture(**halves)


def test_both_halves_are_cut():
    assert cuts(draw(MIN_CUT_MASKS)).all()
    assert not cuts(draw(MIN_CUT_MASKS - 1)).any()


def test_rows_are_seams_too():
    assert cuts(draw(MIN_CUT_MASKS, 30, 30, vertical=False)).all()


def test_where_labels_end_too_there_is_no_seam():
    assert not cuts(draw(30, label_cut=True)).any()


def test_masks_that_end_anywhere_have_no_seam():
    rng = np.random.default_rng(2)
    ends = rng.integers(40, 100, 60)
    scenes = [(picture(a=(5, 5, 25, end)), picture(p=(5, 5, 25, end), q=(5, 20, 25, end))) for end in ends]
    assert not cuts(scenes).any()


def test_one_sided_ends_are_no_seam():
    """A model that never looks beyond a column is no tiling."""
    rng = np.random.default_rng(3)
    scenes = [
        (picture(a=(5, left, 25, 100)), picture(p=(5, left, 25, 60))) for left in rng.integers(5, 50, 30)
    ]
    assert not cuts(scenes).any()


@pytest.mark.shared
def test_the_seams_of_a_known_case(shared_data):
    from audit.loaders.coco_results import read_results
    from audit.loaders.read import read_dataset

    folder = shared_data.parent / "cases/tile-seam-predictions"
    labels = read_dataset([folder / "gt.json"]).dataset
    tables = measure_comparison(labels, read_results(folder / "res.json", labels).dataset)
    at_seam, pairs = find_seam_cuts(tables), tables.prediction_pairs
    pairs = pairs.take(pairs.intersection > 0)
    assert len(pairs) == 180 and (at_seam[pairs.a] | at_seam[pairs.b]).all()
