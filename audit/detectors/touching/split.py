"""Two annotations that touch look like one object cut in two.

What it finds
-------------
Touching pairs that look more like one object of this dataset, cut in two, than like two objects: the
union has the size and the form of a single one, and its outline runs on where the two meet, without a
notch. Pairs of one category count that are at most one pixel apart, with at least 30 px in the smaller
one, a tenth of the larger one's area, and 3 px of contact. What "like one" means is learned from the
dataset itself. With pictures, the brightness of the two counts too, for their being one or against it.

The score is the estimated probability that the two are one. From ``warn_score`` on it is a warning, below
that an info. A few pairs in a thousand look exactly like one object and are two, so where split objects are
rare no pair is more than likely, and all are infos.

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

import numpy as np

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.describe_pairs import QuotedCategoryNames
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements
from audit.touching.learned import LIKELY_SCORE, split_pairs
from audit.touching.reference_stats import typical_areas

SEVERITY = Severity.WARNING
IMPORTANCE = 0.9


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(LIKELY_SCORE, unit="probability", help="least probability of one object")
    warn_score: float = option(0.85, unit="probability", help="probability from which on it is a warning")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield every touching pair that seems to be one object.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    rows = np.flatnonzero(split_pairs(measurements, options.min_score))
    if len(rows) == 0:
        return
    isolated_px, names = typical_areas(measurements), QuotedCategoryNames(measurements)
    pair_rows = measurements.unions["pair"].to_numpy()
    union_px, hull_px = measurements.unions["area_px"].to_numpy(), measurements.unions["hull_px"].to_numpy()
    seam_px = measurements.unions["seam_px"].to_numpy()
    instance_a, instance_b, gap_px, split_score = (
        measurements.pairs[column].to_numpy() for column in ("a", "b", "gap_px", "split_score")
    )
    for row in rows.tolist():
        pair_row = pair_rows[row]
        solidity = min(float(union_px[row] / hull_px[row]), 1.0)
        contact_text = "share a border" if gap_px[pair_row] == 0 else "lie 1 px apart on a line"
        yield Hit(
            f"These two look like one {names[instance_a[pair_row]]} drawn as two "
            f"({format_percent(float(split_score[pair_row]))} sure): they {contact_text} of "
            f"{seam_px[row]:.0f} px, have together {union_px[row]} px where a single one here has "
            f"about {isolated_px[instance_a[pair_row]]:.0f} px, and fill {format_percent(solidity)} of "
            "their convex hull.",
            score=float(split_score[pair_row]),
            instances=(int(instance_a[pair_row]), int(instance_b[pair_row])),
            evidence={
                "probability": float(split_score[pair_row]),
                "contact_px": round(float(seam_px[row]), 1),
                "gap_px": int(gap_px[pair_row]),
                "union_px": int(union_px[row]),
                "typical_single_px": round(float(isolated_px[instance_a[pair_row]]), 1),
                "union_solidity": round(solidity, 4),
            },
            severity=None if split_score[pair_row] >= options.warn_score else Severity.INFO,
        )
