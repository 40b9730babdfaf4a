"""Reading and measuring: how the work is cut, and what a dead worker leaves behind."""

import json

import pytest

from audit.geometry.native_runs import thread_count
from audit.pipeline import measuring
from audit.pipeline.executors import map_shards
from audit.pipeline.measuring import ExecutionOptions, ScanSource, read_and_measure
from audit.pipeline.run import scan
from audit.pipeline.workers import WorkersError

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]


@pytest.fixture
def file(tmp_path):
    images = [{"id": k, "file_name": f"{k}.png", "height": 20, "width": 20} for k in range(1, 6)]
    annotations = [
        {
            "id": 10 * i + k,
            "image_id": i,
            "category_id": 1,
            "segmentation": SQUARE,
            "iscrowd": 0,
            "area": 36,
            "bbox": [2, 2, 6, 6],
        }
        for i in range(1, 6)
        for k in range(3)
    ]
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "c"}]})
    )
    return path


def test_one_worker_a_core():
    assert ExecutionOptions(workers=4).count_workers() == 4
    assert ExecutionOptions().count_workers() == thread_count()


@pytest.mark.parametrize("isolate", [False, True])
def test_threads_and_processes_give_the_same_tables(file, isolate):
    _, alone = read_and_measure(ScanSource([file]), ExecutionOptions(workers=1))
    _, together = read_and_measure(ScanSource([file]), ExecutionOptions(workers=3, isolate=isolate))
    for name in ("instances", "pairs", "shapes", "unions", "cuts"):
        assert getattr(together.measurements, name).equals(getattr(alone.measurements, name))


def test_only_isolated_work_leaves_this_process(file, monkeypatch):
    def refuse(n_workers, preload):
        raise WorkersError("no processes here")

    monkeypatch.setattr("audit.pipeline.executors.start_workers", refuse)
    read_and_measure(ScanSource([file]), ExecutionOptions(workers=3))
    with pytest.raises(WorkersError, match="no processes"):
        read_and_measure(ScanSource([file]), ExecutionOptions(workers=1, isolate=True))


def test_small_shards_give_the_same_tables(file, monkeypatch):
    _, whole = read_and_measure(ScanSource([file]), ExecutionOptions())
    monkeypatch.setattr(measuring, "MIN_SHARD", 1)
    told = []
    effort = ExecutionOptions(progress=lambda step, done, total: told.append((step, done, total)))
    _, cut = read_and_measure(ScanSource([file]), effort)
    assert [done for step, done, _ in told if step == "measure"] == [0, 3, 6, 9, 12, 15]
    assert cut.measurements.instances.equals(whole.measurements.instances)
    assert cut.measurements.pairs.equals(whole.measurements.pairs)


def test_an_annotation_that_kills_its_worker_is_named(file, monkeypatch):
    def loses_one(function, parts, workers, *, on_lost, **more):
        """Measure all but the annotation with id 31, as if its process had died."""
        kept = []
        for part in parts:
            ids = 10 * (part.image + 1) + part.rows % 3
            on_lost(part.take((ids == 31).nonzero()[0]))
            kept.append(part.take((ids != 31).nonzero()[0]))
        return map_shards(function, kept, workers, **more)

    monkeypatch.setattr(measuring, "map_shards", loses_one)
    result = scan(file)
    (died,) = (f for f in result.findings if f.rule == "internal.worker_died")
    assert died.annotation_ids == (31,)
    assert died.image_id == 3
    assert died.file_name == "3.png"
    assert died.category_ids == (1,)
    assert died.pointer == "/annotations/7/segmentation"
    assert died.severity == "error"


def test_what_the_user_named(tmp_path, file):
    assert len(ScanSource([]).load().dataset.images) == 0
    assert len(ScanSource([file, file]).load().dataset.annotations) == 30
    results = tmp_path / "results.json"
    results.write_text(json.dumps([{"image_id": 1, "category_id": 1, "segmentation": SQUARE, "score": 0.5}]))
    loaded = ScanSource([file], predictions=results).load()
    assert len(loaded.dataset.annotations) == 1
    assert loaded.dataset.sources[0].format == "coco_results"


def test_masks_may_be_let_go_when_they_are_measured(file, tmp_path):
    kept, bare = scan(file), scan(file, keep_masks=False)
    assert len(kept.dataset.annotations.segmentation.xy)
    assert bare.dataset is None
    assert bare.record_offsets.keys() == kept.record_offsets.keys() == {str(file)}
    assert list(bare.findings) == list(kept.findings)
    for name in ("images", "instances", "pairs"):
        assert getattr(bare.measurements, name).equals(getattr(kept.measurements, name))
    dataset, _ = read_and_measure(ScanSource([file]), ExecutionOptions(), keep_masks=False)
    assert len(dataset.annotations) == len(dataset.annotations.segmentation) == 15
    assert not len(dataset.annotations.segmentation.xy)
