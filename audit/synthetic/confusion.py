"""Planted causes against found ones: which was taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from audit.synthetic.prediction_causes import CAUSES
from audit.synthetic.predictions import PlantedCause

MISSED = "not a pair"
"""Found: the two predictions overlap too little to be asked about."""
UNPLANNED = "unplanned"
"""Planted: two predictions overlap that were not meant to."""


def confusion_matrix(
    planted: Sequence[PlantedCause], causes_by_pair: Mapping[tuple[int, int], str]
) -> pd.DataFrame:
    """Compare planted with found causes.

    Parameters
    ----------
    planted : sequence of PlantedCause
    causes_by_pair : mapping
        Places of two predictions in the results, the smaller first, to the cause.

    Returns
    -------
    DataFrame
        Pairs by planted cause (rows, in the order of `CAUSES`; then `UNPLANNED`, if there are any) and by
        found cause (columns, sorted).

    Examples
    --------
    >>> matrix = confusion_matrix([PlantedCause("mask_spill", 1, (0, 1), (7,))], {(0, 1): "background"})
    >>> int(matrix.loc["mask_spill", "background"]), count_right(matrix)
    (1, 0)
    >>> confusion_matrix([], {}).empty
    True
    """
    cause_of_pair = {planted_cause.predictions: planted_cause.cause for planted_cause in planted}
    pairs = [*cause_of_pair, *(pair for pair in causes_by_pair if pair not in cause_of_pair)]
    planted_causes = pd.Categorical(
        [cause_of_pair.get(pair, UNPLANNED) for pair in pairs], categories=[*CAUSES, UNPLANNED], ordered=True
    )
    return pd.crosstab(
        planted_causes,
        [causes_by_pair.get(pair, MISSED) for pair in pairs],
        rownames=["planted"],
        colnames=["found"],
    )


def count_right(matrix: pd.DataFrame) -> int:
    """Count the pairs whose cause was found.

    Parameters
    ----------
    matrix : DataFrame
        From `confusion_matrix`.
    """
    return sum(int(matrix.loc[cause, cause]) for cause in matrix.index if cause in matrix.columns)
