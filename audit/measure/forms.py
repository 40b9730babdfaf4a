"""The close look at shapes that conventions are learned from: instances, unions of pairs, cut singles.

A shape that is nearly an ellipse has no neck and no notch, so only the others are looked at closely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.geometry import bitmask_tiles, split_features
from audit.geometry.bitmask_tiles import MARGIN, SIDE, Floats, Tiles, TileWindow
from audit.geometry.hull import convex_hull_areas
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.moments import MomentSums, ellipse_misfit, sum_moments
from audit.geometry.runs import IntArray, Runs, expand_ranges, group_starts, take_masks, unite_runs
from audit.geometry.spans import find_spans
from audit.geometry.synthetic_cuts import cut_randomly, hash_to_uniform
from audit.measure.schema import CUTS, SHAPES, UNIONS, Column

LOOK_MISFIT = 0.08
"""Misfit to an ellipse from which on a shape is looked at closely. On nuclei, 997 of 1000 merged pairs
lie above, and more than 4 of 10 instances below."""
MAX_GAP_PX = 1
"""Background pixels between two masks up to which they touch, and may be one object drawn as two. Pairs
that overlap are not: they are what the overlap rules are about."""
LEAST_CUT_PX = 90
"""Least area of a single that is cut in two for comparison."""
CUT_PERCENT = 100
"""Of the singles, how many of a hundred are cut."""

_BATCH = 512  # tiles looked at together: few enough to stay in the cache
_WIDTHS = (16, 32, SIDE)  # columns of a tile; narrow masks get narrow tiles
_SLIT_SHARE = 0.25

Columns = dict[str, NDArray[Any]]


def zero_columns(schema: Mapping[str, Column], n: int) -> Columns:
    """Make columns of zeros.

    Parameters
    ----------
    schema : mapping of str to Column
    n : int
        Rows.

    Examples
    --------
    >>> [len(value) for value in zero_columns({"slit": CUTS["slit"]}, 2).values()]
    [2]
    """
    return {name: np.zeros(n, dtype=column.dtype) for name, column in schema.items()}


def measure_shapes(runs: Runs, box: IntArray) -> Columns:
    """Measure the columns of `SHAPES` of each mask.

    Parameters
    ----------
    runs : Runs
    box : (count, 4) int64
        xywh; w = h = 0 for a mask without pixels.

    Examples
    --------
    >>> from audit.geometry.runs import dense_to_runs, no_runs
    >>> found = measure_shapes(dense_to_runs(np.ones((1, 9, 9), dtype=bool)), np.array([[0, 0, 9, 9]]))
    >>> round(float(found["major_px"][0]), 1), found["shape_measured"].tolist()
    (10.4, [True])
    >>> len(measure_shapes(no_runs(0), np.zeros((0, 4), dtype=int))["misfit"])
    0
    """
    result = zero_columns(SHAPES, runs.count)
    for rows, columns in _tile_batches(box):
        window = TileWindow.around(box[rows])
        _put_rows(
            result,
            rows,
            _shape_columns(bitmask_tiles.draw_tiles(take_masks(runs, rows), window, columns), window),
        )
    return result


def measure_unions(
    runs: Runs, box: IntArray, pairs: MaskPairs, category: IntArray, iscrowd: NDArray[np.bool_]
) -> Columns:
    """Measure the columns of `UNIONS` of every pair that could be one object drawn as two.

    These touch, have one known category and are no crowd regions.

    Parameters
    ----------
    runs : Runs
    box : (count, 4) int64
    pairs : MaskPairs
        Sorted by (a, b), with gaps.
    category, iscrowd : (count,)

    Returns
    -------
    dict
        ``pair`` is a position in ``pairs``.

    Examples
    --------
    >>> from audit.geometry.mask_pairs import no_pairs
    >>> from audit.geometry.runs import no_runs
    >>> none = np.zeros(0, dtype=int)
    >>> found = measure_unions(no_runs(0), none.reshape(0, 4), no_pairs(), none, none > 0)
    >>> found["pair"].tolist()
    []
    """
    a, b = pairs.a, pairs.b
    touch = (pairs.intersection == 0) & (pairs.gap <= MAX_GAP_PX)
    fit = (category[a] == category[b]) & ~iscrowd[a] & ~iscrowd[b] & touch
    pair = np.flatnonzero(fit)
    result = zero_columns(UNIONS, len(pair))
    result["pair"] = pair
    if len(pair) == 0:
        return result
    third, owner = _list_near_masks(pairs, pair, runs.count)
    left, right = _order_by_place(box, a[pair], b[pair])
    low = np.minimum(box[a, :2], box[b, :2])[pair]
    high = np.maximum(box[a, :2] + box[a, 2:], box[b, :2] + box[b, 2:])[pair]
    for rows, columns in _tile_batches(np.concatenate([low, high - low], axis=1)):
        window = TileWindow.around(np.concatenate([low, high - low], axis=1)[rows])
        left_tiles = bitmask_tiles.draw_tiles(take_masks(runs, left[rows]), window, columns)
        right_tiles = bitmask_tiles.draw_tiles(take_masks(runs, right[rows]), window, columns)
        first, last = np.searchsorted(owner, rows), np.searchsorted(owner, rows + 1)
        near_row = np.repeat(np.arange(len(rows)), last - first)
        near_runs = take_masks(runs, third[expand_ranges(first, last - first)])
        near_tiles = bitmask_tiles.draw_tiles(near_runs, window.take(near_row), columns)
        # The slit between the two is closed, but not where a third mask lies in it.
        taken = np.zeros_like(left_tiles)
        if len(near_row):
            starts = group_starts(near_row)
            taken[near_row[starts]] = np.bitwise_or.reduceat(near_tiles, starts, axis=0)
        whole = bitmask_tiles.unite_tiles(left_tiles, right_tiles, taken)
        measured = _shape_columns(whole, window)
        seams = split_features.measure_seams(whole, left_tiles, right_tiles, measured["misfit"])
        measured |= _seam_columns(seams, window, "seam")
        measured["area_px"] = bitmask_tiles.count_cells(whole) * window.scale**2
        _put_rows(result, rows, measured)
    # Hulls come from whole runs: a tile of a large mask is too coarse for them.
    pieces = take_masks(runs, np.concatenate([a[pair], b[pair]]))
    mask = (pieces.mask % len(pair)).astype(np.int32)
    result["hull_px"] = convex_hull_areas(unite_runs(mask, pieces.x, pieces.y0, pieces.y1, len(pair)))
    return result


def _order_by_place(box: IntArray, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Put the two of each pair in the order of their boxes: ids must not decide how a seam looks."""
    rank = np.empty(len(box), dtype=np.int64)
    rank[np.lexsort(box.T[::-1])] = np.arange(len(box))
    swap = rank[b] < rank[a]
    return np.where(swap, b, a), np.where(swap, a, b)


def _list_near_masks(pairs: MaskPairs, pair: IntArray, count: int) -> tuple[IntArray, IntArray]:
    """List the masks close to either mask of each pair, and the pair that each is listed for."""
    here, there = np.r_[pairs.a, pairs.b], np.r_[pairs.b, pairs.a]
    order = np.argsort(here, kind="stable")
    here, there = here[order], there[order]
    start = np.searchsorted(here, np.arange(count + 1))
    sides, owners = [], []
    for side, other in ((pairs.a[pair], pairs.b[pair]), (pairs.b[pair], pairs.a[pair])):
        number = start[side + 1] - start[side]
        near, owner = there[expand_ranges(start[side], number)], np.repeat(np.arange(len(pair)), number)
        kept = near != other[owner]
        sides.append(near[kept])
        owners.append(owner[kept])
    third, owner = np.concatenate(sides), np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return third[order], owner[order]


def measure_cuts(
    runs: Runs, box: IntArray, pairs: MaskPairs, whole: NDArray[np.bool_], hashes: NDArray[np.uint64]
) -> Columns:
    """Cut singles in two by chance and measure the columns of `CUTS`.

    Parameters
    ----------
    runs : Runs
    box : (count, 4) int64
    pairs : MaskPairs
        Masks in any pair do not stand alone.
    whole : (count,) bool
        The masks that are fit for it: in one part, no crowd regions, large enough.
    hashes : (count,) uint64
        Of the masks: they decide how each is cut.

    Returns
    -------
    dict
        ``instance`` is the number of a mask.

    Examples
    --------
    >>> from audit.geometry.mask_pairs import no_pairs
    >>> from audit.geometry.runs import no_runs
    >>> none = np.zeros(0, dtype=int)
    >>> found = measure_cuts(no_runs(0), none.reshape(0, 4), no_pairs(), none > 0, none.astype("u8"))
    >>> found["instance"].tolist()
    []
    """
    alone = whole & (hash_to_uniform(hashes, 8) * 100 < CUT_PERCENT)
    alone[pairs.a] = alone[pairs.b] = False
    masks = np.flatnonzero(alone)
    result = zero_columns(CUTS, len(masks))
    result["instance"] = masks
    slit = hash_to_uniform(hashes[masks], 7) < _SLIT_SHARE
    for rows, columns in _tile_batches(box[masks]):
        window = TileWindow.around(box[masks[rows]])
        words = bitmask_tiles.draw_tiles(take_masks(runs, masks[rows]), window, columns)
        part = cut_randomly(words, hashes[masks[rows]])
        rest = words & ~part
        rest = np.where(slit[rows, None], rest & ~bitmask_tiles.dilate_tiles(part), rest)
        cells = find_spans(words)
        off = ellipse_misfit(cells, sum_moments(cells).moments())
        _put_rows(
            result, rows, _seam_columns(split_features.measure_seams(words, part, rest, off), window, "seam")
        )
    result["slit"] = slit
    return result


def _shape_columns(words: Tiles, window: TileWindow) -> Columns:
    cells = find_spans(words)
    total = sum_moments(cells)
    moments = total.moments()
    misfit = ellipse_misfit(cells, moments)
    scale = window.scale.astype(np.float32)
    major, minor = moments.axes
    columns: Columns = {"major_px": major * scale, "minor_px": minor * scale, "misfit": misfit}
    columns["shape_measured"] = misfit >= LOOK_MISFIT
    rows = np.flatnonzero(columns["shape_measured"])
    near = _look_closely(
        words[rows], MomentSums(total.n[rows], total.s[rows]), misfit[rows], window.take(rows)
    )
    for name, value in near.items():
        columns[name] = np.zeros(len(words), dtype=value.dtype)
        columns[name][rows] = value
    return columns


def _look_closely(words: Tiles, total: MomentSums, off: Floats, window: TileWindow) -> Columns:
    deep = split_features.find_concavities(words)
    part = split_features.find_best_cut(words, total, deep)
    seam = split_features.measure_seams(words, part, words & ~part, off)
    scale = window.scale.astype(np.float32)
    found: Columns = {"dent_1_px": deep.depth[:, 0] * scale, "dent_2_px": deep.depth[:, 1] * scale}
    for end in ("0", "1"):
        found[f"cut_x{end}"] = window.x + (getattr(seam, f"x{end}") + 0.5) * scale
        found[f"cut_y{end}"] = window.y + (getattr(seam, f"y{end}") + 0.5) * scale
    return found | _seam_columns(seam, window, "cut")


def _seam_columns(seam: split_features.Seams, window: TileWindow, name: str) -> Columns:
    scale = window.scale.astype(np.float32)
    return {
        f"{name}_gain": seam.gain,
        f"{name}_misfit": seam.misfit,
        f"{name}_share": seam.share,
        f"{name}_px": seam.length * scale,
        f"{name}_width_px": seam.width * scale,
        f"{name}_notch_low": seam.notch_low,
        f"{name}_notch_high": seam.notch_high,
    }


def _tile_batches(box: IntArray) -> Iterator[tuple[IntArray, int]]:
    """Group boxes by the columns that their tiles need; boxes without pixels are left out."""
    scale = TileWindow.around(box).scale
    wide = -(-box[:, 2:].max(axis=1, initial=0) // scale) + 2 * MARGIN
    kind = np.searchsorted(_WIDTHS, wide)
    for k, columns in enumerate(_WIDTHS):
        rows = np.flatnonzero((kind == k) & (box[:, 2] > 0))
        for start in range(0, len(rows), _BATCH):
            yield rows[start : start + _BATCH], columns


def _put_rows(result: Columns, rows: IntArray, found: Columns) -> None:
    for name, value in found.items():
        result[name][rows] = value
