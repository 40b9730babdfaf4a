"""The classifier: its scores belong to the examples, not to their order or their number at a time."""

import numpy as np
import pytest
from scipy.optimize import minimize

from audit.touching import logistic
from audit.touching.logistic import FOLDS, median_and_spread, out_of_fold, stretch_log_odds


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


def test_scores_do_not_depend_on_the_number_of_threads(examples, monkeypatch):
    options = {"ridge": 1.0, "passes": 2, "doubt_negative": 0.9, "doubt_positive": 0.9}
    features, positive, weight, fold = (np.concatenate([values] * 4) for values in examples)
    scores = []
    for threads in (1, 3):
        monkeypatch.setattr(logistic, "thread_count", lambda threads=threads: threads)
        scores.append(out_of_fold(features, positive, weight, fold, **options).tolist())
    assert scores[0] == scores[1]


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
    rows = sample_rows(features, positive, np.ones(50, dtype=bool))
    assert rows == [*range(0, 20, 2), *range(20, 50, 3)]
    assert sample_rows(features, positive, np.zeros(50, dtype=bool)) == []


def test_one_kind_alone_teaches_nothing():
    x, fold = np.arange(20.0)[:, None], np.arange(20) % FOLDS
    options = {"ridge": 1.0, "passes": 1, "doubt_negative": 1.0, "doubt_positive": 1.0}
    assert (out_of_fold(x, np.ones(20, dtype=bool), np.ones(20), fold, **options) == 0).all()


def test_values_far_out_count_no_further_than_six_spreads():
    features = np.repeat([-1.0, 0.0, 1.0, 6.0], [40, 40, 40, 10])[:, None]
    positive, fold = features[:, 0] > 0.5, np.arange(130) % FOLDS
    options = {"ridge": 1.0, "passes": 1, "doubt_negative": 1.0, "doubt_positive": 1.0}
    expected = out_of_fold(features, positive, np.ones(130), fold, **options)
    features[-10:] = [[7.0], [8.0], [9.0], [99.0], [1e9]] * 2
    assert out_of_fold(features, positive, np.ones(130), fold, **options).tolist() == expected.tolist()


@pytest.mark.parametrize("n_values", [1, 3, 1000])
def test_rows_are_sampled_in_the_order_of_all_features(n_values, monkeypatch):
    monkeypatch.setattr(logistic, "MAX_EXAMPLES", 40)
    rng = np.random.default_rng(5)
    features = rng.integers(-n_values, n_values, (300, 3)).astype(float)
    features[::7] *= 0.0  # 0 and -0 are equal
    positive, usable = rng.random(300) < 0.5, rng.random(300) < 0.8
    expected = []
    for kind in (positive & usable, ~positive & usable):
        rows = np.flatnonzero(kind)
        step = -(-len(rows) // 40)
        assert step > 1
        expected += rows[np.lexsort(features[rows].T[::-1])][::step].tolist()
    assert sample_rows(features, positive, usable) == sorted(expected)


def sample_rows(features, positive, usable):
    return logistic._sample_rows(np.ascontiguousarray(features.T), positive, usable).tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 100, 1001])
def test_median_and_spread_are_those_of_numpy(n):
    features = np.random.default_rng(n).normal(size=(n, 4))
    features[:, 2] = 7.0
    features[:, 3] = np.round(features[:, 3])
    low, median, high = np.percentile(features, (16, 50, 84), axis=0)
    spread = (high - low) / 2
    found = median_and_spread(features)
    assert found[0].tolist() == median.tolist()
    assert found[1].tolist() == np.where(spread < 1e-6, 1, spread).tolist()


def test_what_is_not_known_of_some_examples_spoils_only_their_scores():
    features = np.random.default_rng(0).normal(size=(200, 2))
    positive, fold = features[:, 0] > 0, np.arange(200) % FOLDS
    weight = np.ones(200)
    features[:3], weight[:3] = np.nan, 0
    scale = np.zeros(2), np.ones(2)
    options = {"ridge": 1.0, "passes": 1, "doubt_negative": 1.0, "doubt_positive": 1.0, "scale": scale}
    assert np.isfinite(out_of_fold(features, positive, weight, fold, **options)[3:]).all()


def test_a_constant_column_changes_nothing(examples):
    options = {"ridge": 1.0, "passes": 2, "doubt_negative": 0.9, "doubt_positive": 0.9}
    features, *others = examples
    expected = out_of_fold(features, *others, **options)
    more = np.concatenate([features, np.full((len(features), 1), 3.5)], axis=1)
    assert out_of_fold(more, *others, **options) == pytest.approx(expected, abs=1e-9)


def test_a_fold_without_any_rest_has_no_model():
    features = np.repeat([[0.0], [1.0]], 20, axis=0)
    fold = np.full(40, 2)
    options = {"ridge": 1.0, "passes": 2, "doubt_negative": 1.0, "doubt_positive": 1.0}
    assert not out_of_fold(features, features[:, 0] > 0.5, np.ones(40), fold, **options).any()
    fold[:1] = 0
    scores = out_of_fold(features, features[:, 0] > 0.5, np.ones(40), fold, **options)
    assert scores[0] < 0 and scores.all()


@pytest.mark.parametrize("n_columns", [1, 4, 30, 70])
def test_scores_of_many_columns_are_those_of_a_newton_fit(n_columns):
    rng = np.random.default_rng(n_columns)
    features = rng.normal(size=(700, n_columns))
    positive = features[:, 0] + rng.normal(size=700) > 0.3
    weight, fold = rng.uniform(0.5, 2, 700), rng.integers(0, FOLDS, 700)
    options = {"ridge": 20.0, "passes": 1, "doubt_negative": 1.0, "doubt_positive": 1.0}
    found = out_of_fold(features, positive, weight, fold, **options)
    design, _ = brute_force(features, positive, weight, 20.0)
    penalty = np.r_[0, np.full(design.shape[1] - 1, 20.0)]
    balance = np.log(weight[positive].sum() / weight[~positive].sum())
    for k in range(FOLDS):
        rest, beta = fold != k, np.zeros(design.shape[1])
        for _ in range(30):
            likely = 1 / (1 + np.exp(-design[rest] @ beta))
            gradient = design[rest].T @ (weight[rest] * (positive[rest] - likely)) - penalty * beta
            curvature = (design[rest].T * (weight[rest] * likely * (1 - likely))) @ design[rest]
            beta += np.linalg.solve(curvature + np.diag(penalty), gradient)
        assert found[fold == k] == pytest.approx((design @ beta)[fold == k] - balance, abs=1e-3)


@pytest.mark.parametrize("n", [3, 511, 1200])
def test_the_stretch_is_the_likeliest(n):
    rng = np.random.default_rng(n)
    log_odds, weight = rng.normal(size=n), rng.uniform(0.5, 2, n)
    positive = rng.random(n) < 1 / (1 + np.exp(-1.7 * log_odds))
    factors = np.linspace(1, 2.5, 1501)
    losses = [
        (weight * np.logaddexp(0, np.where(positive, -1, 1) * factor * log_odds)).sum() for factor in factors
    ]
    found = stretch_log_odds(log_odds, positive, weight) / log_odds
    assert found == pytest.approx(factors[np.argmin(losses)], abs=1e-3)
