"""Variation of information and the Rand error, against scikit-image."""

import numpy as np
import pytest
from hypothesis import given
from painted_maps import both_maps, maps_of, without_crowds
from random_scenes import datasets
from skimage.metrics import adapted_rand_error
from skimage.metrics import variation_of_information as skimage_information

from audit.comparison.metrics.aggregated_jaccard import aggregated_jaccard
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.metrics.partitions import adapted_rand, variation_of_information
from audit.testing import scene


@given(datasets())
def test_information_is_scikit_images(data):
    tables, maps, pictures = both_maps(data)
    expected = np.mean([skimage_information(g, p) for g, p in without_crowds(tables, pictures)], axis=0)
    split, merge = variation_of_information(maps.without_crowds())
    assert (split, merge) == pytest.approx((expected[0], expected[1]), abs=1e-9)


@given(datasets())
def test_rand_error_is_scikit_images_with_precision_and_recall_put_right(data):
    tables, maps, pictures = both_maps(data)
    found = []
    for g, p in without_crowds(tables, pictures):
        if (g > 0).sum() > 1:
            with np.errstate(all="ignore"):
                found.append(adapted_rand_error(g, p))
    found = [f for f in found if np.isfinite(f).all()]
    error, precision, recall = adapted_rand(maps.without_crowds())
    if found:
        theirs = np.mean(found, axis=0)
        assert (error, recall, precision) == pytest.approx(tuple(theirs), abs=1e-9)
    else:
        assert np.isnan(error)


def test_rand_precision_falls_where_predictions_run_together():
    _, precision, recall = adapted_rand(maps_of(scene("aaabbb"), scene("pppppp")))
    assert (precision, recall) == (12 / 30, 1.0)


def test_perfect_predictions_are_perfect():
    maps = maps_of(scene("aab.", "..cc"), scene("ppq.", "..rr"), p=0.9, q=0.95)
    assert panoptic_quality(maps)[0] == 1.0
    assert aggregated_jaccard(maps) == (1.0, 1.0)
    assert adapted_rand(maps)[0] == 0.0
    assert variation_of_information(maps) == (0.0, 0.0)
