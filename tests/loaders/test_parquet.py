"""Tables: Parquet as `datasets` writes it, `datasets.Dataset` and pandas tables in memory."""

import io
import json
import sys
import types

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import audit
from audit.geometry.runs import runs_to_dense
from audit.loaders.loaded import UnreadableError
from audit.loaders.memory import collect_labels
from audit.loaders.parquet import describe_arrow_dataset
from audit.loaders.read import read_dataset
from audit.measure.masks import decode_runs

SQUARE, CORNER = [1.0, 1, 5, 1, 5, 5, 1, 5], [7.0, 1, 9, 1, 9, 3]
# What datasets 5.2.0 writes into the schema of these columns; older versions say Sequence for List.
OF_LISTS = {"id": {"feature": {"dtype": "int64", "_type": "Value"}, "_type": "List"}}
OF_LISTS["category"] = {"feature": {"names": ["cell", "debris"], "_type": "ClassLabel"}, "_type": "List"}
OF_STRUCTS = {"feature": {"category": {"names": ["cell", "debris"], "_type": "ClassLabel"}}, "_type": "List"}
POLYGONS = pa.list_(pa.list_(pa.float32()))
FIELDS = {"id": pa.int64(), "bbox": pa.list_(pa.float32()), "segmentation": POLYGONS, "category": pa.int64()}
OBJECTS = {
    "id": [7, 8],
    "bbox": [[1, 1, 4, 4], [7, 1, 2, 2]],
    "segmentation": [[SQUARE], [CORNER]],
    "category": [0, 1],
}
ROWS = [{name: column[position] for name, column in OBJECTS.items()} for position in range(2)]


def encode_png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def make_table(objects, kind, feature, **columns):
    given = {"image_id": pa.array([3]), **columns, "objects": pa.array([objects], kind)}
    table = pa.table(given)
    return table.replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": {"objects": feature}}})}
    )


def of_lists(**columns):
    kind = pa.struct({name: pa.list_(part) for name, part in FIELDS.items()})
    return make_table(OBJECTS, kind, OF_LISTS, **columns)


def of_structs(**columns):
    return make_table(ROWS, pa.list_(pa.struct(FIELDS)), OF_STRUCTS, **columns)


def picture(size=(8, 12)):
    cell = {"bytes": encode_png(np.zeros(size, np.uint8)), "path": "a.png"}
    return pa.array([cell], pa.struct({"bytes": pa.binary(), "path": pa.string()}))


SIZES = {"width": pa.array([12]), "height": pa.array([8])}


@pytest.mark.parametrize("make", [of_lists, of_structs])
@pytest.mark.parametrize("sizes", [SIZES, {}])
def test_what_datasets_writes(tmp_path, make, sizes):
    pq.write_table(make(image=picture(), **sizes), tmp_path / "train-00000-of-00001.parquet")
    (tmp_path / "dataset_infos.json").write_text("{}")
    for path in (tmp_path / "train-00000-of-00001.parquet", tmp_path):
        loaded = read_dataset([path])
        data = loaded.dataset
        assert loaded.findings == ()
        assert data.sources[0].format == "parquet"
        assert (data.images.id.tolist(), data.images.file_name) == ([3], ("a.png",))
        assert (data.images.height.tolist(), data.images.width.tolist()) == ([8], [12])
        assert (data.categories.id.tolist(), data.categories.name) == ([0, 1], ("cell", "debris"))
        assert data.annotations.id.tolist() == [7, 8]
        assert data.annotations.segmentation.xy[4:].tolist() == [[7, 1], [9, 1], [9, 3]]
        assert np.isnan(data.annotations.bbox).all()


def test_findings_point_at_row_and_object(tmp_path):
    table = of_structs(**SIZES)
    broken = pa.array(
        [[ROWS[0], {**ROWS[1], "segmentation": [[1, 2]], "category": 5}]], table["objects"].type
    )
    pq.write_table(table.set_column(3, table.schema.field("objects"), broken), tmp_path / "a.parquet")
    scanned = audit.scan(tmp_path / "a.parquet")
    pointers = dict(zip(scanned.findings["rule"], scanned.findings["pointer"], strict=True))
    assert pointers["polygon.too_few"] == "a.parquet#/0/1"
    assert pointers["ref.category"] == "a.parquet#/0/1"


def test_a_folder_is_one_dataset_with_one_list_of_names(tmp_path):
    for number, name in enumerate(["b", "a"]):
        row = {"file_name": f"{name}.png", "height": 8, "width": 12, "label": name, "segmentation": [SQUARE]}
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / f"{number}.parquet")
    data = read_dataset([tmp_path]).dataset
    assert data.categories.name == ("a", "b")
    assert data.annotations.category.tolist() == [1, 0]
    assert [source.name.rsplit("/", 1)[1] for source in data.sources] == ["0.parquet", "1.parquet"]


def test_tables_of_other_things_are_left_out_or_named(tmp_path):
    pq.write_table(pa.table({"rule": ["a"], "score": [0.5]}), tmp_path / "findings.parquet")
    with pytest.raises(UnreadableError, match=r"no column of masks or boxes.*its columns: rule, score"):
        read_dataset([tmp_path / "findings.parquet"])
    with pytest.raises(UnreadableError, match="no COCO files"):
        read_dataset([tmp_path])
    pq.write_table(of_lists(**SIZES), tmp_path / "labels.parquet")
    assert len(read_dataset([tmp_path]).dataset.annotations) == 2


@pytest.mark.parametrize("keep", [0, 4, 100, -8])
def test_a_damaged_table_is_said_in_one_line(tmp_path, keep):
    pq.write_table(of_lists(**SIZES), tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(data[:keep])
    with pytest.raises(UnreadableError, match="this table cannot be read"):
        read_dataset([tmp_path / "a.parquet"])


MASK = np.zeros((8, 12), np.uint8)
MASK[1:5, 1:5] = 1
DENSE = pa.list_(pa.list_(pa.uint8()))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([SQUARE], POLYGONS),
        (SQUARE, pa.list_(pa.float64())),
        (json.dumps([SQUARE]), pa.string()),
        ({"size": [8, 12], "counts": [9, 4, 4, 4, 4, 4, 4, 4, 59]}, None),
        ({"bytes": encode_png(MASK), "path": None}, None),
        (encode_png(MASK), pa.binary()),
        (MASK.tolist(), DENSE),
    ],
)
def test_masks_in_every_form(tmp_path, value, kind):
    # A cell of bytes alone is no picture's: only a column that may hold masks is read.
    name = "mask" if kind == pa.binary() else "segmentation"
    rows = pa.array(
        [{"bbox": [1, 1, 4, 4], name: value}], kind and pa.struct({"bbox": pa.list_(pa.int64()), name: kind})
    )
    table = pa.table({"image_id": [1], **SIZES, "objects": pa.ListArray.from_arrays([0, 1], rows)})
    pq.write_table(table, tmp_path / "a.parquet")
    loaded = read_dataset([tmp_path / "a.parquet"])
    assert loaded.findings == ()
    data = loaded.dataset
    mask = runs_to_dense(decode_runs(data.annotations.segmentation, np.array([8]), np.array([12])), 8, 12)[0]
    assert np.array_equal(mask, MASK > 0)
    assert data.categories.name == ("object",)


def test_a_mask_of_another_size_is_a_finding(tmp_path):
    rows = [{"bytes": encode_png(MASK[:4]), "path": None}]
    table = pa.table({"image_id": [1], **SIZES, "objects": [[{"mask": rows[0]}]]})
    pq.write_table(table, tmp_path / "a.parquet")
    (finding,) = read_dataset([tmp_path / "a.parquet"]).findings
    assert (finding.rule, finding.pointer) == ("rle.size_mismatch", "a.parquet#/0/0")
    assert "12 x 4 pixels, its image 12 x 8" in finding.message


def test_flattened_columns_are_put_together_again(tmp_path):
    pq.write_table(of_lists(**SIZES).flatten(), tmp_path / "a.parquet")
    assert read_dataset([tmp_path / "a.parquet"]).dataset.annotations.id.tolist() == [7, 8]


def test_sizes_come_from_the_pictures_beside_the_table(tmp_path):
    row = {"file_name": "a.png", "segmentation": [SQUARE]}
    pq.write_table(pa.Table.from_pylist([row, {**row, "file_name": "b.png"}]), tmp_path / "metadata.parquet")
    Image.new("L", (12, 8)).save(tmp_path / "a.png")
    loaded = read_dataset([tmp_path])
    assert loaded.dataset.images.width.tolist() == [12, 0]
    (finding,) = loaded.findings
    assert (finding.rule, finding.file_name) == ("image.size", "b.png")


def test_a_pandas_table_of_labels():
    rows = [
        {"file_name": "a.png", "width": 12, "height": 8, "label": "cell", "segmentation": [SQUARE]},
        {
            "file_name": "a.png",
            "width": 12,
            "height": 8,
            "label": "debris",
            "segmentation": [np.array(CORNER)],
        },
        {
            "file_name": "b.png",
            "width": 12,
            "height": 8,
            "label": "cell",
            "segmentation": None,
            "bbox": [0, 0, 4, 4],
        },
    ]
    scanned = audit.scan(pd.DataFrame(rows))
    assert scanned.instances["area_px"].tolist() == [16, 1, 0]
    assert set(scanned.findings["rule"]) == {"mask.tiny", "segm.missing"}
    with pytest.raises(UnreadableError, match=r"no column of masks or boxes.*its columns: a"):
        audit.scan(pd.DataFrame({"a": [1]}))


def test_a_pandas_table_that_was_read_from_parquet(tmp_path):
    for make in (of_lists, of_structs):
        pq.write_table(make(**SIZES), tmp_path / "a.parquet")
        data = read_dataset(collect_labels(pd.read_parquet(tmp_path / "a.parquet"))).dataset
        assert data.annotations.id.tolist() == [7, 8]
        assert data.annotations.segmentation.xy[:2].tolist() == [[1, 1], [5, 1]]


class StandInDataset:
    """What is used of `datasets.Dataset`."""

    def __init__(self, table):
        self.table = table
        self.features = types.SimpleNamespace(arrow_schema=table.schema)

    def with_format(self, name):
        assert name == "arrow"
        return self

    def select_columns(self, names):
        return StandInDataset(self.table.select(names))

    def iter(self, batch_size):
        return (self.table.slice(start, batch_size) for start in range(0, len(self.table), batch_size))


@pytest.mark.parametrize("make", [of_lists, of_structs])
def test_a_dataset_in_memory(make):
    dataset = StandInDataset(make(image=picture()))
    scanned = audit.scan(dataset)
    assert scanned.instances["area_px"].tolist() == [16, 1]
    assert set(scanned.findings["rule"]) == {"mask.tiny"}
    splits = audit.scan({"train": dataset, "test": dataset})
    assert len(splits.instances) == 4
    with pytest.raises(ValueError, match=r"no column of masks"):
        describe_arrow_dataset(StandInDataset(pa.table({"text": ["a"]})))


def test_the_real_datasets_package():
    datasets = pytest.importorskip("datasets", reason="pip install datasets")
    names = datasets.ClassLabel(names=["cell", "debris"])
    number = datasets.Value("float32")
    feature = {"id": datasets.Value("int64"), "bbox": datasets.Sequence(number)}
    feature |= {"segmentation": datasets.Sequence(datasets.Sequence(number)), "category": names}
    features = datasets.Features(
        {"image_id": datasets.Value("int64"), "width": datasets.Value("int32"),
         "height": datasets.Value("int32"), "objects": datasets.Sequence(feature)}
    )  # fmt: skip
    given = {"image_id": [3, 4], "width": [12, 12], "height": [8, 8], "objects": [OBJECTS, OBJECTS]}
    dataset = datasets.Dataset.from_dict(given, features=features)
    data = read_dataset(collect_labels(dataset.filter(lambda row: row["image_id"] == 4))).dataset
    assert (data.images.id.tolist(), data.categories.name) == ([4], ("cell", "debris"))
    assert data.annotations.segmentation.xy[4:].tolist() == [[7, 1], [9, 1], [9, 3]]
    assert "datasets" in sys.modules
