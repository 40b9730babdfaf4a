"""Masks whose shapes were not measured closely: nothing is known of touching objects."""

from __future__ import annotations

from dataclasses import replace

from audit.measure.schema import CONVENTIONS, Measurements, table

NOT_MEASURED = "forms were not looked at: no rule about touching objects was on"
"""Reason in the table of conventions, where it is the only row."""


def mark_not_measured(measurements: Measurements) -> Measurements:
    """Say in the table of conventions that shapes were not measured closely.

    Parameters
    ----------
    measurements : Measurements
        Made by `audit.measure.shard.measure_masks`.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> mark_not_measured(empty_measurements()).conventions["reason"].tolist() == [NOT_MEASURED]
    True
    """
    row: dict[str, object] = {name: [0] for name in CONVENTIONS}
    row |= {"category": [-1], "auroc": [0.5], "pair_auroc": [0.5], "reason": [NOT_MEASURED]}
    return replace(measurements, conventions=table(CONVENTIONS, row))


def is_not_measured(measurements: Measurements) -> bool:
    """Tell whether shapes were not measured closely.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> nothing = empty_measurements()
    >>> is_not_measured(mark_not_measured(nothing)), is_not_measured(nothing)
    (True, False)
    """
    return list(measurements.conventions["reason"]) == [NOT_MEASURED]
