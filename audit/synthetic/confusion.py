"""Planted causes against found ones: which was taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.synthetic.predictions import CAUSES, PlantedCause

MISSED = "not a pair"
"""Found: the two predictions overlap too little to be asked about."""
UNPLANNED = "unplanned"
"""Planted: two predictions overlap that were not meant to."""


@dataclass(frozen=True, slots=True)
class ConfusionLine:
    """What was found where one cause was planted."""

    planted: str
    found: Mapping[str, int]
    """Cause to number of pairs."""

    @property
    def pairs(self) -> int:
        """How often it was planted."""
        return sum(self.found.values())

    @property
    def right(self) -> int:
        """How often it was found."""
        return self.found.get(self.planted, 0)


def confusion(
    planted: Sequence[PlantedCause], found: Mapping[tuple[int, int], str]
) -> tuple[ConfusionLine, ...]:
    """Compare planted with found causes.

    Parameters
    ----------
    planted : sequence of PlantedCause
    found : mapping
        Places of two predictions in the results, the smaller first, to the cause.

    Returns
    -------
    tuple of ConfusionLine
        One a planted cause, in the order of `CAUSES`; then `UNPLANNED`, if there are any.

    Examples
    --------
    >>> lines = confusion([PlantedCause("mask_spill", 1, (0, 1), (7,))], {(0, 1): "mask_spill"})
    >>> [(line.planted, line.pairs, line.right) for line in lines]
    [('mask_spill', 1, 1)]
    >>> confusion([], {})
    ()
    """
    truth = {p.predictions: p.cause for p in planted}
    lines = []
    for cause in (*CAUSES, UNPLANNED):
        if cause == UNPLANNED:
            count = Counter(said for pair, said in found.items() if pair not in truth)
        else:
            count = Counter(found.get(pair, MISSED) for pair, name in truth.items() if name == cause)
        if count:
            lines.append(ConfusionLine(cause, dict(sorted(count.items()))))
    return tuple(lines)
