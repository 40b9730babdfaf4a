import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.dataset.shard import split_shards
from audit.measure.schema import INSTANCES, PAIRS
from audit.measure.shard import measure_masks, measure_shard, split_image_blocks
from audit.testing import dataset, drawn, measured, scene

RING = scene("aaaaaa\na....a\na.bb.a\na....a\naaaaaa\n......")
PARTS = scene("aaa....aa.\naaa....aa.\n..........")
SQUARE = drawn(20, 30, {"a": [[(2, 2), (22, 2), (22, 12), (2, 12)]]})


def row(*scenes, at=0):
    return measured(*scenes).instances.iloc[at].to_dict()


def of(values, *names):
    return tuple(values[name] for name in names)


def test_a_ring_and_what_lies_in_it():
    m = measured(RING)
    ring, inner = (m.instances.iloc[k].to_dict() for k in (0, 1))
    assert of(ring, "area_px", "x", "y", "w", "h") == (18, 0, 0, 6, 5)
    assert of(ring, "parts", "holes", "hole_px", "smallest_hole_px") == (1, 1, 12, 12)
    assert of(ring, "perimeter_px", "hull_px", "solidity", "border") == (36, 30.0, 0.6, True)
    assert of(inner, "area_px", "holes", "border", "solidity") == (2, 0, False, 1.0)
    (pair,) = m.pairs.to_dict("records")
    assert of(pair, "a", "b", "intersection_px", "gap_px", "contact_px") == (0, 1, 0, 1, 0)
    assert of(pair, "hole_share_a", "hole_share_b") == (2 / 12, 0.0)


def test_parts_and_the_gap_between_them():
    found = row(PARTS)
    assert of(found, "parts", "largest_part_px", "smallest_part_px", "part_gap_px") == (2, 6, 4, 4)
    assert row(scene("aaa"))["part_gap_px"] == 0


def test_a_polygon_is_described_and_rle_is_not():
    polygon, rle = row(SQUARE), row(scene("aa"))
    assert of(polygon, "segmentation", "rings", "vertices", "outline_px", "longest_edge_px") == (
        1,
        1,
        4,
        60.0,
        20.0,
    )
    assert polygon["max_abs_coordinate"] == 22.0
    assert of(rle, "segmentation", "rings", "vertices", "outline_px") == (2, 0, 0, 0.0)
    assert np.isnan(rle["max_abs_coordinate"])


@pytest.mark.parametrize(
    ("layer", "border"),
    [("...\n.a.\n...", False), ("a..\n...\n...", True), ("...\n...\n..a", True), ("...\na..\n...", True)],
)
def test_the_border_of_the_image(layer, border):
    assert row(scene(layer))["border"] == border


def test_an_overlap_is_measured_from_both_sides():
    (pair,) = measured(scene("aaaa....", "..bbbbbb")).pairs.to_dict("records")
    assert of(pair, "intersection_px", "depth_px", "gap_px", "contact_px") == (2, 1, 0, 0)
    assert of(pair, "iou", "ioa_a", "ioa_b") == (2 / 8, 0.5, 2 / 6)


def test_masks_without_pixels_have_a_row_and_no_pair():
    m = measured(drawn(9, 9, {"a": [[(20, 20), (30, 20), (30, 30)]], "b": [[(1, 1), (8, 1), (8, 8)]]}))
    assert m.instances["area_px"].tolist()[0] == 0
    assert of(m.instances.iloc[0], "solidity", "parts", "mask_hash", "w", "h", "border") == (
        0,
        0,
        0,
        0,
        0,
        False,
    )
    assert len(m.pairs) == 0


def test_every_measured_column_has_its_type_and_length():
    (shard,) = split_shards(dataset(RING, PARTS, SQUARE))
    found = measure_shard(shard)
    given_elsewhere = {
        "image",
        "image_id",
        "annotation_id",
        "source",
        "index",
        "category",
        "category_id",
        "iscrowd",
    }
    given_elsewhere |= {"merge_score", "declared_area", *(f"declared_{c}" for c in "xywh")}
    given_elsewhere |= {name for name in INSTANCES if name.startswith("edge_")}  # from the pictures
    assert set(found.instances) == set(INSTANCES) - given_elsewhere
    assert set(found.pairs) == set(PAIRS) - {
        "image",
        "image_id",
        "annotation_id_a",
        "annotation_id_b",
        "split_score",
    }
    assert {len(v) for v in found.instances.values()} == {len(shard)}


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 12))
def test_blocks_are_whole_images_and_hold_all(images, size):
    image = np.sort(np.array(images, dtype=np.int64))
    parts = list(split_image_blocks(image, size))
    assert [k for part in parts for k in range(part.start, part.stop)] == list(range(len(image)))
    for part in parts:
        inside = image[part]
        assert len(inside) <= size or len(set(inside.tolist())) == 1
        assert not set(inside.tolist()) & set(image[part.stop :].tolist())


@settings(max_examples=15)
@given(st.permutations([RING, PARTS, SQUARE, scene("aabb", ".cc."), scene("...")]), st.integers(1, 4))
def test_the_size_of_blocks_changes_nothing(scenes, size):
    expected = measured(*scenes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit.measure.shard.split_image_blocks", lambda image: split_image_blocks(image, size))
        small = measured(*scenes)
    assert small.instances.equals(expected.instances)
    assert small.pairs.equals(expected.pairs)


def test_blocks_side_by_side_give_the_tables_of_one_thread(monkeypatch):
    (shard,) = split_shards(dataset(*[RING, PARTS, SQUARE, scene("aabb", ".cc.")] * 3))
    expected = measure_shard(shard)
    monkeypatch.setattr("audit.measure.shard.split_image_blocks", lambda image: split_image_blocks(image, 3))
    side_by_side = measure_shard(shard, threads=2)
    for name in ("instances", "pairs", "shapes", "unions", "cuts"):
        for column, value in getattr(expected, name).items():
            np.testing.assert_array_equal(getattr(side_by_side, name)[column], value)


def test_without_a_look_at_forms_all_else_is_the_same():
    (shard,) = split_shards(dataset(RING, PARTS, SQUARE))
    full, plain = measure_shard(shard), measure_masks(shard)
    for name in ("instances", "pairs"):
        for column, value in getattr(full, name).items():
            np.testing.assert_array_equal(value, getattr(plain, name)[column])
    assert set(plain.shapes) == set(full.shapes)
    assert not any(value.any() for value in plain.shapes.values())
    assert len(plain.unions["pair"]) == len(plain.cuts["instance"]) == 0
