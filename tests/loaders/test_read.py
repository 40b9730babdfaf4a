"""Several files are one dataset: rows are moved, categories are shared, contradictions are said."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from audit.loaders.loaded import UnreadableError
from audit.loaders.read import read_dataset

RING = [1, 1, 5, 1, 5, 5, 1, 5]


def document(categories, *annotations, images=((1, "a.png"),)):
    return {
        "images": [{"id": i, "file_name": name, "height": 9, "width": 9} for i, name in images],
        "annotations": [
            {
                "id": n + 1,
                "image_id": image,
                "category_id": category,
                "segmentation": [RING],
                "bbox": [1, 1, 4, 4],
                "area": 16,
                "iscrowd": 0,
            }
            for n, (image, category) in enumerate(annotations)
        ],
        "categories": [{"id": i, "name": name} for i, name in categories],
    }


@pytest.fixture
def files(tmp_path):
    def write(**documents):
        for name, content in documents.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        return [tmp_path / f"{name}.json" for name in documents]

    return write


def test_rows_point_into_the_joined_tables(files):
    paths = files(
        one=document([(1, "cell"), (2, "debris")], (1, 1), (1, 2)),
        two=document([(2, "debris"), (3, "nucleus")], (8, 3), (8, 2), (99, 2), images=((7, "b"), (8, "c"))),
    )
    data = read_dataset(paths).dataset
    assert data.images.id.tolist() == [1, 7, 8]
    assert data.images.source.tolist() == [0, 1, 1]
    assert data.categories.name == ("cell", "debris", "nucleus")
    assert data.categories.source.tolist() == [0, 0, 1]
    assert data.annotations.image.tolist() == [0, 0, 2, 2, -1]
    assert data.annotations.category.tolist() == [0, 1, 2, 1, 1]
    assert data.annotations.source.tolist() == [0, 0, 1, 1, 1]
    assert len(data.annotations.segmentation) == 5
    assert data.annotations.segmentation.ring_start.tolist() == [0, 1, 2, 3, 4, 4]


def test_one_id_with_two_names_is_said_once_a_file(files):
    paths = files(one=document([(1, "cell")]), two=document([(1, "Cell")]), three=document([(1, "cell")]))
    loaded = read_dataset(paths)
    (finding,) = loaded.findings
    assert (finding.rule, finding.pointer) == ("category.conflict", "/categories/0/name")
    assert finding.source.endswith("two.json")
    assert loaded.dataset.categories.name == ("cell", "Cell")


def test_odd_ids_keep_their_text(files):
    odd = document([("c", "cell")], ("x", "c"), images=(("x", "a.png"),))
    data = read_dataset(files(one=document([(1, "nucleus")]), two=odd)).dataset
    assert data.original_ids["images", 1] == '"x"'
    assert data.original_ids["categories", 1] == '"c"'
    assert data.annotations.image.tolist() == [1]
    assert data.annotations.category.tolist() == [1]


def test_a_folder_of_files_is_sorted_and_found_at_any_depth(files, tmp_path):
    files(b=document([(1, "cell")], (1, 1)), a=document([(1, "cell")]))
    (tmp_path / "below").mkdir()
    (tmp_path / "a.json").rename(tmp_path / "below" / "z.json")
    data = read_dataset([tmp_path]).dataset
    assert [s.name.rsplit("/", 1)[-1] for s in data.sources] == ["b.json", "z.json"]


def test_files_and_label_images_together(files, tmp_path):
    (tmp_path / "labels").mkdir()
    Image.fromarray(np.array([[1, 2]], np.uint8)).save(tmp_path / "labels" / "m.png")
    paths = files(one=document([(1, "cell")], (1, 1)))
    data = read_dataset([*paths, tmp_path / "labels"]).dataset
    assert [s.format for s in data.sources] == ["coco", "label_images"]
    assert data.annotations.image.tolist() == [0, 1, 1]
    assert data.categories.name == ("cell", "instance")


def test_what_is_no_input_is_refused(tmp_path):
    with pytest.raises(UnreadableError, match=r"no COCO files.*\[input.format\]"):
        read_dataset([tmp_path])
    with pytest.raises(UnreadableError, match=r"no such file.*\[input.missing\]"):
        read_dataset([tmp_path / "absent.json"])


def test_a_folder_with_nothing_but_an_archive_names_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("instances.json", "{}")
    (tmp_path / "a.zip").write_text("no archive")
    with pytest.raises(UnreadableError, match=r"an archive is read by itself: give \S+/export\.zip"):
        read_dataset([tmp_path])


def test_defects_of_most_records_are_said_once(files):
    many = document([(1, "cell")], *[(1, 1)] * 30)
    for annotation in many["annotations"][:25]:
        del annotation["iscrowd"]
    for annotation in many["annotations"][:5]:
        annotation["area"] = None
    found = read_dataset(files(one=many)).findings
    assert [f.rule for f in found].count("area.type") == 5
    (habit,) = [f for f in found if f.rule == "iscrowd.missing"]
    assert habit.pointer == "/annotations"
    assert (habit.evidence["records"], habit.evidence["of"]) == (25, 30)
    assert habit.evidence["example_ids"] == [1, 2, 3, 4, 5]
    assert len({f.fingerprint for f in found}) == len(found)
