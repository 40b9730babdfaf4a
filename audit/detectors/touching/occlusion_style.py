"""Objects that another one crosses: some are drawn through it, some as the parts beside it.

What it finds
-------------
An object that something in front of it divides (a log behind a post) can be drawn in three ways: *through*
what crosses it, hidden part included (amodal); as the visible *parts* of one annotation; or, wrongly where
the others are the habit, as *two* annotations. Counted are objects whose box another mask crosses from side
to side, with at least ``min_piece`` of its length left at both ends.

- A category of which neither of the first two ways is the habit (``min_share``): one info.
- An annotation against a clear habit of its category; and two annotations that lie in line on both sides
  of what crosses them: an info each.
- A batch (an input file or a folder) whose habit is the other one, by intervals that do not overlap: a
  warning.

Nothing is said of a category or batch with fewer than ``min_objects`` of the first two kinds.

Why it matters
--------------
A model that sees both ways predicts both: masks that overlap in front of each other, or one object twice.
Metrics punish either, whichever the test set follows.

When it is wrong
----------------
Boxes stand for the objects, so what lies aslant is not seen at all, and two different objects that happen to
lie in line on both sides of a third may be named: cars behind a pole, say.

Example
-------
Of 58 `log` that another one crosses, 31 are drawn through it and 27 as parts beside it.

Reference
---------
Zhu et al., "Semantic amodal segmentation", 2017, on drawing the hidden part; Wilson, "Probable inference, the
law of succession, and statistical inference", 1927.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.detectors.base import Hit, option
from audit.detectors.describe_pairs import QuotedCategoryNames
from audit.findings.finding import Severity
from audit.findings.number_format import format_percent
from audit.findings.rates import wilson_interval
from audit.geometry.sort_keys import stable_argsort
from audit.measure.column_table import ColumnTable
from audit.measure.schema import Measurements
from audit.touching.learned import list_batches

SEVERITY = Severity.INFO
_AXES = ("x", "y"), ("y", "x")
_STYLES = ("through", "parts")
_WORDS = ("through it", "as parts beside it")
_EDGE_PX = 2
"""Depth up to which two masks only share a border."""
_IN_LINE = 0.8
"""IoU of the extents of two pieces of one object, across it."""

Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds of the rule."""

    min_objects: int = option(20, unit="count", help="least crossed objects of a category or batch")
    min_share: float = option(0.1, unit="share", help="least share of the rarer way (lower 95 % bound)")
    min_piece: float = option(0.1, unit="share", help="of its length that an object shows at both ends")


def detect(measurements: Measurements, options: Options) -> Iterator[Hit]:
    """Yield categories and batches that draw crossed objects in a mixed way, and who breaks a habit.

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
    style, crossing = classify_crossed(measurements, options.min_piece)
    if not (style >= 0).any():
        return
    crossed = np.flatnonzero(style >= 0)
    category = measurements.instances["category"].to_numpy()[crossed]
    n_counts = 2 * (len(measurements.categories) + 1)
    # The first two are of objects of no known category.
    counts = np.bincount(2 * (category + 1) + style[crossed], minlength=n_counts).reshape(-1, 2)[1:]
    total = counts.sum(axis=1)
    is_judged = total >= max(options.min_objects, 1)
    rarer_share, _ = wilson_interval(counts.min(axis=1), np.maximum(total, 1))
    has_habit = is_judged & (rarer_share < options.min_share)
    pieces = _find_pieces(measurements, has_habit, options.min_piece)
    for row in np.flatnonzero(is_judged).tolist():
        if not has_habit[row]:
            yield _report_mixed(measurements, row, counts[row])
            continue
        yield from _report_breakers(measurements, crossed[category == row], style, crossing, counts[row])
        yield from _report_pieces(measurements, pieces.get(row, []), counts[row])
    yield from _report_batches(measurements, style, crossing, options)


def classify_crossed(measurements: Measurements, min_piece: float) -> tuple[Rows, Rows]:
    """Say how each instance that another one crosses is drawn.

    Parameters
    ----------
    measurements : Measurements
    min_piece : float
        Share of its length that must show at both ends.

    Returns
    -------
    style : (instances,) int64
        0 = through what crosses it, 1 = as parts beside it, -1 = not crossed.
    crossing : (instances,) int64
        What crosses it; -1 = nothing.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> [value.tolist() for value in classify_crossed(empty_measurements(), 0.1)]
    [[], []]
    """
    instances, rows = measurements.instances, _find_crossings(measurements)
    a, b, depth_px = (measurements.pairs[name].to_numpy()[rows] for name in ("a", "b", "depth_px"))
    behind, before, depth = np.concatenate([a, b]), np.concatenate([b, a]), np.tile(depth_px, 2)
    crowd, parts = instances["iscrowd"].to_numpy(), instances["parts"].to_numpy()
    is_crossed = np.zeros(len(behind), dtype=bool)
    for along, across in _AXES:
        low, high = _extent(instances, along)
        least = np.maximum(min_piece * (high[behind] - low[behind]), _EDGE_PX)
        is_inside = (low[before] - low[behind] >= least) & (high[behind] - high[before] >= least)
        is_crossed |= is_inside & _spans(instances, before, behind, across)
    is_crossed &= ~crowd[behind] & ~crowd[before]
    is_through = is_crossed & (parts[behind] == 1) & (depth > _EDGE_PX)
    is_parted = is_crossed & (parts[behind] > 1) & (depth <= _EDGE_PX)
    style, crossing = (np.full(len(instances), -1, dtype=np.int64) for _ in range(2))
    for number, chosen in enumerate((is_through, is_parted)):
        # Backwards, so that of several the first one in the table stays.
        rows = np.flatnonzero(chosen)[::-1]
        style[behind[rows]], crossing[behind[rows]] = number, before[rows]
    return style, crossing


def _find_crossings(measurements: Measurements) -> Rows:
    """Return the pairs of which one box ends inside the other along one axis and not along the other axis.

    What crosses an object does that, and few pairs do: only these are looked at closely.
    """
    a, b = (measurements.pairs[side].to_numpy() for side in ("a", "b"))
    is_inside: list[tuple[Flags, Flags]] = []
    for axis in "xy":
        low, high = _extent(measurements.instances, axis)
        low_step, high_step = low[b] - low[a], high[a] - high[b]
        is_inside.append(((low_step > 0) & (high_step > 0), (low_step < 0) & (high_step < 0)))
    (b_in_x, a_in_x), (b_in_y, a_in_y) = is_inside
    return np.flatnonzero((b_in_x & ~b_in_y) | (b_in_y & ~b_in_x) | (a_in_x & ~a_in_y) | (a_in_y & ~a_in_x))


def _extent(instances: ColumnTable, axis: str) -> tuple[Rows, Rows]:
    low = instances[axis].to_numpy()
    return low, low + instances["w" if axis == "x" else "h"].to_numpy()


def _spans(instances: ColumnTable, before: Rows, behind: Rows, axis: str) -> Flags:
    """Say where one box reaches over both sides of another one."""
    low, high = _extent(instances, axis)
    spans: Flags = (low[before] <= low[behind]) & (high[before] >= high[behind])
    return spans


def _report_mixed(measurements: Measurements, category: int, counts: Rows) -> Hit:
    name = measurements.categories["name"][category]
    return Hit(
        f"Of {counts.sum():,} objects of “{name}” that another one crosses, {counts[0]:,} are drawn through "
        f"it and {counts[1]:,} as parts beside it.",
        score=float(counts.min() / counts.sum()),
        categories=(category,),
        evidence=_count_evidence(counts),
    )


def _count_evidence(counts: Rows) -> dict[str, int]:
    return {f"drawn_{name}": int(count) for name, count in zip(_STYLES, counts, strict=True)}


def _report_breakers(
    measurements: Measurements, crossed: Rows, style: Rows, crossing: Rows, counts: Rows
) -> Iterator[Hit]:
    names, habit = QuotedCategoryNames(measurements), int(counts.argmax())
    for row in crossed[style[crossed] != habit].tolist():
        yield Hit(
            f"This {names[row]} is drawn {_WORDS[1 - habit]}, where a {names[crossing[row]]} crosses it; "
            f"{counts[habit]} of {counts.sum()} others of its category are drawn {_WORDS[habit]}.",
            score=float(counts[habit] / counts.sum()),
            instances=(row, int(crossing[row])),
            evidence=_count_evidence(counts),
        )


class _Pieces(NamedTuple):
    """Two annotations in line on both sides of what crosses them."""

    rows: tuple[int, int]
    """Of the instances table, ascending."""
    crossing: int
    """What crosses them."""
    in_line: float
    """IoU of their extents, across the line."""
    hidden_px: int
    """Between them."""


def _find_pieces(measurements: Measurements, has_habit: Flags, min_piece: float) -> dict[int, list[_Pieces]]:
    """Find all two annotations in line on both sides of what crosses them, by category.

    ``has_habit`` says of which categories, (categories,).
    """
    if not has_habit.any():
        return {}
    instances = measurements.instances
    category = instances["category"].to_numpy()
    is_wanted = np.r_[has_habit, False][category] & ~instances["iscrowd"].to_numpy()
    is_close = measurements.pairs["depth_px"].to_numpy() <= _EDGE_PX
    a, b = (measurements.pairs[side].to_numpy()[is_close] for side in ("a", "b"))
    piece, before = (
        np.concatenate([a[is_wanted[a]], b[is_wanted[b]]]),
        np.concatenate([b[is_wanted[a]], a[is_wanted[b]]]),
    )
    found: dict[int, dict[tuple[int, int], _Pieces]] = {}
    for along, across in _AXES:
        low, high = _extent(instances, along)
        is_over = _spans(instances, before, piece, across)
        is_first = is_over & (high[piece] <= low[before] + _EDGE_PX)
        is_second = is_over & (low[piece] >= high[before] - _EDGE_PX)
        # Both of one category, at one annotation that crosses them.
        keys = before * (len(has_habit) + 1) + category[piece]
        first, second = _join_equal(keys[is_first], keys[is_second])
        a, b, over = piece[is_first][first], piece[is_second][second], before[is_first][first]
        length, hidden = high[b] - low[a], low[b] - high[a]
        shorter = np.minimum(high[a] - low[a], high[b] - low[b])
        side_low, side_high = _extent(instances, across)
        shared = np.minimum(side_high[a], side_high[b]) - np.maximum(side_low[a], side_low[b])
        reach = np.maximum(side_high[a], side_high[b]) - np.minimum(side_low[a], side_low[b])
        is_one = (shared >= _IN_LINE * reach) & (shorter >= min_piece * length) & (2 * hidden <= length)
        for k in np.flatnonzero(is_one).tolist():
            rows = (min(int(a[k]), int(b[k])), max(int(a[k]), int(b[k])))
            pieces = _Pieces(rows, int(over[k]), float(shared[k] / reach[k]), int(hidden[k]))
            found.setdefault(int(category[rows[0]]), {}).setdefault(rows, pieces)
    return {row: list(of_category.values()) for row, of_category in found.items()}


def _report_pieces(measurements: Measurements, found: Sequence[_Pieces], counts: Rows) -> Iterator[Hit]:
    names, habit = QuotedCategoryNames(measurements), int(counts.argmax())
    for pieces in found:
        yield Hit(
            f"These two lie in line on both sides of a {names[pieces.crossing]}, like one "
            f"{names[pieces.rows[0]]} drawn as two; {counts[habit]} of {counts.sum()} that are crossed are "
            f"drawn {_WORDS[habit]}.",
            score=pieces.in_line,
            instances=pieces.rows,
            evidence={**_count_evidence(counts), "hidden_px": pieces.hidden_px},
        )


def _join_equal(left: Rows, right: Rows) -> tuple[Rows, Rows]:
    """Return the positions of all pairs of equal values, by the left ones, then by the right ones."""
    order = stable_argsort(right)
    starts, stops = (np.searchsorted(right[order], left, side=side) for side in ("left", "right"))
    counts = stops - starts
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(np.arange(len(left)), counts), order[np.repeat(starts, counts) + nth]


def _report_batches(
    measurements: Measurements, style: Rows, crossing: Rows, options: Options
) -> Iterator[Hit]:
    row = np.arange(len(style))
    # Drawn through each other, each of two crosses the other one: they count once.
    is_second = (crossing >= 0) & (crossing[crossing] == row) & (crossing < row)
    is_known = (style >= 0) & ~is_second
    image = measurements.instances["image"].to_numpy()
    for batch in list_batches(measurements):
        # One more at the end, for instances of unknown images (row -1).
        is_inside = np.r_[batch.images, False][image] & is_known
        here, elsewhere = (
            np.bincount(style[chosen], minlength=2) for chosen in (is_inside, is_known & ~is_inside)
        )
        if min(here.sum(), elsewhere.sum()) < options.min_objects or here.argmax() == elsewhere.argmax():
            continue
        low, high = wilson_interval(
            np.array([here[0], elsewhere[0]]), np.array([here.sum(), elsewhere.sum()]), 0.999
        )
        if low[0] <= high[1] and low[1] <= high[0]:
            continue
        yield Hit(
            f"In {batch.kind} {batch.name}, {format_percent(float(here[0] / here.sum()))} of {here.sum():,} "
            "objects that another one crosses are drawn through it, elsewhere "
            f"{format_percent(float(elsewhere[0] / elsewhere.sum()))} of {elsewhere.sum():,}.",
            score=float(here.max() / here.sum()),
            evidence={**_count_evidence(here), "batch": batch.name, "batch_kind": batch.kind},
            severity=Severity.WARNING,
        )
