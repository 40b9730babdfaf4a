import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from audit.dataset.shard import split_shards
from audit.measure.parquet_files import read_parquet, write_parquet
from audit.measure.schema import (
    CATEGORIES,
    CONVENTIONS,
    CUTS,
    IMAGES,
    INSTANCES,
    PAIRS,
    SHAPES,
    UNIONS,
    UNLABELLED,
    empty_measurements,
    table,
)
from audit.measure.shard import measure_shard
from audit.measure.tables import merge_shards
from audit.testing import dataset, drawn, measured, scene

SCHEMAS = {
    "images": IMAGES,
    "categories": CATEGORIES,
    "instances": INSTANCES,
    "pairs": PAIRS,
    "shapes": SHAPES,
    "unions": UNIONS,
    "cuts": CUTS,
    "conventions": CONVENTIONS,
    "unlabelled": UNLABELLED,
}
SCENES = (
    scene("aabb", ".cc.", categories={"a": "cup"}),
    scene("...."),
    drawn(20, 20, {"a": [[(2, 2), (9, 2), (9, 9)]], "b": [[(30, 30), (40, 30), (40, 40)]]}),
    scene("aa.b", crowd="b", areas={"a": float("nan")}),
)


def same(one, other):
    for name in SCHEMAS:
        pd.testing.assert_frame_equal(getattr(one, name).to_pandas(), getattr(other, name).to_pandas())


def test_tables_have_the_columns_and_types_of_their_schema():
    m = measured(*SCENES)
    for name, schema in SCHEMAS.items():
        frame = getattr(m, name)
        assert list(frame.columns) == list(schema)
        for column, kind in schema.items():
            assert frame[column].dtype == (object if kind.dtype == "str" else kind.dtype), column


def test_shards_merge_in_any_order():
    data = dataset(*SCENES * 3)
    parts = [measure_shard(shard) for shard in split_shards(data, 1)]
    assert len(parts) == 9
    expected = merge_shards(data, [measure_shard(shard) for shard in split_shards(data)])
    for seed in range(5):
        random.Random(seed).shuffle(parts)
        same(merge_shards(data, parts), expected)


def test_rows_of_pairs_point_at_their_instances():
    m = measured(*SCENES)
    for side in ("a", "b"):
        rows = m.instances.iloc[m.pairs[side]]
        assert rows["annotation_id"].tolist() == m.pairs[f"annotation_id_{side}"].tolist()
        assert rows["image"].tolist() == m.pairs["image"].tolist()
        assert rows["image_id"].tolist() == m.pairs["image_id"].tolist()
    assert (m.pairs["a"] < m.pairs["b"]).all()
    order = m.pairs[["a", "b"]].to_numpy().tolist()
    assert order == sorted(order)


def test_annotations_that_nobody_measured_keep_a_row():
    data = dataset(*SCENES)
    first, *_ = (measure_shard(shard) for shard in split_shards(data, 1))
    m = merge_shards(data, [first])
    assert m.instances["area_px"].tolist() == [2, 2, 2, 0, 0, 0, 0]
    assert m.instances["annotation_id"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert np.isnan(m.instances["max_abs_coordinate"].tolist()[3:]).all()
    assert len(merge_shards(data, []).pairs) == 0


def test_annotations_of_no_known_image_or_category_come_last():
    data = dataset(*SCENES)
    lost = replace(
        data.annotations, image=np.array([-1, *data.annotations.image[1:]]), category=np.full(7, -1)
    )
    m = merge_shards(replace(data, annotations=lost), [])
    assert m.instances["annotation_id"].tolist() == [2, 3, 4, 5, 6, 7, 1]
    assert m.instances["image_id"].tolist()[-1] == m.instances["image"].tolist()[-1] == -1
    assert set(m.instances["category_id"]) == {-1}
    assert m.categories["annotations"].tolist() == [0, 0]
    assert m.images["annotations"].tolist() == [2, 0, 2, 2]


def test_counts_of_images_and_categories():
    m = measured(*SCENES)
    assert m.images["annotations"].tolist() == [3, 0, 2, 2]
    assert m.categories["name"].tolist() == ["cup", "thing"]
    assert m.categories["annotations"].tolist() == [1, 6]
    assert m.categories["images"].tolist() == [1, 3]


def test_the_hash_of_an_image_knows_masks_and_categories_but_no_order():
    plain, turned = scene("ab..", "..b."), scene("ba..", "..a.")
    one, other, recategorised, empty, third = (
        measured(
            plain,
            turned,
            scene("ab..", "..b.", categories={"a": "cup"}),
            scene("...."),
            scene("aa..", "..bb"),
        )
        .images["masks_hash"]
        .tolist()
    )
    assert one == other
    assert empty == 0
    assert len({one, recategorised, empty, third}) == 4


def test_parquet_and_back(tmp_path):
    m = replace(measured(*SCENES), sources=("a.json",), formats=("coco",))
    write_parquet(m, tmp_path)
    again = read_parquet(tmp_path, ("a.json",), ("coco",))
    same(again, m)
    assert (again.sources, again.formats) == (m.sources, m.formats)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.parquet" for name in SCHEMAS)


def test_empty_tables_survive_parquet(tmp_path):
    write_parquet(empty_measurements(), tmp_path)
    same(read_parquet(tmp_path), empty_measurements())


def test_names_that_no_file_can_hold_are_escaped(tmp_path):
    write_parquet(measured(scene("a", file_name="\ud800.png")), tmp_path)
    assert read_parquet(tmp_path).images["file_name"].tolist() == ["\\ud800.png"]


def test_wrong_files_are_refused(tmp_path):
    with pytest.raises(OSError):
        read_parquet(tmp_path)
    write_parquet(empty_measurements(), tmp_path)
    pd.DataFrame({"image_id": [1]}).to_parquet(tmp_path / "pairs.parquet")
    with pytest.raises(ValueError, match="columns differ from the schema"):
        read_parquet(tmp_path)


def test_a_table_needs_all_of_its_columns():
    with pytest.raises(ValueError, match="'index'"):
        table(CATEGORIES, {name: [] for name in CATEGORIES if name != "index"})


def test_parts_of_tables_hold_the_same_images_and_read_as_one_table(tmp_path):
    m = measured(*SCENES * 3)
    write_parquet(m, tmp_path, partition_size=4)
    n_parts = len(list((tmp_path / "instances.parquet").iterdir()))
    assert n_parts > 2
    same(read_parquet(tmp_path), replace(m, sources=(), formats=()))
    for name in ("images", "instances", "pairs", "shapes", "unions", "cuts"):
        folder = tmp_path / f"{name}.parquet"
        assert len(list(folder.iterdir())) == n_parts
        whole = pd.read_parquet(folder)
        assert len(whole) == len(getattr(m, name))
        assert pq.read_table(folder).to_pandas().equals(whole)
    first_image = 0
    for part in sorted((tmp_path / "images.parquet").iterdir()):
        images = pd.read_parquet(part)
        instances = pd.read_parquet(tmp_path / "instances.parquet" / part.name)
        assert instances["image"].between(first_image, first_image + len(images) - 1).all()
        first_image += len(images)
    assert (tmp_path / "categories.parquet").is_file()


def test_threads_write_the_same_files(tmp_path):
    m = measured(*SCENES * 2)
    for name in "ab":
        (tmp_path / name).mkdir()
    write_parquet(m, tmp_path / "a", 4)
    with ThreadPoolExecutor(2) as pool:
        write_parquet(m, tmp_path / "b", 4, pool)
    paths = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.parquet")]
    files = [path for path in paths if (tmp_path / "a" / path).is_file()]
    assert len(files) > 9
    assert all((tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes() for path in files)
    with pytest.raises(OSError), ThreadPoolExecutor(2) as pool:
        write_parquet(m, tmp_path / "absent", pool=pool)


def test_instances_of_unknown_images_are_in_the_last_part(tmp_path):
    data = dataset(*SCENES)
    annotations = data.annotations
    data = replace(
        data, annotations=replace(annotations, image=np.where(annotations.id < 3, -1, annotations.image))
    )
    m = merge_shards(data, [measure_shard(shard) for shard in split_shards(data)])
    write_parquet(m, tmp_path, partition_size=2)
    same(read_parquet(tmp_path), replace(m, sources=(), formats=()))
    parts = [pd.read_parquet(part) for part in sorted((tmp_path / "instances.parquet").iterdir())]
    assert all((part["image"] >= 0).all() for part in parts[:-1])
    assert (parts[-1]["image"] == -1).any()


def test_a_folder_without_parts_is_no_table(tmp_path):
    write_parquet(empty_measurements(), tmp_path)
    (tmp_path / "pairs.parquet").unlink()
    (tmp_path / "pairs.parquet").mkdir()
    with pytest.raises(FileNotFoundError):
        read_parquet(tmp_path)
