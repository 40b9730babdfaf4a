"""Noise in outlines laid beside what is measured of them: how well each number tells noisy masks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.dataset.model import Dataset, IntArray
from audit.dataset.shard import instance_order
from audit.geometry.corners import count_corners
from audit.measure.masks import dataset_runs
from audit.measure.schema import Measurements
from audit.synthetic.outline_noise import NOISE_TYPES
from audit.synthetic.ranking_metrics import rank_items
from audit.synthetic.truth import Truth


def rank_outlines(truth: Truth, measurements: Measurements, dataset: Dataset) -> dict[str, pd.DataFrame]:
    """Rank all labels by the number that the rule for each planted noise looks at.

    What was spoiled in another way is neither right nor wrong.

    Parameters
    ----------
    truth : Truth
    measurements : Measurements
        Of the planted labels.
    dataset : Dataset
        The same labels, with their masks.

    Returns
    -------
    dict
        Rule to ranking, as of `audit.synthetic.ranking_metrics.rank_items`.

    Examples
    --------
    >>> from audit.dataset.model import empty_dataset
    >>> from audit.measure.schema import empty_measurements
    >>> rank_outlines(Truth(), empty_measurements(), empty_dataset())
    {}
    """
    planted_kinds = {error.kind for error in truth.spoiled} & set(NOISE_TYPES)
    if not planted_kinds:
        return {}
    instances = measurements.instances
    ids, image_ids = instances["annotation_id"].to_numpy(), instances["image_id"].to_numpy()
    perimeter = np.maximum(instances["perimeter_px"].to_numpy(), 1)
    box = np.maximum(2 * (instances["w"] + instances["h"]).to_numpy(), 1)
    scores = {
        "jitters": perimeter / box,
        "simplifications": -_count_all_corners(dataset) / np.sqrt(perimeter),
        "resizings": instances["edge_beside"].to_numpy(),
    }
    has_mask = (instances["area_px"].to_numpy() > 0) & ~instances["iscrowd"].to_numpy()
    rankings = {}
    for kind in sorted(planted_kinds):
        planted_ids = _ids(truth, kind)
        others = np.concatenate(
            [_ids(truth, other) for other in {e.kind for e in truth.spoiled} - {kind}] or [ids[:0]]
        )
        chosen = has_mask & ~(np.isin(ids, others) & ~np.isin(ids, planted_ids))
        rankings[NOISE_TYPES[kind].rule] = rank_items(
            np.isin(ids[chosen], planted_ids), scores[kind][chosen], image_ids[chosen]
        )
    return rankings


def _ids(truth: Truth, kind: str) -> IntArray:
    found = [number for error in truth.spoiled if error.kind == kind for number in error.annotation_ids]
    return np.array(found, dtype=np.int64)


def _count_all_corners(dataset: Dataset) -> IntArray:
    """Count corners of polygons too, so that how a mask is stored gives nothing away."""
    order = instance_order(dataset)
    corners = np.zeros(len(order), dtype=np.int64)
    known = np.flatnonzero(dataset.annotations.image[order] >= 0)
    corners[known] = count_corners(dataset_runs(dataset, order[known]))
    return corners
