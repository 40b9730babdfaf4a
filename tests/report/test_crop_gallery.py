import base64
import io

import numpy as np
import pytest
from PIL import Image

from audit.geometry.runs import concatenate_runs, dense_to_runs
from audit.report.crop_gallery import CONTEXT, CropRequest, draw_crops

SIZE = (200, 100)


def rectangle(top, left, bottom, right):
    mask = np.zeros((1, SIZE[1], SIZE[0]), dtype=bool)
    mask[0, top:bottom, left:right] = True
    return dense_to_runs(mask)


def request(*boxes, kinds=("a", "b"), file_name="a.png"):
    masks = concatenate_runs([rectangle(*box) for box in boxes])
    return CropRequest(
        file_name, SIZE, masks, kinds[: len(boxes)], tuple(f"mask {k}" for k in range(len(boxes))), "IoU 0.5"
    )


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        ((40, 80, 60, 100), (74, 34, 32, 32)),  # 20 px large: the least margin, 6 px
        ((40, 80, 80, 140), (65, 25, 90, 70)),  # 60 px large: a quarter of it, 15 px
        ((0, 0, 10, 10), (0, 0, 16, 16)),  # at the corner: nothing outside the image
    ],
)
def test_a_place_is_shown_with_a_margin_inside_the_image(box, shown):
    (crop,) = draw_crops([request(box)], None)
    assert crop.box == shown
    assert crop.picture == ""


def test_context_is_drawn_but_not_zoomed_to():
    (alone,) = draw_crops([request((40, 80, 60, 100))], None)
    (crop,) = draw_crops([request((40, 80, 60, 100), (0, 0, 10, 200), kinds=("a", CONTEXT))], None)
    assert crop.box == alone.box
    assert [(kind, name) for _, kind, name in crop.outlines] == [("a", "mask 0"), (CONTEXT, "mask 1")]


def test_masks_without_pixels_are_left_out_and_places_without_masks_too():
    nothing = (50, 50, 50, 50)
    crops = list(draw_crops([request(nothing), request((40, 80, 60, 100), nothing)], None))
    assert [[name for _, _, name in crop.outlines] for crop in crops] == [["mask 0"]]


def test_the_crop_is_cut_from_the_picture_at_its_place(tmp_path):
    """Red where the mask is, blue elsewhere; the stored picture is half as large as the image."""
    pixels = np.zeros((50, 100, 3), dtype=np.uint8)
    pixels[:, :, 2] = 200
    pixels[20:30, 40:50] = (200, 0, 0)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (crop,) = draw_crops([request((40, 80, 60, 100))], tmp_path)
    kind, _, text = crop.picture.partition(",")
    assert kind == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")
    assert picture.size == (16, 16)
    red = np.asarray(picture, dtype=int)[:, :, 0] > 100
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (3, 12, 3, 12)


def test_a_picture_that_is_missing_leaves_the_outlines(tmp_path):
    (crop,) = draw_crops([request((40, 80, 60, 100), file_name="gone.png")], tmp_path)
    assert (crop.picture, len(crop.outlines)) == ("", 1)
