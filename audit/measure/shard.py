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
from audit.measure.forms import LEAST_CUT_PX, measure_cuts, measure_shapes, measure_unions, zero_columns
from audit.measure.masks import decode_runs
from audit.measure.schema import CUTS, SHAPES, UNIONS

BLOCK = 2048
"""Annotations measured together: enough to spread numpy's overhead, few enough to stay in the cache."""

Columns = Mapping[str, NDArray[Any]]
_Block = dict[str, NDArray[Any]]


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


def measure_shard(shard: Shard, *, look: bool = True) -> ShardTables:
    """Measure every mask of a shard, and every pair of its masks that come close.

    Parameters
    ----------
    shard : Shard
    look : bool
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
    found = [_measure_block(shard, block, look) for block in split_image_blocks(shard.image)]
    instances, pairs, shapes, unions, cuts = (_stack([f[k] for f in found]) for k in range(5))
    before = np.cumsum([0, *(len(f[1]["a"]) for f in found)])
    unions["pair"] += np.repeat(before[:-1], [len(f[3]["pair"]) for f in found])
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
    return measure_shard(shard, look=False)


def split_image_blocks(image: IntArray, size: int = BLOCK) -> Iterator[slice]:
    """Cut annotations sorted by image into blocks of whole images.

    Parameters
    ----------
    image : (n,) int64
        Of each annotation, ascending.
    size : int
        Annotations a block aims at; an image is never cut.

    Yields
    ------
    slice

    Examples
    --------
    >>> import numpy as np
    >>> list(split_image_blocks(np.array([1, 1, 2, 5]), size=2))
    [slice(0, 2, None), slice(2, 4, None)]
    >>> list(split_image_blocks(np.array([], dtype=np.int64)))
    [slice(0, 0, None)]
    """
    ends = np.r_[np.flatnonzero(np.diff(image)) + 1, len(image)]
    start = 0
    while True:
        after = min(int(np.searchsorted(ends, start + size, side="right")), len(ends))
        stop = (
            int(ends[after - 1])
            if after and ends[after - 1] > start
            else int(ends[min(after, len(ends) - 1)])
        )
        yield slice(start, stop)
        start = stop
        if start >= len(image):
            return


def _stack(found: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    return {name: np.concatenate([f[name] for f in found]) for name in found[0]}


def _measure_block(shard: Shard, block: slice, look: bool) -> tuple[_Block, _Block, _Block, _Block, _Block]:
    segmentation = shard.segmentation.cut(block)
    height, width, image = shard.height[block], shard.width[block], shard.image[block]
    runs = decode_runs(segmentation, height, width)
    instances, box, inside = _shapes(runs, height, width)
    instances["segmentation"] = segmentation.kind
    instances |= _outlines(segmentation, height, width)
    indexed = IndexedRuns.of(runs)
    pairs = find_mask_pairs(indexed, image, box, instances["area_px"])
    pair_columns = _pair_columns(pairs, indexed, inside, block.start)
    if not look:
        return (
            instances,
            pair_columns,
            zero_columns(SHAPES, runs.count),
            zero_columns(UNIONS, 0),
            zero_columns(CUTS, 0),
        )
    crowd = shard.iscrowd[block]
    fit = (instances["parts"] == 1) & (instances["area_px"] >= LEAST_CUT_PX) & ~crowd
    cuts = measure_cuts(runs, box, pairs, fit, instances["mask_hash"])
    return (
        instances,
        pair_columns,
        measure_shapes(runs, box),
        measure_unions(runs, box, pairs, shard.category[block], crowd),
        {**cuts, "instance": cuts["instance"] + block.start},
    )


def _shapes(runs: Runs, height: IntArray, width: IntArray) -> tuple[dict[str, NDArray[Any]], IntArray, Runs]:
    near = shape.link_runs(runs)
    area, box, hull = shape.measure_areas(runs), shape.measure_boxes(runs), convex_hull_areas(runs)
    parts = shape.measure_components(runs, near)
    inside, holes = shape.find_holes(runs, near, parts)
    x, y, w, h = box.T
    columns: dict[str, NDArray[Any]] = {
        "area_px": area,
        "x": x,
        "y": y,
        "w": w,
        "h": h,
        "parts": parts.number,
        "largest_part_px": parts.largest,
        "smallest_part_px": parts.smallest,
        "part_gap_px": measure_component_gaps(runs, near, parts),
        "holes": holes.number,
        "hole_px": shape.measure_areas(inside),
        "smallest_hole_px": holes.smallest,
        "perimeter_px": shape.measure_perimeters(runs, near),
        "hull_px": hull,
        "solidity": area / np.maximum(hull, 1),
        "border": (area > 0) & ((x == 0) | (y == 0) | (x + w == width) | (y + h == height)),
        "mask_hash": shape.hash_masks(runs),
    }
    return columns, box, inside


def _outlines(segmentation: Segmentations, height: IntArray, width: IntArray) -> dict[str, NDArray[Any]]:
    s = segmentation
    found = outline.measure_polygons(s.xy, s.vertex_start, s.ring_start, height, width)
    return {field.name: getattr(found, field.name) for field in fields(outline.PolygonMeasures)}


def _pair_columns(
    pairs: MaskPairs, indexed: IndexedRuns, inside: Runs, first: int
) -> dict[str, NDArray[Any]]:
    """Lay pairs out as columns of the pairs table; ``first`` is where the block begins in its shard."""
    a, b = pairs.a, pairs.b
    hole_px = shape.measure_areas(inside)
    plugs = IndexedRuns.of(inside)
    return {
        "a": a + first,
        "b": b + first,
        "intersection_px": pairs.intersection,
        "iou": pairs.iou,
        "ioa_a": pairs.ioa_a,
        "ioa_b": pairs.ioa_b,
        "depth_px": pairs.depth,
        "gap_px": pairs.gap,
        "contact_px": pairs.contact,
        "hole_share_a": _hole_shares(plugs, hole_px, indexed, a, b),
        "hole_share_b": _hole_shares(plugs, hole_px, indexed, b, a),
    }


def _hole_shares(
    holes: IndexedRuns, hole_px: IntArray, indexed: IndexedRuns, a: IntArray, b: IntArray
) -> NDArray[np.float64]:
    """Measure which share of the hole pixels of a is covered by b."""
    share = np.zeros(len(a))
    ring = np.flatnonzero(hole_px[a])
    share[ring] = count_intersections(holes, indexed, a[ring], b[ring]) / hole_px[a[ring]]
    return share
