"""Shards: every annotation of a known image once, whole images together, in the tables' order."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audit.dataset.model import Images, empty_dataset, empty_segmentations
from audit.dataset.shard import instance_order, instance_rows, split_shards


def dataset(image, ids=None, images=4):
    """Make annotations without masks on these images."""
    n = len(image)
    count = np.arange(images, dtype=np.int64)
    zeros = np.zeros(n, dtype=np.int64)
    empty = empty_dataset()
    a = replace(
        empty.annotations,
        id=np.array(ids if ids is not None else range(n), dtype=np.int64),
        image=np.array(image, dtype=np.int64),
        category=zeros - 1,
        iscrowd=zeros > 0,
        score=zeros + np.nan,
        area=zeros + np.nan,
        bbox=np.full((n, 4), np.nan),
        source=zeros,
        index=np.arange(n, dtype=np.int64),
        segmentation=empty_segmentations(n),
    )
    names = tuple(f"{k}.png" for k in range(images))
    return replace(
        empty, images=Images(count + 1, names, count + 10, count + 20, count * 0, count), annotations=a
    )


def test_rows_of_the_table_are_the_inverse_of_its_order():
    d = dataset([1, 0, -1, 0], [3, 1, 2, 0])
    assert instance_order(d).tolist() == [3, 1, 0, 2]
    assert instance_rows(d).tolist() == [2, 1, 3, 0]


def test_images_are_never_cut():
    parts = list(split_shards(dataset([0, 1, 0, 1, 0, 2]), shard_size=2))
    assert [part.rows.tolist() for part in parts] == [[0, 2, 4], [1, 3], [5]]
    assert [part.height.tolist() for part in parts] == [[10] * 3, [11] * 2, [12]]
    assert [part.width.tolist() for part in parts] == [[20] * 3, [21] * 2, [22]]


def test_sorted_by_image_then_id_then_place_in_the_file():
    d = dataset([1, 0, 1, 1, 0], ids=[7, 3, 5, 5, 1])
    assert instance_order(d).tolist() == [4, 1, 2, 3, 0]
    (part,) = split_shards(d)
    assert part.rows.tolist() == [4, 1, 2, 3, 0]


def test_annotations_of_no_image_come_last_and_in_no_shard():
    d = dataset([-1, 0, -1])
    assert instance_order(d).tolist() == [1, 0, 2]
    assert [part.rows.tolist() for part in split_shards(d)] == [[1]]
    assert list(split_shards(dataset([-1, -1]))) == []


def test_taking_some():
    (part,) = split_shards(dataset([0, 0, 1]))
    some = part.take(np.array([0, 2]))
    assert (len(some), some.rows.tolist(), some.image.tolist()) == (2, [0, 2], [0, 1])


@given(st.lists(st.integers(-1, 3), max_size=30), st.integers(1, 40))
def test_every_annotation_is_in_one_shard(image, size):
    d = dataset(image)
    parts = list(split_shards(d, size))
    rows = [row for part in parts for row in part.rows.tolist()]
    assert rows == [row for row in instance_order(d).tolist() if image[row] >= 0]
    homes = [set(part.image.tolist()) for part in parts]
    assert sum(map(len, homes)) == len(set().union(*homes))
    assert all(part.rows.size for part in parts)
    # A shard is no larger than asked for, but for its last image.
    for part in parts:
        assert np.sum(part.image != part.image[-1]) < size
