"""Signs of a bad training in its loss curve: diverging, oscillating, stopped while still falling."""

from __future__ import annotations

import math

import numpy as np

from audit.comparison.overlap_evidence import Evidence
from audit.comparison.rate_interval import NOTHING, Bounds, bound_quantile, bound_share
from audit.dataset.model import FloatArray

MIN_POINTS = 20
"""Points of a curve below which nothing is said of it."""
N_BLOCKS = 20
"""Parts that swings are seen between: their medians are compared, so that the noise of single batches, and
how often a tool writes, hardly matter."""
MIN_BLOCK = 10
"""Points of such a part below which its median is noise."""
N_LAST = 3
"""A training ended broken where so many last points are no numbers."""
SPIKE_FACTOR = 3.0
"""A step whose loss is so many times the median around it is a spike. Losses of single batches scatter by a
third."""
MAX_RISE = 100.0
"""What a loss that is no number counts as: far above all others."""
COIN_TOSS = math.log(2)
"""Mask loss per pixel (binary cross-entropy) of a mask head that knows nothing."""
LOSS_CURVE = ("loss_rise", "loss_swings", "loss_spikes", "loss_fall", "mask_loss")


def measure_loss_curve(loss: FloatArray, mask_loss: FloatArray) -> tuple[Evidence, ...]:
    """Measure what a loss curve says of the training.

    Parameters
    ----------
    loss : (n,) float64
        The whole loss in the order of the training; NaN or infinite = it broke.
    mask_loss : (n,) float64
        That of the mask head; NaN = not known.

    Returns
    -------
    tuple of Evidence
        ``loss_rise``: the last fifth by the lowest one. ``loss_swings``: differences between neighbouring
        parts of the second half, by their level. ``loss_spikes``: share of single steps far above those
        around them. ``loss_fall``: how much of the loss went in the last fifth. ``mask_loss``: at the end.

    Examples
    --------
    >>> falling = 1 / np.sqrt(np.arange(1.0, 101))
    >>> unknown = np.full(100, np.nan)
    >>> {e.name: round(e.value, 2) for e in measure_loss_curve(falling, unknown) if e.of}
    {'loss_rise': 1.0, 'loss_spikes': 0.0, 'loss_fall': 0.12}
    >>> {e.of for e in measure_loss_curve(falling[:0], unknown[:0])}
    {0}
    """
    n = len(loss)
    if n < MIN_POINTS:
        return tuple(Evidence(name, *NOTHING, 0, 0) for name in LOSS_CURVE)
    is_broken = not np.isfinite(loss[-N_LAST:]).any()
    finite = loss[np.isfinite(loss)]
    worst = MAX_RISE * float(np.median(finite)) if len(finite) else 1.0
    loss = np.where(np.isfinite(loss), loss, worst)
    fifths = np.array_split(loss, 5)
    lowest = fifths[int(np.argmin([np.median(fifth) for fifth in fifths]))]
    rise = (MAX_RISE,) * 3 if is_broken else _bound_ratio(fifths[-1], lowest)
    n_spikes = _count_spikes(loss)
    return (
        Evidence("loss_rise", *rise, n, n),
        _measure_swings(loss),
        Evidence("loss_spikes", *bound_share(n_spikes, n), n_spikes, n),
        Evidence("loss_fall", *_bound_fall(fifths[-2], fifths[-1]), n, n),
        _measure_mask_loss(mask_loss),
    )


def _measure_swings(loss: FloatArray) -> Evidence:
    """Measure how much the second half goes up and down, where blocks are long enough to hide the noise."""
    blocks = np.array_split(loss, N_BLOCKS)
    if len(blocks[-1]) < MIN_BLOCK:
        return Evidence("loss_swings", *NOTHING, 0, 0)
    level = np.array([np.median(block) for block in blocks[N_BLOCKS // 2 :]])
    swings = np.abs(np.diff(level)) / max(float(np.median(level)), 1e-12)
    return Evidence("loss_swings", *bound_quantile(swings, 0.5), len(loss), len(loss))


def _bound_ratio(values: FloatArray, others: FloatArray) -> Bounds:
    """Bound the ratio of two medians, from the ends of their intervals: wider than need be."""
    value, low, high = bound_quantile(values, 0.5)
    other, other_low, other_high = (max(bound, 1e-12) for bound in bound_quantile(others, 0.5))
    ratios = (value / other, low / other_high, high / other_low)
    return min(ratios[0], MAX_RISE), min(ratios[1], MAX_RISE), min(ratios[2], MAX_RISE)


def _bound_fall(before: FloatArray, end: FloatArray) -> Bounds:
    ratio, low, high = _bound_ratio(end, before)
    return 1 - ratio, 1 - high, 1 - low


def _count_spikes(loss: FloatArray) -> int:
    """Count steps far above the median of the eleven around them."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(loss, 5, mode="edge"), 11)
    return int((loss > SPIKE_FACTOR * np.median(around, axis=1)).sum())


def _measure_mask_loss(mask_loss: FloatArray) -> Evidence:
    """Measure the mask loss at the end, where it is per pixel: then it begins near that of a coin toss."""
    known = mask_loss[np.isfinite(mask_loss)]
    if len(known) < MIN_POINTS or not 0.5 * COIN_TOSS <= np.median(known[:5]) <= 2 * COIN_TOSS:
        return Evidence("mask_loss", *NOTHING, 0, 0)
    end = known[-max(len(known) // 10, 5) :]
    return Evidence("mask_loss", *bound_quantile(end, 0.5), len(end), len(known))
