"""Label maps painted pixel by pixel: what those made of areas and overlaps are held against."""

import numpy as np
from random_scenes import HEIGHT, WIDTH

from audit.comparison.average_precision import rank_by_score
from audit.comparison.label_maps import prepare_label_maps, rank_labels
from audit.comparison.measuring import measure_comparison
from audit.geometry.runs import runs_to_dense
from audit.measure.masks import decode_runs
from audit.testing import compared


def dense(d):
    n = len(d.annotations)
    return runs_to_dense(
        decode_runs(d.annotations.segmentation, np.full(n, HEIGHT), np.full(n, WIDTH)), HEIGHT, WIDTH
    )


def painted(masks, side, rank, image, kept):
    """Paint the label map of one image; 0 = background, else position + 1."""
    canvas = np.zeros((HEIGHT, WIDTH), dtype=int)
    for k in sorted(np.flatnonzero((side.image == image) & kept), key=lambda k: -rank[k]):
        canvas[masks[side.row[k]]] = k + 1
    return canvas


def both_maps(data):
    labels, predictions = data
    tables = measure_comparison(labels, predictions)
    kept = tables.predictions.score >= 0.4
    maps = prepare_label_maps(tables).draw(kept, rank_by_score(tables))
    masks = dense(labels), dense(predictions)
    every = np.ones(len(tables.labels), dtype=bool)
    pictures = [
        (
            painted(masks[0], tables.labels, rank_labels(tables), image, every),
            painted(masks[1], tables.predictions, rank_by_score(tables), image, kept),
        )
        for image in range(len(tables.image_id))
    ]
    return tables, maps, pictures


def without_crowds(tables, pictures):
    return [(np.where(np.r_[False, tables.labels.iscrowd][g], 0, g), p) for g, p in pictures]


def maps_of(labels, predictions, **scores):
    """Make label maps of one image, with all predictions."""
    data = compared((labels, predictions), scores=scores)
    return prepare_label_maps(measure_comparison(*data)).draw()
