from dataclasses import fields, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audit.dataset.model import Segmentations
from audit.loaders.concat import concat_annotations
from audit.testing import dataset, scene

SCENES = [dataset(scene(text)).annotations for text in ("aab\n.cc", "a", "....", "ab\nba")]
PLAIN = ("id", "image", "category", "iscrowd", "score", "area", "bbox", "source", "index")


@given(st.lists(st.sampled_from(SCENES), min_size=1, max_size=6))
def test_every_part_is_found_again(parts):
    whole = concat_annotations(iter(parts))
    start = 0
    for part in parts:
        rows = slice(start, start + len(part))
        for name in PLAIN:
            np.testing.assert_array_equal(getattr(whole, name)[rows], getattr(part, name))
        found = whole.segmentation.cut(rows)
        for field in fields(Segmentations):
            np.testing.assert_array_equal(getattr(found, field.name), getattr(part.segmentation, field.name))
        start += len(part)
    assert len(whole) == start


def test_types_stay():
    whole = concat_annotations([SCENES[0], SCENES[1]])
    for name in PLAIN:
        assert getattr(whole, name).dtype == getattr(SCENES[0], name).dtype
    for field in fields(Segmentations):
        dtype = getattr(SCENES[0].segmentation, field.name).dtype
        assert getattr(whole.segmentation, field.name).dtype == dtype


def test_parts_are_left_as_they_are():
    before = replace(SCENES[0], id=SCENES[0].id.copy())
    concat_annotations([SCENES[0], SCENES[3]])
    np.testing.assert_array_equal(SCENES[0].id, before.id)


def test_nothing_is_an_empty_table():
    assert len(concat_annotations(iter([]))) == 0
