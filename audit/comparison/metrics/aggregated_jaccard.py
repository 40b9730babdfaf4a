"""Metrics that pair the segments of two label maps, categories left out: AJI, AJI+, splits and merges.

AJI and AJI+ are worked out image by image and averaged over the images that they are defined for.
"""

from __future__ import annotations

import numpy as np

from audit.comparison.label_maps import LabelMaps
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.assignment import pair_one_to_one

SPLIT_IOU = 0.1
"""IoU above which a prediction shows a label at all (Caicedo et al., 2019, of splits and merges)."""
FRAGMENT_SHARE = 0.5
"""Share of a segment that must lie in another one for it to be a part of that: most of it."""


def aggregated_jaccard(maps: LabelMaps) -> tuple[float, float]:
    """Return AJI and AJI+.

    AJI gives each label the prediction with the largest IoU, also twice; AJI+ pairs them one to one so that
    the sum of IoUs is largest. What is left over of either side adds to the union.

    Parameters
    ----------
    maps : LabelMaps
        Without crowd regions.

    Returns
    -------
    aji, aji_plus : float
        Means over images with a label or a prediction; NaN without any.

    References
    ----------
    Kumar et al., "A dataset and a technique for generalized nuclear segmentation", 2017, algorithm 1;
    Graham et al., "HoVer-Net", 2019, section 4.2 (AJI+).

    Examples
    --------
    AJI takes p for both labels, 4 + 2 shared of 6 + 6 + 2 pixels; AJI+ takes it for a alone, 4 of 6 + 2 + 2:

    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaabb...."), scene("pppppp..qq")))
    >>> aji, aji_plus = aggregated_jaccard(prepare_label_maps(measure_comparison(*data)).draw())
    >>> round(aji, 3), round(aji_plus, 3)
    (0.429, 0.4)
    >>> nothing = compared()
    >>> aggregated_jaccard(prepare_label_maps(measure_comparison(*nothing)).draw())
    (nan, nan)
    """
    pairs = maps.pairs
    # Ascending IoU; of equal ones the earlier prediction comes last.
    order = np.lexsort((-pairs.b, pairs.iou, pairs.a))
    best = np.full(len(maps.label_area), -1, dtype=np.int64)
    best[pairs.a[order]] = order  # the last assignment of each label stays
    paired = pair_one_to_one(pairs.a, pairs.b, pairs.iou, len(maps.label_area), len(maps.prediction_area))
    return _mean_jaccard(maps, best[best >= 0]), _mean_jaccard(maps, paired)


def _mean_jaccard(maps: LabelMaps, chosen: IntArray) -> float:
    """Add up intersections and unions of the chosen pairs, and what they leave over, image by image."""
    pairs, tables = maps.pairs.take(chosen), maps.tables
    n_images, image = len(tables.image_id), tables.labels.image[pairs.a]
    intersection = _sum_by_image(image, pairs.intersection, n_images)
    union = _sum_by_image(image, pairs.union, n_images)
    for area, image, used in (
        (maps.label_area, tables.labels.image, pairs.a),
        (maps.prediction_area, tables.predictions.image, pairs.b),
    ):
        is_left = np.ones(len(area), dtype=np.bool_)
        is_left[used] = False
        union += _sum_by_image(image[is_left], area[is_left], n_images)
    is_defined = union > 0
    if not is_defined.any():
        return float("nan")
    return float((intersection[is_defined] / union[is_defined]).mean())


def _sum_by_image(image: IntArray, pixels: IntArray, n_images: int) -> FloatArray:
    return np.bincount(image, weights=pixels, minlength=n_images).astype(float)


def count_splits_and_merges(maps: LabelMaps) -> dict[str, int]:
    """Count labels that predictions split, and predictions that merge labels.

    By IoU: a label with at least two predictions of an IoU over 0.1 is split, a prediction with at least
    two such labels merges them. By part: at least two predictions lie in the label by half, or at least
    two labels in the prediction; this sees small fragments too.

    Parameters
    ----------
    maps : LabelMaps
        Without crowd regions.

    Returns
    -------
    dict
        ``splits``, ``merges``, ``part_splits``, ``part_merges``.

    References
    ----------
    Caicedo et al., "Evaluation of deep learning strategies for nucleus segmentation", 2019.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaaaaaa."), scene("ppppqqqq.")))
    >>> count_splits_and_merges(prepare_label_maps(measure_comparison(*data)).draw())
    {'splits': 1, 'merges': 0, 'part_splits': 1, 'part_merges': 0}
    >>> nothing = compared()
    >>> count_splits_and_merges(prepare_label_maps(measure_comparison(*nothing)).draw())["splits"]
    0
    """
    pairs = maps.pairs
    by_iou = pairs.take(pairs.iou > SPLIT_IOU)
    return {
        "splits": _count_repeated(by_iou.a),
        "merges": _count_repeated(by_iou.b),
        "part_splits": _count_repeated(pairs.a[pairs.ioa_b >= FRAGMENT_SHARE]),
        "part_merges": _count_repeated(pairs.b[pairs.ioa_a >= FRAGMENT_SHARE]),
    }


def _count_repeated(segment: IntArray) -> int:
    """Count the segments that come at least twice."""
    return int((np.bincount(segment, minlength=1) >= 2).sum())
