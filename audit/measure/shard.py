"""Measuring one shard: the only expensive part of a scan, and the same in any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.dataset.model import IntArray, Segmentations
from audit.dataset.shard import Shard
from audit.geometry import outline, shape
from audit.geometry.component_gaps import measure_component_gaps
from audit.geometry.hull import convex_hull_areas
from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.overlap import count_intersections
from audit.geometry.pairs import find_mask_pairs
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import Runs
from audit.measure.masks import decode_runs
from audit.measure.schema import CUTS, SHAPES, UNIONS
from audit.measure.shape_features import (
    LEAST_CUT_PX,
    measure_cuts,
    measure_shapes,
    measure_unions,
    zero_columns,
)

BLOCK = 2048
"""Annotations measured together: enough to spread numpy's overhead, few enough to stay in the cache."""

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


def measure_shard(shard: Shard, *, with_shapes: bool = True) -> ShardTables:
    """Measure every mask of a shard, and every pair of its masks that come close.

    Parameters
    ----------
    shard : Shard
    with_shapes : bool
        Look closely at the forms of masks, as the rules about touching objects need it.

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
    measured_blocks = [_measure_block(shard, block, with_shapes) for block in split_image_blocks(shard.image)]
    instances, pairs, shapes, unions, cuts = (
        _stack_columns([block_tables[table_number] for block_tables in measured_blocks])
        for table_number in range(5)
    )
    # Unions name pairs by their position in the block; blocks lie end to end in the shard.
    pairs_before = np.cumsum([0, *(len(block_tables[1]["a"]) for block_tables in measured_blocks)])
    unions["pair"] += np.repeat(
        pairs_before[:-1], [len(block_tables[3]["pair"]) for block_tables in measured_blocks]
    )
    return ShardTables(
        shard.rows,
        instances,
        {**pairs, "a": shard.rows[pairs["a"]], "b": shard.rows[pairs["b"]]},
        shapes,
        unions,
        {**cuts, "instance": shard.rows[cuts["instance"]]},
    )


def measure_masks(shard: Shard) -> ShardTables:
    """Do as `measure_shard` without a look at forms: shapes are zeros, and there are no unions and cuts."""
    return measure_shard(shard, with_shapes=False)


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


def _stack_columns(block_columns: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    return {
        column_name: np.concatenate([columns[column_name] for columns in block_columns])
        for column_name in block_columns[0]
    }


def _measure_block(
    shard: Shard, block: slice, with_shapes: bool
) -> tuple[_Columns, _Columns, _Columns, _Columns, _Columns]:
    segmentations = shard.segmentation.cut(block)
    image_heights, image_widths, image_rows = shard.height[block], shard.width[block], shard.image[block]
    runs = decode_runs(segmentations, image_heights, image_widths)
    instance_columns, boxes, hole_runs = _measure_shape_columns(runs, image_heights, image_widths)
    instance_columns["segmentation"] = segmentations.kind
    instance_columns |= _measure_polygon_columns(segmentations, image_heights, image_widths)
    indexed_runs = IndexedRuns.of(runs)
    pairs = find_mask_pairs(indexed_runs, image_rows, boxes, instance_columns["area_px"])
    pair_columns = _build_pair_columns(pairs, indexed_runs, hole_runs, block.start)
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
    cut_columns = measure_cuts(runs, boxes, pairs, is_cuttable, instance_columns["mask_hash"])
    return (
        instance_columns,
        pair_columns,
        measure_shapes(runs, boxes),
        measure_unions(runs, boxes, pairs, shard.category[block], is_crowd),
        {**cut_columns, "instance": cut_columns["instance"] + block.start},
    )


def _measure_shape_columns(
    runs: Runs, image_heights: IntArray, image_widths: IntArray
) -> tuple[dict[str, NDArray[Any]], IntArray, Runs]:
    run_links = shape.link_runs(runs)
    area_px, boxes, hull_px = shape.measure_areas(runs), shape.measure_boxes(runs), convex_hull_areas(runs)
    components = shape.measure_components(runs, run_links)
    hole_runs, holes = shape.find_holes(runs, run_links, components)
    x, y, w, h = boxes.T
    shape_columns: dict[str, NDArray[Any]] = {
        "area_px": area_px,
        "x": x,
        "y": y,
        "w": w,
        "h": h,
        "parts": components.number,
        "largest_part_px": components.largest,
        "smallest_part_px": components.smallest,
        "part_gap_px": measure_component_gaps(runs, run_links, components),
        "holes": holes.number,
        "hole_px": shape.measure_areas(hole_runs),
        "smallest_hole_px": holes.smallest,
        "perimeter_px": shape.measure_perimeters(runs, run_links),
        "hull_px": hull_px,
        "solidity": area_px / np.maximum(hull_px, 1),
        "border": (area_px > 0) & ((x == 0) | (y == 0) | (x + w == image_widths) | (y + h == image_heights)),
        "mask_hash": shape.hash_masks(runs),
    }
    return shape_columns, boxes, hole_runs


def _measure_polygon_columns(
    segmentations: Segmentations, image_heights: IntArray, image_widths: IntArray
) -> dict[str, NDArray[Any]]:
    polygon_measures = outline.measure_polygons(
        segmentations.xy, segmentations.vertex_start, segmentations.ring_start, image_heights, image_widths
    )
    return {
        measure_field.name: getattr(polygon_measures, measure_field.name)
        for measure_field in fields(outline.PolygonMeasures)
    }


def _build_pair_columns(
    pairs: MaskPairs, indexed_runs: IndexedRuns, hole_runs: Runs, block_start: int
) -> dict[str, NDArray[Any]]:
    """Lay pairs out as columns of the pairs table; ``block_start`` is where the block begins in its shard."""
    a, b = pairs.a, pairs.b
    hole_px = shape.measure_areas(hole_runs)
    indexed_holes = IndexedRuns.of(hole_runs)
    return {
        "a": a + block_start,
        "b": b + block_start,
        "intersection_px": pairs.intersection,
        "iou": pairs.iou,
        "ioa_a": pairs.ioa_a,
        "ioa_b": pairs.ioa_b,
        "depth_px": pairs.depth,
        "gap_px": pairs.gap,
        "contact_px": pairs.contact,
        "hole_share_a": _hole_shares(indexed_holes, hole_px, indexed_runs, a, b),
        "hole_share_b": _hole_shares(indexed_holes, hole_px, indexed_runs, b, a),
    }


def _hole_shares(
    indexed_holes: IndexedRuns, hole_px: IntArray, indexed_runs: IndexedRuns, a: IntArray, b: IntArray
) -> NDArray[np.float64]:
    """Measure which share of the hole pixels of a is covered by b."""
    covered_share = np.zeros(len(a))
    # Few masks have holes: the others need no intersection.
    has_holes = np.flatnonzero(hole_px[a])
    covered_share[has_holes] = (
        count_intersections(indexed_holes, indexed_runs, a[has_holes], b[has_holes]) / hole_px[a[has_holes]]
    )
    return covered_share
