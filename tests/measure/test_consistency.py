"""Tables that were measured pass; one that somebody edited is refused, with the place of the fault."""

from dataclasses import replace

import numpy as np
import pytest

from audit.measure.consistency import SCHEMAS, check_tables
from audit.measure.schema import empty_measurements
from audit.testing import measured, scene


def editable(*scenes):
    """Measure scenes into DataFrames: measured tables themselves cannot be changed."""
    tables = measured(*scenes)
    return replace(tables, **{name: getattr(tables, name).to_pandas() for name in SCHEMAS})


@pytest.fixture
def tables():
    """Two images: a pair that overlaps, one that touches, and one mask alone."""
    return editable(scene("aab.\naab.\n....\n..cd", categories={"c": "leaf", "d": "leaf"}), scene("e.\n.."))


def test_what_was_measured_fits(tables):
    assert len(tables.pairs) > 1
    check_tables(tables)
    check_tables(empty_measurements())


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "message"),
    [
        ("instances", "image", 0, 2, "instances.image, row 0: 2 is no row of images"),
        ("instances", "image", 0, -2, "instances.image, row 0: -2 is no row of images"),
        ("instances", "category", 4, 9, "instances.category, row 4: 9 is no row of categories"),
        ("instances", "image_id", 1, 77, "instances.image_id, row 1: 77 differs from images.image_id"),
        ("instances", "category_id", 1, 77, "differs from categories.category_id"),
        ("instances", "source", 0, 1, "instances.source, row 0: 1 is no input file"),
        ("instances", "area_px", 2, -1, "instances.area_px, row 2: -1 is below 0"),
        ("instances", "solidity", 0, np.nan, "instances.solidity, row 0: nan is no number"),
        ("instances", "hull_px", 0, np.inf, "instances.hull_px, row 0: inf is no number"),
        ("instances", "merge_score", 3, 1.1, "instances.merge_score, row 3: 1.1 is no share"),
        ("images", "height", 0, -1, "images.height, row 0: -1 is below 0"),
        ("pairs", "a", 0, -1, "pairs.a, row 0: -1 is no row of instances"),
        ("pairs", "b", 0, 5, "pairs.b, row 0: 5 is no row of instances"),
        ("pairs", "b", 0, 0, "pairs.annotation_id_b, row 0: 2 differs from instances.annotation_id"),
        ("pairs", "annotation_id_a", 0, 9, "pairs.annotation_id_a, row 0: 9 differs"),
        ("pairs", "iou", 0, -0.1, "pairs.iou, row 0: -0.1 is no share"),
        ("pairs", "iou", 0, np.nan, "pairs.iou, row 0: nan is no number"),
        ("pairs", "image", 0, 1, "pairs.image, row 0: 1 differs from instances.image"),
    ],
)
def test_an_edited_cell_is_named(tables, table, column, row, value, message):
    frame = getattr(tables, table)
    frame[column] = frame[column].astype("float64" if isinstance(value, float) else "int64")
    frame.loc[row, column] = value
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        check_tables(tables)


@pytest.mark.parametrize("score", [0.0, 1.0, np.nan])
def test_scores_at_the_ends_fit(tables, score):
    tables.instances["merge_score"] = score
    tables.pairs["split_score"] = score
    check_tables(tables)


def test_negative_ids_and_places_fit():
    tables = editable(scene("aa"))
    tables.instances["annotation_id"] = -5
    tables.instances[["edge_x", "edge_y"]] = -3
    check_tables(tables)


def test_pairs_out_of_order_are_refused(tables):
    tables.pairs[:] = tables.pairs.iloc[::-1].to_numpy()
    with pytest.raises(ValueError, match="out of order"):
        check_tables(tables.__class__(**{**_fields(tables), "pairs": tables.pairs.infer_objects()}))


def test_a_pair_of_two_images_is_refused(tables):
    tables.pairs.loc[0, ["b", "annotation_id_b"]] = [4, tables.instances["annotation_id"][4]]
    with pytest.raises(ValueError, match=r"pairs\.b, row 0: 4 lies in another image than a"):
        check_tables(tables)


def test_a_table_of_another_scan_is_refused(tables):
    other = measured(scene("aab"))
    with pytest.raises(ValueError, match="shapes has 2 rows, instances 5"):
        check_tables(tables.__class__(**{**_fields(tables), "shapes": other.shapes}))


def _fields(tables):
    return {name: getattr(tables, name) for name in (*SCHEMAS, "sources", "formats")}
