"""The results' image ids are not those of the labels.

What it finds
-------------
Results of which hardly any outlines a label of its image, and many would where their image ids are read
otherwise: shifted by a constant, as places in the list of images (in the file's order or in that of the file
names, counted from 0 or from 1), or as the last number of the file name. The surest 1,000 results are tried.
It is said once, and nothing is said of the single results and labels.

Why it matters
--------------
Every metric is 0 or nearly so, however good the model is.

When it is wrong
----------------
A camera that stands still, where the results of one frame fit the next one better than their own.

Example
-------
The labels number the images 1 to 40, and the results 0 to 39: of 160 results 2 outline a label of their
image, and with +1 150 would. Write the labels' ids into the results.

Reference
---------
None: frameworks count the images of a data loader from 0, or take the number in the file's name.
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

    min_share: float = option(0.2, unit="share", help="least share of the results that would fit")


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
    reading = evidence.image_reading
    if reading is None or reading.fit_read < options.min_share * reading.tried:
        return
    yield Hit(
        reading.sentence,
        score=reading.fit_read / reading.tried,
        evidence={
            "reading": reading.rule.rstrip(","),
            "shift": reading.shift,
            "tried": reading.tried,
            "fit": reading.fit,
            "fit_read": reading.fit_read,
        },
    )
