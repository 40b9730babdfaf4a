"""Fixes of how a mask is written: its pixels stay."""

import numpy as np
import pycocotools.mask as coco
import pytest

from tests.fixes.conftest import annotation, annotations, decode, document, draw, polygon

SIZE = (8, 10)
SQUARE = [1.0, 1.0, 5.0, 1.0, 5.0, 5.0, 1.0, 5.0]


def only(result, size=SIZE):
    (record,) = annotations(result)
    return record, decode(record, size)


def test_repeated_points_go_and_numbers_stay_as_they_are_written(mended):
    record = polygon(1, [[1, 1, 1, 1, 5.50, 1, 5.5, 5, 5.5, 5, 1, 5]], SIZE)
    content = document(SIZE, [record])
    result = mended(content)
    written, mask = only(result)
    assert written["segmentation"] == [[1, 1, 5.5, 1, 5.5, 5, 1, 5]]
    assert np.array_equal(mask, decode(record, SIZE))
    assert result.n_decoded == 1


@pytest.mark.parametrize("needless", [[6.0, 6.0, 6.0, 6.0, 6.0, 6.0], SQUARE, SQUARE[4:] + SQUARE[:4]])
def test_needless_parts_go_where_the_mask_stays(mended, needless):
    record = polygon(1, [SQUARE, needless], SIZE)
    written, mask = only(mended(document(SIZE, [record]), "polygon"))
    assert written["segmentation"] == [SQUARE]
    assert np.array_equal(mask, decode(record, SIZE))


def test_a_flat_part_that_draws_pixels_is_left(mended):
    record = polygon(1, [SQUARE, [6.0, 2.0, 9.0, 2.0, 7.0, 2.0]], SIZE)
    if np.array_equal(decode(record, SIZE), decode(polygon(1, [SQUARE], SIZE), SIZE)):
        record = polygon(1, [SQUARE, [6.0, 2.0, 9.0, 6.0, 7.5, 4.0]], SIZE)
    result = mended(document(SIZE, [record]), "polygon.zero_area")
    assert result.is_changed == np.array_equal(decode(record, SIZE), decode(polygon(1, [SQUARE], SIZE), SIZE))


def test_a_polygon_that_is_flat_altogether_is_left(mended):
    record = annotation(1, draw("..........\n" * 7 + "a.........") == "a", segmentation=[[1, 1, 1, 1, 1, 1]])
    result = mended(document(SIZE, [record]), "polygon")
    assert not result.is_changed
    assert result.skipped[0].reason == "nothing would be left of it"


@pytest.mark.parametrize("as_text", [False, True])
def test_rle_is_encoded_again_in_its_own_form(mended, as_text):
    mask = draw("..........\n.aa.......\n" + "..........\n" * 6) == "a"
    counts = [9, 0, 0, 1, 7, 1, 62]
    segmentation = {"size": [8, 10], "counts": "90017" + "1n1" if as_text else counts}
    if as_text:
        segmentation["counts"] = coco.frPyObjects({"size": [8, 10], "counts": counts}, 8, 10)[
            "counts"
        ].decode()
    result = mended(document(SIZE, [annotation(1, mask, segmentation=segmentation)]))
    record, drawn = only(result)
    assert isinstance(record["segmentation"]["counts"], str if as_text else list)
    assert not result.after.findings or all(f.rule != "rle.noncanonical" for f in result.after.findings)
    assert np.array_equal(drawn, mask)
