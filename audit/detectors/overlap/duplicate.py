"""One object annotated twice: two masks of one category that are nearly identical.

What it finds
-------------
Pairs of instances of the same category in one image whose masks agree almost pixel for pixel
(IoU at least ``min_iou``). Crowd regions are left out.

Why it matters
--------------
The second copy teaches the model to predict every object twice, and in evaluation one of the two
can never be matched: each duplicate is a certain false negative.

When it is wrong
----------------
Two flat objects exactly on top of each other (stacked plates seen from above) are really two.

Example
-------
Annotations 17 and 93 are both `cell` and share 412 of 415 pixels: IoU 0.99. Delete one.

Reference
---------
Lin et al., "Microsoft COCO: Common Objects in Context", 2014, section 4 (one mask an instance).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_iou: float = option(0.85, unit="IoU", help="least IoU of two masks that count as one object")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every pair of the same category with nearly the same mask."""
    category = m.instances["category"].to_numpy()
    crowd = m.instances["iscrowd"].to_numpy()
    pairs = m.pairs[m.pairs["iou"] >= o.min_iou]
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    pairs = pairs[(category[a] == category[b]) & ~crowd[a] & ~crowd[b]]
    for pair in pairs.itertuples():
        yield Hit(
            f"The same object seems to be annotated twice: the two masks have an IoU of {pair.iou:.3f}.",
            score=pair.iou,
            instances=(pair.a, pair.b),
            evidence={"iou": pair.iou, "intersection_px": pair.intersection_px},
        )
