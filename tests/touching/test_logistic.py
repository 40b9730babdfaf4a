"""The classifier: its scores belong to the examples, not to their order or their number at a time."""

import numpy as np
import pytest

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
