"""Measuring one shard: the only expensive part of a scan, and the same in any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import IntArray, MaskKind
from audit.dataset.shard import Shard
from audit.geometry.corners import count_corners
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.outline import measure_polygons
from audit.geometry.pairs import read_pair_columns
from audit.geometry.runs import Runs, take_masks
from audit.measure.masks import measure_segmentations
from audit.measure.schema import CUTS, INSTANCES, PAIRS, SHAPES, UNIONS
from audit.measure.shape_features import (
    LEAST_CUT_PX,
    measure_cuts,
    measure_shapes,
    measure_unions,
    zero_columns,
)

BLOCK = 2048
"""Annotations measured together: enough for all threads, few enough that their runs take little memory."""

Columns = Mapping[str, NDArray[Any]]
_Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ShardTables:
    """What was measured of one shard."""

    rows: IntArray
    """(n,) positions of the annotations in the dataset, as in the shard."""
    instances: Columns
    """(n,) each: the measured columns of the instances table."""
    pairs: Columns
    """(k,) each: the measured columns of the pairs table; ``a`` and ``b`` are positions in the dataset."""
    shapes: Columns
    """(n,) each: the columns of the shapes table."""
    unions: Columns
    """(u,) each: the columns of the unions table; ``pair`` is a position in ``pairs``."""
    cuts: Columns
    """(c,) each: the columns of the cuts table; ``instance`` is a position in the dataset."""


def measure_shard(shard: Shard, *, with_shapes: bool = True, threads: int = 1) -> ShardTables:
    """Measure every mask of a shard, and every pair of its masks that come close.

    Parameters
    ----------
    shard : Shard
    with_shapes : bool
        Look closely at the forms of masks, as the rules about touching objects need it.
    threads : int
        How many images are measured side by side; the tables are the same for any number.

    Returns
    -------
    ShardTables
        In the order of the shard; pairs sorted by the shard's order of (a, b).

    Examples
    --------
    >>> from audit.testing import dataset, scene
    >>> from audit.dataset.shard import split_shards
    >>> (shard,) = split_shards(dataset(scene("aab")))
    >>> measure_shard(shard).instances["area_px"].tolist()
    [2, 1]
    """
    measured_blocks = _measure_blocks(shard, list(split_image_blocks(shard.image)), with_shapes, threads)
    tables_by_block = zip(*measured_blocks, strict=True)
    instance_blocks, pair_blocks, shape_blocks, union_blocks, cut_blocks = tables_by_block
    # Unions name pairs by their position in the block; blocks lie end to end in the shard.
    pairs_before = np.cumsum([0, *(len(pair_columns["a"]) for pair_columns in pair_blocks)])
    unions = _stack_columns(union_blocks)
    unions["pair"] += np.repeat(
        pairs_before[:-1], [len(union_columns["pair"]) for union_columns in union_blocks]
    )
    instances, pairs, shapes, cuts = map(
        _stack_columns, (instance_blocks, pair_blocks, shape_blocks, cut_blocks)
    )
    return place_rows(ShardTables(shard.rows, instances, pairs, shapes, unions, cuts), shard.rows)


def place_rows(tables: ShardTables, rows: IntArray) -> ShardTables:
    """Let tables whose rows count from the shard's beginning point at rows of the dataset.

    Parameters
    ----------
    tables : ShardTables
    rows : (n,) int64
        Positions of the shard's annotations in the dataset.

    Examples
    --------
    >>> from audit.dataset.shard import split_shards
    >>> from audit.testing import dataset, scene
    >>> (shard,) = split_shards(dataset(scene("ab")))
    >>> place_rows(measure_shard(shard), np.array([7, 5])).pairs["b"].tolist()
    [5]
    """
    return ShardTables(
        rows,
        tables.instances,
        {**tables.pairs, "a": rows[tables.pairs["a"]], "b": rows[tables.pairs["b"]]},
        tables.shapes,
        tables.unions,
        {**tables.cuts, "instance": rows[tables.cuts["instance"]]},
    )


def measure_masks(shard: Shard, *, threads: int = 1) -> ShardTables:
    """Do as `measure_shard` without a look at forms: shapes are zeros, and there are no unions and cuts."""
    return measure_shard(shard, with_shapes=False, threads=threads)


def split_image_blocks(image_rows: IntArray, block_size: int = BLOCK) -> Iterator[slice]:
    """Cut annotations sorted by image into blocks of whole images.

    Parameters
    ----------
    image_rows : (n,) int64
        Of each annotation, ascending.
    block_size : int
        Annotations a block aims at; an image is never cut.

    Yields
    ------
    slice

    Examples
    --------
    >>> import numpy as np
    >>> list(split_image_blocks(np.array([1, 1, 2, 5]), block_size=2))
    [slice(0, 2, None), slice(2, 4, None)]
    >>> list(split_image_blocks(np.array([], dtype=np.int64)))
    [slice(0, 0, None)]
    """
    image_ends = np.r_[np.flatnonzero(np.diff(image_rows)) + 1, len(image_rows)]
    block_start = 0
    while True:
        n_ends_within = min(
            int(np.searchsorted(image_ends, block_start + block_size, side="right")), len(image_ends)
        )
        # An image larger than a block is not cut: its block ends where the image ends.
        block_stop = (
            int(image_ends[n_ends_within - 1])
            if n_ends_within and image_ends[n_ends_within - 1] > block_start
            else int(image_ends[min(n_ends_within, len(image_ends) - 1)])
        )
        yield slice(block_start, block_stop)
        block_start = block_stop
        if block_start >= len(image_rows):
            return


def _measure_blocks(
    shard: Shard, blocks: Sequence[slice], with_shapes: bool, threads: int
) -> list[tuple[_Columns, _Columns, _Columns, _Columns, _Columns]]:
    """Measure blocks side by side where they are many; else one by one, the images of each side by side."""
    if threads == 1 or len(blocks) < 2 * threads:
        return [_measure_block(shard, block, with_shapes, threads) for block in blocks]
    # With one block at a time, what numpy and Python do between two calls of the core leaves threads idle.
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda block: _measure_block(shard, block, with_shapes, 1), blocks))


def _stack_columns(block_columns: Sequence[_Columns]) -> _Columns:
    return {
        column_name: np.concatenate([columns[column_name] for columns in block_columns])
        for column_name in block_columns[0]
    }


def _measure_block(
    shard: Shard, block: slice, with_shapes: bool, threads: int
) -> tuple[_Columns, _Columns, _Columns, _Columns, _Columns]:
    segmentations = shard.segmentation.cut(block)
    image_heights, image_widths, image_rows = shard.height[block], shard.width[block], shard.image[block]
    runs, columns = measure_segmentations(
        segmentations, image_rows, image_heights, image_widths, threads=threads
    )
    pairs = read_pair_columns(columns)
    pair_columns = _build_pair_columns(columns, pairs, block.start)
    instance_columns = _build_instance_columns(columns, image_heights, image_widths)
    instance_columns["segmentation"] = segmentations.kind
    instance_columns["corners"] = _count_rle_corners(runs, segmentations.kind, threads)
    instance_columns |= measure_polygons(
        *(segmentations.xy, segmentations.vertex_start, segmentations.ring_start),
        *(image_heights, image_widths),
        threads=threads,
    )
    boxes = np.stack([instance_columns[side] for side in ("x", "y", "w", "h")], axis=1)
    if not with_shapes:
        return (
            instance_columns,
            pair_columns,
            zero_columns(SHAPES, runs.count),
            zero_columns(UNIONS, 0),
            zero_columns(CUTS, 0),
        )
    is_crowd = shard.iscrowd[block]
    is_cuttable = (instance_columns["parts"] == 1) & (instance_columns["area_px"] >= LEAST_CUT_PX) & ~is_crowd
    cut_columns = measure_cuts(
        runs, boxes, pairs, is_cuttable, instance_columns["mask_hash"], threads=threads
    )
    return (
        instance_columns,
        pair_columns,
        measure_shapes(runs, boxes, threads=threads),
        measure_unions(runs, boxes, pairs, shard.category[block], is_crowd, threads=threads),
        {**cut_columns, "instance": cut_columns["instance"] + block.start},
    )


def _count_rle_corners(runs: Runs, kind: NDArray[np.uint8], threads: int) -> IntArray:
    """Count the corners of masks that are stored as pixels; polygons say themselves how they were drawn."""
    corners = np.zeros(runs.count, dtype=np.int64)
    rle_rows = np.flatnonzero(kind == MaskKind.RLE)
    if len(rle_rows):
        corners[rle_rows] = count_corners(take_masks(runs, rle_rows), threads=threads)
    return corners


def _build_instance_columns(columns: Columns, image_heights: IntArray, image_widths: IntArray) -> _Columns:
    """Add what follows from what the core measured of each mask."""
    area_px, x, y, w, h = (columns[name] for name in ("area_px", "x", "y", "w", "h"))
    at_border = (x == 0) | (y == 0) | (x + w == image_widths) | (y + h == image_heights)
    return {
        **{name: columns[name] for name in INSTANCES if name in columns},
        "solidity": area_px / np.maximum(columns["hull_px"], 1),
        "border": (area_px > 0) & at_border,
    }


def _build_pair_columns(columns: Columns, pairs: MaskPairs, block_start: int) -> _Columns:
    """Add what follows from what the core measured of each pair; positions count from the shard's start."""
    return {
        **{name: columns[name] for name in PAIRS if name in columns},
        "a": pairs.a + block_start,
        "b": pairs.b + block_start,
        "iou": pairs.iou,
        "ioa_a": pairs.ioa_a,
        "ioa_b": pairs.ioa_b,
    }
