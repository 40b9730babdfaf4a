import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest, norm
from scipy.stats import t as student

from audit.gates.bounds import (
    ImageCounts,
    clopper_pearson_lower,
    clopper_pearson_upper,
    clustered_upper_bound,
    count_by_image,
    design_effect,
)


def clusters(units, defective):
    return ImageCounts(np.array(units, dtype=np.int64), np.array(defective, dtype=np.int64))


@pytest.mark.parametrize(("found", "total"), [(0, 10), (3, 125), (7, 8), (1, 5000)])
def test_clopper_pearson_is_scipys(found, total):
    exact = binomtest(found, total, alternative="less").proportion_ci(0.95, method="exact")
    assert clopper_pearson_upper(found, total, 0.95) == pytest.approx(exact.high, abs=1e-12)
    exact = binomtest(found, total, alternative="greater").proportion_ci(0.95, method="exact")
    assert clopper_pearson_lower(found, total, 0.95) == pytest.approx(exact.low, abs=1e-12)


def test_the_rule_of_three():
    assert clopper_pearson_upper(0, 299, 0.95) == pytest.approx(beta.ppf(0.95, 1, 299))
    assert clopper_pearson_upper(0, 299, 0.95) < 0.01 < clopper_pearson_upper(0, 298, 0.95)
    assert clopper_pearson_upper(5, 5, 0.95) == 1.0


def test_units_of_one_image_that_fail_together_tell_less():
    n = np.full(200, 10)
    together = clusters(n, np.where(np.arange(200) < 20, 10, 0))
    alone = clusters(n, np.ones(200))
    assert together.n_defective == alone.n_defective == 200
    assert design_effect(together) == pytest.approx(10, abs=1)
    assert design_effect(alone) == pytest.approx((200 * 1 + 8 * 10) / 208)
    assert clustered_upper_bound(together, 0.95) > clustered_upper_bound(alone, 0.95) > together.rate


def test_without_a_defect_images_are_counted():
    clean = clusters([20] * 300, [0] * 300)
    assert clustered_upper_bound(clean, 0.95) == pytest.approx(clopper_pearson_upper(0, 300, 0.95))


def test_independent_units_need_no_correction():
    one_each = clusters([1] * 500, [1] * 5 + [0] * 495)
    assert design_effect(one_each) == 1.0
    assert clustered_upper_bound(one_each, 0.95) == pytest.approx(clopper_pearson_upper(5, 500, 0.95))


@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 1)), min_size=1, max_size=40), st.randoms())
def test_the_bound_is_a_bound_and_does_not_depend_on_order(images, random):
    units = [n for n, _ in images]
    defective = [round(n * share) for n, share in images]
    c = clusters(units, defective)
    bound = clustered_upper_bound(c, 0.95)
    assert c.rate <= bound <= 1.0
    assert bound >= clopper_pearson_upper(c.n_defective, c.n_units, 0.95) - 1e-12
    assert 1 <= design_effect(c) <= max(units)


@pytest.mark.slow
@pytest.mark.parametrize("together", [0.0, 0.3, 1.0], ids=["independent", "partly", "whole images"])
@pytest.mark.parametrize(("images", "rate"), [(300, 0.01), (300, 0.05)])
def test_bad_lots_are_accepted_no_more_often_than_stated(images, rate, together):
    """Plant 2000 lots that are just too bad: at most 5 % may pass, give or take chance (z = 3)."""
    rng = np.random.default_rng(7)
    lots, accepted = 2000, 0
    for _ in range(lots):
        n = np.maximum(1, rng.poisson(10, images))
        if together == 0:
            share = np.full(images, rate)
        elif together == 1:
            share = (rng.random(images) < rate).astype(float)
        else:
            weight = (1 - together) / together
            share = rng.beta(rate * weight, (1 - rate) * weight, images)
        accepted += clustered_upper_bound(ImageCounts(n, rng.binomial(n, share)), 0.95) < rate
    assert accepted / lots <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / lots)


@pytest.mark.slow
def test_good_lots_are_mostly_accepted():
    """Plant 2000 lots with a tenth of the allowed rate: independent defects hardly ever refuse one."""
    rng = np.random.default_rng(8)
    lots, refused = 2000, 0
    for _ in range(lots):
        n = np.maximum(1, rng.poisson(10, 500))
        refused += clustered_upper_bound(ImageCounts(n, rng.binomial(n, 0.002)), 0.95) >= 0.02
    assert refused / lots < 0.01


def test_few_affected_images_are_averaged_with_imaginary_ones():
    """One defect in one image says nothing about defects that come together: the imaginary images do."""
    for affected in (1, 2, 5):
        counts = clusters([10] * 100, [1] * affected + [0] * (100 - affected))
        assert design_effect(counts) == pytest.approx((affected + 8 * 10) / (affected + 8), rel=0.01)


def test_the_effect_is_the_variance_of_the_rate():
    """With images of one size the variance is known: that of the images' rates by their number."""
    defective = np.where(np.arange(300) % 10 == 0, 5, 0)
    counts = clusters(np.full(300, 10), defective)
    variance = (defective / 10).var(ddof=1) / 300
    independent = counts.rate * (1 - counts.rate) / counts.n_units
    assert design_effect(counts) == pytest.approx((30 * variance / independent + 8 * 10) / 38)


def test_crowded_images_that_are_worse_make_the_bound_wider():
    """As many defects in as many images: the largest images have them, or others do."""
    units = np.r_[np.full(10, 100), np.full(190, 10)]
    crowded, others = np.zeros(200), np.zeros(200)
    crowded[:10] = others[-10:] = 10
    even = clusters([14] * 200, others)
    assert design_effect(clusters(units, crowded)) > design_effect(even)
    assert clustered_upper_bound(clusters(units, crowded), 0.95) > clustered_upper_bound(even, 0.95)


def test_an_effect_that_few_images_tell_is_less_than_sure():
    """Student's quantile for as many images, and affected ones, of equal weight as there are."""
    units, defective = np.full(60, 10), np.where(np.arange(60) < 4, 10, 0)
    counts = clusters(units, defective)
    freedom = 1 / (1 / 59 + 1 / (4 + 8 - 1))
    effect = 1 + (design_effect(counts) - 1) * (student.ppf(0.95, freedom) / norm.ppf(0.95)) ** 2
    assert clustered_upper_bound(counts, 0.95) == pytest.approx(
        beta.ppf(0.95, 40 / effect + 1, 560 / effect), rel=1e-9
    )
    assert clustered_upper_bound(counts, 0.5) == pytest.approx(
        beta.ppf(0.5, 40 / design_effect(counts) + 1, 560 / design_effect(counts)), rel=1e-9
    )


@pytest.mark.slow
@pytest.mark.parametrize(("images", "rate"), [(60, 0.1), (300, 0.03)])
def test_the_bound_holds_where_whole_crowded_images_fail(images, rate):
    """Sizes over two orders of magnitude, and the larger an image, the sooner everything in it is wrong."""
    rng = np.random.default_rng(10)

    def draw(size):
        units = np.clip(np.round(rng.lognormal(1.8, 1.1, size)), 1, 300).astype(np.int64)
        return units, np.minimum(rate * units / units.mean(), 1.0)

    units, share = draw(1_000_000)
    true_rate, lots, below = (units * share).sum() / units.sum(), 1000, 0
    for _ in range(lots):
        units, share = draw(images)
        counts = ImageCounts(units, units * (rng.random(images) < share))
        below += clustered_upper_bound(counts, 0.95) < true_rate
    assert below / lots <= 0.065  # 6 % are promised, give or take chance


def test_images_of_one_unit_are_independent():
    assert design_effect(clusters([1] * 50, [1] * 5 + [0] * 45)) == 1.0


def test_more_defects_in_more_images_are_never_better():
    """Ten in one image, or twelve in three: these look scattered, and are more."""
    units = [20] * 100
    one = clustered_upper_bound(clusters(units, [10] + [0] * 99), 0.95)
    three = clustered_upper_bound(clusters(units, [10, 1, 1] + [0] * 97), 0.95)
    assert three >= one
    scattered = [clustered_upper_bound(clusters(units, [1] * k + [0] * (100 - k)), 0.95) for k in range(100)]
    assert scattered == sorted(scattered)


@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 0.2)), min_size=20, max_size=60), st.data())
def test_no_further_defect_lowers_the_bound(images, data):
    units = [n for n, _ in images]
    defective = [round(n * share) for n, share in images]
    free = [k for k, n in enumerate(units) if defective[k] < n]
    before = clustered_upper_bound(clusters(units, defective), 0.95)
    defective[data.draw(st.sampled_from(free))] += 1
    assert clustered_upper_bound(clusters(units, defective), 0.95) >= before - 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("images", [60, 300])
@pytest.mark.parametrize("rate", [0.01, 0.04])
def test_the_bound_holds_where_crowded_images_are_worse(images, rate):
    """The rate of an image grows with its number of objects, which differ widely (geometric, mean 8)."""
    rng = np.random.default_rng(9)
    lots, below = 1000, 0
    true_rate = rate * (2 - 1 / 8)  # rate x E[n^2] / E[n]^2
    for _ in range(lots):
        n = rng.geometric(1 / 8, images)
        share = np.minimum(rate * n / 8, 1.0)
        below += clustered_upper_bound(ImageCounts(n, rng.binomial(n, share)), 0.95) < true_rate
    assert below / lots <= 0.06


def test_images_without_units_do_not_count():
    counts = count_by_image(np.array([0, 0, 3]), np.array([True, False, True]))
    assert counts.units.tolist() == [2, 1]
    assert counts.defective.tolist() == [1, 1]
    assert counts.mean_cluster_size == pytest.approx(5 / 3)


@pytest.mark.parametrize("total", [0, 5])
def test_all_defective_is_no_bound(total):
    assert clopper_pearson_upper(total, total, 0.95) == 1.0
    assert clopper_pearson_upper(total + 1e-9, total, 0.95) == 1.0
    assert clopper_pearson_lower(0, total, 0.95) == 0.0
