"""What the labels of the training show, where these are not the labels that predictions are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.comparison.conventions import flag_instances
from audit.comparison.nms_threshold import DUPLICATE_LABEL_IOU
from audit.comparison.overlap_evidence import LABEL_OVERLAP_IOS, Evidence
from audit.comparison.rate_interval import bound_rate, bound_share
from audit.dataset.model import IntArray
from audit.findings.finding import Finding
from audit.measure.schema import Measurements

TRAINING_LABELS = ("training_duplicates", "training_overlaps", "training_conventions")


def measure_training_labels(measurements: Measurements, findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    """Measure in the labels of the training what is measured in those that predictions are compared with.

    Parameters
    ----------
    measurements : Measurements
        Of the labels of the training.
    findings : sequence of Finding
        About them; those of ``touching.*`` count.

    Returns
    -------
    tuple of Evidence
        ``training_duplicates``, ``training_overlaps``, ``training_conventions``.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> from audit.testing import measured, scene
    >>> evidence = measure_training_labels(measured(scene("aaaa", ".bbb", "..cc")), [])
    >>> [(one.name, one.count, one.of) for one in evidence]
    [('training_duplicates', 0, 3), ('training_overlaps', 3, 3), ('training_conventions', 0, 3)]
    >>> {one.of for one in measure_training_labels(empty_measurements(), [])}
    {0}
    """
    instances, pairs = measurements.instances, measurements.pairs
    is_crowd, category = instances["iscrowd"].to_numpy(dtype=bool), instances["category"].to_numpy()
    image = instances["image"].to_numpy()
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    is_judged = ~is_crowd[a] & ~is_crowd[b] & (category[a] == category[b])
    is_duplicate = is_judged & (pairs["iou"].to_numpy() >= DUPLICATE_LABEL_IOU)
    ios = np.maximum(pairs["ioa_a"].to_numpy(), pairs["ioa_b"].to_numpy())
    is_overlap = is_judged & (ios >= LABEL_OVERLAP_IOS) & ~is_duplicate
    unit_images = image[~is_crowd & (image >= 0)]
    merged, split, touching = flag_instances(measurements, findings)
    n_flagged, n_touching = int((merged | split).sum()), int((merged | split | touching).sum())
    return (
        _measure_rate("training_duplicates", image[a[is_duplicate]], unit_images),
        _measure_rate("training_overlaps", image[a[is_overlap]], unit_images),
        Evidence("training_conventions", *bound_share(n_flagged, n_touching), n_flagged, n_touching),
    )


def _measure_rate(name: str, event_images: IntArray, unit_images: IntArray) -> Evidence:
    value, low, high = (100 * bound for bound in bound_rate(event_images, unit_images))
    return Evidence(name, value, low, high, len(event_images), len(unit_images))
