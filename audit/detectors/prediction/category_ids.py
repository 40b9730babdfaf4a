"""The results' category ids are not those of the labels.

What it finds
-------------
Results whose categories hardly ever agree with the labels that they outline, and nearly always do where
their ids are read otherwise: shifted by a constant, as places in the list of categories (in the file's
order or in that of the names, counted from 0 or from 1), or each as another one. It is said once, and
nothing is said of the single results and labels.

Why it matters
--------------
Every metric by category is 0 or nearly so, however good the model is.

When it is wrong
----------------
A model that mistakes each category for the one beside it, throughout.

Example
-------
The labels' ids are 1 to 80, and the results' 0 to 79: of 160 labels that a prediction outlines none has its
category, and with +1 all 160 would. Write the labels' ids into the results.

Reference
---------
None: model frameworks count classes from 0, COCO's annotation files count categories from 1 and leave gaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.rule import Judges
from audit.findings.finding import Severity

if TYPE_CHECKING:
    from audit.comparison.label_evidence import LabelEvidence

SEVERITY = Severity.ERROR
JUDGES = Judges.PREDICTIONS


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_share: float = option(0.7, unit="share", help="least share of outlined labels that would fit")


def detect(evidence: LabelEvidence, options: Options) -> Iterator[Hit]:
    """Yield one hit where other ids would fit.

    Parameters
    ----------
    evidence : LabelEvidence
        Of all labels and predictions.
    options : Options
        Of this rule.

    Yields
    ------
    Hit
    """
    reading = evidence.category_reading
    if reading is None or reading.fit_read < options.min_share * reading.matches:
        return
    yield Hit(
        reading.sentence,
        score=reading.fit_read / reading.matches,
        evidence={
            "reading": reading.rule.rstrip(","),
            "shift": reading.shift,
            "matches": reading.matches,
            "fit": reading.fit,
            "fit_read": reading.fit_read,
        },
    )
