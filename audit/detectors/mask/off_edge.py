"""The outline lies beside an edge of the picture, not on it.

What it finds
-------------
Masks whose outline would lie on much more contrast if it were moved by ``min_shift`` pixels or more, up
to 5: shifted and carelessly drawn outlines. Contrast is measured in that of the picture's other
outlines; an object without a clear edge is left alone (``min_contrast``). Needs the pictures (--images),
and decodes each one, which takes longer than all else: so it is off unless it is selected by name
(``--select mask.off_edge``) or has a table of its own in the configuration.

The score is 1 - the contrast under the outline / that at the better place.

Why it matters
--------------
The model learns the offset: masks that miss the object on one side and overlap the neighbour on the
other.

When it is wrong
----------------
Often: of masks moved on purpose in real pictures of nuclei it found one in ten, and one in three of its
findings was right. Objects with a strong pattern inside, or with a brighter neighbour: the better place
is then an edge of something else.

Example
-------
The outline of `nucleus` 12 has 38 % of the contrast that it would have 4 px further left.

Reference
---------
None: the method is this project's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit, option
from audit.detectors.pair_kinds import percent, quoted_names
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

BY_DEFAULT = False
SEVERITY = Severity.INFO


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.5, unit="share", help="least share of the contrast that is missed")
    min_shift: float = option(2.5, unit="px", help="least distance to the better place")
    min_contrast: float = option(0.8, unit="ratio", help="least contrast there, of the picture's usual")
    min_area: int = option(100, unit="px", help="least area of a mask that is judged")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every mask whose outline would lie better elsewhere."""
    t = m.instances
    here, best, x, y = (t[name].to_numpy() for name in ("edge_here", "edge_best", "edge_x", "edge_y"))
    if np.isnan(best).all():
        return
    missed = 1 - here / np.where(best > 0, best, 1)
    far = np.hypot(x, y)
    chosen = (missed >= o.min_score) & (far >= o.min_shift) & (best >= o.min_contrast)
    chosen &= (t["area_px"].to_numpy() >= o.min_area) & ~t["iscrowd"].to_numpy()
    name = quoted_names(m)
    for row in np.flatnonzero(chosen).tolist():
        share, where = percent(float(1 - missed[row])), _where(int(x[row]), int(y[row]))
        yield Hit(
            f"The outline of this {name[row]} lies beside an edge of the picture: it has {share} of the "
            f"contrast that it would have {where}.",
            score=float(missed[row]),
            instances=(row,),
            evidence={
                "missed_share": float(missed[row]),
                "shift_px": [int(x[row]), int(y[row])],
                "distance_px": round(float(far[row]), 2),
                "contrast": float(best[row]),
            },
        )


def _where(x: int, y: int) -> str:
    """Say a direction in words.

    Examples
    --------
    >>> _where(-3, 0), _where(2, 4)
    ('3 px further left', '2 px further right and 4 px further down')
    """
    parts = [
        f"{abs(v)} px further {words[v > 0]}"
        for v, words in ((x, ("left", "right")), (y, ("up", "down")))
        if v
    ]
    return " and ".join(parts)
