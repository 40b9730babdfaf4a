import pytest

from audit.loaders.coco import convert_document

ROOT = {"id": 0, "name": "cell", "supercategory": "none"}
LEAF = {"id": 1, "name": "cell", "supercategory": "cell"}
OTHER = {"id": 2, "name": "dust", "supercategory": "dirt"}


@pytest.mark.parametrize(
    ("categories", "used", "reported"),
    [
        ([ROOT, LEAF], 1, False),
        ([LEAF, ROOT], 1, False),
        ([ROOT, LEAF], 0, True),  # the root is a label too
        ([ROOT, LEAF, OTHER], 1, True),  # not above all others
        ([ROOT, LEAF, {**LEAF, "id": 2}], 1, True),  # two below it share the name
    ],
)
def test_the_root_may_have_the_name_of_a_category(tmp_path, categories, used, reported):
    image = {"id": 1, "file_name": "a.png", "height": 8, "width": 8}
    square = {"id": 1, "image_id": 1, "category_id": used, "segmentation": [[1, 1, 5, 1, 5, 5, 1, 5]]}
    document = {"images": [image], "annotations": [square], "categories": categories}
    rules = {finding.rule for finding in convert_document(document, tmp_path, "coco").findings}
    assert ("category.duplicate_name" in rules) is reported
