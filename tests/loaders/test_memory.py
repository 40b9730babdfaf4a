"""Labels and results in memory are read as files of them are."""

import json
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

import audit
from audit.export.sarif import export_sarif
from audit.gates.gate import judge_batch
from audit.gates.grouping import assign_groups
from audit.gates.policy import Policy
from audit.loaders.loaded import UnreadableError
from audit.loaders.memory import collect_labels
from audit.loaders.read import read_dataset

SQUARE = np.zeros((8, 8), dtype=bool)
SQUARE[1:4, 1:4] = True
AROUND = np.zeros((8, 8), dtype=bool)
AROUND[1:5, 1:5] = True


def labels(**changes):
    """One image with a square of 9 px that declares 40."""
    annotation = {"id": 1, "image_id": 1, "category_id": 3, "iscrowd": 0, "bbox": [1, 1, 3, 3], "area": 40}
    annotation["segmentation"] = [[1, 1, 4, 1, 4, 4, 1, 4]]
    return {
        "images": [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}],
        "annotations": [{**annotation, **changes}],
        "categories": [{"id": 3, "name": "cell"}],
    }


def results():
    rle = coco_mask.encode(np.asfortranarray(SQUARE, dtype=np.uint8))  # its counts are bytes
    return [{"image_id": np.int64(1), "category_id": 3, "score": np.float32(0.5), "segmentation": rle}]


def torchvision_output():
    return {
        "boxes": np.array([[1, 1, 4, 4], [1, 1, 5, 5]], dtype=np.float32),
        "labels": np.array([3, 3]),
        "scores": np.array([0.9, 0.8], dtype=np.float32),
        "masks": np.where(np.stack([SQUARE, AROUND]), 0.9, 0.1)[:, None].astype(np.float32),
    }


def detections(**changes):
    """Stand-in of `supervision.Detections`, with the attributes that it documents."""
    columns = {"xyxy": np.array([[1.0, 1.0, 4.0, 4.0]]), "mask": SQUARE[None], "class_id": np.array([3])}
    return SimpleNamespace(**{**columns, "confidence": np.array([0.5]), "metadata": {}, **changes})


def described(scan):
    return [(f.rule, f.message, f.pointer, f.fingerprint) for f in scan.result.findings]


def write(path, document):
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("changes", [{}, {"bbox": [float("nan"), 1, 3, 3]}, {"image_id": 7}, {"id": "1"}])
def test_findings_are_those_of_a_file(tmp_path, changes):
    from_file = audit.scan(write(tmp_path / "gt.json", labels(**changes)))
    in_memory = audit.scan(labels(**changes))
    assert described(from_file) == described(in_memory)
    assert {finding.source for finding in in_memory.result.findings} == {"<memory>"}


def test_pycocotools_object():
    coco = COCO()
    coco.dataset = labels()
    assert described(audit.scan(coco)) == described(audit.scan(labels()))


@pytest.mark.parametrize(
    "changes",
    [
        {"area": np.float64(40), "bbox": np.array([1, 1, 3, 3]), "id": np.int32(1)},
        {"segmentation": [np.array([1, 1, 4, 1, 4, 4, 1, 4])]},
        {"segmentation": coco_mask.encode(np.asfortranarray(SQUARE, dtype=np.uint8))},
        {"segmentation": SQUARE},
    ],
)
def test_values_of_numpy_and_pycocotools(changes):
    (instance,) = audit.scan(labels(**changes)).instances.to_dict("records")
    assert (instance["annotation_id"], instance["area_px"], instance["declared_area"]) == (1, 9, 40)


def test_several_documents_and_files(tmp_path):
    scan = audit.scan([labels(), write(tmp_path / "gt.json", labels()), labels()])
    assert [source.name for source in scan.result.sources] == [
        "<memory>", str(tmp_path / "gt.json"), "<memory 2>"
    ]  # fmt: skip
    assert len(scan.instances) == 3


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        (labels(area=1j), "/annotations/0/area", "complex"),
        (labels(attributes={(1, 2): 3}), "/annotations/0/attributes", "(1, 2)"),
        (labels(segmentation={"size": [8, 8], "counts": b"\xff"}), "/counts", "0xff"),
        ([3], "<memory>", "int"),
        ({"images": []}, "<memory>", "annotations"),
    ],
)
def test_what_is_no_document_is_refused_in_one_line(document, where, what):
    with pytest.raises(audit.UnreadableError) as caught:
        audit.scan(document)
    message = str(caught.value)
    assert where in message
    assert what in message
    assert "\n" not in message


def test_a_document_that_holds_itself():
    document = labels()
    document["annotations"][0]["self"] = document
    with pytest.raises(audit.UnreadableError, match="Circular"):
        audit.scan(document)


def test_results_are_those_of_a_file(tmp_path):
    plain = [{**results()[0], "image_id": 1, "score": 0.5}]
    plain[0]["segmentation"] = {"size": [8, 8], "counts": plain[0]["segmentation"]["counts"].decode()}
    from_files = audit.compare(write(tmp_path / "gt.json", labels()), write(tmp_path / "dt.json", plain))
    in_memory = audit.compare(labels(), results())
    assert repr(in_memory.metrics) == repr(from_files.metrics)  # NaN is not equal to itself
    assert in_memory.findings["fingerprint"].tolist() == from_files.findings["fingerprint"].tolist()
    assert in_memory.result.scan.sources[-1].name == "<memory>: predictions"


@pytest.mark.parametrize(
    ("outputs", "n_masks"),
    [
        ({1: torchvision_output()}, 2),
        ({np.int64(1): torchvision_output()}, 2),
        ([{**torchvision_output(), "image_id": 1}], 2),
        ([detections(metadata={"image_id": 1})], 1),
        ({1: detections()}, 1),
    ],
)
def test_outputs_of_models(outputs, n_masks):
    comparison = audit.compare(labels(), outputs)
    assert audit.average_precision(labels(), outputs)["AP"] == pytest.approx(1)
    assert len(comparison.matches) == n_masks
    assert len(comparison.overlaps) == n_masks - 1


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([torchvision_output()], "which image"),
        ({1: {**torchvision_output(), "labels": [3]}}, "different lengths"),
        ({1: detections(class_id=None)}, "boxes and labels"),
        ({1: {**torchvision_output(), "masks": SQUARE[None, None, None]}}, "dimensional"),
        (3, "no results"),
    ],
)
def test_what_is_no_output_is_refused_in_one_line(outputs, message):
    with pytest.raises(audit.UnreadableError, match=message) as caught:
        audit.compare(labels(), outputs)
    assert "<memory>: predictions" in str(caught.value)


def test_no_results_are_a_finding():
    for nothing in (
        [],
        {},
        {1: {**torchvision_output(), "boxes": [], "labels": [], "scores": [], "masks": []}},
    ):
        findings = audit.compare(labels(), nothing).findings
        assert "results.empty" in set(findings["rule"])


def test_report_gate_and_export_need_no_file(tmp_path):
    scan = audit.scan(labels())
    page = scan.report(tmp_path / "report")
    assert "&lt;memory&gt;" in page.read_text()
    assert b"%3Cmemory%3E" in export_sarif(judge_batch(scan.result, Policy(), today=date(2026, 1, 1)))
    assert "memory" in repr(scan)
    with pytest.raises(audit.UnreadableError, match="in memory, not in a file"):
        assign_groups("annotator", scan.result)


def test_targets_of_a_training_loop():
    masks = np.zeros((2, 6, 8), dtype=np.uint8)
    masks[0, 1:4, 1:4] = masks[1, 2:5, 4:7] = 1
    target = {
        "boxes": np.array([[1, 1, 4, 4], [4, 2, 7, 5]]),
        "labels": np.array([2, 1]),
        "masks": masks,
        "iscrowd": np.array([0, 1]),
    }
    none = {"boxes": np.zeros((0, 4)), "labels": np.zeros(0, int), "masks": np.zeros((0, 6, 8), bool)}
    for targets in ({4: target, 9: none}, [{**target, "image_id": np.array([4])}, {**none, "image_id": 9}]):
        dataset = read_dataset(collect_labels(targets)).dataset
        assert dataset.images.width.tolist() == [8, 8]
        assert dataset.annotations.iscrowd.tolist() == [False, True]
        assert sorted(dataset.categories.name) == ["1", "2"]
        outputs = {4: {**target, "scores": [0.9, 0.8], "masks": masks[:, None].astype(float)}}
        assert audit.average_precision(targets, outputs)["AP"] == pytest.approx(1.0)
    with pytest.raises(UnreadableError, match="does not say which image"):
        collect_labels([target])
    with pytest.raises(UnreadableError, match="no masks"):
        collect_labels({4: {"boxes": [], "labels": []}})
