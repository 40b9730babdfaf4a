"""Labels that were not looked for in every image: each image has its own list of categories (LVIS)."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass

IntArray = NDArray[np.int64]
FREQUENCIES = "rcf"
"""Rare (in up to 10 training images), common (up to 100) and frequent categories, as LVIS writes them."""


@dataclass(frozen=True, slots=True)
class FederatedLabels:
    """What annotators looked for; a row is a pair of positions (image, category).

    A category that has a label in an image was looked for there, too. Of all other pairs nobody knows.

    References
    ----------
    Gupta et al., "LVIS: a dataset for large vocabulary instance segmentation", 2019, section 2.
    """

    negative: IntArray
    """(n, 2) looked for, and not there: ``neg_category_ids``."""
    not_exhaustive: IntArray
    """(m, 2) labelled, but not every object: ``not_exhaustive_category_ids``."""
    frequency: IntArray = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    """(k, 2) category, and the position in `FREQUENCIES` of how many images of the training set have it."""

    def move(self, images_before: int, category_rows: IntArray) -> FederatedLabels:
        """Follow images and categories into a larger dataset.

        Parameters
        ----------
        images_before : int
        category_rows : (categories,) int64
            The new row of each category.

        Examples
        --------
        >>> nothing = np.zeros((0, 2), dtype=np.int64)
        >>> FederatedLabels(np.array([[0, 1]]), nothing).move(5, np.array([7, 3])).negative.tolist()
        [[5, 3]]
        >>> FederatedLabels(nothing, nothing).move(5, np.array([7, 3])).negative.tolist()
        []
        """
        negative, not_exhaustive = (
            np.stack([pairs[:, 0] + images_before, category_rows[pairs[:, 1]]], axis=1)
            for pairs in (self.negative, self.not_exhaustive)
        )
        frequency = np.stack([category_rows[self.frequency[:, 0]], self.frequency[:, 1]], axis=1)
        return FederatedLabels(negative, not_exhaustive, frequency)


def join_federated(parts: list[FederatedLabels | None]) -> FederatedLabels | None:
    """Put federated labels together; None if any part was looked through for all categories.

    Parameters
    ----------
    parts : list of FederatedLabels or None

    Examples
    --------
    >>> one = FederatedLabels(np.array([[0, 1]]), np.zeros((0, 2), dtype=np.int64))
    >>> join_federated([one, one]).negative.tolist()
    [[0, 1], [0, 1]]
    >>> join_federated([one, None]), join_federated([])
    (None, None)
    """
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return FederatedLabels(
        np.concatenate([part.negative for part in known]),
        np.concatenate([part.not_exhaustive for part in known]),
        np.unique(np.concatenate([part.frequency for part in known]), axis=0),
    )
