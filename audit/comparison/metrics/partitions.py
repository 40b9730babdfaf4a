"""Metrics that compare two label maps as partitions of the pixels: variation of information, Rand error.

Categories are left out. Each is worked out image by image and averaged over the images that it is defined
for. Pixels outside of all segments are one more segment of their map, the background.
"""

from __future__ import annotations

import numpy as np

from audit.comparison.label_maps import LabelMaps
from audit.dataset.model import FloatArray, IntArray


def variation_of_information(maps: LabelMaps) -> tuple[float, float]:
    """Return the variation of information by its two halves; background is one region of each map.

    Parameters
    ----------
    maps : LabelMaps
        Without crowd regions.

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
    One label cut into two halves: one bit for its pixels, none for the as many pixels of background.

    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaa...."), scene("ppqq....")))
    >>> variation_of_information(prepare_label_maps(measure_comparison(*data)).draw())
    (0.5, 0.0)
    >>> nothing = compared()
    >>> variation_of_information(prepare_label_maps(measure_comparison(*nothing)).draw())
    (nan, nan)
    """
    tables, pairs = maps.tables, maps.pairs
    n_images, image_area = len(tables.image_id), tables.height * tables.width
    label_image, prediction_image = tables.labels.image, tables.predictions.image
    label_rest, prediction_rest = _count_uncovered(maps)
    labelled = _sum_by(label_image, maps.label_area, n_images)
    predicted = _sum_by(prediction_image, maps.prediction_area, n_images)
    background = image_area - labelled - _sum_by(prediction_image, prediction_rest, n_images)
    # With n log n summed over the regions of a partition, H(joint) - H(labels) is
    # (sum of labels - sum of joint) / pixels: the constants cancel.
    joint = (
        _sum_by(label_image[pairs.a], _n_log_n(pairs.intersection), n_images)
        + _sum_by(label_image, _n_log_n(label_rest), n_images)
        + _sum_by(prediction_image, _n_log_n(prediction_rest), n_images)
        + _n_log_n(background)
    )
    of_labels = _sum_by(label_image, _n_log_n(maps.label_area), n_images)
    of_labels += _n_log_n(image_area - labelled)
    of_predictions = _sum_by(prediction_image, _n_log_n(maps.prediction_area), n_images)
    of_predictions += _n_log_n(image_area - predicted)
    is_defined = image_area > 0
    if not is_defined.any():
        return float("nan"), float("nan")
    split = (of_labels - joint)[is_defined] / image_area[is_defined]
    merge = (of_predictions - joint)[is_defined] / image_area[is_defined]
    # Rounded: numpy's logarithm differs in the last digit from one processor to another.
    return round(abs(float(split.mean())), 9), round(abs(float(merge.mean())), 9)


def adapted_rand(maps: LabelMaps) -> tuple[float, float, float]:
    """Return the adapted Rand error, with precision and recall; pixels without a label are left out.

    Parameters
    ----------
    maps : LabelMaps
        Without crowd regions.

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
    Of the 28 pairs of pixels of the label, the two predictions join 12, and no others:

    >>> from audit.comparison.label_maps import prepare_label_maps
    >>> from audit.comparison.measuring import measure_comparison
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaaaaaa."), scene("ppppqqqq.")))
    >>> maps = prepare_label_maps(measure_comparison(*data)).draw()
    >>> [round(value, 3) for value in adapted_rand(maps)]
    [0.4, 1.0, 0.429]
    >>> nothing = compared()
    >>> adapted_rand(prepare_label_maps(measure_comparison(*nothing)).draw())
    (nan, nan, nan)
    """
    tables, pairs, n_images = maps.tables, maps.pairs, len(maps.tables.image_id)
    label_image, prediction_image = tables.labels.image, tables.predictions.image
    label_rest, _ = _count_uncovered(maps)
    inside_labels = _sum_by(pairs.b, pairs.intersection, len(maps.prediction_area))
    background = _sum_by(label_image, label_rest, n_images)
    labelled = _sum_by(label_image, maps.label_area, n_images)
    # A region of n pixels joins n (n - 1) ordered pairs: the sum of squares less the number of pixels.
    joined_by_both = _sum_by(label_image[pairs.a], pairs.intersection.astype(float) ** 2, n_images)
    joined_by_both += _sum_by(
        label_image, label_rest**2, n_images
    )  # what predictions leave out is one region
    joined_by_both -= labelled
    by_labels = _sum_by(label_image, maps.label_area.astype(float) ** 2, n_images) - labelled
    by_predictions = _sum_by(prediction_image, inside_labels**2, n_images) + background**2 - labelled
    is_defined = (by_labels > 0) & (by_predictions > 0)
    if not is_defined.any():
        return float("nan"), float("nan"), float("nan")
    precision = joined_by_both[is_defined] / by_predictions[is_defined]
    recall = joined_by_both[is_defined] / by_labels[is_defined]
    error = 1 - 2 * joined_by_both[is_defined] / (by_labels + by_predictions)[is_defined]
    return float(error.mean()), float(precision.mean()), float(recall.mean())


def _count_uncovered(maps: LabelMaps) -> tuple[FloatArray, FloatArray]:
    """Count the pixels of each segment that no segment of the other map covers: (labels,), (predictions,)."""
    pairs = maps.pairs
    return (
        maps.label_area - _sum_by(pairs.a, pairs.intersection, len(maps.label_area)),
        maps.prediction_area - _sum_by(pairs.b, pairs.intersection, len(maps.prediction_area)),
    )


def _n_log_n(pixels: FloatArray | IntArray) -> FloatArray:
    """Return n log2 n, which is 0 for 0."""
    count: FloatArray = np.maximum(np.asarray(pixels, dtype=np.float64), 0.0).astype(np.float64)
    return count * np.log2(np.maximum(count, 1e-300))


def _sum_by(group: IntArray, amount: FloatArray | IntArray, n_groups: int) -> FloatArray:
    """Add up by group; a float also where there is nothing (then bincount gives integers)."""
    return np.bincount(group, weights=amount, minlength=n_groups).astype(float)
