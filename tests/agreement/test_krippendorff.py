import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from audit.agreement.krippendorff import ABSENT, MISSING, bootstrap_alpha, krippendorff_alpha

LABEL = st.sampled_from([ABSENT, MISSING, -1, 0, 1, 2])


def reference_alpha(labels):
    values = np.where(labels == ABSENT, np.nan, labels.astype(float))
    return krippendorff.alpha(values.T, level_of_measurement="nominal")


@given(
    st.integers(2, 5).flatmap(
        lambda n: st.lists(st.lists(LABEL, min_size=n, max_size=n), min_size=2, max_size=40)
    )
)
def test_alpha_is_that_of_the_krippendorff_package(rows):
    labels = np.array(rows)
    paired = labels[(labels != ABSENT).sum(axis=1) > 1]
    assume(len(np.unique(paired[paired != ABSENT])) > 1)
    assert krippendorff_alpha(labels) == pytest.approx(reference_alpha(labels), abs=1e-12)


def test_the_example_of_the_article_with_absent_values():
    # Krippendorff 2011, C: four observers, five categories, twelve units.
    rows = [
        "1 2 3 3 2 1 4 1 2 * * *",
        "1 2 3 3 2 2 4 1 2 5 * 3",
        "* 3 3 3 2 3 4 2 2 5 1 *",
        "1 2 3 3 2 4 4 1 2 5 1 *",
    ]
    labels = np.array([[ABSENT if mark == "*" else int(mark) for mark in row.split()] for row in rows]).T
    assert krippendorff_alpha(labels) == pytest.approx(0.743, abs=5e-4)


@pytest.mark.parametrize(
    "labels", [np.zeros((0, 3), dtype=int), np.zeros((4, 3), dtype=int), np.array([[1, ABSENT], [2, ABSENT]])]
)
def test_where_nothing_can_be_told_alpha_is_not_known(labels):
    assert np.isnan(krippendorff_alpha(labels))
    assert np.isnan(bootstrap_alpha(labels, np.arange(len(labels)))).all()


def test_the_interval_draws_pictures_and_is_the_same_every_time():
    generator = np.random.default_rng(3)
    truth = generator.integers(0, 3, 400)
    labels = np.stack([np.where(generator.random(400) < 0.2, 2 - truth, truth) for _ in range(3)], axis=1)
    by_object = bootstrap_alpha(labels, np.arange(400))
    by_picture = bootstrap_alpha(np.repeat(labels[:40], 10, axis=0), np.repeat(np.arange(40), 10))
    assert by_object == bootstrap_alpha(labels, np.arange(400))
    assert by_object[0] < krippendorff_alpha(labels) < by_object[1]
    assert by_picture[1] - by_picture[0] > 2 * (by_object[1] - by_object[0]), "repeated objects tell nothing"


def test_one_picture_has_no_interval():
    assert np.isnan(bootstrap_alpha(np.array([[1, 1], [1, 2]]), np.zeros(2, dtype=int))).all()


def test_the_interval_holds_the_true_alpha_nearly_always():
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(60):
        truth = generator.integers(0, 2, 200)
        flipped = generator.random((200, 2)) < 0.1
        low, high = bootstrap_alpha(np.where(flipped, 1 - truth[:, None], truth[:, None]), np.arange(200))
        held += low <= 1 - 2 * 0.1 * 0.9 / 0.5 <= high
    assert held >= 52
