"""Fixes that change a mask's pixels: exactly the ones that are meant."""

import numpy as np

from audit.fixes.unsafe.cut_merged import cut_along_line, cut_by_watershed
from tests.fixes.conftest import annotation, annotations, as_text, decode, document, draw, polygon

SIZE = (8, 24)
BLOCK = "aaaaaaaaaa..............\n"
EMPTY = "........................\n"


def test_specks_go(mended):
    body = EMPTY * 3 + "...aaaaaaaaaa...........\n" * 6 + EMPTY
    mask = draw(body + "..................aa....\n" + EMPTY * 3) == "a"
    size = (14, 24)
    result = mended(document(size, [annotation(1, mask)]), unsafe=True)
    (record,) = annotations(result)
    assert as_text(record, size) == (body + EMPTY * 4).strip().replace("a", "#")
    assert (record["area"], record["bbox"]) == (60, [3, 3, 10, 6])


def test_a_speck_that_is_a_polygon_of_its_own_goes_and_the_others_stay_as_they_are(mended):
    rings = [[0, 0, 10.25, 0, 10.25, 6, 0, 6], [20, 6, 22, 6, 22, 7, 20, 7]]
    content = document(SIZE, [polygon(1, rings, SIZE)])
    result = mended(content, "mask.fragments", unsafe=True)
    assert annotations(result)[0]["segmentation"] == rings[:1]


def test_pinholes_are_filled_but_not_where_another_mask_is(mended):
    hole = draw(BLOCK * 2 + "aaa.aaaaaa..............\n" + BLOCK * 3 + EMPTY * 2) == "a"
    result = mended(document(SIZE, [annotation(1, hole)]), unsafe=True)
    assert annotations(result)[0]["area"] == 60
    other = draw(EMPTY * 2 + "...b....................\n" + EMPTY * 5) == "b"
    content = document(SIZE, [annotation(1, hole), annotation(2, other)])
    result = mended(content, "mask.holes", unsafe=True)
    assert annotations(result) == content["annotations"]


def test_a_sliver_goes_to_the_annotation_above(mended):
    below = draw(BLOCK * 6 + EMPTY * 2) == "a"
    above = draw((".........bbbbbbbbbbbb...\n") * 6 + EMPTY * 2) == "b"
    content = document(SIZE, [annotation(1, below), annotation(2, above)])
    assert not mended(content, unsafe=True).is_changed, "an info is changed where somebody names its rule"
    result = mended(content, "overlap.sliver", unsafe=True)
    first, second = annotations(result)
    assert np.array_equal(decode(first, SIZE), below & ~above)
    assert second == content["annotations"][1]


def test_a_polygon_is_cut_off_at_the_image(mended):
    rings = [[-9.5, -3, 10, -3, 10, 6, -9.5, 6]]
    content = document(SIZE, [polygon(1, rings, SIZE)])
    result = mended(content, "polygon.outside", unsafe=True)
    (record,) = annotations(result)
    assert min(record["segmentation"][0]) >= 0
    assert np.array_equal(decode(record, SIZE), decode(content["annotations"][0], SIZE))
    assert not [finding for finding in result.after.findings if finding.rule == "polygon.outside"]


def test_what_a_line_takes_off_beyond_the_neck_stays_with_its_part():
    # The right part turns back below the line's end: what is left of the line there still belongs to it.
    mask = draw("aaaaaaaaa\naaaaaaaaa\n.....aaaa\n..aaaaaaa\n..aaaaaaa") == "a"
    parts = cut_along_line(mask, np.array([4.5, 0.0, 4.5, 2.0]))
    assert parts[3, 2] == parts[4, 8] == parts[0, 8] != parts[0, 0]
    assert np.array_equal(parts > 0, mask)


def test_watershed_finds_three_in_a_chain():
    y, x = np.mgrid[:22, :60]
    mask = np.zeros(y.shape, dtype=bool)
    for centre in (11, 29, 47):
        mask |= (y - 11) ** 2 + (x - centre) ** 2 <= 100
    parts = cut_by_watershed(mask, 50)
    assert sorted(np.unique(parts).tolist()) == [0, 1, 2, 3]
    assert np.array_equal(parts > 0, mask)
    assert len({int(parts[11, centre]) for centre in (11, 29, 47)}) == 3
