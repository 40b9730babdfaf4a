"""A case at and one beside every number that divides kinds: the tables are set to it exactly."""

from dataclasses import replace

import numpy as np
import pytest

from audit.detectors.aggregate import MIN_ANNOTATIONS, split_shared_traits
from audit.detectors.base import list_hits
from audit.detectors.category_overlap_rates import MIN_IMAGES, MIN_RATE, MIN_RATE_SAME, CategoryOverlapRates
from audit.detectors.classify_boxes import (
    MISMATCH_PX,
    MISMATCH_SHARE,
    OUTSIDE_PX,
    BoxKind,
    BoxThresholds,
    classify_boxes,
)
from audit.detectors.classify_pairs import (
    CONTAINED_IOA,
    DUPLICATE_IOU,
    HOLE_SHARE,
    SLIVER_DEPTH_PX,
    SLIVER_SHARE,
    SMALL_DUPLICATE_IOU,
    SMALL_PX,
    PairKind,
    classify_pairs,
    find_hole_filler,
)
from audit.detectors.mask import coarse_polygon, sliver_shape
from audit.detectors.polygon.normalised import flag_normalised
from audit.testing import drawn, measured, scene

LITTLE = 1e-6
PAIR = measured(scene("aaaa..", "..bbbb"))


def with_pair(area_px=SMALL_PX, **columns):
    instances = PAIR.instances.assign(area_px=area_px)
    return replace(PAIR, instances=instances, pairs=PAIR.pairs.assign(**columns))


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"iou": DUPLICATE_IOU}, PairKind.DUPLICATE),
        ({"iou": DUPLICATE_IOU - LITTLE}, PairKind.SLIVER),
        ({"ioa_a": CONTAINED_IOA}, PairKind.CONTAINED),
        ({"ioa_a": CONTAINED_IOA - LITTLE}, PairKind.PARTIAL),
        ({"ioa_b": CONTAINED_IOA}, PairKind.CONTAINED),
        ({"depth_px": SLIVER_DEPTH_PX}, PairKind.SLIVER),
        ({"depth_px": SLIVER_DEPTH_PX + 1}, PairKind.PARTIAL),
        ({"ioa_b": SLIVER_SHARE}, PairKind.SLIVER),
        ({"ioa_b": SLIVER_SHARE + LITTLE}, PairKind.PARTIAL),
        ({"intersection_px": 0}, PairKind.APART),
        ({"intersection_px": 1}, PairKind.SLIVER),
    ],
)
def test_kinds_of_pairs(columns, kind):
    thin = {"iou": 0.1, "ioa_a": SLIVER_SHARE, "ioa_b": SLIVER_SHARE, "depth_px": 1}
    assert classify_pairs(with_pair(**(thin | columns))).tolist() == [kind]


@pytest.mark.parametrize(
    ("iou", "area_px", "category", "kind"),
    [
        (SMALL_DUPLICATE_IOU, SMALL_PX - 1, 0, PairKind.DUPLICATE),
        (SMALL_DUPLICATE_IOU - LITTLE, SMALL_PX - 1, 0, PairKind.SLIVER),
        (SMALL_DUPLICATE_IOU, SMALL_PX, 0, PairKind.SLIVER),
        (SMALL_DUPLICATE_IOU, SMALL_PX - 1, [0, 1], PairKind.SLIVER),
    ],
)
def test_small_masks_of_one_category_are_duplicates_sooner(iou, area_px, category, kind):
    m = with_pair(area_px, iou=iou, ioa_a=SLIVER_SHARE, ioa_b=SLIVER_SHARE, depth_px=1)
    m = replace(m, instances=m.instances.assign(category=category))
    assert classify_pairs(m).tolist() == [kind]


@pytest.mark.parametrize("inner", [0, 1])
@pytest.mark.parametrize(
    ("hole_share", "hole_px", "inner_area", "fills"),
    [
        (HOLE_SHARE, 100, 100, True),
        (HOLE_SHARE - LITTLE, 1000, 100, False),
        (0.6, 100, 120, True),  # exactly half of the filler lies in the hole
        (0.6, 100, 121, False),
    ],
)
def test_a_filler_covers_half_of_the_hole_and_lies_in_it_by_half(
    inner, hole_share, hole_px, inner_area, fills
):
    outer = 1 - inner
    shares = {f"hole_share_{'ab'[outer]}": hole_share, f"hole_share_{'ab'[inner]}": 0.0}
    area, hole = np.full(2, 1000), np.zeros(2, dtype=np.int64)
    area[inner], hole[outer] = inner_area, hole_px
    m = with_pair(**shares)
    m = replace(m, instances=m.instances.assign(area_px=area, hole_px=hole))
    assert find_hole_filler(m).tolist() == [inner if fills else -1]


MASK = "." * 17 + "a" * 26 + "." * 21 + "\n"
LINE = "." * 64 + "\n"
CENTRED = LINE * 12 + MASK * 24 + LINE * 12  # xywh 17, 12, 26, 24
AT_RIGHT = LINE * 12 + f"{'.' * 38}{'a' * 26}\n" * 24 + LINE * 12  # xywh 38, 12, 26, 24
IN_CORNER = LINE * 24 + f"{'.' * 38}{'a' * 26}\n" * 24  # xywh 38, 24, 26, 24
AT_ORIGIN = f"{'a' * 26}{'.' * 38}\n" * 24 + LINE * 24  # xywh 0, 0, 26, 24
WHOLE = f"{'a' * 64}\n" * 48


def box_kind(layer, box, thresholds=None):
    return BoxKind(classify_boxes(measured(scene(layer, boxes={"a": box})), thresholds).kind[0])


@pytest.mark.parametrize("edge", range(4))
@pytest.mark.parametrize("sign", [-1, 1])
def test_an_edge_may_lie_off_by_pixels_and_by_a_share(edge, sign):
    only_px, only_share = BoxThresholds(mismatch_share=0.0), BoxThresholds(mismatch_px=0.0)

    def moved(distance):
        edges = np.array([17.0, 12.0, 43.0, 36.0])
        edges[edge] += sign * distance
        return (*edges[:2], *(edges[2:] - edges[:2]))

    side = (26, 24)[edge % 2]
    assert box_kind(CENTRED, moved(MISMATCH_PX), only_px) is BoxKind.FITS
    assert box_kind(CENTRED, moved(MISMATCH_PX + 0.01), only_px) is BoxKind.MISMATCH
    assert box_kind(CENTRED, moved(MISMATCH_SHARE * side - LITTLE), only_share) is BoxKind.FITS
    assert box_kind(CENTRED, moved(MISMATCH_SHARE * side + LITTLE), only_share) is BoxKind.MISMATCH
    both = MISMATCH_PX + MISMATCH_SHARE * side
    assert box_kind(CENTRED, moved(both - LITTLE)) is BoxKind.FITS
    assert box_kind(CENTRED, moved(both + LITTLE)) is BoxKind.MISMATCH


def test_a_box_may_leave_the_image_a_little():
    assert box_kind(AT_RIGHT, (38, 12, 26 + OUTSIDE_PX, 24)) is BoxKind.FITS
    assert box_kind(AT_RIGHT, (38, 12, 26 + OUTSIDE_PX + 0.01, 24)) is BoxKind.OUTSIDE


def test_another_format_is_tried_unless_the_box_fits_and_lies_inside():
    assert box_kind(AT_ORIGIN, (0, 0, 26, 24)) is BoxKind.FITS  # two corners say the same
    assert box_kind(IN_CORNER, (38, 24, 64, 48)) is BoxKind.CORNERS  # cut at the image, it would fit as well


@pytest.mark.parametrize(("share", "kind"), [(1.01, BoxKind.SHARES), (1.011, BoxKind.MISMATCH)])
def test_shares_exceed_one_by_a_rounding_at_most(share, kind):
    assert box_kind(WHOLE, (0, 0, share, share)) is kind


@pytest.mark.parametrize(
    ("largest", "side", "normalised"), [(1.0, 8, True), (1.01, 8, False), (1.0, 7, False)]
)
def test_a_polygon_in_shares(largest, side, normalised):
    m = measured(drawn(4, side, {"a": [[(0, 0), (largest, 0), (largest, 1)]]}))
    assert flag_normalised(m).tolist() == [normalised]


@pytest.mark.parametrize(("flagged", "shared"), [(MIN_ANNOTATIONS, True), (MIN_ANNOTATIONS - 1, False)])
def test_a_trait_of_a_category_needs_a_number(flagged, shared):
    flags = np.arange(400) < flagged
    category = (np.arange(400) >= flagged).astype(np.int64)
    traits, single = split_shared_traits(flags, np.ones(400, dtype=bool), category, 0.3)
    assert [trait.category for trait in traits] == ([0] if shared else [])
    assert len(single) == (0 if shared else flagged)


@pytest.mark.parametrize(("size", "shared"), [(40, False), (39, True)])
def test_a_trait_of_a_category_is_that_of_more_than_a_share(size, shared):
    flags = np.arange(400) < MIN_ANNOTATIONS
    category = (np.arange(400) >= size).astype(np.int64)
    assert bool(split_shared_traits(flags, np.ones(400, dtype=bool), category, 0.5)[0]) is shared


@pytest.mark.parametrize(
    ("categories", "images", "low", "habitual"),
    [
        ((0, 1), MIN_IMAGES, MIN_RATE, True),
        ((0, 1), MIN_IMAGES - 1, MIN_RATE, False),
        ((0, 1), MIN_IMAGES, MIN_RATE - LITTLE, False),
        ((1, 1), MIN_IMAGES, MIN_RATE_SAME, True),
        ((1, 1), MIN_IMAGES, MIN_RATE_SAME - LITTLE, False),
    ],
)
def test_a_habit_of_two_categories(categories, images, low, habitual):
    numbers = [np.array([value]) for value in (*categories, 10, images, 12, 0.6, low, 0.9)]
    assert CategoryOverlapRates(*numbers).flag_habitual().tolist() == [habitual]


FINE = [
    drawn(
        40,
        40,
        {"a": [[(20 + 15 * np.cos(t), 20 + 15 * np.sin(t)) for t in np.linspace(k / 50, k / 50 + 6.02, 24)]]},
    )
    for k in range(20)
]
COARSE = measured(*FINE, drawn(40, 40, {"a": [[(8, 8), (30, 9), (30, 30), (8, 30)]]}))


@pytest.mark.parametrize(
    ("side", "area", "rectangle"), [(10, 97, True), (10, 96, False), (4, 16, True), (3, 9, False)]
)
def test_an_upright_rectangle_is_filled_and_has_some_pixels(side, area, rectangle):
    instances = COARSE.instances.copy()
    instances.loc[20, ["w", "h", "area_px"]] = (side, side, area)
    (hit,) = list_hits(coarse_polygon.detect(replace(COARSE, instances=instances), coarse_polygon.Options()))
    assert hit.instances == (20,)
    assert (hit.severity == "info") is rectangle


@pytest.mark.parametrize(("usual_area", "found"), [(59, 0), (60, 1)])
def test_a_streak_is_four_least_deviations_longer_than_usual(usual_area, found):
    """Length over width is a quarter of the squared perimeter over the area: 40 px against 40 exp(0.4)."""
    streak = measured(*[scene("." * 42 + f"\n.{'a' * 40}.\n" + "." * 42)] * 21)
    area = np.r_[np.full(20, usual_area), 40]
    m = replace(streak, instances=streak.instances.assign(area_px=area, perimeter_px=82))
    hits = list_hits(sliver_shape.detect(m, sliver_shape.Options(max_width=1.9)))
    assert [tuple(hit.instances) for hit in hits] == [(20,)] * found
