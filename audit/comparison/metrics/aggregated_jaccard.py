"""Metrics that pair the segments of two label maps, categories left out: AJI, AJI+, splits and merges.

AJI and AJI+ are worked out image by image and averaged over the images that they are defined for.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from audit.comparison.label_maps import LabelMaps
from audit.dataset.model import FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs

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
    return _mean_jaccard(maps, best[best >= 0]), _mean_jaccard(maps, _pair_one_to_one(maps))


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


def _pair_one_to_one(maps: LabelMaps) -> IntArray:
    """Choose pairs, each label and prediction once at most, with the largest sum of IoUs."""
    pairs, iou, n_labels = maps.pairs, maps.pairs.iou, len(maps.label_area)
    n_nodes = n_labels + len(maps.prediction_area)
    graph = coo_array((np.ones(len(pairs)), (pairs.a, n_labels + pairs.b)), shape=(n_nodes, n_nodes))
    # An assignment takes cubic time, but only segments that are linked by overlaps compete: most are alone.
    component = connected_components(graph, directed=False)[1][pairs.a]
    chosen = _choose_of_stars(pairs, iou, component)
    is_star = np.isin(component, component[chosen])
    rest = np.flatnonzero(~is_star)
    if len(rest) == 0:
        return np.sort(chosen)
    return np.sort(np.concatenate([chosen, _assign(pairs, iou, rest, component[rest])]))


def _choose_of_stars(pairs: MaskPairs, iou: FloatArray, component: IntArray) -> IntArray:
    """Choose where one segment alone overlaps all others around it: its best pair, of equal ones the first.

    Nearly all segments that compete are of that kind, and none of these needs an assignment.
    """
    if len(component) == 0:
        return np.zeros(0, dtype=np.int64)
    order = np.lexsort((-np.arange(len(iou)), iou, component))
    first = np.flatnonzero(np.diff(component[order], prepend=-1))
    is_star = np.zeros(len(first), dtype=np.bool_)
    for segment in (pairs.a[order], pairs.b[order]):
        is_star |= np.minimum.reduceat(segment, first) == np.maximum.reduceat(segment, first)
    last = np.append(first[1:], len(order)) - 1
    best: IntArray = order[last[is_star]]
    return best


def _assign(pairs: MaskPairs, iou: FloatArray, rest: IntArray, component: IntArray) -> IntArray:
    """Choose pairs of segments that overlap criss-cross, component by component."""
    from scipy.optimize import linear_sum_assignment  # late: it takes longer than a small comparison

    order = np.argsort(component, kind="stable")
    rest, component = rest[order], component[order]
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(component)) + 1, [len(rest)]])
    label = _number_within(component, pairs.a[rest], bounds)
    prediction = _number_within(component, pairs.b[rest], bounds)
    chosen: list[int] = []
    for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        rows, i, j = rest[first:end], label[first:end], prediction[first:end]
        gain = np.zeros((i.max() + 1, j.max() + 1))
        gain[i, j] = iou[rows]
        row_of = np.full(gain.shape, -1)
        row_of[i, j] = rows
        assigned = row_of[linear_sum_assignment(gain, maximize=True)]
        chosen.extend(assigned[assigned >= 0].tolist())
    return np.array(chosen, dtype=np.int64)


def _number_within(component: IntArray, segment: IntArray, bounds: IntArray) -> IntArray:
    """Number the segments of each component from 0, by their position; pairs come component by component."""
    # At once for all: thousands of small components would each sort their own.
    key = component.astype(np.int64) * (int(segment.max()) + 1) + segment
    number = np.unique(key, return_inverse=True)[1]
    first_number = np.minimum.reduceat(number, bounds[:-1])
    numbered: IntArray = number - np.repeat(first_number, np.diff(bounds))
    return numbered


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
