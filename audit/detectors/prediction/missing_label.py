"""A label may be missing: the model is sure of an object where nothing is labelled.

What it finds
-------------
Predictions of at least ``min_score`` that lie by less than ``max_over`` in any label or crowd region.
Of several predictions of one place only the best is said. The score is how often predictions of that
score match a label in this dataset, times the share of the prediction that lies outside of labels.

Why it matters
--------------
What is not labelled counts as background: the model is punished for finding it, and learns to miss
such objects, or to be unsure.

When it is wrong
----------------
Where the model is sure of something that is none: a reflection, a drawing, a category that is not to be
labelled here. A model that was trained on these very labels finds fewer of them.

Example
-------
Result 34 shows a `cell` with a score of 0.97, and no label lies there.

Reference
---------
Tkachenko et al., "ObjectLab", 2023 (overlooked boxes); Bolya et al., "TIDE", 2020 (background errors).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.comparison.label_evidence import Seen
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_score: float = option(0.7, unit="score", help="least score of a prediction that counts as sure")
    max_over: float = option(0.2, unit="share", help="largest share of the prediction inside one label")


def detect(seen: Seen, o: Options) -> Iterator[Hit]:
    """Yield every sure prediction where nothing is labelled."""
    p, t = seen.m.predictions, seen.touch
    covers = np.zeros(len(p), dtype=np.bool_)
    covers[t.prediction[t.covered >= 0.5]] = True
    sure = (p.score >= o.min_score) & (p.area > 0) & (p.category >= 0)
    for row in np.flatnonzero(sure & (seen.over <= o.max_over) & seen.best & ~covers).tolist():
        yield Hit(
            f"Prediction {int(seen.positions[row])} shows a {seen.name(int(p.category[row]))} here "
            f"(score {p.score[row]:.2f}), but no label does.",
            score=float(seen.trust[row] * (1 - seen.over[row])),
            image=int(p.image[row]),
            categories=(int(p.category[row]),),
            evidence={
                "prediction_ids": seen.prediction_ids([row]),
                "prediction_score": float(p.score[row]),
                "share_in_labels": float(seen.over[row]),
                "share_right_at_this_score": float(seen.trust[row]),
                "x": float(p.box[row, 0]),
                "y": float(p.box[row, 1]),
                "w": float(p.box[row, 2]),
                "h": float(p.box[row, 3]),
                "area_px": int(p.area[row]),
            },
            identity=(f"{int(p.mask_hash[row]):016x}",),
        )
