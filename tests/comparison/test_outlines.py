"""Boundary IoU of pairs, against its definition."""

import numpy as np
from hypothesis import given
from painted_maps import dense
from random_scenes import HEIGHT, WIDTH, datasets
from scipy import ndimage

from audit.comparison.measuring import measure_comparison
from audit.measure.cross_pairs import measure_boundary_ious


@given(datasets())
def test_boundary_iou_is_its_definition(data):
    labels, predictions = data
    tables = measure_comparison(labels, predictions)
    pairs = tables.cross_pairs.take(tables.cross_pairs.intersection > 0)
    found = measure_boundary_ious(tables.labels, tables.predictions, pairs.a, pairs.b)
    masks = dense(labels), dense(predictions)
    width = max(round(0.02 * np.hypot(HEIGHT, WIDTH)), 1)

    def ring(mask):
        return mask & ~ndimage.binary_erosion(mask, np.ones((3, 3)), iterations=width)

    for a, b, iou in zip(pairs.a, pairs.b, found, strict=True):
        one, other = ring(masks[0][tables.labels.row[a]]), ring(masks[1][tables.predictions.row[b]])
        assert iou == (one & other).sum() / (one | other).sum()
