"""Two annotations that touch look like one object cut in two.

What it finds
-------------
Touching pairs that look more like one object of this dataset, cut in two, than like two objects: the
union has the size and the form of a single one, and its outline runs on where the two meet, without a
notch. Pairs of one category count that are at most one pixel apart, with at least 30 px in the smaller
one, a tenth of the larger one's area, and 3 px of contact. What "like one" means is learned from the
dataset itself.

The score is the estimated probability that the two are one.

Why it matters
--------------
Half objects teach the model to predict halves: two masks and a seam where there is nothing to see.

When it is wrong
----------------
Objects that have just divided, and objects behind a thin foreground that hides their middle.

Example
-------
`cell` 4 and `cell` 5 share a border of 18 px; together they have the area of a single cell and fill
97 % of their convex hull. Join them.

Reference
---------
Caicedo et al., "Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl", 2019,
counts split objects among the main errors; the method is this project's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import quoted_names
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements
from audit.touching.learned import MIN_SCORE, isolated_area_px, split_pairs

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(MIN_SCORE, unit="probability", help="least probability of one object")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every touching pair that seems to be one object."""
    rows = np.flatnonzero(split_pairs(m, o.min_score))
    if len(rows) == 0:
        return
    single, name = isolated_area_px(m), quoted_names(m)
    pair = m.unions["pair"].to_numpy()
    union, hull = m.unions["area_px"].to_numpy(), m.unions["hull_px"].to_numpy()
    seam = m.unions["seam_px"].to_numpy()
    a, b, gap, score = (m.pairs[column].to_numpy() for column in ("a", "b", "gap_px", "split_score"))
    for row in rows.tolist():
        k = pair[row]
        solidity = min(float(union[row] / hull[row]), 1.0)
        where = "share a border" if gap[k] == 0 else "lie 1 px apart on a line"
        yield Hit(
            f"These two look like one {name[a[k]]} drawn as two "
            f"({format_percent(float(score[k]))} sure): they {where} of "
            f"{seam[row]:.0f} px, have together {union[row]} px where a single one here has "
            f"about {single[a[k]]:.0f} px, and fill {format_percent(solidity)} of their convex hull.",
            score=float(score[k]),
            instances=(int(a[k]), int(b[k])),
            evidence={
                "probability": float(score[k]),
                "contact_px": round(float(seam[row]), 1),
                "gap_px": int(gap[k]),
                "union_px": int(union[row]),
                "typical_single_px": round(float(single[a[k]]), 1),
                "union_solidity": round(solidity, 4),
            },
        )
