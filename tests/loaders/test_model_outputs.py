"""What the libraries of models return is read by the attributes that they document."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pycocotools import mask as coco_mask

import audit
from audit.loaders.loaded import UnreadableError
from audit.loaders.memory import collect_labels, collect_predictions
from audit.loaders.model_outputs import read_output

SQUARE = np.zeros((8, 8), dtype=bool)
SQUARE[1:4, 1:4] = True
BOX = np.array([[1.0, 1.0, 4.0, 4.0]])


def detectron2_instances(**changes):
    columns = {
        "pred_boxes": SimpleNamespace(tensor=BOX),
        "pred_classes": np.array([3]),
        "scores": np.array([0.5]),
        "pred_masks": SQUARE[None],
    }
    return SimpleNamespace(**{**columns, **changes})


def mmdetection_sample(masks, image_id=1):
    columns = {"bboxes": BOX, "labels": np.array([3]), "scores": np.array([0.5]), "masks": masks}
    return SimpleNamespace(pred_instances=SimpleNamespace(**columns), img_id=image_id)


def ultralytics_results(data, outlines=(), path="pictures/1.png"):
    boxes = SimpleNamespace(xyxy=BOX, conf=np.array([0.5]), cls=np.array([3.0]))
    masks = None if data is None else SimpleNamespace(data=data, xy=list(outlines))
    return SimpleNamespace(orig_shape=(8, 8), path=path, boxes=boxes, masks=masks)


def records(predictions):
    return json.loads(collect_predictions(predictions).data)


RLE = coco_mask.encode(np.asfortranarray(SQUARE, dtype=np.uint8))


@pytest.mark.parametrize(
    "output",
    [
        detectron2_instances(),
        {"instances": detectron2_instances()},
        mmdetection_sample(SQUARE[None]),
        mmdetection_sample([RLE]),
        ultralytics_results(SQUARE[None].astype(np.float32)),
    ],
    ids=["Instances", "instances", "masks", "RLEs", "Results"],
)
def test_an_output_is_one_result_of_its_image(output):
    (record,) = records({1: output})
    assert (record["image_id"], record["category_id"], record["score"]) == (1, 3, 0.5)
    assert record["bbox"] == [1.0, 1.0, 3.0, 3.0]
    assert record["segmentation"]["counts"] == RLE["counts"].decode()


def test_masks_of_the_networks_size_give_way_to_the_outlines():
    outline = np.array([[1, 1], [4, 1], [4, 4], [1, 4]], dtype=np.float32)
    (record,) = records({1: ultralytics_results(np.ones((1, 4, 4)), [outline])})
    assert record["segmentation"] == [[1.0, 1.0, 4.0, 1.0, 4.0, 4.0, 1.0, 4.0]]
    (record,) = records({1: ultralytics_results(np.ones((1, 4, 4)), [outline[:2]])})
    assert record["segmentation"] == [], "two points are no outline"


def test_lists_name_their_images():
    assert records([mmdetection_sample(SQUARE[None], image_id=7)])[0]["image_id"] == 7
    assert records([ultralytics_results(None)])[0]["image_id"] == "1"
    assert "segmentation" not in records([ultralytics_results(None)])[0]
    with pytest.raises(UnreadableError, match="does not say which image"):
        collect_predictions([detectron2_instances()])


def test_an_output_without_boxes_is_refused_in_one_line():
    for output in (detectron2_instances(pred_boxes=None), SimpleNamespace(orig_shape=(8, 8), boxes=None)):
        with pytest.raises(UnreadableError, match="an output has boxes and labels"):
            collect_predictions({1: output})


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(UnreadableError, match="different lengths"):
        collect_predictions({1: detectron2_instances(scores=np.array([0.5, 0.4]))})


def test_a_pandas_table_is_its_rows():
    table = pd.DataFrame(
        {"image_id": [1, 1], "category_id": [3, 3], "score": [0.5, np.nan], "bbox": [[1, 1, 3, 3], None]}
    )
    assert records(table) == [
        {"image_id": 1, "category_id": 3, "score": 0.5, "bbox": [1, 1, 3, 3]},
        {"image_id": 1, "category_id": 3},
    ]


class Detections(SimpleNamespace):
    """Stand-in of `supervision.Detections`."""


class DetectionDataset:
    """Stand-in of `supervision.DetectionDataset`, with the attributes that it documents."""

    classes = ("cell", "dirt")
    image_paths = ("a.png",)

    def __init__(self, mask):
        self.annotations = {"a.png": Detections(xyxy=BOX, class_id=np.array([1]), confidence=None, mask=mask)}

    def __iter__(self):
        for path, detections in self.annotations.items():
            yield path, np.zeros((8, 8, 3), dtype=np.uint8), detections


@pytest.mark.parametrize("mask", [SQUARE[None], None], ids=["masks", "boxes"])
def test_labels_of_a_supervision_dataset(mask):
    (file,) = collect_labels(DetectionDataset(mask))
    document = json.loads(file.data)
    assert document["categories"] == [{"id": 0, "name": "cell"}, {"id": 1, "name": "dirt"}]
    assert document["images"] == [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}]
    (annotation,) = document["annotations"]
    assert (annotation["category_id"], annotation["bbox"]) == (1, [1.0, 1.0, 3.0, 3.0])
    assert annotation["area"] == 9
    result = audit.scan(DetectionDataset(mask)).result
    assert len(result.measurements.instances) == 1
    assert not {"area.missing", "path.absolute"} & {finding.rule for finding in result.findings}


def test_absolute_paths_of_a_supervision_dataset_are_names_below_their_folder():
    class Absolute(DetectionDataset):
        image_paths = ("/data/train/a.png", "/data/val/b.png")

        def __init__(self):
            detections = Detections(xyxy=BOX, class_id=np.array([1]), confidence=None, mask=None)
            self.annotations = dict.fromkeys(self.image_paths, detections)

    (file,) = collect_labels(Absolute())
    assert [image["file_name"] for image in json.loads(file.data)["images"]] == ["train/a.png", "val/b.png"]


def test_targets_have_the_areas_that_they_declare_or_those_of_their_masks():
    target = {"image_id": 1, "boxes": BOX, "labels": np.array([3]), "masks": SQUARE[None].astype(np.uint8)}
    for fields, area in (({}, 9), ({"area": np.array([7.5])}, 7.5)):
        (file,) = collect_labels([{**target, **fields}])
        assert [record["area"] for record in json.loads(file.data)["annotations"]] == [area]
    assert [finding.rule for finding in audit.scan([target]).result.findings] == ["mask.tiny"]


def test_detectron2_classes_that_count_from_zero_are_compared(tmp_path):
    outline = [[1, 1, 4, 1, 4, 4, 1, 4]]
    labels = {
        "images": [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 3, "iscrowd": 0, "bbox": [1, 1, 3, 3], "area": 9,
             "segmentation": outline}
        ],
        "categories": [{"id": 3, "name": "cell"}],
    }  # fmt: skip
    assert audit.average_precision(labels, {1: detectron2_instances()})["AP"] == pytest.approx(1.0)


def test_real_libraries_have_the_attributes_that_are_read():
    supervision = pytest.importorskip("supervision", reason="supervision is not installed")
    detections = supervision.Detections(xyxy=BOX, class_id=np.array([3]), mask=SQUARE[None])
    assert (read_output(detections).masks == SQUARE[None]).all()
    dataset = supervision.DetectionDataset(classes=["a", "b", "c", "d"], images=[], annotations={})
    assert all(hasattr(dataset, name) for name in ("classes", "annotations", "image_paths"))


def test_paths_stay_paths():
    assert collect_predictions("a.json") == Path("a.json")
