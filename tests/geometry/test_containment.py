import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audit.geometry import containment as module
from audit.geometry.containment import build_containment
from audit.geometry.max_inscribed_square import largest_inscribed_square
from audit.geometry.overlap import count_intersections
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import dense_to_runs
from audit.geometry.shape import measure_areas

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6)))


@st.composite
def forests(draw):
    """Masks, and for each one that may hold it: later in the order of (area, position), or none."""
    masks = draw(MASKS)
    order = np.lexsort((np.arange(len(masks)), masks.sum(axis=(1, 2))))
    holder = np.full(len(masks), -1)
    for rank, mask in enumerate(order.tolist()):
        later = [-1, *order[rank + 1 :].tolist()]
        holder[mask] = draw(st.sampled_from(later))
    return masks, holder


def built(masks, holder):
    runs = dense_to_runs(masks)
    indexed = IndexedRuns.of(runs)
    return build_containment(
        runs, measure_areas(runs), holder, lambda a, b: count_intersections(indexed, indexed, a, b)
    )


def inside(masks, holder, a, b):
    """Follow the holders from a upwards as long as each really holds the one before."""
    while a != b:
        above = holder[a]
        if above < 0 or (masks[a] & ~masks[above]).any():
            return False
        a = above
    return True


@given(forests())
def test_says_what_follows_from_the_comparisons(forest):
    masks, holder = forest
    found = built(masks, holder)
    a, b = (v.ravel() for v in np.indices((len(masks), len(masks))))
    got = found.inside(a, b)
    assert got.tolist() == [inside(masks, holder, i, j) for i, j in zip(a.tolist(), b.tolist(), strict=True)]
    assert not (masks[a[got]] & ~masks[b[got]]).any()


@given(forests())
def test_depths_of_those_that_lie_in_another(forest):
    masks, holder = forest
    expected = largest_inscribed_square(dense_to_runs(masks))
    held = [holder[k] >= 0 and inside(masks, holder, k, holder[k]) for k in range(len(masks))]
    assert built(masks, holder).depth.tolist() == np.where(held, expected, 0).tolist()


def test_sixty_levels(monkeypatch):
    masks = np.tri(60, 60, dtype=bool)[:, None, :]
    holder = np.r_[np.arange(1, 60), -1]
    monkeypatch.setattr(module, "_BATCH", 7)
    found = built(masks, holder)
    assert found.inside(np.arange(59), np.full(59, 59)).all()
    assert not found.inside(np.full(59, 59), np.arange(59)).any()
    assert found.depth.tolist() == [1] * 59 + [0]
