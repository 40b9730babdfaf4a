"""Masks that were measured without a close look at their form: nothing is known of touching objects."""

from __future__ import annotations

from dataclasses import replace

from audit.measure.schema import CONVENTIONS, Measurements, table

NOT_LOOKED = "forms were not looked at: no rule about touching objects was on"
"""Reason in the table of conventions, where it is the only row."""


def unseen(m: Measurements) -> Measurements:
    """Say in the table of conventions that forms were not looked at.

    Parameters
    ----------
    m : Measurements
        Measured by `audit.measure.shard.measure_masks`.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> unseen(empty_measurements()).conventions["reason"].tolist() == [NOT_LOOKED]
    True
    """
    line: dict[str, object] = {name: [0] for name in CONVENTIONS}
    line |= {"category": [-1], "sharpness": [0.5], "pair_sharpness": [0.5], "reason": [NOT_LOOKED]}
    return replace(m, conventions=table(CONVENTIONS, line))


def is_unseen(m: Measurements) -> bool:
    """Tell whether forms were not looked at.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> is_unseen(unseen(empty_measurements())), is_unseen(empty_measurements())
    (True, False)
    """
    return m.conventions["reason"].tolist() == [NOT_LOOKED]
