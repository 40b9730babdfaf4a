"""Segmentations of a batch as they stand in the file: parsed, their types checked, in arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.dataset.model import FloatArray, IntArray, MaskKind, Segmentations
from audit.geometry import rle
from audit.loaders.concat import start_offsets
from audit.loaders.typed_records import Polygons, Rle
from audit.native.library import Columns

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ParsedSegmentations:
    """Segmentations as they stand in the file, types alone checked; arrays are in the order of rows."""

    kind: NDArray[np.uint8]
    """(n,) of `MaskKind`."""
    n_rings: IntArray
    """(n,) polygons of each."""
    ring_size: IntArray
    """(rings,) numbers of each polygon."""
    coordinates: FloatArray
    rle_height: IntArray
    """(r,) of each RLE."""
    rle_width: IntArray
    rle_fault: NDArray[np.uint8]
    """(r,) of `rle.StringFault`; 0 for lists."""
    n_counts: IntArray
    """(r,) run lengths of each RLE."""
    counts: IntArray
    are_drawable: bool
    """Whether none has a fault, but maybe one that depends on its image."""

    @classmethod
    def of(cls, columns: Columns) -> ParsedSegmentations:
        """Take the columns that `audit.loaders.annotation_columns.parse_annotations` gives."""
        arrays = {name: columns[name] for name in _PARSED_COLUMNS}
        return cls(**arrays, are_drawable=bool(columns["are_drawable"][0]))

    def fit(self, height: IntArray, width: IntArray) -> bool:
        """Tell whether all can be drawn into images of these sizes as they stand.

        Parameters
        ----------
        height, width : (n,) int64
            0 = not known or not usable.
        """
        if not self.are_drawable or not height.all():
            return False
        if not len(self.rle_height):
            return True
        rows = self.kind == MaskKind.RLE
        return bool(((height[rows] == self.rle_height) & (width[rows] == self.rle_width)).all())

    def draw_all(self) -> Segmentations:
        """Return them as arrays to draw from, where all `fit`."""
        n_counts = np.zeros(len(self.kind), dtype=np.int64)
        n_counts[self.kind == MaskKind.RLE] = self.n_counts
        return Segmentations(
            self.kind,
            start_offsets(self.n_rings),
            start_offsets(self.ring_size // 2),
            self.coordinates.reshape(-1, 2),
            start_offsets(n_counts),
            self.counts.astype(np.uint32),
        )

    def keep(self, rows: BoolArray) -> ParsedSegmentations:
        """Leave out rows that have no segmentation."""
        return replace(self, kind=self.kind[rows], n_rings=self.n_rings[rows])

    def insert(self, usable: Mapping[int, Polygons | Rle]) -> ParsedSegmentations:
        """Put segmentations that were read one by one into rows that have none.

        Parameters
        ----------
        usable : mapping
            Row to segmentation, ascending.
        """
        polygons = {row: value for row, value in usable.items() if isinstance(value, list)}
        rles = {row: value for row, value in usable.items() if isinstance(value, Rle)}
        return self._insert_polygons(polygons)._insert_rles(rles) if usable else self

    def _insert_polygons(self, polygons: Mapping[int, Polygons]) -> ParsedSegmentations:
        rows = np.fromiter(polygons, np.int64, len(polygons))
        kind, n_rings = self.kind.copy(), self.n_rings.copy()
        ring_place = start_offsets(n_rings)[rows]
        number_place = start_offsets(self.ring_size)[ring_place]
        rings = [ring for parts in polygons.values() for ring in parts]
        new_rings = np.array([len(parts) for parts in polygons.values()], dtype=np.int64)
        new_size = np.array([len(ring) for ring in rings], dtype=np.int64)
        numbers = np.fromiter(chain.from_iterable(rings), np.float64, int(new_size.sum()))
        kind[rows], n_rings[rows] = MaskKind.POLYGON, new_rings
        owner = np.repeat(np.arange(len(rows)), new_rings)
        return replace(
            self,
            kind=kind,
            n_rings=n_rings,
            ring_size=np.insert(self.ring_size, ring_place[owner], new_size),
            coordinates=np.insert(self.coordinates, number_place[np.repeat(owner, new_size)], numbers),
        )

    def _insert_rles(self, rles: Mapping[int, Rle]) -> ParsedSegmentations:
        rows = np.fromiter(rles, np.int64, len(rles))
        kind = self.kind.copy()
        place = np.searchsorted(np.flatnonzero(kind == MaskKind.RLE), rows)
        count_place = start_offsets(self.n_counts)[place]
        kind[rows] = MaskKind.RLE
        size = np.array([value.size for value in rles.values()], dtype=np.int64).reshape(-1, 2)
        fault, counts, count_start = _decode_counts([value.counts for value in rles.values()])
        return replace(
            self,
            kind=kind,
            rle_height=np.insert(self.rle_height, place, size[:, 0]),
            rle_width=np.insert(self.rle_width, place, size[:, 1]),
            rle_fault=np.insert(self.rle_fault, place, fault),
            n_counts=np.insert(self.n_counts, place, np.diff(count_start)),
            counts=np.insert(self.counts, np.repeat(count_place, np.diff(count_start)), counts),
        )


_PARSED_COLUMNS = tuple(
    member.name for member in fields(ParsedSegmentations) if member.name != "are_drawable"
)


def _decode_counts(
    all_counts: Sequence[str | Sequence[int]],
) -> tuple[NDArray[np.uint8], IntArray, IntArray]:
    """Return the faults of compressed counts (0 for lists), and all runs with their starts."""
    is_string = [isinstance(counts, str) for counts in all_counts]
    strings = [counts for counts in all_counts if isinstance(counts, str)]
    decoded = rle.decode_rle([string.encode(errors="surrogatepass") for string in strings])
    faults = np.zeros(len(all_counts), dtype=np.uint8)
    faults[is_string] = decoded.fault
    if all(is_string):
        return faults, decoded.counts, decoded.count_start
    decoded_runs = iter(np.split(decoded.counts, decoded.count_start[1:-1]))
    runs = [
        next(decoded_runs) if isinstance(counts, str) else np.array(counts, dtype=np.int64)
        for counts in all_counts
    ]
    return faults, np.concatenate(runs), start_offsets(np.array([len(lengths) for lengths in runs]))
