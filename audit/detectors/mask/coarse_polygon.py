"""A coarse outline: a polygon with far fewer corners than this dataset gives objects of that length.

What it finds
-------------
Polygons with at most ``max_share`` of the corners a ring that are usual for their outline's length,
and no more than ``max_corners``. What is usual is learned: the median of the polygons of the same
category and of a similar length (a factor of 2), or, where there are fewer than ``min_instances``, of
all categories. So screens and boxes, which four corners describe, stay silent as soon as their
category has some examples. The outline must be at least ``min_outline`` px long, and its longest edge
at least ``min_edge`` px: then the chord can miss the object by pixels.

A warning needs more: that the category is known to be curved. Whoever draws a straight side finely leaves
one long edge, so the category's own fine polygons (more than ``max_corners`` corners) tell: in nine of ten,
the longest edge must be below ``max_straight`` of the outline. Where there are fewer than ``min_instances``
such polygons, where objects of the category do have straight sides, and where the image's border or
another mask, at most 2 px away, may have cut one, a coarse polygon is an info.

With pictures (--images), an info whose polygon follows the picture is left out: one that separates the object
from its surroundings at least as well as a quarter of the fine polygons do.

Upright rectangles among finely drawn polygons are found this way too. Where *most* masks of a dataset
are upright rectangles of four corners, boxes were given as masks: said once, for the dataset or the
category, whatever is usual. A single upright rectangle is an info.

Why it matters
--------------
A quadrilateral around a round object cuts off a fifth of it or takes in as much background. Mixed
with fine outlines, it teaches the model two kinds of boundary.

When it is wrong
----------------
Objects seen from an unusual side: a bottle cap is round from above and a rectangle from beside.

Example
-------
Annotation 17 has 4 corners on an outline of 180 px; `cell` outlines of that length usually have 22.

Reference
---------
Zimmermann et al., "Benchmarking a Benchmark: How Reliable is MS-COCO?", 2023.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.aggregate import (
    aggregate_above_option,
    aggregate_hit,
    report_table_or_aggregate,
    split_shared_traits,
)
from audit.detectors.base import Hit, HitTable, option
from audit.detectors.box_masks import RECTANGLES_ABOVE, flag_rectangles
from audit.detectors.cut_by_border import flag_cut_by_border
from audit.detectors.robust_spread import spread_to_members
from audit.findings.finding import Severity
from audit.findings.text_columns import fill_template, format_numbers
from audit.geometry.group_quantiles import group_quantiles
from audit.geometry.sort_keys import group_rows
from audit.measure.schema import Measurements

SEVERITY = Severity.WARNING
IMPORTANCE = 0.4
_STRAIGHTEST = 0.9
"""Quantile: one in ten may be cut straight by another object, or be drawn coarsely itself."""
_FITTING = 0.25
"""Quantile of the separation of fine polygons, from which on a coarse one follows the picture."""


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    max_share: float = option(0.3, unit="share", help="most corners, as a share of what is usual")
    max_corners: int = option(6, unit="count", help="most corners a ring of a coarse polygon")
    min_outline: float = option(40.0, unit="px", help="least length of an outline that is judged")
    min_edge: float = option(12.0, unit="px", help="least length of the longest edge")
    min_instances: int = option(20, unit="count", help="polygons from which the usual number is learned")
    max_straight: float = option(
        0.2,
        unit="share",
        help="longest edge of a fine polygon, by its outline, in a category of curved things",
    )
    rectangles_above: float = option(
        RECTANGLES_ABOVE,
        unit="share",
        help="share of upright rectangles from which boxes count as given for masks",
    )
    once_above: float = aggregate_above_option()


def detect(measurements: Measurements, options: Options) -> Iterator[Hit | HitTable]:
    """Yield boxes given as masks, once, and every polygon that is too coarse.

    Parameters
    ----------
    measurements : Measurements
        Of the whole dataset.
    options : Options
        Of this rule.

    Yields
    ------
    Hit or HitTable
    """
    is_polygon = _flag_polygons(measurements)
    is_rectangle = flag_rectangles(measurements) & is_polygon
    category = measurements.instances["category"].to_numpy()
    box_traits, _ = split_shared_traits(is_rectangle, is_polygon, category, options.rectangles_above)
    is_judged = is_polygon.copy()
    for box_trait in box_traits:
        yield aggregate_hit(
            measurements, box_trait, "are upright rectangles: boxes given as masks", Severity.WARNING
        )
        is_judged[box_trait.rows] = False
    outlines = _measure_outlines(measurements, is_polygon, is_judged, options)
    is_curved = (outlines.straightest < options.max_straight) & ~_may_be_cut(measurements) & ~is_rectangle

    def make_tables(rows: NDArray[np.int64]) -> Iterator[HitTable]:
        yield _report_polygons(outlines, rows, np.where(is_curved[rows], "", Severity.INFO))

    # A round thing that was cut off by chords is still separated well: only straight ones are let go.
    separation = measurements.instances["edge_here"].to_numpy()
    is_coarse = _flag_coarse(outlines, options) & is_judged
    is_coarse &= is_curved | ~_follow_picture(separation, outlines.is_fine, options.min_instances)
    yield from report_table_or_aggregate(
        measurements, is_coarse, is_polygon, options.once_above, "have a coarse outline", make_tables
    )


@dataclass(frozen=True, slots=True)
class _Outlines:
    """Polygons' corners and edges, and what is usual for them; arrays (instances,)."""

    corners: NDArray[np.float64]
    """A ring, on average."""
    usual_corners: NDArray[np.float64]
    """0 = not known."""
    length_px: NDArray[np.float64]
    longest_edge_px: NDArray[np.float64]
    is_fine: NDArray[np.bool_]
    """Of one ring, with more corners than a coarse polygon has."""
    straightest: NDArray[np.float64]
    """The longest edge by the outline in the straightest tenth of the category; NaN = not known."""


def _flag_polygons(measurements: Measurements) -> NDArray[np.bool_]:
    rings, area_px, iscrowd = (
        measurements.instances[name].to_numpy() for name in ("rings", "area_px", "iscrowd")
    )
    return np.asarray((rings > 0) & (area_px > 0) & ~iscrowd)


def _measure_outlines(
    measurements: Measurements,
    is_polygon: NDArray[np.bool_],
    is_judged: NDArray[np.bool_],
    options: Options,
) -> _Outlines:
    """Learn what is usual from the polygons that are judged, and what is straight from the fine ones."""
    category, rings, vertices, length_px, longest_edge_px = (
        measurements.instances[name].to_numpy()
        for name in ("category", "rings", "vertices", "outline_px", "longest_edge_px")
    )
    n_rings = np.maximum(rings, 1)
    corners = vertices / n_rings
    usual_corners = _usual_corners(category, corners, length_px / n_rings, is_judged, options.min_instances)
    is_fine = is_polygon & (corners > options.max_corners) & (rings == 1)
    straightest = _straightest_edges(
        category,
        longest_edge_px / np.maximum(length_px, 1.0),
        is_fine & (length_px >= options.min_outline),
        options.min_instances,
    )
    return _Outlines(corners, usual_corners, length_px, longest_edge_px, is_fine, straightest)


def _flag_coarse(outlines: _Outlines, options: Options) -> NDArray[np.bool_]:
    return np.asarray(
        (outlines.corners <= options.max_corners)
        & (outlines.corners <= options.max_share * outlines.usual_corners)
        & (outlines.length_px >= options.min_outline)
        & (outlines.longest_edge_px >= options.min_edge)
    )


def _report_polygons(outlines: _Outlines, rows: NDArray[np.int64], severity: NDArray[np.str_]) -> HitTable:
    """Report coarse polygons one by one."""
    corners, usual_corners, length_px = (
        column[rows] for column in (outlines.corners, outlines.usual_corners, outlines.length_px)
    )
    message = fill_template(
        "The polygon is coarse: {corners} corners on an outline of {length} px, where {usual} are usual.",
        {
            "corners": format_numbers(corners, ".3g"),
            "length": format_numbers(length_px, ".0f"),
            "usual": format_numbers(usual_corners, ".3g"),
        },
    )
    evidence = {
        "corners": corners,
        "usual_corners": usual_corners,
        "outline_px": length_px,
        "longest_edge_px": outlines.longest_edge_px[rows],
        "category_longest_edge_share": outlines.straightest[rows],
    }
    return HitTable(message, rows, 1.0 - corners / usual_corners, evidence, severity)


def _may_be_cut(measurements: Measurements) -> NDArray[np.bool_]:
    """Say which masks end where the image's border or another mask may have cut the object straight."""
    is_cut = flag_cut_by_border(measurements).copy()
    for side in ("a", "b"):
        is_cut[measurements.pairs[side].to_numpy()] = True
    return is_cut


def _usual_corners(
    category: NDArray[np.int64],
    corners_per_ring: NDArray[np.float64],
    length: NDArray[np.float64],
    among: NDArray[np.bool_],
    least: int,
) -> NDArray[np.float64]:
    """Return the median corners a ring of outlines of similar length; 0 = not known."""
    octave = np.floor(np.log2(np.maximum(length[among], 1.0))).astype(np.int64)
    corners_among = corners_per_ring[among]
    usual_among = np.zeros(len(octave))
    for keys in ((octave,), (category[among], octave)):
        first_rows, group, counts = group_rows(*keys)
        medians = group_quantiles(group, corners_among, len(first_rows))
        usual_among = np.where((counts >= least)[group], medians[group], usual_among)
    usual_corners = np.zeros(len(corners_per_ring))
    usual_corners[among] = usual_among
    return usual_corners


def _follow_picture(
    separation: NDArray[np.float64], is_fine: NDArray[np.bool_], least: int
) -> NDArray[np.bool_]:
    """Say which outlines separate object and surroundings as fine ones do; none where that is not known."""
    known = separation[is_fine & ~np.isnan(separation)]
    if len(known) < least:
        return np.zeros(len(separation), dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        follows: NDArray[np.bool_] = separation >= np.quantile(known, _FITTING)
    return follows


def _straightest_edges(
    category: NDArray[np.int64], edge_share: NDArray[np.float64], among: NDArray[np.bool_], least: int
) -> NDArray[np.float64]:
    """Return the longest edge by the outline in the straightest tenth of each category; NaN = not known."""
    n_categories = int(category.max(initial=-1)) + 1
    reference_category = np.where(among, category, -1)
    straightest = group_quantiles(reference_category, edge_share, n_categories, _STRAIGHTEST)
    counts = np.bincount(reference_category + 1, minlength=n_categories + 1)[1:]
    return spread_to_members(np.where(counts >= least, straightest, np.nan), category)
