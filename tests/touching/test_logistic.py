"""The classifier: its scores belong to the examples, not to their order or their number at a time."""

import numpy as np
import pytest
from scipy.optimize import minimize

from audit.touching import logistic
from audit.touching.logistic import FOLDS, out_of_fold


@pytest.fixture
def examples():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, (400, 6)).astype(float)  # ties, as small shapes have them
    one = x.sum(axis=1) + rng.normal(0, 1, 400) > 7
    return x, one, np.ones(400), rng.integers(0, FOLDS, 400)


def test_order_does_not_count_even_where_some_examples_are_left_out(examples, monkeypatch):
    monkeypatch.setattr(logistic, "MAX_EXAMPLES", 60)
    options = {"ridge": 1.0, "passes": 2, "doubt_negative": 0.9, "doubt_positive": 0.9}
    x, one, weight, _ = examples
    fold = (x[:, 5] % FOLDS).astype(int)  # equal examples are of one image
    there = out_of_fold(x, one, weight, fold, **options)
    order = np.random.default_rng(2).permutation(len(x))
    assert out_of_fold(x[order], one[order], weight, fold[order], **options) == pytest.approx(
        there[order], abs=1e-9
    )


def test_scoring_in_chunks_changes_nothing(examples, monkeypatch):
    options = {"ridge": 1.0, "passes": 2, "doubt_negative": 0.9, "doubt_positive": 0.9}
    whole = out_of_fold(*examples, **options)
    monkeypatch.setattr(logistic, "CHUNK_ROWS", 7)
    assert (out_of_fold(*examples, **options) == whole).all()


def brute_force(features, positive, weight, ridge):
    """Coefficients by a general optimiser: median and spread, constant, columns, squares."""
    median = np.median(features, axis=0)
    low, high = np.percentile(features, (16, 84), axis=0)
    z = np.clip((features - median) / ((high - low) / 2), -6, 6)
    design = np.concatenate([np.ones((len(z), 1)), z, z * z / 6], axis=1)

    def loss(rows):
        def value(beta):
            log_odds = design[rows] @ beta
            likelihood = np.logaddexp(0, np.where(positive[rows], -log_odds, log_odds))
            return (weight[rows] * likelihood).sum() + ridge / 2 * (beta[1:] ** 2).sum()

        return value

    return design, loss


def test_agrees_with_a_general_optimiser_on_the_other_folds():
    rng = np.random.default_rng(5)
    features = rng.normal(0, 2, (300, 3))
    positive = features[:, 0] + features[:, 1] ** 2 / 2 + rng.normal(0, 1.5, 300) > 1
    weight, fold = rng.uniform(0.5, 2, 300), rng.integers(0, FOLDS, 300)
    options = {"ridge": 3.0, "passes": 1, "doubt_negative": 1.0, "doubt_positive": 1.0}
    found = out_of_fold(features, positive, weight, fold, **options)
    design, loss = brute_force(features, positive, weight, 3.0)
    balance = np.log(weight[positive].sum() / weight[~positive].sum())
    for k in range(FOLDS):
        beta = minimize(loss(fold != k), np.zeros(design.shape[1]), method="BFGS").x
        assert found[fold == k] == pytest.approx((design @ beta)[fold == k] - balance, abs=2e-3)


def test_examples_that_contradict_the_first_fit_are_left_out_of_the_next():
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.normal(-2, 0.5, 200), rng.normal(2, 0.5, 200)])[:, None]
    positive = np.repeat([False, True], 200)
    wrong = positive.copy()
    wrong[:20] = True  # a tenth of the negatives have the wrong label
    fold = np.arange(400) % FOLDS
    options = {"ridge": 1.0, "doubt_negative": 1.0}
    trusting = out_of_fold(x, wrong, np.ones(400), fold, passes=2, doubt_positive=1.0, **options)
    doubting = out_of_fold(x, wrong, np.ones(400), fold, passes=2, doubt_positive=0.9, **options)
    assert doubting[:200].mean() < trusting[:200].mean() - 0.3


def test_of_too_many_examples_every_nth_of_each_kind_is_fitted_on(monkeypatch):
    monkeypatch.setattr(logistic, "MAX_EXAMPLES", 10)
    features, positive = np.arange(50.0)[:, None], np.arange(50) >= 20
    chosen = logistic._thin_out(features, positive, np.ones(50, dtype=bool))
    assert np.flatnonzero(chosen).tolist() == [*range(0, 20, 2), *range(20, 50, 3)]
    assert not logistic._thin_out(features, positive, np.zeros(50, dtype=bool)).any()


def test_one_kind_alone_teaches_nothing():
    x, fold = np.arange(20.0)[:, None], np.arange(20) % FOLDS
    options = {"ridge": 1.0, "passes": 1, "doubt_negative": 1.0, "doubt_positive": 1.0}
    assert (out_of_fold(x, np.ones(20, dtype=bool), np.ones(20), fold, **options) == 0).all()


def test_values_far_out_count_no_further_than_six_spreads():
    x = np.array([[-99.0], [-6.0], [6.0], [6.1]])
    assert logistic.standardise(x, np.zeros(1), np.ones(1))[:, 0].tolist() == [-6, -6, 6, 6]


def test_rows_are_ordered_by_all_features():
    rng = np.random.default_rng(5)
    for values in (1, 3, 1000):
        features = rng.integers(0, values, (300, 3)).astype(float)
        rows = rng.permutation(300)[:200]
        expected = np.lexsort(features[rows].T[::-1]).tolist()
        assert logistic._order_rows(features, rows).tolist() == expected
    assert logistic._order_rows(np.zeros((0, 2)), rows[:0]).tolist() == []


@pytest.mark.parametrize("columns", [1, 59, 91, 300])
def test_products_are_summed_in_pieces_that_start_no_threads(columns, monkeypatch):
    rng, sizes = np.random.default_rng(0), []
    multiply = np.matmul
    monkeypatch.setattr(
        np,
        "matmul",
        lambda a, b, **more: sizes.append(a.shape[-2] * a.shape[-1] * b.shape[-1]) or multiply(a, b, **more),
    )
    rows = 150 if columns > 100 else 2_500
    design, weight = rng.normal(size=(rows, columns)), rng.uniform(size=rows)
    assert np.allclose(logistic._gram(design, weight), design.T @ (design * weight[:, None]))
    assert max(sizes) <= 262_144  # where OpenBLAS begins to share a product among threads


def test_products_are_summed_in_the_order_of_the_rows():
    rng = np.random.default_rng(0)
    design, weight = rng.normal(size=(64 * 40, 30)), rng.uniform(size=64 * 40)
    stacks = (design * np.sqrt(weight)[:, None]).reshape(-1, 64, 30)
    expected = np.matmul(stacks.transpose(0, 2, 1), stacks).sum(axis=0)
    assert logistic._gram(design, weight).tolist() == expected.tolist()
    assert logistic._gram(design[:0], weight[:0]).tolist() == np.zeros((30, 30)).tolist()
