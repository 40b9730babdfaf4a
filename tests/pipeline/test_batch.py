"""measure_batch: the same numbers as a scan, from a table, and nothing else than the table."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pycocotools import mask as coco_mask

import audit
from audit.measure.schema import INSTANCES, PAIRS, SCHEMA_VERSION
from audit.pipeline.batch import MEASURED_COLUMNS, PAIR_COLUMNS, measure_batch
from audit.pipeline.run import scan

SQUARE = [[0, 0, 4, 0, 4, 4, 0, 4]]
BESIDE = [[2, 0, 6, 0, 6, 4, 2, 4]]
FAR = [[20, 20, 24, 20, 24, 24, 20, 24]]


def batch(segmentations, image_ids=None, **columns):
    n = len(segmentations)
    return pa.table(
        {
            "image_id": image_ids or ["a"] * n,
            "height": [32] * n,
            "width": [32] * n,
            "segmentation": segmentations,
            **columns,
        }
    )


def rle(*box):
    mask = np.zeros((32, 32), np.uint8, order="F")
    x, y, w, h = box
    mask[y : y + h, x : x + w] = 1
    return coco_mask.encode(mask)


def test_it_measures_what_a_scan_measures(tmp_path):
    segmentations = [SQUARE, FAR, BESIDE, SQUARE, BESIDE]
    image_ids = [7, 3, 7, 3, 3]
    annotations = [
        {"id": 10 + row, "image_id": image, "category_id": 1, "iscrowd": 0, "segmentation": segmentation}
        for row, (image, segmentation) in enumerate(zip(image_ids, segmentations, strict=True))
    ]
    images = [{"id": i, "file_name": f"{i}.png", "height": 32, "width": 32} for i in (3, 7)]
    file = tmp_path / "labels.json"
    file.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]})
    )
    scanned = scan(file).measurements
    measured = measure_batch(batch(segmentations, image_ids, annotation_id=[10, 11, 12, 13, 14]))
    instances = scanned.instances.set_index("annotation_id").loc[measured["annotation_id"].to_pylist()]
    for name in MEASURED_COLUMNS:
        np.testing.assert_array_equal(measured[name].to_numpy(), instances[name].to_numpy(), name)
    pairs = {
        (a, pair["annotation_id_b"]): tuple(pair[name] for name in PAIR_COLUMNS)
        for a, row in zip(measured["annotation_id"].to_pylist(), measured["pairs"].to_pylist(), strict=True)
        for pair in row
    }
    expected = {
        (row["annotation_id_a"], row["annotation_id_b"]): tuple(row[name] for name in PAIR_COLUMNS)
        for row in scanned.pairs.to_dict("records")
    }
    assert pairs == expected
    assert len(pairs) == 2


def test_the_columns_are_those_of_the_measurements_and_named_by_a_version():
    measured = measure_batch(batch([SQUARE]))
    assert measured.column_names == ["image_id", "annotation_id", *MEASURED_COLUMNS, "defects", "pairs"]
    assert set(MEASURED_COLUMNS) <= set(INSTANCES)
    assert {"area_px", "solidity", "mask_hash"} <= set(MEASURED_COLUMNS)
    pair_fields = [
        measured.schema.field("pairs").type.value_type.field(i).name for i in range(2 + len(PAIR_COLUMNS))
    ]
    assert pair_fields == ["row", "annotation_id_b", *PAIR_COLUMNS]
    assert set(PAIR_COLUMNS) <= set(PAIRS)
    assert measured.schema.metadata[b"maskaudit_schema_version"] == str(SCHEMA_VERSION).encode()


def test_a_batch_of_no_rows_has_the_same_schema():
    table = batch([SQUARE], annotation_id=["x"])
    assert measure_batch(table.slice(0, 0)).schema.equals(measure_batch(table).schema, check_metadata=True)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([rle(0, 0, 4, 4), rle(2, 0, 4, 4)]),
        pa.array([json.dumps(SQUARE), json.dumps(BESIDE)]),
        pa.array([json.dumps(SQUARE).encode(), json.dumps(BESIDE).encode()]),
        pa.array([SQUARE, BESIDE]),
        pa.chunked_array([pa.array([SQUARE]), pa.array([BESIDE])]),
    ],
    ids=["rle with bytes", "text", "bytes of text", "polygons", "chunks"],
)
def test_segmentations_come_in_every_common_form(column):
    measured = measure_batch(batch(column))
    assert measured["area_px"].to_pylist() == [16, 16]
    assert measured["pairs"][0].as_py()[0]["intersection_px"] == 8
    assert measured["pairs"][1].as_py() == []


def test_text_that_is_no_json_costs_its_own_row_only():
    measured = measure_batch(batch(["[[0, 0, 4, 0, 4, 4, 0, 4]", json.dumps(SQUARE), None]))
    assert measured["area_px"].to_pylist() == [0, 16, 0]
    assert [bool(defects) for defects in measured["defects"].to_pylist()] == [True, False, True]


def test_defects_name_the_rules():
    measured = measure_batch(batch([json.dumps([[0, 0, 4]]), json.dumps({"size": [32, 32], "counts": "P"})]))
    assert measured["defects"].to_pylist() == [
        ["polygon.odd"],
        ["rle.truncated"],
    ]


def test_images_are_told_apart_by_ids_of_any_type():
    measured = measure_batch(batch([SQUARE, BESIDE], ["a", "b"]))
    assert measured["pairs"].to_pylist() == [[], []]
    assert measured["image_id"].to_pylist() == ["a", "b"]


def test_crowds_may_be_booleans():
    assert measure_batch(batch([SQUARE], iscrowd=[True]))["area_px"].to_pylist() == [16]


def test_the_input_stays_as_it_is():
    table = batch([SQUARE, BESIDE])
    before = table.to_pydict()
    measure_batch(table)
    assert table.to_pydict() == before


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="no column height, width; it needs image_id"):
        measure_batch(pa.table({"image_id": [1], "segmentation": [SQUARE]}))


@pytest.mark.parametrize("name", ["height", "width"])
def test_rows_of_one_image_must_agree_about_its_size(name):
    table = batch([SQUARE, SQUARE, SQUARE], ["a", "b", "a"])
    at = table.column_names.index(name)
    table = table.set_column(at, name, pa.array([32, 8, 31]))
    with pytest.raises(ValueError, match=rf"image a disagree about its {name} \(row 2\)"):
        measure_batch(table)


def test_an_image_without_an_id_is_refused():
    with pytest.raises(ValueError, match="image_id is null"):
        measure_batch(batch([SQUARE], pa.array([None], pa.string())))


def test_it_is_public():
    assert audit.measure_batch is measure_batch
