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


def zero_columns(schema: Mapping[str, Column], n_rows: int) -> Columns:
    """Make columns of zeros.

    Parameters
    ----------
    schema : mapping of str to Column
    n_rows : int
        Rows.

    Examples
    --------
    >>> [len(value) for value in zero_columns({"slit": CUTS["slit"]}, 2).values()]
    [2]
    """
    return {name: np.zeros(n_rows, dtype=column.dtype) for name, column in schema.items()}


def measure_shapes(runs: Runs, boxes: IntArray) -> Columns:
    """Measure the columns of `SHAPES` of each mask.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
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
    shape_columns = zero_columns(SHAPES, runs.count)
    for mask_rows, tile_width in _tile_batches(boxes):
        window = TileWindow.around(boxes[mask_rows])
        _put_rows(
            shape_columns,
            mask_rows,
            _shape_columns(bitmask_tiles.draw_tiles(take_masks(runs, mask_rows), window, tile_width), window),
        )
    return shape_columns


def measure_unions(
    runs: Runs, boxes: IntArray, pairs: MaskPairs, category: IntArray, iscrowd: NDArray[np.bool_]
) -> Columns:
    """Measure the columns of `UNIONS` of every pair that could be one object drawn as two.

    These touch, have one known category and are no crowd regions.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
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
    is_touching = (pairs.intersection == 0) & (pairs.gap <= MAX_GAP_PX)
    is_candidate = (category[a] == category[b]) & ~iscrowd[a] & ~iscrowd[b] & is_touching
    pair_rows = np.flatnonzero(is_candidate)
    union_columns = zero_columns(UNIONS, len(pair_rows))
    union_columns["pair"] = pair_rows
    if len(pair_rows) == 0:
        return union_columns
    near_masks, near_owners = _list_near_masks(pairs, pair_rows, runs.count)
    left_masks, right_masks = _order_by_place(boxes, a[pair_rows], b[pair_rows])
    top_left = np.minimum(boxes[a, :2], boxes[b, :2])[pair_rows]
    bottom_right = np.maximum(boxes[a, :2] + boxes[a, 2:], boxes[b, :2] + boxes[b, 2:])[pair_rows]
    for batch_rows, tile_width in _tile_batches(np.concatenate([top_left, bottom_right - top_left], axis=1)):
        window = TileWindow.around(np.concatenate([top_left, bottom_right - top_left], axis=1)[batch_rows])
        left_tiles = bitmask_tiles.draw_tiles(take_masks(runs, left_masks[batch_rows]), window, tile_width)
        right_tiles = bitmask_tiles.draw_tiles(take_masks(runs, right_masks[batch_rows]), window, tile_width)
        near_starts = np.searchsorted(near_owners, batch_rows)
        near_ends = np.searchsorted(near_owners, batch_rows + 1)
        near_tile_rows = np.repeat(np.arange(len(batch_rows)), near_ends - near_starts)
        near_runs = take_masks(runs, near_masks[expand_ranges(near_starts, near_ends - near_starts)])
        near_tiles = bitmask_tiles.draw_tiles(near_runs, window.take(near_tile_rows), tile_width)
        # The slit between the two is closed, but not where a third mask lies in it.
        taken_tiles = np.zeros_like(left_tiles)
        if len(near_tile_rows):
            group_begins = group_starts(near_tile_rows)
            taken_tiles[near_tile_rows[group_begins]] = np.bitwise_or.reduceat(
                near_tiles, group_begins, axis=0
            )
        united_tiles = bitmask_tiles.unite_tiles(left_tiles, right_tiles, taken_tiles)
        measured_columns = _shape_columns(united_tiles, window)
        seams = split_features.measure_seams(
            united_tiles, left_tiles, right_tiles, measured_columns["misfit"]
        )
        measured_columns |= _seam_columns(seams, window, "seam")
        measured_columns["area_px"] = bitmask_tiles.count_cells(united_tiles) * window.scale**2
        _put_rows(union_columns, batch_rows, measured_columns)
    # Hulls come from whole runs: a tile of a large mask is too coarse for them.
    pair_runs = take_masks(runs, np.concatenate([a[pair_rows], b[pair_rows]]))
    union_numbers = (pair_runs.mask % len(pair_rows)).astype(np.int32)
    union_columns["hull_px"] = convex_hull_areas(
        unite_runs(union_numbers, pair_runs.x, pair_runs.y0, pair_runs.y1, len(pair_rows))
    )
    return union_columns


def _order_by_place(boxes: IntArray, a: IntArray, b: IntArray) -> tuple[IntArray, IntArray]:
    """Put the two of each pair in the order of their boxes: ids must not decide how a seam looks."""
    box_rank = np.empty(len(boxes), dtype=np.int64)
    box_rank[np.lexsort(boxes.T[::-1])] = np.arange(len(boxes))
    is_swapped = box_rank[b] < box_rank[a]
    return np.where(is_swapped, b, a), np.where(is_swapped, a, b)


def _list_near_masks(pairs: MaskPairs, pair_rows: IntArray, n_masks: int) -> tuple[IntArray, IntArray]:
    """List the masks close to either mask of each pair, and the pair that each is listed for."""
    # Each pair is listed from both ends and sorted, so that the neighbours of a mask are one slice.
    from_mask, to_mask = np.r_[pairs.a, pairs.b], np.r_[pairs.b, pairs.a]
    sort_order = np.argsort(from_mask, kind="stable")
    from_mask, to_mask = from_mask[sort_order], to_mask[sort_order]
    group_begins = np.searchsorted(from_mask, np.arange(n_masks + 1))
    near_parts, owner_parts = [], []
    for pair_side, opposite_side in (
        (pairs.a[pair_rows], pairs.b[pair_rows]),
        (pairs.b[pair_rows], pairs.a[pair_rows]),
    ):
        n_neighbours = group_begins[pair_side + 1] - group_begins[pair_side]
        neighbours = to_mask[expand_ranges(group_begins[pair_side], n_neighbours)]
        pair_numbers = np.repeat(np.arange(len(pair_rows)), n_neighbours)
        is_third = neighbours != opposite_side[pair_numbers]
        near_parts.append(neighbours[is_third])
        owner_parts.append(pair_numbers[is_third])
    near_masks, pair_numbers = np.concatenate(near_parts), np.concatenate(owner_parts)
    sort_order = np.argsort(pair_numbers, kind="stable")
    return near_masks[sort_order], pair_numbers[sort_order]


def measure_cuts(
    runs: Runs,
    boxes: IntArray,
    pairs: MaskPairs,
    is_whole: NDArray[np.bool_],
    mask_hashes: NDArray[np.uint64],
) -> Columns:
    """Cut singles in two by chance and measure the columns of `CUTS`.

    Parameters
    ----------
    runs : Runs
    boxes : (count, 4) int64
    pairs : MaskPairs
        Masks in any pair do not stand alone.
    is_whole : (count,) bool
        The masks that are fit for it: in one part, no crowd regions, large enough.
    mask_hashes : (count,) uint64
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
    # The hash of the mask decides: so a mask is cut alike in any shard, in any order, on any machine.
    is_isolated = is_whole & (hash_to_uniform(mask_hashes, 8) * 100 < CUT_PERCENT)
    # A mask with a near neighbour may itself be half an object; an isolated one is surely whole.
    is_isolated[pairs.a] = is_isolated[pairs.b] = False
    isolated_masks = np.flatnonzero(is_isolated)
    cut_columns = zero_columns(CUTS, len(isolated_masks))
    cut_columns["instance"] = isolated_masks
    has_slit = hash_to_uniform(mask_hashes[isolated_masks], 7) < _SLIT_SHARE
    for batch_rows, tile_width in _tile_batches(boxes[isolated_masks]):
        window = TileWindow.around(boxes[isolated_masks[batch_rows]])
        mask_tiles = bitmask_tiles.draw_tiles(
            take_masks(runs, isolated_masks[batch_rows]), window, tile_width
        )
        part_tiles = cut_randomly(mask_tiles, mask_hashes[isolated_masks[batch_rows]])
        rest_tiles = mask_tiles & ~part_tiles
        # People who split an object often leave a line of background between the halves.
        rest_tiles = np.where(
            has_slit[batch_rows, None], rest_tiles & ~bitmask_tiles.dilate_tiles(part_tiles), rest_tiles
        )
        cell_spans = find_spans(mask_tiles)
        whole_misfit = ellipse_misfit(cell_spans, sum_moments(cell_spans).moments())
        _put_rows(
            cut_columns,
            batch_rows,
            _seam_columns(
                split_features.measure_seams(mask_tiles, part_tiles, rest_tiles, whole_misfit), window, "seam"
            ),
        )
    cut_columns["slit"] = has_slit
    return cut_columns


def _shape_columns(mask_tiles: Tiles, window: TileWindow) -> Columns:
    cell_spans = find_spans(mask_tiles)
    moment_sums = sum_moments(cell_spans)
    moments = moment_sums.moments()
    misfit = ellipse_misfit(cell_spans, moments)
    px_per_cell = window.scale.astype(np.float32)
    major_axis, minor_axis = moments.axes
    shape_columns: Columns = {
        "major_px": major_axis * px_per_cell,
        "minor_px": minor_axis * px_per_cell,
        "misfit": misfit,
    }
    shape_columns["shape_measured"] = misfit >= LOOK_MISFIT
    # An ellipse has no seam to look for, and the search is the dear part: most masks are spared it.
    measured_rows = np.flatnonzero(shape_columns["shape_measured"])
    concave_columns = _measure_concave(
        mask_tiles[measured_rows],
        MomentSums(moment_sums.n[measured_rows], moment_sums.s[measured_rows]),
        misfit[measured_rows],
        window.take(measured_rows),
    )
    for column_name, column_values in concave_columns.items():
        shape_columns[column_name] = np.zeros(len(mask_tiles), dtype=column_values.dtype)
        shape_columns[column_name][measured_rows] = column_values
    return shape_columns


def _measure_concave(
    mask_tiles: Tiles, moment_sums: MomentSums, whole_misfit: Floats, window: TileWindow
) -> Columns:
    concavities = split_features.find_concavities(mask_tiles)
    part_tiles = split_features.find_best_cut(mask_tiles, moment_sums, concavities)
    cut_seam = split_features.measure_seams(mask_tiles, part_tiles, mask_tiles & ~part_tiles, whole_misfit)
    px_per_cell = window.scale.astype(np.float32)
    cut_columns: Columns = {
        "dent_1_px": concavities.depth[:, 0] * px_per_cell,
        "dent_2_px": concavities.depth[:, 1] * px_per_cell,
    }
    for seam_end in ("0", "1"):
        cut_columns[f"cut_x{seam_end}"] = window.x + (getattr(cut_seam, f"x{seam_end}") + 0.5) * px_per_cell
        cut_columns[f"cut_y{seam_end}"] = window.y + (getattr(cut_seam, f"y{seam_end}") + 0.5) * px_per_cell
    return cut_columns | _seam_columns(cut_seam, window, "cut")


def _seam_columns(measured_seam: split_features.Seams, window: TileWindow, column_prefix: str) -> Columns:
    px_per_cell = window.scale.astype(np.float32)
    return {
        f"{column_prefix}_gain": measured_seam.gain,
        f"{column_prefix}_misfit": measured_seam.misfit,
        f"{column_prefix}_share": measured_seam.share,
        f"{column_prefix}_px": measured_seam.length * px_per_cell,
        f"{column_prefix}_width_px": measured_seam.width * px_per_cell,
        f"{column_prefix}_notch_low": measured_seam.notch_low,
        f"{column_prefix}_notch_high": measured_seam.notch_high,
    }


def _tile_batches(boxes: IntArray) -> Iterator[tuple[IntArray, int]]:
    """Group boxes by the columns that their tiles need; boxes without pixels are left out."""
    px_per_cell = TileWindow.around(boxes).scale
    n_cells = -(-boxes[:, 2:].max(axis=1, initial=0) // px_per_cell) + 2 * MARGIN
    # A tile costs by its columns, used or not: small masks, which are most, get narrow ones.
    width_class = np.searchsorted(_WIDTHS, n_cells)
    for class_number, tile_width in enumerate(_WIDTHS):
        box_rows = np.flatnonzero((width_class == class_number) & (boxes[:, 2] > 0))
        for batch_start in range(0, len(box_rows), _BATCH):
            yield box_rows[batch_start : batch_start + _BATCH], tile_width


def _put_rows(columns: Columns, target_rows: IntArray, row_columns: Columns) -> None:
    for column_name, column_values in row_columns.items():
        columns[column_name][target_rows] = column_values
