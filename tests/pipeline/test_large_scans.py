"""Scans whose columns do not fit into memory find and write what others do, byte for byte."""

import json

import pytest

from audit.findings import columns_on_disk
from audit.geometry import disk_arrays
from audit.loaders import coco_annotations, json_file
from audit.pipeline import measuring
from audit.pipeline.outputs import write_scan_files
from audit.pipeline.run import scan


def written(result, folder):
    """Everything that a scan writes, but for the times of its run."""
    folder.mkdir()
    write_scan_files(result, folder)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def test_a_scan_on_disk_writes_the_same_bytes(large_labels, tmp_path, monkeypatch):
    expected = written(scan(large_labels), tmp_path / "in-memory")
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 1)
    monkeypatch.setattr(coco_annotations, "RELEASE_EVERY", coco_annotations.BATCH_SIZE)
    monkeypatch.setattr(json_file, "_CHUNK_BYTES", 100)
    monkeypatch.setattr(columns_on_disk, "CHUNK_ROWS", 7)
    monkeypatch.setattr(measuring, "MIN_SHARD", 20)
    assert written(scan(large_labels), tmp_path / "on-disk") == expected


@pytest.mark.parametrize("text", ["\ufeff{}", " ", "{", '{"images": 1}', '["é"', "x" * 300])
def test_odd_files_are_refused_in_the_same_words(text, tmp_path, monkeypatch):
    path = tmp_path / "odd.json"
    path.write_bytes(text.encode()[:-1] if text.endswith('é"') else text.encode())
    with pytest.raises(Exception) as in_memory:
        scan(path)
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 1)
    monkeypatch.setattr(json_file, "_CHUNK_BYTES", 3)
    with pytest.raises(type(in_memory.value)) as on_disk:
        scan(path)
    assert str(on_disk.value) == str(in_memory.value)


def test_a_character_may_lie_across_two_pieces_of_a_file(large_labels, monkeypatch):
    monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 1)
    monkeypatch.setattr(json_file, "_CHUNK_BYTES", 1)
    with disk_arrays.arrays_on_disk(None):
        file = json_file.read_json_file(large_labels)
    assert isinstance(file.data, memoryview)
    assert bytes(file.data) == large_labels.read_bytes()


@pytest.mark.parametrize("size", [1, 37, 499])
def test_findings_are_the_same_whatever_the_size_of_partitions(large_labels, tmp_path, size):
    alone = scan(large_labels)
    expected = written(alone, tmp_path / "one")
    files = written(scan(large_labels, partition_size=size, cache=tmp_path / "cache"), tmp_path / "many")
    for name in ("findings.json", "findings.csv", "findings.parquet", "measurements/reader.json"):
        assert files[name] == expected[name]
    assert "measurements/instances.parquet" not in files
    again = scan(from_measurements=tmp_path / "many")
    for name in ("images", "instances", "pairs", "shapes", "unions", "cuts", "conventions"):
        assert getattr(again.measurements, name).equals(getattr(alone.measurements, name))
    assert again.findings == alone.findings


def split_labels(path, folder, n_shards):
    """Write the images of a file and their annotations into some files."""
    document = json.loads(path.read_bytes())
    folder.mkdir()
    shard_of_image = {image["id"]: row % n_shards for row, image in enumerate(document["images"])}
    for shard in range(n_shards):
        images = [image for image in document["images"] if shard_of_image[image["id"]] == shard]
        annotations = [
            record for record in document["annotations"] if shard_of_image.get(record["image_id"], 0) == shard
        ]
        content = {"images": images, "annotations": annotations, "categories": document["categories"]}
        (folder / f"shard-{shard}.json").write_text(json.dumps(content))


@pytest.mark.parametrize("on_disk", [False, True])
def test_findings_are_the_same_however_a_dataset_is_split(large_labels, tmp_path, monkeypatch, on_disk):
    def found(path):
        return sorted(
            (f.rule, f.severity.value, f.message, f.file_name or "", f.annotation_ids, f.fingerprint, f.score)
            for f in scan(path).findings
        )

    split_labels(large_labels, tmp_path / "one", 1)
    expected = found(tmp_path / "one")
    if on_disk:
        monkeypatch.setattr(disk_arrays, "LARGE_BYTES", 2000)
    for n_shards in (2, 7):
        split_labels(large_labels, tmp_path / str(n_shards), n_shards)
        assert found(tmp_path / str(n_shards)) == expected
