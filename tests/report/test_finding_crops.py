import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from audit.findings.finding import Severity
from audit.geometry.runs import dense_to_runs
from audit.report import crop_shapes
from audit.report.finding_crops import choose_crops, draw_finding_crops, split_crops
from audit.report.image_page_builder import ImagePageBuilder
from audit.report.mask_outlines import sample_runs
from audit.testing import drawn

WIDE, HIGH = 300, 200


@pytest.fixture
def crops(result, said, pictures):
    """Draw one finding on a plate of 300 x 200 px: ``crops([polygon, ...], rule="mask.tiny")``."""

    def draw(polygons, rule="mask.tiny", picture=True, **fields):
        names = "abcdefgh"[: len(polygons)]
        plate = drawn(
            HIGH, WIDE, dict(zip(names, ([p] for p in polygons), strict=True)), file_name="plate.png"
        )
        finding = said(rule, *fields.pop("about", (1,)), image=1, file_name="plate.png", **fields)
        root = pictures({"plate.png": (WIDE, HIGH)}) if picture else None
        scanned = result(plate, findings=(finding,), image_root=root)
        return draw_finding_crops(scanned, ImagePageBuilder(scanned), [0])[0]

    return draw


def rectangle(x, y, width, height):
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def kinds(crop):
    return [kind for kind, _ in crop.shapes]


def test_a_crop_is_a_square_around_the_mask_in_stored_pixels(crops):
    crop = crops([rectangle(100, 80, 50, 30)])
    x, y, width, height = crop.box
    assert width == height == 80
    assert (x, y) == (85, 55)
    assert Image.open(io.BytesIO(crop.picture)).size == (80, 80)
    assert dict(crop.shapes)["s0"].startswith("M15 25")


def test_at_the_border_the_square_moves_inside(crops):
    assert crops([rectangle(0, 0, 4, 4)]).box == (0, 0, 40, 40)
    assert crops([rectangle(296, 196, 4, 4)]).box == (260, 160, 40, 40)


def test_a_place_larger_than_the_image_is_the_image(crops):
    assert crops([rectangle(0, 0, 300, 200)]).box == (0, 0, 300, 200)


def test_neighbours_are_thin_and_far_masks_are_not_drawn(crops):
    near, far = rectangle(124, 100, 10, 10), rectangle(10, 10, 10, 10)
    crop = crops([rectangle(100, 100, 20, 20), near, far])
    assert kinds(crop) == ["c", "s0"]
    assert dict(crop.shapes)["c"].count("M") == 1


def test_two_masks_and_what_they_share(crops):
    crop = crops([rectangle(100, 100, 20, 20), rectangle(110, 100, 20, 20)], "overlap.partial", about=(1, 2))
    assert kinds(crop) == ["s0", "s1", "o"]
    assert dict(crop.shapes)["o"].endswith("v20h10v-20z")


def test_a_speck_is_ringed_and_looked_at(crops, result, said):
    body, speck = rectangle(20, 20, 160, 160), rectangle(190, 100, 2, 2)
    plate = drawn(HIGH, WIDE, {"a": [body, speck]}, file_name="plate.png")
    scanned = result(plate, findings=(said("mask.fragments", 1, image=1),))
    crop = draw_finding_crops(scanned, ImagePageBuilder(scanned), [0])[0]
    x, y, width, height = crop.box
    assert kinds(crop)[-1] == "k"
    assert width == height == 80 < 160
    assert x < 190 < x + width and y < 100 < y + height


def test_a_better_place_is_drawn(crops):
    crop = crops([rectangle(100, 100, 20, 20)], "mask.off_edge", evidence={"shift_px": [3, -2]})
    shapes = dict(crop.shapes)
    x, y = (int(number) for number in shapes["s0"][1:].split("v")[0].split())
    assert shapes["p"].startswith(f"M{x + 3} {y - 2}v20")


def test_without_pictures_outlines_remain(crops):
    crop = crops([rectangle(100, 100, 20, 20)], picture=False)
    assert crop.picture == b""
    assert kinds(crop) == ["s0"]


def test_a_finding_about_no_image_has_no_crop(result, said):
    plate = drawn(HIGH, WIDE, {"a": [rectangle(1, 1, 9, 9)]})
    findings = (said("image.odd", image=1), said("dataset.small", severity=Severity.INFO))
    scanned = result(plate, findings=findings)
    assert set(draw_finding_crops(scanned, ImagePageBuilder(scanned), [0, 1])) == {0}


def test_every_rule_has_crops_where_not_all_can_have_one():
    codes = np.r_[np.zeros(1000, dtype=np.int64), np.ones(5, dtype=np.int64)]
    weights = np.r_[np.full(1000, 0.9), np.linspace(0.1, 0.2, 5)]
    chosen = choose_crops(codes, weights, 12)
    assert len(chosen) == 12
    assert chosen[:7].tolist() == list(range(7))  # the weightier rule first
    assert chosen[7:].tolist() == [1004, 1003, 1002, 1001, 1000]


def test_files_hold_all_crops_in_order(crops):
    crop = crops([rectangle(100, 100, 20, 20)], picture=False)
    files = split_crops([crop] * 100)
    assert [len(file) for file in files] == [48, 48, 4]


def test_what_is_about_an_image_as_a_whole_shows_all_of_it(crops):
    crop = crops([rectangle(10, 10, 20, 20), rectangle(250, 150, 20, 20)], rule="sample.image", about=())
    assert crop.box == (0, 0, WIDE, HIGH)
    assert kinds(crop) == ["c"]
    assert dict(crop.shapes)["c"].count("M") == 2


def test_masks_that_are_many_runs_are_thinned_out_alike_however_they_are_parted(monkeypatch):
    masks = np.zeros((2, 40, 60), dtype=bool)
    masks[0, 8:24, 12:40], masks[1, 10:30, 20:50] = True, True
    runs, places = (
        dense_to_runs(masks),
        [SimpleNamespace(box=(4, 4, 48, 32)), SimpleNamespace(box=(20, 8, 24, 24))],
    )
    arguments = np.array([0, 1, 1]), places, np.array([0, 0, 1])
    exact, step = crop_shapes._clip(runs, *arguments)
    assert step == 1
    for limit in (7, 20):
        monkeypatch.setattr(crop_shapes, "MAX_RUNS", limit)
        thinned, step = crop_shapes._clip(runs, *arguments)
        assert step > 1
        assert len(thinned) <= limit
        expected = sample_runs(exact, step)
        order = np.lexsort((thinned.y0, thinned.x, thinned.mask))
        for column in ("mask", "x", "y0", "y1"):
            assert getattr(thinned, column)[order].tolist() == getattr(expected, column).tolist()
