import json

import pytest

from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset

VOC = (
    "<annotation><folder>VOC</folder><filename>a.jpg</filename><object><name>cat</name></object></annotation>"
)
VIA = {"a.png123": {"filename": "a.png", "size": 123, "regions": [{"shape_attributes": {"name": "polygon"}}]}}
VIA_PROJECT = {"_via_settings": {}, "_via_img_metadata": VIA}
YOUTUBE_VIS = {"info": {}, "videos": [{"id": 1, "file_names": ["v/0.jpg"]}], "annotations": []}
SUPERANNOTATE = {
    "metadata": {"name": "a.png", "lastAction": {}},
    "instances": [{"type": "polygon", "classId": 1}],
}


@pytest.mark.parametrize(
    ("name", "content", "says", "remedy"),
    [
        ("a.xml", VOC, "Pascal VOC", "maskaudit scan VOC2012/SegmentationObject"),
        ("via.json", VIA, "VIA", "COCO format"),
        ("via.json", VIA_PROJECT, "a VIA project", "COCO format"),
        ("train.json", YOUTUBE_VIS, "YouTube-VIS", "each frame as an image"),
        ("a.json", SUPERANNOTATE, "SuperAnnotate", 'dataset_format="COCO"'),
    ],
)
@pytest.mark.parametrize("in_folder", [False, True])
def test_a_format_is_named_with_what_to_type(tmp_path, name, content, says, remedy, in_folder):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UnreadableError) as caught:
        read_dataset([tmp_path if in_folder else path])
    assert (caught.value.rule, caught.value.file) == ("input.format", str(path))
    assert caught.value.what.startswith(f"this is {says}")
    assert remedy in caught.value.remedy


def test_one_label_file_of_yolo(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.txt").write_text("0 0.1 0.1 0.9 0.1 0.9 0.9\n")
    with pytest.raises(UnreadableError, match=r"one label file of YOLO; scan the dataset's folder"):
        read_dataset([tmp_path / "labels/a.txt"])


def test_coco_is_never_taken_for_another_format(tmp_path):
    """Names in COCO's own records may be those of other formats."""
    words = ["regions", "shape_attributes", "videos", "video_id", "instances", "className"]
    labels = {
        "info": {"description": "_via_settings and videos"},
        "images": [{"id": 1, "file_name": "a.png", "height": 9, "width": 9, "video_id": 3}],
        "annotations": [],
        "categories": [{"id": k + 1, "name": word} for k, word in enumerate(words)],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(labels))
    assert len(read_dataset([path]).dataset.categories) == len(words)
