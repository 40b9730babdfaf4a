"""Cutting shapes in two as chance has it: what one object would look like if it were drawn as two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.bitmask_tiles import SIDE, Tiles, half_plane_tiles
from audit.geometry.moments import sum_moments
from audit.geometry.runs import group_starts
from audit.geometry.shape import mix_bits
from audit.geometry.spans import find_spans

_GOLDEN = 0x9E3779B97F4A7C15


def cut_randomly(words: Tiles, seed: NDArray[np.uint64]) -> Tiles:
    """Cut each tile across its longer axis, more or less: off centre, half of them in a wave.

    The cut's normal is the longer axis turned by N(0, 20 degrees); it passes within a fifth of the
    length of the centre; waves swing by 2 to 7 % of the length.

    Parameters
    ----------
    words : (n, columns) uint64
    seed : (n,) uint64
        Chance: equal seeds give equal cuts.

    Returns
    -------
    (n, columns) uint64
        One of the two parts; may be empty.

    Examples
    --------
    >>> bar = np.array([[6] * 12], dtype=np.uint64)
    >>> part = cut_randomly(bar, np.array([3], dtype=np.uint64))
    >>> bool((part & ~bar).any()), 0 < int(sum_moments(find_spans(part)).n[0]) < 24
    (False, True)
    >>> cut_randomly(bar[:0], np.zeros(0, dtype=np.uint64)).shape
    (0, 12)
    """
    draw = [hash_to_uniform(seed, k) for k in range(7)]
    m = sum_moments(find_spans(words)).moments()
    normal = np.sqrt(-2 * np.log(np.maximum(draw[0], 1e-6))) * np.cos(2 * np.pi * draw[1])
    angle = m.angle + np.radians(20.0) * normal
    length = m.axes[0]
    offset = (draw[2] - 0.5) * 0.4 * length
    nx, ny = np.cos(angle), np.sin(angle)
    line = [v.astype(np.float32) for v in (m.x + offset * nx, m.y + offset * ny, nx, ny)]
    part: Tiles = words & half_plane_tiles(line[0], line[1], line[2], line[3], words.shape[1])
    wavy = np.flatnonzero(draw[3] < 0.5)
    amplitude, period = (0.02 + 0.05 * draw[4]) * length, (0.8 + 1.2 * draw[5]) * length
    wave = [v[wavy].astype(np.float32) for v in (*line, amplitude, period, draw[6])]
    part[wavy] = _before_wave(words[wavy], *wave)
    return part


def _before_wave(words: Tiles, *wave: NDArray[np.float32]) -> Tiles:
    """Give the cells before a line that swings like a sine."""
    x, y, nx, ny, amplitude, period, phase = wave
    before, within = (
        words & half_plane_tiles(x + far * nx, y + far * ny, nx, ny, words.shape[1])
        for far in (-amplitude, amplitude)
    )
    # Only where it swings does the sine matter.
    band = within & ~before
    at = np.flatnonzero(band)
    cells = np.flatnonzero(np.unpackbits(band.ravel()[at].view(np.uint8), bitorder="little"))
    word, row = at[cells // SIDE], cells % SIDE
    tile, column = np.divmod(word, words.shape[1])
    x, y, nx, ny, amplitude, period, phase = (v[tile] for v in wave)
    right, down = column.astype(np.float32) - x, row.astype(np.float32) - y
    along, across = down * nx - right * ny, right * nx + down * ny
    chosen = across < amplitude * np.sin(np.float32(2 * np.pi) * (along / period + phase))
    word, bits = word[chosen], np.uint64(1) << row[chosen].astype(np.uint64)
    first = group_starts(word)
    if len(first):
        before.ravel()[word[first]] |= np.bitwise_or.reduceat(bits, first)
    return before


def hash_to_uniform(seed: NDArray[np.uint64], k: int) -> NDArray[np.float64]:
    """Draw numbers from 0 to 1 that depend on the seeds alone; another k draws others.

    Parameters
    ----------
    seed : (n,) uint64
    k : int
        Which draw of each seed.

    Returns
    -------
    (n,) float64

    Examples
    --------
    >>> hash_to_uniform(np.array([1, 1, 2], dtype=np.uint64), 0).round(3).tolist()
    [0.567, 0.567, 0.591]
    >>> hash_to_uniform(np.zeros(0, dtype=np.uint64), 0).tolist()
    []
    """
    step = np.uint64((k + 1) * _GOLDEN % 2**64)
    return (mix_bits(seed + step) >> np.uint64(11)).astype(np.float64) / float(1 << 53)
