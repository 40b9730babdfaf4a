import json

import numpy as np
import pytest
from PIL import Image


def swapped(size, *rings, segmentation=None, declared=None):
    """One image declared as width x height of another way round than its picture."""
    height, width = declared or (size[1], size[0])
    annotations = [
        {"id": k, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 16, "bbox": [1, 1, 4, 4],
         "segmentation": segmentation or [ring]}
        for k, ring in enumerate(rings, start=1)
    ]  # fmt: skip
    image = {"id": 1, "file_name": "a.png", "height": height, "width": width, "note": 1.0}
    return {"images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "cell"}]}


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(np.zeros((16, 24), dtype=np.uint8)).save(folder / "a.png")
    return folder


INSIDE = [1, 1, 5, 1, 5, 5, 1, 5]


def test_a_swapped_size_is_turned_to_the_pictures(mended, pictures):
    result = mended(swapped((16, 24), INSIDE), "image", images=pictures)
    assert json.loads(result.corrected)["images"] == [
        {"id": 1, "file_name": "a.png", "height": 16, "width": 24, "note": 1.0}
    ]
    assert [done.repair.action for done in result.done] == [
        "The declared size was turned to the picture's 24 x 16 pixels."
    ]


def test_a_mask_at_the_border_of_both_sizes_is_inside(mended, pictures):
    edge = [12, 12, 16, 12, 16, 16, 12, 16]
    assert mended(swapped((16, 24), edge), "image", images=pictures).done
    beyond = [12, 12, 16, 12, 16, 16.5, 12, 16.5]
    result = mended(swapped((16, 24), beyond), "image", images=pictures)
    assert not result.done
    assert "pixels would change" in result.skipped[0].reason


def test_rle_masks_and_scaled_sizes_stay(mended, pictures):
    rle = {"size": [24, 16], "counts": [25, 4, 355]}
    result = mended(swapped((16, 24), INSIDE, segmentation=rle), "image", images=pictures)
    assert [skipped.reason for skipped in result.skipped] == ["an RLE mask has the declared size built in"]
    result = mended(swapped((16, 24), INSIDE, declared=(32, 48)), "image", images=pictures)
    assert "another scale" in result.skipped[0].reason
