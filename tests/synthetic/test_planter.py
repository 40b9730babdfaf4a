"""The planter knows what is near each cell, hands out untouched ones, and keeps records right."""

import numpy as np
import pytest

from audit.synthetic.annotate import ALONE_PX, annotate_scenes
from audit.synthetic.annotation_records import POLYGONS, RLE
from audit.synthetic.cells import CELL, NUCLEUS, Scene

TEXT = """
aabb......................
aabb......................
..........................
..........................
..........................
..........................
..........................
............cc............
............cc............
..........................
..........................
..........................
..........................
..........................
"""


def scene():
    rows = TEXT.split()
    labels = np.array([[" abc".index(c) if c != "." else 0 for c in row] for row in rows], dtype=np.int32)
    rim = np.where(labels > 0, 0.5, 2.0).astype(np.float32)
    return Scene("stained", labels, rim, (CELL, CELL, NUCLEUS))


@pytest.fixture
def planter():
    return annotate_scenes(np.random.default_rng(0), [scene(), scene()])


def test_what_is_near(planter):
    a, b, c = planter.instances[:3]
    assert (a.contacts, b.contacts, c.contacts) == (((1, 2),), ((0, 2),), ())
    assert [i.border for i in (a, b, c)] == [True, True, False]
    assert [i.alone for i in (a, b, c)] == [False, False, True]
    assert [i.area for i in (a, b, c)] == [4, 4, 4]
    assert ALONE_PX == 5
    assert planter.instances[3].contacts == ((4, 2),)


def test_records_are_those_of_the_masks(planter, pixels):
    assert [r["id"] for r in planter.records] == [1, 2, 3, 4, 5, 6]
    assert [r["image_id"] for r in planter.records] == [1, 1, 1, 2, 2, 2]
    for instance in planter.instances:
        record = planter.record(instance)
        drawn = pixels(record["segmentation"], 14, 26)
        assert np.array_equal(drawn, planter.mask(instance))
        assert (record["area"], record["category_id"]) == (4, instance.category_id)


def test_choosing(planter):
    nuclei = []
    while (chosen := planter.choose(lambda i: i.category_id == NUCLEUS, (), ())) is not None:
        nuclei.append(chosen.row)
        planter.take(chosen.row)
    assert sorted(nuclei) == [2, 5]
    assert not planter.is_free(2)
    assert planter.is_free(0)


def test_pictures_with_few_errors_come_first(planter):
    planter.take(0)
    planter.take(1)
    assert planter.choose(lambda _: True, (), ()).image == 1
    assert planter.choose(lambda _: True, {1}, ()).image == 0
    assert planter.choose(lambda i: i.image == 1, {1}, {3, 4}).row == 5


def test_forbidden_pictures(planter):
    planter.reserve([0])
    assert planter.choose(lambda i: i.image == 0, (), ()) is None
    assert planter.choose(lambda i: i.image == 1, (), ()) is not None


@pytest.mark.parametrize("encoding", [POLYGONS, RLE])
def test_redrawing_and_adding(planter, pixels, encoding):
    mask = np.zeros((14, 26), dtype=bool)
    mask[5:9, 3:8] = True
    planter.redraw(planter.instances[2], mask, encoding)
    identity = planter.add(1, CELL, mask, encoding)
    assert identity == 7
    for record, image in ((planter.records[2], 1), (planter.records[-1], 2)):
        assert isinstance(record["segmentation"], dict) is (encoding == RLE)
        assert np.array_equal(pixels(record["segmentation"], 14, 26), mask)
        assert (record["area"], record["bbox"], record["image_id"]) == (20, [3, 5, 5, 4], image)
    assert planter.records[2]["id"] == 3
    assert planter.records[2]["category_id"] == NUCLEUS


def test_deleted_records(planter):
    planter.delete(planter.instances[0])
    with pytest.raises(ValueError, match="annotation 1 was deleted"):
        planter.record(planter.instances[0])
