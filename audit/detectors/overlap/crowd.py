"""A crowd region covers what is annotated on its own, or another crowd region of its category.

What it finds
-------------
Pairs of one category with a crowd region (``iscrowd: 1``): a single instance with at least
``min_share`` of its pixels inside the region, or two regions of which the smaller one has as much
inside the other. From ``warn_share`` on it is a warning, below it an info. Pairs of different
categories (a bag inside a crowd of people) are only looked at with ``other_categories``, and are an info.

Why it matters
--------------
A crowd region stands for "more of these, not told apart", and evaluation ignores what is predicted
there. An instance inside it is wanted and ignored at once, and its pixels are counted twice.

When it is wrong
----------------
Regions that were drawn generously around single objects in front of a crowd.

Example
-------
`person` 12 lies with 93 % of its 1840 pixels inside the crowd region 900100.

Reference
---------
COCO API, `pycocotools.cocoeval` (how ``iscrowd`` is matched).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.base import Hit, option
from audit.detectors.classify_pairs import PairKind, overlaps, pair_kinds, quoted_names, same_category
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_share: float = option(0.5, unit="share", help="least share of the instance inside the crowd region")
    warn_share: float = option(0.8, unit="share", help="share from which on it is a warning")
    other_categories: bool = option(False, unit="-", help="look at pairs of different categories as well")


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield every instance inside a crowd region, and overlapping regions, the covered one first."""
    crowd, area = m.instances["iscrowd"].to_numpy(), m.instances["area_px"].to_numpy()
    name = quoted_names(m)
    for pair in overlaps(m, _candidates(m, o)):
        both = bool(crowd[pair.a] and crowd[pair.b])
        # The single instance is the covered one; of two regions the smaller.
        inside = pair.smaller if both else pair.b if crowd[pair.a] else pair.a
        around = pair.a + pair.b - inside
        pixels = int(area[inside])
        share = pair.intersection_px / pixels
        what = f"crowd region of {name[inside]}" if both else name[inside]
        whose = "the same category" if pair.same else "another category"
        yield Hit(
            f"This {what} has {format_percent(share)} of its {pixels} pixels "
            f"inside a crowd region of {whose}.",
            score=share,
            instances=(inside, around),
            evidence={
                "share": share,
                "intersection_px": pair.intersection_px,
                "depth_px": pair.depth_px,
                "both_crowd": both,
            },
            severity=Severity.WARNING if pair.same and share >= o.warn_share else Severity.INFO,
        )


def _candidates(m: Measurements, o: Options) -> NDArray[np.bool_]:
    """Choose the pairs whose instance, or whose smaller region, is covered enough."""
    crowd = m.instances["iscrowd"].to_numpy()
    ioa_a, ioa_b = m.pairs["ioa_a"].to_numpy(), m.pairs["ioa_b"].to_numpy()
    crowd_a, crowd_b = crowd[m.pairs["a"].to_numpy()], crowd[m.pairs["b"].to_numpy()]
    share = np.where(crowd_a & crowd_b, np.maximum(ioa_a, ioa_b), np.where(crowd_a, ioa_b, ioa_a))
    covered: NDArray[np.bool_] = (share > 0) & (share >= o.min_share) & (pair_kinds(m) == PairKind.CROWD)
    return covered if o.other_categories else covered & same_category(m)
