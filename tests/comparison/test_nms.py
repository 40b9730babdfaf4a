from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.comparison.nms import find_independent_set, find_suppressors, greedy_nms, matrix_nms, soft_nms


@st.composite
def overlaps(draw):
    """Draw scores and the IoU of some pairs."""
    n = draw(st.integers(0, 8))
    iou = np.zeros((n, n))
    for i, j in combinations(range(n), 2):
        iou[i, j] = iou[j, i] = draw(st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.8]))
    score = np.array([draw(st.floats(0.01, 1.0)) for _ in range(n)], dtype=float)
    a, b = np.nonzero(np.triu(iou))
    return score, iou, a, b


def ranks(score):
    rank = np.empty(len(score), dtype=np.int64)
    rank[np.argsort(-score, kind="stable")] = np.arange(len(score))
    return rank


@given(overlaps(), st.sampled_from([0.1, 0.4, 0.7]))
def test_greedy_is_the_textbook_loop(data, threshold):
    score, iou, a, b = data
    kept = []
    for i in np.argsort(-score, kind="stable"):
        if all(iou[i, j] <= threshold for j in kept):
            kept.append(i)
    over = iou[a, b] > threshold
    assert np.flatnonzero(greedy_nms(ranks(score), a[over], b[over])).tolist() == sorted(kept)


@given(overlaps(), st.sampled_from([0.0, 0.5]))
def test_soft_is_the_textbook_loop(data, sigma):
    score, iou, a, b = data
    expected, left = score.copy(), set(range(len(score)))
    while left:
        best = min(left, key=lambda i: (-expected[i], i))
        left.remove(best)
        for i in left:
            if sigma:
                expected[i] *= np.exp(-(iou[best, i] ** 2) / sigma)
            elif iou[best, i] > 0.3:
                expected[i] *= 1 - iou[best, i]
    np.testing.assert_allclose(
        soft_nms(score, a, b, iou[a, b], threshold=0.3, sigma=sigma), expected, rtol=1e-12
    )


@given(overlaps(), st.sampled_from([0.0, 2.0]))
def test_matrix_is_the_published_formula(data, sigma):
    score, iou, a, b = data
    order = np.argsort(-score, kind="stable")
    upper = np.triu(iou[np.ix_(order, order)], k=1)
    most = upper.max(axis=0, initial=0.0)[:, None]
    decay = np.exp(-sigma * (upper**2 - most**2)) if sigma else (1 - upper) / (1 - most)
    expected = np.empty(len(score))
    expected[order] = score[order] * decay.min(axis=0, initial=1.0)
    np.testing.assert_allclose(
        matrix_nms(score, ranks(score), a, b, iou[a, b], sigma=sigma), expected, rtol=1e-9
    )


@given(overlaps())
def test_most_kept_is_free_of_conflicts_and_at_least_greedy(data):
    score, _, a, b = data
    kept = find_independent_set(len(score), a, b)
    assert not (kept[a] & kept[b]).any()
    blocked = np.zeros(len(score), dtype=bool)
    blocked[a[kept[b]]] = blocked[b[kept[a]]] = True
    assert (kept | blocked).all()


@pytest.mark.parametrize(
    "edges",
    [
        [(0, 1)],
        [(0, 1), (1, 2)],
        [(0, 1), (0, 2), (0, 3)],
        [(0, 1), (0, 2), (1, 2)],
        [(0, 1), (1, 2), (2, 3), (3, 4)],
    ],
)
def test_most_kept_is_the_largest_on_chains_stars_and_cliques(edges):
    n = max(max(e) for e in edges) + 1
    best = max(
        size for size in range(n + 1) for chosen in combinations(range(n), size)
        if not any(i in chosen and j in chosen for i, j in edges)
    )  # fmt: skip
    a, b = np.array(edges).T
    assert find_independent_set(n, a, b).sum() == best


def test_what_suppresses_an_object_is_the_best_that_is_kept():
    # 0 suppresses 1, so 2 is kept and suppresses 3, which 1 would have suppressed, too.
    a, b = np.array([0, 1, 1, 2]), np.array([1, 2, 3, 3])
    assert find_suppressors(np.arange(4), a, b).tolist() == [0, 0, 2, 2]
    assert find_suppressors(np.array([3, 2, 1, 0]), a, b).tolist() == [0, 3, 3, 3]
