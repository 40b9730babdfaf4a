"""Signs in loss curves: each drawn, with the noise of single batches."""

import numpy as np
import pytest

from audit.comparison.loss_curve import MAX_RISE, MIN_POINTS, measure_loss_curve

N = 400
STEP = np.arange(N) / N
CONVERGED = 0.6 + 1.4 * np.exp(-12 * STEP)
UNKNOWN = np.full(N, np.nan)


def noisy(loss, share=0.3, seed=0):
    return loss * np.random.default_rng(seed).lognormal(0, share, len(loss))


def signs(loss, mask_loss=None):
    mask_loss = UNKNOWN[: len(loss)] if mask_loss is None else mask_loss
    return {e.name for e in measure_loss_curve(loss, mask_loss) if e.is_high}


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
@pytest.mark.parametrize("n", [MIN_POINTS, 60, N])
def test_a_converged_curve_shows_no_sign(share, n):
    thinned = CONVERGED[np.linspace(0, N - 1, n).astype(int)]
    assert [signs(noisy(thinned, share, seed)) for seed in range(5)] == [set()] * 5


def test_a_diverging_loss_ends_above_its_lowest():
    assert signs(noisy(CONVERGED + 4 * np.maximum(STEP - 0.6, 0))) >= {"loss_rise"}


def test_a_loss_that_is_no_number_has_diverged():
    broken = np.where(STEP > 0.7, np.nan, CONVERGED)
    (rise, *_) = measure_loss_curve(broken, UNKNOWN)
    assert rise.is_high and rise.value == MAX_RISE
    assert "loss_rise" in signs(UNKNOWN)
    assert "loss_rise" in signs(np.r_[CONVERGED[:-3], [np.nan, np.inf, np.nan]])
    assert "loss_rise" not in signs(np.r_[CONVERGED[:-3], [np.nan, 0.6, np.nan]])


def test_an_oscillating_loss_swings():
    assert signs(noisy(CONVERGED * (1 + 0.6 * np.sin(50 * STEP)), 0.1)) >= {"loss_swings"}


def test_spikes_are_counted_one_by_one():
    spiky = np.where(np.arange(N) % 20 == 7, 10 * CONVERGED, CONVERGED)
    spikes = next(e for e in measure_loss_curve(noisy(spiky, 0.1), UNKNOWN) if e.name == "loss_spikes")
    assert (spikes.count, spikes.of) == (20, N) and spikes.is_high


def test_a_training_that_was_stopped_early_still_falls():
    assert signs(noisy(0.6 + 2 * np.exp(-2.5 * STEP), 0.05)) == {"loss_fall"}


def test_a_mask_loss_near_a_coin_toss_has_learned_nothing():
    idle, learned = np.full(N, 0.66), 0.25 + 0.44 * np.exp(-12 * STEP)
    assert signs(CONVERGED, noisy(idle, 0.05)) == {"mask_loss"}
    assert signs(CONVERGED, noisy(learned, 0.05)) == set()
    dice = measure_loss_curve(CONVERGED, np.full(N, 3.0))[-1]
    assert dice.name == "mask_loss" and np.isnan(dice.value)  # no loss per pixel


def test_short_curves_say_nothing():
    evidence = measure_loss_curve(CONVERGED[: MIN_POINTS - 1], UNKNOWN[: MIN_POINTS - 1])
    assert all(np.isnan(e.value) and e.of == 0 for e in evidence) and len(evidence) == 5
