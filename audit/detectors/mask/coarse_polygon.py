"""A coarse outline: a polygon with far fewer corners than this dataset gives objects of that length.

What it finds
-------------
Polygons with at most ``max_share`` of the corners a ring that are usual for their outline's length,
and no more than ``max_corners``. What is usual is learned: the median of the polygons of the same
category and of a similar length (a factor of 2), or, where there are fewer than ``min_instances``, of
all categories. So screens and boxes, which four corners describe, stay silent as soon as their
category has some examples. The outline must be at least ``min_outline`` px long, and its longest edge
at least ``min_edge`` px: then the chord can miss the object by pixels.

Upright rectangles among finely drawn polygons are found this way too. Where *most* masks of a dataset
are upright rectangles of four corners, boxes were given as masks: said once, for the dataset or the
category, whatever is usual. A single upright rectangle of a category that is not known to be round is
an info.

Why it matters
--------------
A quadrilateral around a round object cuts off a fifth of it or takes in as much background. Mixed
with fine outlines, it teaches the model two kinds of boundary.

When it is wrong
----------------
Straight-edged objects in a category of mixed shapes; objects seen from an unusual side.

Example
-------
Annotation 17 has 4 corners on an outline of 180 px; `cell` outlines of that length usually have 22.

Reference
---------
Zimmermann et al., "Benchmarking a Benchmark: How Reliable is MS-COCO?", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.detectors.aggregate import each_or_once, habit_hit, once_above, split_habits
from audit.detectors.base import Hit, option
from audit.findings.finding import Severity
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
_RECTANGLE_FILL = 0.97
_LEAST_RECTANGLE_PX = 16


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_share: float = option(0.3, unit="share", help="most corners, as a share of what is usual")
    max_corners: int = option(6, unit="count", help="most corners a ring of a coarse polygon")
    min_outline: float = option(40.0, unit="px", help="least length of an outline that is judged")
    min_edge: float = option(12.0, unit="px", help="least length of the longest edge")
    min_instances: int = option(20, unit="count", help="polygons from which the usual number is learned")
    rectangles_above: float = option(
        0.5, unit="share", help="share of upright rectangles from which boxes count as given for masks"
    )
    once_above: float = once_above()


def detect(m: Measurements, o: Options) -> Iterator[Hit]:
    """Yield boxes given as masks, once, and every polygon that is too coarse."""
    t = m.instances
    rings, vertices, outline, edge = (
        t[name].to_numpy() for name in ("rings", "vertices", "outline_px", "longest_edge_px")
    )
    drawn = (rings > 0) & (t["area_px"].to_numpy() > 0) & ~t["iscrowd"].to_numpy()
    box = _rectangles(m) & drawn
    category = t["category"].to_numpy()
    boxes, _ = split_habits(box, drawn, category, o.rectangles_above)
    said = np.zeros(len(t), dtype=np.bool_)
    for habit in boxes:
        yield habit_hit(m, habit, "are upright rectangles: boxes given as masks", Severity.WARNING)
        said[habit.rows] = True
    corners = vertices / np.maximum(rings, 1)
    usual = _usual_corners(category, corners, outline / np.maximum(rings, 1), drawn & ~said, o.min_instances)

    def hit(row: int) -> Hit:
        return Hit(
            f"The polygon is coarse: {corners[row]:.3g} corners on an outline of {outline[row]:.0f} px, "
            f"where {usual[row]:.3g} are usual.",
            score=1.0 - float(corners[row] / usual[row]),
            instances=(row,),
            evidence={
                "corners": float(corners[row]),
                "usual_corners": float(usual[row]),
                "outline_px": float(outline[row]),
                "longest_edge_px": float(edge[row]),
            },
            severity=Severity.INFO if box[row] else None,
        )

    coarse = (corners <= o.max_corners) & (corners <= o.max_share * usual)
    coarse &= drawn & ~said & (outline >= o.min_outline) & (edge >= o.min_edge)
    yield from each_or_once(m, coarse, drawn, o.once_above, "have a coarse outline", hit)


def _rectangles(m: Measurements) -> NDArray[np.bool_]:
    """Tell which masks are one upright rectangle of four corners."""
    area, w, h, vertices = (m.instances[name].to_numpy() for name in ("area_px", "w", "h", "vertices"))
    filled: NDArray[np.bool_] = (area >= _RECTANGLE_FILL * w * h) & (area >= _LEAST_RECTANGLE_PX)
    return np.asarray(filled & (vertices == 4))


def _usual_corners(
    category: NDArray[np.int64],
    corners: NDArray[np.float64],
    length: NDArray[np.float64],
    among: NDArray[np.bool_],
    least: int,
) -> NDArray[np.float64]:
    """Return the median corners a ring of outlines of similar length; 0 = not known."""
    import pandas as pd  # slow to import, and rules are listed without it

    octave = np.floor(np.log2(np.maximum(length, 1.0))).astype(np.int64)
    table = pd.DataFrame({"category": category, "octave": octave, "corners": corners})[among]
    usual = np.zeros(len(corners))
    for keys in (["octave"], ["category", "octave"]):
        group = table.groupby(keys)["corners"]
        enough = (group.transform("size") >= least).to_numpy()
        median = group.transform("median").to_numpy()
        usual[among] = np.where(enough, median, usual[among])
    return usual
