from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.detectors.classify_boxes import BoxKind, BoxThresholds, classify_boxes, declared_boxes
from audit.testing import drawn, measured, scene

WIDTH, HEIGHT = 64, 48
ROW = "." * 17 + "a" * 26 + "." * 21 + "\n"
LAYER = "." * 64 + "\n"
LAYERS = LAYER * 12 + ROW * 24 + LAYER * 12  # xywh 17, 12, 26, 24
NAN = float("nan")


def kinds(*boxes, bounds=None):
    return classify_boxes(measured(*[scene(LAYERS, boxes={"a": box}) for box in boxes]), bounds)


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ((17, 12, 26, 24), BoxKind.FITS),
        ((NAN, 12, 26, 24), BoxKind.ABSENT),
        ((17, 12, 0, 24), BoxKind.NONPOSITIVE),
        ((17, 12, -43, -36), BoxKind.NONPOSITIVE),
        ((17, 12, 43, 36), BoxKind.CORNERS),
        ((30, 24, 26, 24), BoxKind.CENTRE),
        ((12, 17, 24, 26), BoxKind.SWAPPED),
        ((17 / 64, 0.25, 26 / 64, 0.5), BoxKind.SHARES),
        ((30 / 64, 0.5, 26 / 64, 0.5), BoxKind.CENTRE_SHARES),
        ((17, 12, 60, 24), BoxKind.OUTSIDE),
        ((1e300, 12, 26, 24), BoxKind.OUTSIDE),
        ((0, 0, 64, 48), BoxKind.MISMATCH),
    ],
)
def test_every_kind(box, kind):
    assert BoxKind(kinds(box).kind[0]) is kind


def test_upside_down():
    top = scene("aaaa......\n" * 4 + "..........\n" * 12, boxes={"a": (0, 12, 4, 4)})
    assert classify_boxes(measured(top)).kind.tolist() == [BoxKind.UPSIDE_DOWN]


def test_the_distances_behind_it():
    found = kinds((17, 12, 26, 30), (17, 12, 60, 24), (NAN,) * 4)
    assert found.off_px.tolist() == [6.0, 21.0, 0.0]
    assert found.outside_px.tolist() == [0.0, 13.0, 0.0]
    assert found.iou.tolist() == pytest.approx([0.8, 26 / 47, 0.0])
    assert found.compared.tolist() == [True, True, False]


def test_bounds_move_the_thresholds():
    box = (17, 12, 26, 30)
    assert kinds(box, bounds=BoxThresholds(mismatch_px=6.0, mismatch_share=0.0)).kind[0] == BoxKind.FITS
    assert kinds(box, bounds=BoxThresholds(mismatch_px=5.9, mismatch_share=0.0)).kind[0] == BoxKind.MISMATCH
    assert kinds((17, 12, 60, 24), bounds=BoxThresholds(outside_px=13.0)).kind[0] != BoxKind.OUTSIDE


def test_boxes_of_results_and_of_normalised_polygons_are_not_compared():
    wrong = measured(scene(LAYERS, boxes={"a": (0, 0, 64, 48)}))
    assert classify_boxes(replace(wrong, formats=("coco_results",))).kind.tolist() == [BoxKind.FITS]
    shares = [[(0.1, 0.1), (0.5, 0.1), (0.5, 0.8)]]
    m = measured(drawn(HEIGHT, WIDTH, {"a": shares}, boxes={"a": (9, 9, 20, 20)}))
    assert classify_boxes(m).compared.tolist() == [False]


def test_an_annotation_of_no_image_has_no_outside():
    m = measured(scene(LAYERS, boxes={"a": (500, 500, 9, 9)}))
    lost = replace(m, instances=m.instances.assign(image=-1, area_px=0))
    assert classify_boxes(lost).kind.tolist() == [BoxKind.FITS]


def test_nothing_and_nothing_changed():
    assert classify_boxes(measured()).kind.tolist() == []
    m = measured(scene(LAYERS))
    assert declared_boxes(m).tolist() == [[17.0, 12.0, 26.0, 24.0]]


@given(st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 4), min_size=1, max_size=4))
def test_any_numbers_give_a_kind_and_finite_distances(boxes):
    found = kinds(*boxes)
    assert len(found.kind) == len(boxes)
    for value in (found.outside_px, found.off_px, found.iou):
        assert np.isfinite(value).all()
        assert (value >= 0).all()
    assert (found.iou <= 1.0).all()
    assert found.kind.tolist() == [kinds(box).kind[0] for box in boxes]
