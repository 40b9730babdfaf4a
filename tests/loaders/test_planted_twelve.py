"""Twelve annotations, eleven of them with one fault each: all eleven are found, the twelfth is silent."""

import pytest
from corpus.base import dumps, ellipse, masked, rle, written

from audit.pipeline.run import scan

SIDE = 200
GOOD, PARTIAL, WRONG_BOX, NESTED, BOW_TIE, TWO_POINTS = range(1, 7)
EMPTY, TWICE, OTHER, OUTSIDE, RLE_SIZE, APART = range(7, 13)
CUP, LID = 1, 2
FAULTS = {
    PARTIAL: {"overlap.partial"},
    NESTED: {"overlap.contained"},
    BOW_TIE: {"polygon.self_intersection"},
    TWO_POINTS: {"polygon.too_few"},
    EMPTY: {"segm.empty"},
    WRONG_BOX: {"bbox.mask_mismatch", "area.mismatch"},
    TWICE: {"overlap.duplicate"},
    OTHER: {"overlap.duplicate_other_category"},
    OUTSIDE: {"polygon.outside"},
    RLE_SIZE: {"rle.size_mismatch"},
    APART: {"mask."},
}
"""Annotation id to the rules, or the beginnings of rules, that must name it."""


def annotation(id, image, segmentation, category=CUP, **declared):
    own = {"id": id, "image_id": image, "category_id": category, "iscrowd": 0}
    return own | declared | {"segmentation": segmentation}


def drawn(id, image, *rings, category=CUP):
    return annotation(id, image, [], category) | masked(list(rings), SIDE, SIDE)


def planted():
    """Partners of a pair have faults of their own, so that the good one is alone on its image."""
    box = {"bbox": [20.0, 20.0, 30.0, 30.0], "area": 900.0}
    outside = [170.0, 80.0, 230.0, 75.0, 235.0, 120.0, 175.0, 125.0]
    return {
        "images": [{"id": k, "file_name": f"{k}.png", "height": SIDE, "width": SIDE} for k in (1, 2, 3, 4)],
        "categories": [{"id": CUP, "name": "cup"}, {"id": LID, "name": "lid"}],
        "annotations": [
            drawn(GOOD, 1, ellipse(100, 100, 40, 30)),
            drawn(PARTIAL, 2, ellipse(120, 60, 30, 30)),
            drawn(WRONG_BOX, 2, ellipse(70, 70, 40, 40)) | {"bbox": [5.0, 5.0, 30.0, 90.0], "area": 12.0},
            drawn(NESTED, 2, ellipse(60, 75, 14, 12)),
            drawn(BOW_TIE, 3, [20.0, 20.0, 80.0, 70.0, 80.0, 20.0, 20.0, 70.0]),
            annotation(TWO_POINTS, 3, [[120.0, 20.0, 160.0, 60.0]], **box),
            annotation(EMPTY, 3, [], **box),
            drawn(TWICE, 2, ellipse(120, 60.5, 30, 30)),
            drawn(OTHER, 2, ellipse(60, 75.5, 14, 12), category=LID),
            drawn(OUTSIDE, 3, outside),
            annotation(RLE_SIZE, 3, rle([400, 800, 1800], (50, 60)), **box),
            drawn(APART, 4, ellipse(45, 50, 20, 20), ellipse(150, 150, 25, 22)),
        ],
    }


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    return scan(written(tmp_path_factory.mktemp("planted"), dumps(planted())).path).findings


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_found(fault, findings):
    said = {f.rule for f in findings if fault in f.annotation_ids}
    assert [rule for rule in FAULTS[fault] if not any(f.startswith(rule) for f in said)] == []


def test_the_good_one_is_silent(findings):
    assert [f for f in findings if GOOD in f.annotation_ids or f.image_id == 1] == []


def test_nothing_else_is_wrong(findings):
    assert all(f.annotation_ids for f in findings if f.severity != "info")
