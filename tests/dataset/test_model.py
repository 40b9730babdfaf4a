"""Flat arrays of masks: selecting rows keeps each row's own rings and runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.dataset.model import MaskKind, Segmentations, empty_dataset, empty_segmentations


def of(*masks):
    """Make segmentations: a list of rings is polygons, a tuple is runs, None is nothing."""
    rings = [ring for mask in masks if isinstance(mask, list) for ring in mask]
    runs = [mask if isinstance(mask, tuple) else () for mask in masks]
    kinds = {list: MaskKind.POLYGON, tuple: MaskKind.RLE, type(None): MaskKind.NONE}

    def starts(lengths):
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    return Segmentations(
        np.array([kinds[type(mask)] for mask in masks], dtype=np.uint8),
        starts([len(mask) if isinstance(mask, list) else 0 for mask in masks]),
        starts([len(ring) for ring in rings]),
        np.array([point for ring in rings for point in ring], dtype=np.float64).reshape(-1, 2),
        starts([len(run) for run in runs]),
        np.array([count for run in runs for count in run], dtype=np.uint32),
    )


def plain(s):
    """Read segmentations back."""
    masks = []
    for i, kind in enumerate(s.kind.tolist()):
        if kind == MaskKind.RLE:
            masks.append(tuple(s.counts[s.count_start[i] : s.count_start[i + 1]].tolist()))
        elif kind == MaskKind.POLYGON:
            rings = range(s.ring_start[i], s.ring_start[i + 1])
            masks.append(
                [[tuple(p) for p in s.xy[s.vertex_start[r] : s.vertex_start[r + 1]].tolist()] for r in rings]
            )
        else:
            masks.append(None)
    return masks


A = [[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)]]
B = [[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0)], [(5.0, 5.0), (6.0, 5.0), (6.0, 6.0), (5.0, 6.0)]]
MASKS = (A, (3, 2, 4), None, B, (0, 9))


@pytest.mark.parametrize("rows", [[], [0], [3, 1], [4, 3, 2, 1, 0], [3, 3, 1, 1]])
def test_take(rows):
    assert plain(of(*MASKS).take(np.array(rows, dtype=np.int64))) == [MASKS[row] for row in rows]


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (1, 4), (2, 2), (4, 5), (0, 0), (5, 5)])
def test_cut(start, stop):
    cut = of(*MASKS).cut(slice(start, stop))
    assert plain(cut) == list(MASKS[start:stop])
    assert cut.ring_start[0] == cut.count_start[0] == 0
    assert cut.vertex_start[0] == 0


def test_cutting_copies_no_vertex():
    whole = of(*MASKS)
    assert np.shares_memory(whole.cut(slice(3, 5)).xy, whole.xy)


masks = st.lists(
    st.none()
    | st.lists(st.integers(0, 9), min_size=1, max_size=4).map(tuple)
    | st.lists(
        st.lists(st.tuples(*[st.integers(0, 9).map(float)] * 2), min_size=3, max_size=5),
        min_size=1,
        max_size=3,
    ),
    max_size=8,
)


@given(masks, st.data())
def test_any_rows_of_any_masks(drawn, data):
    whole = of(*drawn)
    assert plain(whole) == drawn
    rows = data.draw(st.lists(st.integers(0, len(drawn) - 1), max_size=9)) if drawn else []
    assert plain(whole.take(np.array(rows, dtype=np.int64))) == [drawn[row] for row in rows]
    start = data.draw(st.integers(0, len(drawn)))
    stop = data.draw(st.integers(start, len(drawn)))
    assert plain(whole.cut(slice(start, stop))) == drawn[start:stop]


def test_empty():
    assert plain(empty_segmentations(2)) == [None, None]
    d = empty_dataset()
    assert (len(d.images), len(d.categories), len(d.annotations)) == (0, 0, 0)
    assert len(d.annotations.segmentation) == 0
