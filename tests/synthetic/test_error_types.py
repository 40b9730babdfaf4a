"""Each error_type of planted error does to its annotation what it says."""

import numpy as np
import pytest
import shapely

from audit.synthetic.annotate import annotate_scenes
from audit.synthetic.cells import make_scene
from audit.synthetic.error_types import ErrorType, plant_errors
from audit.synthetic.make import ERROR_TYPES


@pytest.fixture(scope="module")
def home(spoiled):
    """Return a function: the size of the picture of a planted error."""

    def size(planted):
        image = spoiled.image(planted.file_name)
        return image["height"], image["width"]

    return size


@pytest.fixture(scope="module")
def masks(spoiled, home, pixels):
    """Return a function: the masks of the annotations that a planted error names."""

    def draw(planted):
        return [pixels(a["segmentation"], *home(planted)) for a in spoiled.named(planted)]

    return draw


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize("rule", ["overlap.duplicate", "overlap.duplicate_other_category"])
def test_duplicates(spoiled, masks, rule):
    for planted in spoiled.of(rule):
        one, other = masks(planted)
        assert 0.85 < iou(one, other) < 1
        categories = {a["category_id"] for a in spoiled.named(planted)}
        assert len(categories) == (1 if rule == "overlap.duplicate" else 2)


def test_exact_copies(spoiled, masks):
    for planted in spoiled.of("annotation.duplicate"):
        one, other = masks(planted)
        assert np.array_equal(one, other)


def test_contained(spoiled, masks):
    for planted in spoiled.of("overlap.contained"):
        sizes = sorted(masks(planted), key=np.sum)
        assert not (sizes[0] & ~sizes[1]).any()
        assert iou(*sizes) < 0.5


def test_partial_and_sliver(spoiled, masks):
    for rule, least, most in (("overlap.partial", 0.1, 0.9), ("overlap.sliver", 0.0, 0.2)):
        for planted in spoiled.of(rule):
            one, other = masks(planted)
            share = (one & other).sum() / min(one.sum(), other.sum())
            assert least < share < most, (rule, share)


def test_tiny_fragments_holes(spoiled, masks):
    from scipy import ndimage

    for planted in spoiled.of("mask.tiny"):
        assert masks(planted)[0].sum() < 20
    for planted in spoiled.of("mask.fragments"):
        assert ndimage.label(masks(planted)[0])[1] > 1
    for planted in spoiled.of("mask.holes"):
        (mask,) = masks(planted)
        assert (ndimage.binary_fill_holes(mask) & ~mask).any()


def test_polygons(spoiled):
    def rings(rule):
        for planted in spoiled.of(rule):
            for record in spoiled.named(planted):
                yield record["segmentation"]

    assert all(any(len(ring) % 2 for ring in s) for s in rings("polygon.odd"))
    assert all(any(len(ring) == 4 for ring in s) for s in rings("polygon.too_few"))
    for s in rings("polygon.self_intersection"):
        assert any(not shapely.Polygon(np.reshape(ring, (-1, 2))).is_valid for ring in s)
    for s in rings("polygon.zero_area"):
        assert any(shapely.Polygon(np.reshape(ring, (-1, 2))).area == 0 for ring in s)
    for s in rings("polygon.duplicate_part"):
        assert len({tuple(ring) for ring in s}) < len(s)
    assert all(max(map(max, s)) <= 1 for s in rings("polygon.normalised"))


def test_records(spoiled):
    def named(rule):
        return [a for planted in spoiled.of(rule) for a in spoiled.named(planted)]

    assert all(a["area"] < 0 for a in named("area.negative"))
    assert all(a["iscrowd"] == 2 for a in named("iscrowd.value"))
    assert all(a["segmentation"] == [] for a in named("segm.empty"))
    assert all("segmentation" not in a for a in named("segm.missing"))
    assert all(min(a["bbox"][2:]) <= 0 for a in named("bbox.nonpositive"))
    images = {i["id"] for i in spoiled.document["images"]}
    assert all(a["image_id"] not in images for a in named("ref.image"))
    categories = {c["id"] for c in spoiled.document["categories"]}
    assert all(a["category_id"] not in categories for a in named("ref.category"))


@pytest.fixture
def planter():
    rng = np.random.default_rng(1)
    return annotate_scenes(rng, [make_scene(rng, "fluorescence"), make_scene(rng, "stained")])


def test_planting_takes_each_victim_once(planter):
    taken = []

    def spoil(on, victim):
        taken.append(victim.row)
        return ((victim.row + 1,), "spoiled")

    types = [
        ErrorType("mask.tiny", 200, lambda _: True, spoil),
        ErrorType("mask.holes", 100, lambda _: True, spoil),
    ]
    answers = list(plant_errors(planter, types, ["a.png", "b.png"]))
    assert [a.rule for a in answers] == ["mask.tiny"] * 10 + ["mask.holes"] * 5
    assert len(set(taken)) == len(taken)
    assert {a.file_name for a in answers} == {"a.png", "b.png"}


def test_victims_that_do_not_work_are_passed_over(planter):
    tried = []

    def spoil(on, victim):
        tried.append(victim.row)
        return ((victim.row + 1,), "spoiled") if len(tried) > 2 else None

    (answer,) = plant_errors(planter, [ErrorType("mask.tiny", 20, lambda _: True, spoil)], ["a.png", "b.png"])
    assert len(tried) == 3
    assert answer.annotation_ids == (tried[-1] + 1,)
    assert planter.is_free(tried[0])
    assert not planter.is_free(tried[-1])


def test_no_victim_at_all(planter):
    with pytest.raises(ValueError, match=r"no instance suits mask\.tiny: make more pictures"):
        list(
            plant_errors(
                planter, [ErrorType("mask.tiny", 1, lambda _: False, lambda *_: None)], ["a.png", "b.png"]
            )
        )


def test_error_types_have_rules_of_their_own():
    assert len({(error_type.rule, error_type.plant) for error_type in ERROR_TYPES}) == len(ERROR_TYPES)
    assert all(error_type.count > 0 for error_type in ERROR_TYPES)
