import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from audit.geometry import gap_and_contact
from audit.geometry.gap_and_contact import REACH, measure_gaps_and_contacts
from audit.geometry.run_intersections import IndexedRuns
from audit.geometry.runs import dense_to_runs

LABELS = arrays(np.int8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 4))


def parts(label):
    """Masks that share no pixel: one a number."""
    return label[None] == np.arange(1, 5)[:, None, None]


def measured(masks):
    n = len(masks)
    a, b = np.nonzero(~np.eye(n, dtype=bool))
    gap, edges = measure_gaps_and_contacts(IndexedRuns.of(dense_to_runs(masks)), a, b)
    return {
        pair: (g, e)
        for *pair, g, e in zip(a.tolist(), b.tolist(), gap.tolist(), edges.tolist(), strict=True)
        for pair in [tuple(pair)]
    }


def gap_by_brute_force(one, other):
    if not one.any() or not other.any():
        return REACH
    return min(int(cdist(np.argwhere(one), np.argwhere(other), "chebyshev").min()) - 1, REACH)


def edges_by_brute_force(one, other):
    return sum(
        int((x[:-1] & y[1:]).sum() + (x[:, :-1] & y[:, 1:]).sum()) for x, y in ((one, other), (other, one))
    )


@given(LABELS)
def test_agrees_with_brute_force(label):
    masks = parts(label)
    for (a, b), (gap, edges) in measured(masks).items():
        assert gap == gap_by_brute_force(masks[a], masks[b])
        assert edges == edges_by_brute_force(masks[a], masks[b])


@given(LABELS)
def test_order_and_turning_do_not_count(label):
    found = measured(parts(label))
    assert found == {(b, a): value for (a, b), value in found.items()}
    assert found == measured(parts(label.T))
    assert found == measured(parts(label[::-1, ::-1]))
    assert found == measured(parts(np.pad(label, ((2, 1), (3, 1)))))


@pytest.mark.parametrize(
    ("rows", "gap", "edges"),
    [
        (["aabb"], 0, 1),
        (["aab", "aab", "bbb"], 0, 4),
        (["a.", ".b"], 0, 0),
        (["a.b"], 1, 0),
        (["a..b"], 2, 0),
        (["a...b"], REACH, 0),
        (["a..", "...", "..b"], 1, 0),
        (["a", ".", ".", "b"], 2, 0),
        (["aaa", "a.a", "aba"], 0, 2),
    ],
)
def test_known_neighbours(rows, gap, edges):
    cells = np.array([list(row) for row in rows])
    assert measured(np.stack([cells == "a", cells == "b"]))[0, 1] == (gap, edges)


def test_batches_change_nothing(monkeypatch):
    masks = parts(np.random.default_rng(3).integers(0, 5, (20, 20)))
    whole = measured(masks)
    monkeypatch.setattr(gap_and_contact, "_BATCH", 1)
    assert measured(masks) == whole
