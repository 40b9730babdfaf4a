"""Shapes of instances, of touching pairs' unions and of cut instances: what conventions are learned from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.geometry import boards, form, shape
from audit.geometry.boards import MARGIN, SIDE, Floats, Window, Words
from audit.geometry.runs import IntArray, Runs, take, unite

BATCH = 256
"""Boards looked at together: few enough to stay in the cache."""
_WIDTHS = (16, 32, SIDE)
"""Columns of a board; narrow masks get narrow boards."""

Columns = dict[str, NDArray[Any]]


def forms(runs: Runs, box: IntArray, masks: IntArray) -> Columns:
    """Look closely at some masks."""
    found: list[tuple[IntArray, Columns]] = []
    for rows, columns in _batches(box[masks]):
        window = Window.around(box[masks[rows]])
        words = boards.paint(take(runs, masks[rows]), window, columns)
        found.append((rows, _form(words, window)))
    return _gather(found, len(masks))


def unions(runs: Runs, box: IntArray, a: IntArray, b: IntArray, near: IntArray, owner: IntArray) -> Columns:
    """Look closely at the unions of some pairs, with the slit between the two closed."""
    low = np.minimum(box[a, :2], box[b, :2])
    high = np.maximum(box[a, :2] + box[a, 2:], box[b, :2] + box[b, 2:])
    both = np.concatenate([low, high - low], axis=1)
    order = np.argsort(owner, kind="stable")
    near, owner = near[order], owner[order]
    start = np.searchsorted(owner, np.arange(len(a) + 1))
    found: list[tuple[IntArray, Columns]] = []
    for rows, columns in _batches(both):
        window = Window.around(both[rows])
        one = boards.paint(take(runs, a[rows]), window, columns)
        other = boards.paint(take(runs, b[rows]), window, columns)
        taken = np.zeros_like(one)
        number = start[rows + 1] - start[rows]
        of = np.repeat(np.arange(len(rows)), number)
        which = near[np.repeat(start[rows] - np.r_[0, np.cumsum(number)[:-1]], number) + np.arange(len(of))]
        if len(of):
            painted = boards.paint(take(runs, which), window.take(of), columns)
            np.bitwise_or.at(taken, of, painted)
        whole = boards.united(one, other, taken)
        columns_of = _form(whole, window)
        seam = form.seams(whole, one, other, columns_of["misfit"])
        columns_of |= _seam(seam, window, "seam")
        columns_of["area_px"] = boards.count(whole) * window.scale**2
        found.append((rows, columns_of))
    result = _gather(found, len(a))
    n = len(a)
    pieces = take(runs, np.concatenate([a, b]))
    joined = unite(pieces.mask % max(n, 1), pieces.x, pieces.y0, pieces.y1, n)
    result["hull_px"] = shape.hulls(joined)
    return result


def cuts(runs: Runs, box: IntArray, masks: IntArray, seed: NDArray[np.uint64]) -> Columns:
    """Cut some masks in two as chance has it, and look at the parts as at a touching pair."""
    found: list[tuple[IntArray, Columns]] = []
    for rows, columns in _batches(box[masks]):
        window = Window.around(box[masks[rows]])
        words = boards.paint(take(runs, masks[rows]), window, columns)
        part, slit = random_cut(words, seed[rows])
        rest = words & ~part
        rest = np.where(slit[:, None], rest & ~boards.grown(part), rest)
        m = boards.sums(words).moments()
        seam = form.seams(words, part, rest, boards.misfit(words, m))
        columns_of = _seam(seam, window, "seam")
        columns_of["gap"] = slit.astype(np.int64)
        found.append((rows, columns_of))
    return _gather(found, len(masks))


def random_cut(words: Words, seed: NDArray[np.uint64]) -> tuple[Words, NDArray[np.bool_]]:
    """Cut each board across its longer axis, off centre, straight or in a wave."""
    draw = [uniform(seed, k) for k in range(8)]
    m = boards.sums(words).moments()
    normal = np.sqrt(-2 * np.log(np.maximum(draw[0], 1e-6))) * np.cos(2 * np.pi * draw[1])
    angle = m.angle + np.radians(20.0) * normal
    length = m.axes[0]
    offset = (draw[2] - 0.5) * 0.4 * length
    nx, ny = np.cos(angle), np.sin(angle)
    x, y = m.x + offset * nx, m.y + offset * ny
    f = np.float32
    part = words & boards.half_plane(x.astype(f), y.astype(f), nx.astype(f), ny.astype(f), words.shape[1])
    wavy = np.flatnonzero(draw[3] < 0.5)
    if len(wavy):
        amplitude, period = (0.02 + 0.05 * draw[4]) * length, (0.8 + 1.2 * draw[5]) * length
        c, r = np.arange(words.shape[1], dtype=f)[:, None], np.arange(SIDE, dtype=f)
        pick = [v[wavy].astype(f)[:, None, None] for v in (x, y, nx, ny, amplitude, period, draw[6])]
        x, y, nx, ny, amplitude, period, phase = pick
        along = -(c - x) * ny + (r - y) * nx
        across = (c - x) * nx + (r - y) * ny
        before = across < amplitude * np.sin(2 * np.pi * (along / period + phase))
        bits = np.packbits(before, axis=2, bitorder="little").view(np.uint64)[..., 0]
        part[wavy] = words[wavy] & bits
    return part, draw[7] < 0.25


def uniform(seed: NDArray[np.uint64], k: int) -> NDArray[np.float64]:
    """Draw numbers from 0 to 1 that depend on the seeds alone."""
    mixed = shape.mix(seed + np.uint64(k + 1) * np.uint64(0x9E3779B97F4A7C15))
    return (mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def _form(words: Words, window: Window) -> Columns:
    total = boards.sums(words)
    m = total.moments()
    off = boards.misfit(words, m)
    deep = form.concavities(words)
    part = form.best_cut(words, total, m, off, deep)
    seam = form.seams(words, part, words & ~part, off)
    scale = window.scale.astype(np.float32)
    major, minor = m.axes
    columns: Columns = {
        "major_px": major * scale,
        "minor_px": minor * scale,
        "misfit": off,
        "dent_1_px": deep.depth[:, 0] * scale,
        "dent_2_px": deep.depth[:, 1] * scale,
    }
    return columns | _seam(seam, window, "cut")


def _seam(seam: form.Seams, window: Window, name: str) -> Columns:
    scale = window.scale.astype(np.float32)
    columns: Columns = {
        f"{name}_gain": seam.gain,
        f"{name}_misfit": seam.misfit,
        f"{name}_share": seam.share,
        f"{name}_px": seam.length * scale,
        f"{name}_width_px": seam.width * scale,
        f"{name}_notch_low": seam.notch_low,
        f"{name}_notch_high": seam.notch_high,
    }
    if name == "cut":
        for end in (0, 1):
            for axis in "xy":
                value = getattr(seam, f"{axis}{end}")
                columns[f"cut_{axis}{end}"] = getattr(window, axis) + (value + 0.5) * scale
    return columns


def _batches(box: IntArray) -> Iterator[tuple[IntArray, int]]:
    scale = np.maximum(-(-box[:, 2:].max(axis=1, initial=1) // boards.ROOM), 1)
    wide = -(-box[:, 2] // scale) + 2 * MARGIN
    kind = np.searchsorted(_WIDTHS, wide)
    for k, columns in enumerate(_WIDTHS):
        rows = np.flatnonzero(kind == k)
        for start in range(0, len(rows), BATCH):
            yield rows[start : start + BATCH], columns


def _gather(found: list[tuple[IntArray, Columns]], n: int) -> Columns:
    result: Columns = {}
    for rows, columns in found:
        for name, value in columns.items():
            result.setdefault(name, np.zeros(n, dtype=value.dtype))[rows] = value
    return result
