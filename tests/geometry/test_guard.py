import numpy as np
import pycocotools.mask as coco
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.geometry import guard
from audit.geometry.guard import AnnotationFault, CountsFault, ImageFault, PolygonFault


def ints(*values):
    return np.array(values, dtype=np.int64)


def flat(rows):
    return ints(*[c for r in rows for c in r]), ints(0, *np.cumsum([len(r) for r in rows]))


def ring_faults(*rings):
    xy = np.array([p for ring in rings for p in ring], dtype=float).reshape(-1, 2)
    start = ints(0, *np.cumsum([len(r) for r in rings]))
    return [PolygonFault(f).name for f in guard.polygon_faults(xy, start)]


TRIANGLE = [(0, 0), (9, 0), (9, 9)]


@pytest.mark.parametrize(
    ("height", "width", "fault"),
    [
        (1, 1, "OK"),
        (131_072, 2_048, "OK"),
        (131_072, 2_049, "LIMIT"),
        (131_073, 1, "LIMIT"),
        (2**32, 2**32, "LIMIT"),
        (2**62, 4, "LIMIT"),
        (70_000, 70_000, "LIMIT"),
        (0, 0, "NONPOSITIVE"),
        (5, 0, "NONPOSITIVE"),
        (-5, 7, "NONPOSITIVE"),
        (-(2**63), 2**63 - 1, "NONPOSITIVE"),
    ],
)
def test_image_sizes(height, width, fault):
    assert [ImageFault(f).name for f in guard.image_size_faults(ints(height), ints(width))] == [fault]


@pytest.mark.parametrize(
    ("ring", "fault"),
    [
        (TRIANGLE, "OK"),
        ([(-5, -5), (-9, 0), (3, 3)], "OK"),
        ([(4, 4)] * 3, "OK"),
        ([], "TOO_FEW"),
        ([(1, 1)], "TOO_FEW"),
        ([(1, 1), (2, 2)], "TOO_FEW"),
        ([(0, 0), (np.nan, 1), (3, 3)], "NONFINITE"),
        ([(0, 0), (np.inf, 1), (-np.inf, 3)], "NONFINITE"),
        ([(0, 0), (1e308, 0), (-1e308, 3)], "RANGE"),
        ([(0, 0), (2e8, 0), (0, 3)], "RANGE"),
        ([(0, 0), (1e7, 0), (0, 3)], "RANGE"),
        ([(0, 0), (1.9e6, 0), (0, 3)], "OK"),
        ([(9e7, 9e7), (9e7, 9e7 + 1), (9e7 + 1, 9e7)], "OK"),
    ],
)
def test_a_ring_is_judged_alone(ring, fault):
    assert ring_faults(TRIANGLE, ring, TRIANGLE) == ["OK", fault, "OK"]


def test_the_closing_edge_counts():
    forth = [(0, 0), (1e6, 0), (2.1e6, 0)]
    assert guard.boundary_points(np.array(forth), ints(0, 3)).tolist() == [21e6]
    assert ring_faults(forth) == ["RANGE"]


@given(
    st.lists(
        st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 2), max_size=5), max_size=5
    )
)
@settings(max_examples=60)
def test_rings_do_not_influence_each_other(rings):
    assert ring_faults(*rings) == [f for ring in rings for f in ring_faults(ring)]


def test_vertices_and_parts_of_one_annotation():
    vertex_start = np.arange(0, 4 * 20_002, 4)
    assert guard.annotation_faults(vertex_start, ints(0, 1, 10_001, 20_001)).tolist() == [0, 0, 0]
    assert guard.annotation_faults(vertex_start, ints(0, 10_001, 20_001)).tolist() == [
        AnnotationFault.PARTS,
        0,
    ]
    big = ints(0, 500_000, 1_000_001)
    assert guard.annotation_faults(big, ints(0, 1, 1, 2)).tolist() == [0, 0, AnnotationFault.VERTICES]


def test_outlines_of_one_annotation_add_up():
    ring = [(0.0, 0.0), (1.5e6, 0.0), (0.0, 1.0)]
    xy, vertex_start = np.array(ring * 3), ints(0, 3, 6, 9)
    assert not guard.polygon_faults(xy, vertex_start).any()
    found = guard.annotation_faults(vertex_start, ints(0, 1, 3, 3), xy)
    assert found.tolist() == [0, AnnotationFault.RANGE, 0]
    xy[0] = np.nan
    assert guard.annotation_faults(vertex_start, ints(0, 1, 3, 3), xy).tolist() == found.tolist()


@pytest.mark.parametrize(
    ("counts", "pixels", "fault"),
    [
        ([5, 2, 2], 9, "OK"),
        ([0, 9], 9, "OK"),
        ([9], 9, "OK"),
        ([], 9, "EMPTY"),
        ([5, -1, 5], 9, "NEGATIVE"),
        ([2**32 + 5], 9, "RANGE"),
        ([2**63 - 1, 2**63 - 1, 11], 9, "RANGE"),
        ([2**32 - 1, 0] * 5, 9, "SUM"),
        ([8], 9, "SUM"),
        ([10], 9, "SUM"),
        ([0] * 50, 9, "SUM"),
    ],
)
def test_run_lists(counts, pixels, fault):
    rows, start = flat([[4], counts, [4]])
    found = guard.counts_faults(rows, start, ints(4, pixels, 4))
    assert [CountsFault(f).name for f in found] == ["OK", fault, "OK"]


def test_sums_do_not_wrap_into_a_pass():
    # 2^32 runs of 2^32 would wrap to 0; each is out of range already, and capped in the sum.
    rows = ints(*[2**62] * 4, 9)
    assert guard.counts_faults(rows, ints(0, 5), ints(9)).tolist() == [CountsFault.RANGE]


def mask_of(runs):
    return np.repeat(np.arange(len(runs)) % 2, runs)


@given(st.lists(st.lists(st.integers(0, 3), max_size=8), max_size=6))
@settings(max_examples=100)
def test_merging_keeps_the_mask_and_leaves_no_inner_zero(rows):
    counts, start = flat(rows)
    merged, merged_start, changed = guard.merge_zero_runs(counts, start)
    for i, before in enumerate(rows):
        after = merged[merged_start[i] : merged_start[i + 1]]
        assert mask_of(before).tolist() == mask_of(after).tolist()
        assert (after[1:] > 0).all()
        assert changed[i] == (after.tolist() != before) == (0 in before[1:])


def test_a_mask_of_zeros_keeps_one_run():
    merged, start, changed = guard.merge_zero_runs(*flat([[0, 0, 0], [], [0, 0, 5]]))
    assert (merged.tolist(), start.tolist(), changed.tolist()) == ([0, 5], [0, 1, 1, 2], [True, False, True])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=10))
@settings(max_examples=60)
def test_merged_runs_are_what_pycocotools_writes(runs):
    pixels = sum(runs)
    if pixels == 0:
        return
    merged, _, _ = guard.merge_zero_runs(*flat([runs]))
    mask = mask_of(runs).astype(np.uint8).reshape(1, pixels)
    expected = coco.encode(np.asfortranarray(mask))["counts"]
    assert coco.frPyObjects({"size": [1, pixels], "counts": merged.tolist()}, 1, pixels)["counts"] == expected
