"""The columns of the measurement tables: name, type, unit and meaning, in one place.

The tables are the contract between measuring and judging; they are also what users read with pandas,
so a column is never renamed or given another unit without a new ``SCHEMA_VERSION``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import field, fields, is_dataclass
from typing import Any, TypeVar

import numpy as np

from audit.carriers import dataclass
from audit.measure.column_table import ColumnTable

SCHEMA_VERSION = 6
_Derived = TypeVar("_Derived")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    dtype: str
    """numpy dtype, or ``str``."""
    meaning: str


IMAGES: Mapping[str, Column] = {
    "image_id": Column("int64", "id as in the file"),
    "file_name": Column("str", "as in the file"),
    "height": Column("int64", "declared, pixels; 0 = not usable"),
    "width": Column("int64", "declared, pixels; 0 = not usable"),
    "source": Column("int64", "position among the input files"),
    "index": Column("int64", "position in the file's list of images"),
    "record_file": Column(
        "str", "SA-1B, LabelMe: its JSON file, where that is not named as the image; else empty"
    ),
    "annotations": Column("int64", "annotation records of this image"),
    "masks_hash": Column("uint64", "hash of all masks and categories of the image; 0 = no masks"),
    "picture": Column("str", "state of the picture file: not_checked, ok, or what is wrong (rule id)"),
    "picture_detail": Column("str", "what was wrong, in words"),
    "picture_height": Column("int64", "pixels as stored; 0 = unknown"),
    "picture_width": Column("int64", "pixels as stored; 0 = unknown"),
    "exif_orientation": Column("int64", "1..8; 1 = as stored; 0 = unknown"),
    "picture_hash": Column("str", "SHA-256 of the picture file; empty = not read"),
}
"""One row an image record, in file order. Its row position is the ``image`` of the other tables."""

CATEGORIES: Mapping[str, Column] = {
    "category_id": Column("int64", "id as in the file"),
    "name": Column("str", "as in the file"),
    "supercategory": Column("str", "as in the file"),
    "source": Column("int64", "position among the input files"),
    "index": Column("int64", "position in the file's list of categories"),
    "annotations": Column("int64", "annotation records of this category"),
    "images": Column("int64", "images with at least one of these annotations"),
}
"""One row a category. Its row position is the ``category`` of the other tables."""

INSTANCES: Mapping[str, Column] = {
    "image": Column("int64", "row in images; -1 = unknown image"),
    "image_id": Column("int64", "id as in the file; -1 = unknown image"),
    "annotation_id": Column("int64", "id as in the file"),
    "source": Column("int64", "position among the input files"),
    "index": Column("int64", "position in the file's list of annotations"),
    "category": Column("int64", "row in categories; -1 = unknown category"),
    "category_id": Column("int64", "id as in the file; -1 = unknown category"),
    "iscrowd": Column("bool", "crowd region"),
    "segmentation": Column("uint8", "0 = no usable mask, 1 = polygons, 2 = RLE"),
    "area_px": Column("int64", "pixels of the mask"),
    "x": Column("int64", "left column of the mask's box"),
    "y": Column("int64", "top row of the mask's box"),
    "w": Column("int64", "columns of the mask's box"),
    "h": Column("int64", "rows of the mask's box"),
    "parts": Column("int64", "8-connected parts"),
    "largest_part_px": Column("int64", "pixels of the largest part"),
    "smallest_part_px": Column("int64", "pixels of the smallest part"),
    "part_gap_px": Column("int64", "widest gap between parts of at least 10 % of area_px (Chebyshev)"),
    "small_part_gap_px": Column(
        "int64", "from the farthest part below 10 % of area_px, as a box, to the larger parts (Chebyshev)"
    ),
    "holes": Column("int64", "4-connected holes"),
    "hole_px": Column("int64", "pixels of all holes"),
    "smallest_hole_px": Column("int64", "pixels of the smallest hole; 0 = no hole"),
    "perimeter_px": Column("int64", "unit pixel edges between the mask and the rest, holes included"),
    "hull_px": Column("float64", "area of the convex hull of the mask's pixel squares, pixels"),
    "solidity": Column("float64", "area_px / hull_px; 0 = no mask"),
    "border": Column("bool", "the mask reaches the image's border"),
    "rings": Column("int64", "polygons drawn; 0 for RLE"),
    "vertices": Column("int64", "polygon vertices drawn, closing points not counted; 0 for RLE"),
    "outline_px": Column("float64", "length of the drawn polygons; 0 for RLE"),
    "longest_edge_px": Column("float64", "longest edge of the drawn polygons; 0 for RLE"),
    "self_intersections": Column("int64", "rings that cross themselves"),
    "spikes": Column("int64", "vertices at which a ring turns back on itself"),
    "repeated_points": Column("int64", "vertices equal to the one before them, closing points not counted"),
    "zero_area_rings": Column("int64", "rings that enclose no area"),
    "duplicate_rings": Column("int64", "rings that repeat an earlier ring of the annotation"),
    "hole_rings": Column("int64", "rings inside another ring of the annotation (COCO fills them)"),
    "overlapping_rings": Column("int64", "rings that partly overlap an earlier ring of the annotation"),
    "outside_vertices": Column("int64", "vertices more than half a pixel outside the image"),
    "outside_px": Column("float64", "how far the farthest vertex lies outside the image; 0 for RLE"),
    "max_abs_coordinate": Column("float64", "largest |coordinate| of the drawn polygons; NaN for RLE"),
    "declared_area": Column("float64", "as in the file; NaN = absent"),
    "declared_x": Column("float64", "bbox as in the file; NaN = absent"),
    "declared_y": Column("float64", "bbox as in the file; NaN = absent"),
    "declared_w": Column("float64", "bbox as in the file; NaN = absent"),
    "declared_h": Column("float64", "bbox as in the file; NaN = absent"),
    "corners": Column(
        "int64", "corners of the outline, simplified to within 1 px, of an RLE mask; 0 for polygons"
    ),
    "mask_hash": Column("uint64", "hash of the mask's pixels; 0 = no mask"),
    "pairs_left_out": Column(
        "uint8",
        "0 = all its pairs were measured, 1 = one of more than 50 copies of one mask in its image, of "
        "which the first stands for all, 2 = its image has too many pairs, of which only those with its most "
        "similar partners were measured",
    ),
    "merge_score": Column("float64", "probability that this is several objects; NaN = not scored"),
    "edge_here": Column(
        "float64", "share of the picture's variation that the outline explains; NaN = not known"
    ),
    "edge_best": Column("float64", "the same where it is largest, of places with more contrast"),
    "edge_x": Column("int64", "how far right the outline was moved for that, pixels"),
    "edge_y": Column("int64", "how far down"),
    "edge_beside": Column(
        "float64",
        "change of the picture 2 px inside or outside the outline, whichever is more, by that under it; "
        "NaN = not known",
    ),
}
"""One row an annotation record, sorted by image row, annotation id, file position."""

PAIRS: Mapping[str, Column] = {
    "image": Column("int64", "row in images"),
    "image_id": Column("int64", "id as in the file"),
    "a": Column("int64", "row in instances"),
    "b": Column("int64", "row in instances; a < b"),
    "annotation_id_a": Column("int64", "id as in the file"),
    "annotation_id_b": Column("int64", "id as in the file"),
    "intersection_px": Column("int64", "shared pixels"),
    "iou": Column("float64", "intersection / union"),
    "ioa_a": Column("float64", "intersection / area of a"),
    "ioa_b": Column("float64", "intersection / area of b"),
    "depth_px": Column("int64", "side of the largest square of pixels inside the intersection"),
    "gap_px": Column("int64", "pixels between the masks (Chebyshev); 0 = they touch or overlap"),
    "contact_px": Column("int64", "unit pixel edges shared by the two; 0 where they overlap"),
    "hole_share_a": Column("float64", "share of a's hole pixels that b covers"),
    "hole_share_b": Column("float64", "share of b's hole pixels that a covers"),
    "split_score": Column("float64", "probability that the two are one object; NaN = not scored"),
}
"""One row a pair of masks of one image that overlap or lie at most 2 px apart, sorted by (a, b)."""


_FORM: Mapping[str, Column] = {
    "major_px": Column("float32", "longer axis of the ellipse of equal moments"),
    "minor_px": Column("float32", "shorter axis of the same"),
    "misfit": Column("float32", "1 - IoU with that ellipse, of the same area"),
    "shape_measured": Column(
        "bool", "measured closely; else so near an ellipse that the columns below are 0"
    ),
    "dent_1_px": Column("float32", "depth of the deepest concavity behind the convex hull"),
    "dent_2_px": Column("float32", "depth of the deepest one on another side"),
    "cut_x0": Column("float32", "best cut in two, its ends, image pixels"),
    "cut_y0": Column("float32", "see cut_x0"),
    "cut_x1": Column("float32", "see cut_x0"),
    "cut_y1": Column("float32", "see cut_x0"),
    "merge_log_odds": Column(
        "float32", "log likelihood ratio of several objects against one; 0 = not learned"
    ),
}


def _seam(prefix: str) -> dict[str, Column]:
    return {
        f"{prefix}_gain": Column("float32", "misfit of the whole less that of the two parts"),
        f"{prefix}_misfit": Column("float32", "misfit of the two parts, weighted by their areas"),
        f"{prefix}_share": Column("float32", "the smaller part's share of both"),
        f"{prefix}_px": Column("float32", "length of the line on which the parts meet"),
        f"{prefix}_width_px": Column("float32", "shorter axis of the smaller part"),
        f"{prefix}_notch_low": Column("float32", "filled share around the line's ends, the emptier one"),
        f"{prefix}_notch_high": Column("float32", "the same, the fuller one: 0.5 = straight, more = a notch"),
    }


SHAPES: Mapping[str, Column] = {**_FORM, **_seam("cut")}
"""One row an instance, in their order: what its form is like, whole and cut in two where that fits best."""

UNIONS: Mapping[str, Column] = {
    "pair": Column("int64", "row in pairs, ascending"),
    "area_px": Column("int64", "pixels of the union with the slit between the two closed"),
    "hull_px": Column("float64", "area of its convex hull, pixels"),
    **_FORM,
    **_seam("cut"),
    **_seam("seam"),
}
"""One row a touching pair of one category: the form of the union; seam = the line drawn."""

CUTS: Mapping[str, Column] = {
    "instance": Column("int64", "row in instances, ascending"),
    "slit": Column("bool", "a line of one pixel was left out between the parts"),
    **_seam("seam"),
}
"""One row an instance that stands alone, cut in two by chance: what split objects would look like."""

CONVENTIONS: Mapping[str, Column] = {
    "category": Column("int64", "row in categories; -1 = all together"),
    "instances": Column("int64", "instances with a mask, no crowd regions"),
    "isolated": Column("int64", "instances that stand alone, in one part, clear of the border"),
    "pairs": Column("int64", "touching pairs that could be one object by size and contact"),
    "auroc": Column("float64", "AUROC of one against union, on images not learned from; 0.5 = chance"),
    "pair_auroc": Column("float64", "AUROC of drawn pairs against cut singles, likewise"),
    "learned": Column("bool", "a convention was learned; else scores stay near the shares below"),
    "reason": Column("str", "why not, in words; empty where it was"),
    "merged_share": Column("float64", "estimated share of the instances that are several objects"),
    "split_share": Column("float64", "estimated share of the pairs that are one object"),
}
"""One row a category, after one for all together: what was learned about touching objects."""

UNLABELLED: Mapping[str, Column] = {
    "image": Column("int64", "row in images"),
    "image_id": Column("int64", "id as in the file"),
    "x": Column("int64", "left column of the box"),
    "y": Column("int64", "top row of the box"),
    "w": Column("int64", "columns of the box"),
    "h": Column("int64", "rows of the box"),
    "area_px": Column("int64", "pixels that stand out"),
    "size": Column("float64", "area by the median area of the labelled objects of the image"),
    "fill": Column("float64", "area by that of the box"),
    "contrast": Column("float64", "to the background, by that of the dimmer labelled objects"),
    "local_contrast": Column("float64", "to its own surroundings, by the same"),
    "outline": Column("str", "polygon, x and y in turn, pixels, with spaces between"),
}
"""One row a thing in a picture that looks like the labelled objects and is not labelled."""


@dataclass(frozen=True, slots=True)
class Measurements:
    """The tables that every rule is judged from.

    Examples
    --------
    >>> len(empty_measurements().pairs)
    0
    """

    images: ColumnTable
    categories: ColumnTable
    instances: ColumnTable
    pairs: ColumnTable
    sources: tuple[str, ...] = ()
    """Names of the input files, by position."""
    formats: tuple[str, ...] = ()
    """Their formats (`audit.dataset.model.Source`), by position: they decide how a record is pointed at."""
    shapes: ColumnTable = field(default_factory=lambda: no_rows(SHAPES))
    unions: ColumnTable = field(default_factory=lambda: no_rows(UNIONS))
    cuts: ColumnTable = field(default_factory=lambda: no_rows(CUTS))
    conventions: ColumnTable = field(default_factory=lambda: no_rows(CONVENTIONS))
    """Filled by `audit.touching`; empty before."""
    unlabelled: ColumnTable = field(default_factory=lambda: no_rows(UNLABELLED))
    """Filled from the pictures; empty without them."""
    _derived: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `derive` computed; tables that replace these (`dataclasses.replace`) begin without."""

    def derive(self, key: Hashable, compute: Callable[[], _Derived]) -> _Derived:
        """Compute what several rules need of these tables once.

        Parameters
        ----------
        key : hashable
            What tells it from all else that is derived, thresholds included.
        compute : callable
            Returns an array, or a tuple or dataclass of arrays; called at the first request.

        Returns
        -------
        array, tuple or dataclass
            Arrays are read-only; the same object at every request.

        Examples
        --------
        >>> tables = empty_measurements()
        >>> tables.derive("rows", lambda: np.arange(3)) is tables.derive("rows", lambda: np.arange(9))
        True
        """
        if key not in self._derived:
            derived = compute()
            _protect_arrays(derived)
            self._derived[key] = derived
        kept: _Derived = self._derived[key]
        return kept


def _protect_arrays(derived: object) -> None:
    """Make arrays read-only, those of tuples and dataclasses, too."""
    if isinstance(derived, np.ndarray):
        derived.flags.writeable = False
    elif isinstance(derived, tuple):
        for part in derived:
            _protect_arrays(part)
    elif is_dataclass(derived):
        for attribute in fields(derived):
            _protect_arrays(getattr(derived, attribute.name))


def table(schema: Mapping[str, Column], column_data: Mapping[str, object]) -> ColumnTable:
    """Build a table with exactly the columns of a schema, in its order and types.

    Parameters
    ----------
    schema : mapping
        One of `IMAGES`, `CATEGORIES`, `INSTANCES`, `PAIRS`.
    column_data : mapping
        One array-like a column, all of one length; neither more nor fewer columns.

    Raises
    ------
    ValueError
        If a column is missing or unknown.

    Examples
    --------
    >>> len(table(CATEGORIES, {name: [] for name in CATEGORIES}))
    0
    """
    if set(schema) != set(column_data):
        raise ValueError(f"columns differ from the schema: {sorted(set(schema) ^ set(column_data))}")
    return ColumnTable(
        {
            name: np.asarray(column_data[name], dtype=object if column.dtype == "str" else column.dtype)
            for name, column in schema.items()
        }
    )


def no_rows(schema: Mapping[str, Column]) -> ColumnTable:
    """Build a table of a schema that holds nothing.

    Examples
    --------
    >>> len(no_rows(PAIRS))
    0
    """
    return table(schema, {column_name: [] for column_name in schema})


def empty_measurements() -> Measurements:
    """Make the tables of a dataset that holds nothing.

    Examples
    --------
    >>> empty_measurements().categories.columns[:2]
    ['category_id', 'name']
    """
    return Measurements(no_rows(IMAGES), no_rows(CATEGORIES), no_rows(INSTANCES), no_rows(PAIRS))
