"""How well outlines agree: boundary IoU."""

from __future__ import annotations

import numpy as np

from audit.compare.measuring import blocks
from audit.compare.objects import Measured
from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.geometry.join import IndexedRuns
from audit.geometry.morphology import erode
from audit.geometry.overlap import shared_pixels
from audit.geometry.runs import Runs, take
from audit.geometry.shape import areas

DILATION = 0.02
"""Width of the boundary as a share of the image's diagonal."""


def boundary_ious(
    labels: Dataset,
    predictions: Dataset,
    m: Measured,
    label: IntArray,
    prediction: IntArray,
) -> FloatArray:
    """Measure the IoU of the inner boundaries of labels and predictions.

    The boundary of a mask is what lies inside it, at most 2 % of the image's diagonal (at least a pixel)
    from its outline; the image's border is outline too.

    Parameters
    ----------
    labels, predictions : Dataset
    m : Measured
    label, prediction : (k,) int64
        Pairs.

    Returns
    -------
    (k,) float64

    References
    ----------
    Cheng et al., "Boundary IoU: improving object-centric image segmentation evaluation", 2021.

    Examples
    --------
    >>> from audit.compare.measuring import measure_both
    >>> from audit.dataset.model import empty_dataset
    >>> nothing, none = empty_dataset(), np.zeros(0, dtype=np.int64)
    >>> boundary_ious(nothing, nothing, measure_both(nothing, nothing), none, none).tolist()
    []
    """
    result = np.zeros(len(label))
    diagonal = np.sqrt(m.height.astype(float) ** 2 + m.width.astype(float) ** 2)
    width = np.maximum(np.rint(DILATION * diagonal).astype(np.int64), 1)
    order = np.argsort(label, kind="stable")
    for block in blocks(labels, predictions, m.labels, m.predictions):
        here = order[slice(*np.searchsorted(label[order], [block.labels.start, block.labels.stop]))]
        if len(here) == 0:
            continue
        g, i = np.unique(label[here] - block.labels.start, return_inverse=True)
        p, j = np.unique(prediction[here] - block.predictions.start, return_inverse=True)
        mine = _Ring(take(block.label_runs, g), width[m.labels.image[g + block.labels.start]])
        theirs = _Ring(
            take(block.prediction_runs, p), width[m.predictions.image[p + block.predictions.start]]
        )
        shared = sum(
            sign * shared_pixels(one, other, i, j)
            for sign, one, other in (
                (1, mine.whole, theirs.whole),
                (-1, mine.core, theirs.whole),
                (-1, mine.whole, theirs.core),
                (1, mine.core, theirs.core),
            )
        )
        union = mine.size[i] + theirs.size[j] - shared
        result[here] = shared / np.maximum(union, 1)
    return result


class _Ring:
    """A mask less its core."""

    def __init__(self, runs: Runs, width: IntArray) -> None:
        core = erode(runs, width)
        self.whole, self.core = IndexedRuns.of(runs), IndexedRuns.of(core)
        self.size = areas(runs) - areas(core)
