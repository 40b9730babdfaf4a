"""A scan that was ended goes on where it was, and never trusts what is damaged or about something else."""

from dataclasses import replace

import numpy as np
import pytest

from audit.dataset.shard import split_shards
from audit.measure.schema import Measurements
from audit.measure.shard import measure_shard
from audit.pipeline import kept_shards, measuring
from audit.pipeline.config import Config
from audit.pipeline.kept_shards import KeptShards, hash_shard, read_tables
from audit.pipeline.run import scan
from audit.testing import dataset, scene

SCENES = [scene("aabb\n.cc."), scene("dd\ndd"), scene("ef.g")]


@pytest.fixture
def shards():
    return list(split_shards(dataset(*SCENES), 1))


class Counting:
    def __init__(self):
        self.n_calls = 0

    def __call__(self, shard):
        self.n_calls += 1
        return measure_shard(shard)


def equal(one, other):
    assert one.rows.tolist() == other.rows.tolist()
    for name in ("instances", "pairs", "shapes", "unions", "cuts"):
        columns, expected = getattr(one, name), getattr(other, name)
        assert list(columns) == list(expected)
        for column, values in expected.items():
            assert columns[column].dtype == values.dtype
            np.testing.assert_array_equal(columns[column], values)


def test_shards_are_measured_once(shards, tmp_path):
    counting = Counting()
    for _ in range(2):
        for shard in shards:
            equal(KeptShards(counting, "", tmp_path / "new")(shard), measure_shard(shard))
    assert counting.n_calls == len(shards) == 3


def test_rows_may_lie_elsewhere_the_next_time(shards, tmp_path):
    counting = Counting()
    keep = KeptShards(counting, "", tmp_path)
    keep(shards[0])
    moved = replace(shards[0], rows=shards[0].rows[::-1] + 90, image=shards[0].image + 5)
    equal(keep(moved), measure_shard(moved))
    assert counting.n_calls == 1


def test_whatever_decides_what_is_measured_is_in_the_name(shards, monkeypatch):
    shard = shards[0]
    segmentation = shard.segmentation
    changed = [
        shards[1],
        replace(shard, height=shard.height + 1),
        replace(shard, width=shard.width + 1),
        replace(shard, category=shard.category + 1),
        replace(shard, iscrowd=~shard.iscrowd),
        replace(shard, image=np.arange(len(shard))),
        replace(shard, segmentation=replace(segmentation, xy=segmentation.xy + 0.5)),
        replace(shard, segmentation=replace(segmentation, counts=segmentation.counts + 1)),
        replace(shard, segmentation=replace(segmentation, kind=segmentation.kind * 0)),
    ]
    names = {hash_shard(one, "") for one in [shard, *changed]} | {hash_shard(shard, "shapes")}
    monkeypatch.setattr(kept_shards, "_code_version", lambda: "another version")
    names.add(hash_shard(shard, ""))
    # Drawn scenes are run lengths or polygons: the part that they lack cannot change.
    assert len(names) == 3 + len(changed) - (not len(segmentation.xy)) - (not len(segmentation.counts))


def test_damaged_files_are_measured_again(shards, tmp_path):
    counting = Counting()
    keep = KeptShards(counting, "", tmp_path)
    keep(shards[0])
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    checked = kept_shards._checksum
    foreign = b"no tables at all"
    for n_calls, damaged in enumerate(
        [
            b"",
            whole[:10],
            whole[:-1],
            whole[:-9] + b"x" + whole[-8:],
            whole + b"x",
            checked(foreign) + foreign,
        ],
        2,
    ):
        file.write_bytes(damaged)
        assert read_tables(file) is None
        equal(keep(shards[0]), measure_shard(shards[0]))
        assert counting.n_calls == n_calls
        assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_only_costs_the_resuming(shards, tmp_path):
    (tmp_path / "file").write_text("")
    equal(KeptShards(measure_shard, "", tmp_path / "file" / "below")(shards[0]), measure_shard(shards[0]))


class EndedError(Exception):
    pass


@pytest.mark.parametrize("isolate", [False, True])
def test_a_scan_goes_on_where_it_was(large_labels, tmp_path, monkeypatch, isolate):
    monkeypatch.setattr(measuring, "MIN_SHARD", 10)
    options = {"config": Config(partition_size=40), "workers": 2, "isolate": isolate}
    expected = scan(large_labels, **options)

    def end(step, done, total):
        if step == "measure" and done > total / 2:
            raise EndedError

    with pytest.raises(EndedError):
        scan(large_labels, cache=tmp_path, progress=end, **options)
    kept = {file.name for file in tmp_path.iterdir()}
    assert kept
    calls = []
    write = kept_shards.write_tables
    monkeypatch.setattr(
        kept_shards, "write_tables", lambda tables, file: calls.append(file.name) or write(tables, file)
    )
    result = scan(large_labels, cache=tmp_path, **{**options, "isolate": False})
    assert same_results(result, expected)
    if not isolate:
        assert not kept & set(calls)
    assert {file.name for file in tmp_path.iterdir()} > kept


def same_results(result, expected):
    others = ("sources", "formats", "_derived")
    tables = (name for name in Measurements.__dataclass_fields__ if name not in others)
    return result.findings == expected.findings and all(
        getattr(result.measurements, name).equals(getattr(expected.measurements, name)) for name in tables
    )


def test_nothing_is_kept_of_small_datasets(large_labels, tmp_path):
    scan(large_labels, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
