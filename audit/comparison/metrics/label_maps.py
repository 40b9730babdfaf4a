"""Metrics of biology on label maps, categories aside: AJI, splits and merges, information, Rand error.

Each is worked out image by image and averaged over the images that it is defined for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.label_evidence import group_rows
from audit.comparison.label_maps import LabelMaps
from audit.dataset.model import FloatArray, IntArray

_SPLIT_IOU = 0.1
_PART = 0.5


@dataclass(frozen=True, slots=True)
class Segments:
    """Areas and overlaps of two label maps an image; crowd regions are left out, as background."""

    images: int
    label_image: IntArray
    """(labels,)"""
    label_area: IntArray
    prediction_image: IntArray
    """(predictions,)"""
    prediction_area: IntArray
    label: IntArray
    """(k,) pairs that share pixels."""
    prediction: IntArray
    pixels: IntArray
    size: IntArray
    """(images,) pixels of each image."""

    @property
    def iou(self) -> FloatArray:
        """(k,) of the pairs."""
        union = self.label_area[self.label] + self.prediction_area[self.prediction] - self.pixels
        return self.pixels / union


def segments(m: ComparisonTables, maps: LabelMaps) -> Segments:
    """Take what the metrics of this file need.

    Examples
    --------
    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.dataset.model import empty_dataset
    >>> nothing, none = empty_dataset(), np.zeros(0, dtype=np.int64)
    >>> m = measure_comparison(nothing, nothing)
    >>> segments(m, prepare_label_maps(nothing, nothing, m).maps(none > 0, none)).images
    0
    """
    plain = ~m.labels.iscrowd[maps.label]
    return Segments(
        len(m.image_id), m.labels.image, np.where(m.labels.iscrowd, 0, maps.label_area),
        m.predictions.image, maps.prediction_area,
        maps.label[plain], maps.prediction[plain], maps.pixels[plain], m.height * m.width,
    )  # fmt: skip


def aggregated_jaccard(s: Segments) -> tuple[float, float]:
    """Return AJI and AJI+.

    AJI gives each label the prediction with the largest IoU, also twice; AJI+ pairs them one to one so that
    the sum of IoUs is largest. What is left over of either side adds to the union.

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
    >>> one = np.array([0])
    >>> s = Segments(1, one, one + 4, one, one + 2, one, one, one + 2, one + 9)
    >>> aggregated_jaccard(s)
    (0.5, 0.5)
    >>> none = one[:0]
    >>> aggregated_jaccard(Segments(0, *[none] * 8))
    (nan, nan)
    """
    order = np.lexsort((-s.prediction, s.iou, s.label))
    best = np.full(len(s.label_area), -1, dtype=np.int64)
    best[s.label[order]] = order  # the last assignment of each label stays
    return _jaccard(s, best[best >= 0]), _jaccard(s, _one_to_one(s))


def _jaccard(s: Segments, chosen: IntArray) -> float:
    """Add up intersections and unions of the chosen pairs, and what they leave over, image by image."""
    g, p, shared = s.label[chosen], s.prediction[chosen], s.pixels[chosen]
    image = s.label_image[g]
    both = _total(image, shared, s.images)
    union = _total(image, s.label_area[g] + s.prediction_area[p] - shared, s.images)
    for area, where, used in (
        (s.label_area, s.label_image, g),
        (s.prediction_area, s.prediction_image, p),
    ):
        left = np.ones(len(area), dtype=np.bool_)
        left[used] = False
        union += _total(where[left], area[left], s.images)
    some = union > 0
    return float((both[some] / union[some]).mean()) if some.any() else float("nan")


def _one_to_one(s: Segments) -> IntArray:
    """Choose pairs, each label and prediction once at most, with the largest sum of IoUs."""
    n, iou = len(s.label_area), s.iou
    graph = coo_array(
        (np.ones(len(s.label)), (s.label, n + s.prediction)), shape=(n + len(s.prediction_area),) * 2
    )
    group = connected_components(graph, directed=False)[1][s.label]
    alone = np.bincount(group, minlength=1)[group] == 1
    chosen = np.flatnonzero(alone).tolist()
    for _, rows in group_rows(group[~alone], np.flatnonzero(~alone)):
        labels, i = np.unique(s.label[rows], return_inverse=True)
        predictions, j = np.unique(s.prediction[rows], return_inverse=True)
        gain = np.zeros((len(labels), len(predictions)))
        gain[i, j] = iou[rows]
        place = np.full(gain.shape, -1)
        place[i, j] = rows
        pairs = place[linear_sum_assignment(gain, maximize=True)]
        chosen.extend(pairs[pairs >= 0].tolist())
    return np.array(sorted(chosen), dtype=np.int64)


def splits_and_merges(s: Segments) -> dict[str, int]:
    """Count labels that predictions split, and predictions that merge labels.

    By IoU: a label with at least two predictions of an IoU over 0.1 is split, a prediction with at least
    two such labels merges them. By part: at least two predictions lie in the label by half, or at least
    two labels in the prediction; this sees small fragments too.

    References
    ----------
    Caicedo et al., "Evaluation of deep learning strategies for nucleus segmentation", 2019.

    Examples
    --------
    >>> one, two = np.array([0]), np.array([0, 0])
    >>> s = Segments(1, one, one + 8, two, two + 4, two, np.array([0, 1]), two + 4, one + 9)
    >>> splits_and_merges(s)
    {'splits': 1, 'merges': 0, 'part_splits': 1, 'part_merges': 0}
    >>> splits_and_merges(Segments(0, *[one[:0]] * 8))["splits"]
    0
    """
    close = s.iou > _SPLIT_IOU
    part_of_label = s.pixels >= _PART * s.prediction_area[s.prediction]
    part_of_prediction = s.pixels >= _PART * s.label_area[s.label]
    return {
        "splits": _several(s.label[close]),
        "merges": _several(s.prediction[close]),
        "part_splits": _several(s.label[part_of_label]),
        "part_merges": _several(s.prediction[part_of_prediction]),
    }


def _several(owner: IntArray) -> int:
    return int((np.bincount(owner, minlength=1) >= 2).sum())


def variation_of_information(s: Segments) -> tuple[float, float]:
    """Return the variation of information by its two halves; background is one region of each map.

    Returns
    -------
    split : float
        H(predictions | labels) in bits: what predictions cut apart. NaN without images.
    merge : float
        H(labels | predictions) in bits: what predictions run together.

    References
    ----------
    Meila, "Comparing clusterings: an information based distance", 2007.

    Examples
    --------
    >>> one = np.array([0])
    >>> variation_of_information(Segments(1, one, one + 4, one, one + 4, one, one, one + 4, one + 8))
    (0.0, 0.0)
    >>> variation_of_information(Segments(0, *[one[:0]] * 8))
    (nan, nan)
    """
    n = s.images
    image = s.label_image[s.label]
    outside_g = s.label_area - _total(s.label, s.pixels, len(s.label_area))
    outside_p = s.prediction_area - _total(s.prediction, s.pixels, len(s.prediction_area))
    covered_g = _total(s.label_image, s.label_area, n)
    covered_p = _total(s.prediction_image, s.prediction_area, n)
    nowhere = s.size - covered_g - _total(s.prediction_image, outside_p, n)
    joint = (
        _entropy_sum(image, s.pixels, n)
        + _entropy_sum(s.label_image, outside_g, n)
        + _entropy_sum(s.prediction_image, outside_p, n)
        + _xlogx(nowhere)
    )
    of_labels = _entropy_sum(s.label_image, s.label_area, n) + _xlogx(s.size - covered_g)
    of_predictions = _entropy_sum(s.prediction_image, s.prediction_area, n) + _xlogx(s.size - covered_p)
    some = s.size > 0
    if not some.any():
        return float("nan"), float("nan")
    split = (of_labels - joint)[some] / s.size[some]
    merge = (of_predictions - joint)[some] / s.size[some]
    return abs(float(split.mean())), abs(float(merge.mean()))


def _entropy_sum(image: IntArray, pixels: FloatArray | IntArray, n: int) -> FloatArray:
    return _total(image, _xlogx(pixels), n)


def _xlogx(x: FloatArray | IntArray) -> FloatArray:
    size: FloatArray = np.maximum(np.asarray(x, dtype=np.float64), 0.0).astype(np.float64)
    return size * np.log2(np.maximum(size, 1e-300))


def adapted_rand(s: Segments) -> tuple[float, float, float]:
    """Return the adapted Rand error, with precision and recall; pixels without a label are left out.

    Returns
    -------
    error : float
        1 - F1 of the two; NaN where no image has a pair of labelled pixels.
    precision : float
        Of two pixels that the predictions join, how often the labels join them.
    recall : float
        Of two pixels that the labels join, how often the predictions join them.

    References
    ----------
    Arganda-Carreras et al., "Crowdsourcing the creation of image segmentation algorithms for connectomics",
    2015. (scikit-image's ``adapted_rand_error`` has the two the other way round.)

    Examples
    --------
    >>> one, two = np.array([0]), np.array([0, 0])
    >>> s = Segments(1, one, one + 8, two, two + 4, two, np.array([0, 1]), two + 4, one + 9)
    >>> [round(v, 3) for v in adapted_rand(s)]
    [0.4, 1.0, 0.429]
    >>> adapted_rand(Segments(0, *[one[:0]] * 8))
    (nan, nan, nan)
    """
    n = s.images
    inside = _total(s.prediction, s.pixels, len(s.prediction_area))
    outside = s.label_area - _total(s.label, s.pixels, len(s.label_area))
    background = _total(s.label_image, outside, n)
    total = _total(s.label_image, s.label_area, n)
    joined = _total(s.label_image[s.label], s.pixels.astype(float) ** 2, n)
    joined += _square_sum(s.label_image, outside, n)  # labelled pixels that the predictions leave out
    by_label = _square_sum(s.label_image, s.label_area, n) - total
    by_prediction = _square_sum(s.prediction_image, inside, n) + background**2 - total
    both = joined - total
    some = (by_label > 0) & (by_prediction > 0)
    if not some.any():
        return float("nan"), float("nan"), float("nan")
    precision, recall = both[some] / by_prediction[some], both[some] / by_label[some]
    error = 1 - 2 * both[some] / (by_label + by_prediction)[some]
    return float(error.mean()), float(precision.mean()), float(recall.mean())


def _square_sum(image: IntArray, pixels: FloatArray | IntArray, n: int) -> FloatArray:
    return _total(image, np.asarray(pixels, dtype=float) ** 2, n)


def _total(owner: IntArray, amount: FloatArray | IntArray, n: int) -> FloatArray:
    """Add up by owner; a float also where there is nothing (then bincount gives integers)."""
    return np.bincount(owner, weights=amount, minlength=n).astype(float)
