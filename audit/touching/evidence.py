"""From tables to what the classifiers see: every number relative to typical singles of the same image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audit.geometry.runs import IntArray
from audit.measure.schema import Measurements
from audit.touching.reference_stats import Typical

if TYPE_CHECKING:
    import pandas as pd

MIN_AREA_PX = 30
"""Least area of the smaller mask of a pair that could be one object."""
MIN_RATIO = 0.1
"""Least area ratio of the two."""
MAX_GAP_PX = 1
"""Background pixels between two masks up to which they touch."""
MIN_CONTACT_PX = 3
"""Least length of the line on which they meet."""
_LEAST_SPREAD = 0.15

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pairs that could be one object, one a row of ``unions``."""

    a: IntArray
    b: IntArray
    gap: IntArray
    border: NDArray[np.bool_]
    """Either reaches the image's border."""
    eligible: NDArray[np.bool_]
    """Large, alike and close enough to be one object; the others are scored but not learned from."""


def candidates(m: Measurements) -> Candidates:
    """Say which pairs could be one object.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> candidates(empty_measurements()).eligible.tolist()
    []
    """
    pair = m.unions["pair"].to_numpy()
    a, b, gap, shared = (m.pairs[name].to_numpy()[pair] for name in ("a", "b", "gap_px", "intersection_px"))
    area, border = m.instances["area_px"].to_numpy(), m.instances["border"].to_numpy()
    smaller, larger = np.minimum(area[a], area[b]), np.maximum(area[a], area[b])
    large = (smaller >= MIN_AREA_PX) & (smaller >= MIN_RATIO * larger)
    meets = (gap <= MAX_GAP_PX) & (shared == 0) & (m.unions["seam_px"].to_numpy() >= MIN_CONTACT_PX)
    return Candidates(a, b, gap, border[a] | border[b], large & meets)


def of_instances(m: Measurements, t: Typical, rows: IntArray) -> Floats:
    """Describe instances, to be told from unions.

    Returns
    -------
    (n, k) float64
    """
    table = m.instances
    area, solidity, border = (table[name].to_numpy()[rows] for name in ("area_px", "solidity", "border"))
    return _forms(m.shapes.iloc[rows], area.astype(float), solidity, border, t, t.group[rows])


def of_unions(m: Measurements, t: Typical, pairs: Candidates) -> Floats:
    """Describe the unions of pairs in the same way."""
    area = m.unions["area_px"].to_numpy().astype(float)
    solidity = area / np.maximum(m.unions["hull_px"].to_numpy(), 1)
    return _forms(m.unions, area, solidity, pairs.border, t, t.group[pairs.a])


def _forms(
    forms: pd.DataFrame,
    area: Floats,
    solidity: Floats,
    border: NDArray[np.bool_],
    t: Typical,
    group: IntArray,
) -> Floats:
    f = {name: forms[name].to_numpy().astype(float) for name in forms.columns if name != "looked"}
    size, spread = np.log(np.maximum(area, 1)), np.maximum(t.spread[group], _LEAST_SPREAD)
    across = np.sqrt(4 * np.maximum(area, 1) / np.pi)
    more = size - t.log_area[group]
    small, large = _parts(more, f["cut_share"], spread)
    dents = f["dent_1_px"] / across, f["dent_2_px"] / across
    two_to_one = np.clip((more / spread) ** 2 / 2, 0, 30) - np.clip(small**2 / 2, 0, 15)
    two_to_one -= np.clip(large**2 / 2, 0, 15) + np.log(spread)
    columns = [
        more,
        more / spread,
        two_to_one,
        f["misfit"],
        f["misfit"] - t.misfit[group],
        solidity,
        solidity - t.solidity[group],
        *dents,
        np.log1p(f["dent_1_px"]),
        np.log1p(f["dent_2_px"]),
        f["cut_gain"],
        f["cut_misfit"],
        f["cut_share"],
        f["cut_px"] / np.maximum(f["cut_width_px"], 1),
        np.log(np.maximum(f["cut_px"], 1)) - t.log_minor[group],
        f["cut_notch_low"],
        f["cut_notch_high"],
        np.log(np.maximum(f["major_px"], 1) / np.maximum(f["minor_px"], 1)),
        np.log(np.maximum(f["minor_px"], 1)) - t.log_minor[group],
        border.astype(float),
        t.spread[group],
        size,
        t.log_area[group],
        f["cut_gain"] * more,
        dents[1] * more,
        f["cut_notch_low"] * f["cut_gain"],
        f["cut_notch_low"] * f["cut_notch_high"],
        dents[0] * dents[1],
    ]
    return np.nan_to_num(np.stack(columns, axis=1), copy=False) if len(area) else np.zeros((0, len(columns)))


def _parts(more: Floats, share: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Say how far both parts' log areas are from a single's, in spreads."""
    small = more + np.log(np.maximum(share, 1e-3))
    large = more + np.log(np.maximum(1 - share, 1e-3))
    return small / spread, large / spread


def of_pairs(m: Measurements, t: Typical, pairs: Candidates, one: Floats) -> Floats:
    """Describe pairs as they were drawn, to be told from singles cut in two.

    Parameters
    ----------
    one : (pairs,) float64
        Log odds that the union is several objects.

    Returns
    -------
    (n, k) float64
    """
    area = m.unions["area_px"].to_numpy().astype(float)
    misfit = m.unions["misfit"].to_numpy().astype(float)
    return _seams(m.unions, area, misfit, pairs.gap > 0, pairs.border, t, t.group[pairs.a], one)


def of_cuts(m: Measurements, t: Typical, merged: Floats) -> Floats:
    """Describe cut singles in the same way.

    Parameters
    ----------
    merged : (instances,) float64
        Log odds that an instance is several objects.
    """
    row = m.cuts["instance"].to_numpy()
    area = m.instances["area_px"].to_numpy()[row].astype(float)
    misfit = m.shapes["misfit"].to_numpy()[row].astype(float)
    border = m.instances["border"].to_numpy()[row]
    slit = m.cuts["slit"].to_numpy()
    return _seams(m.cuts, area, misfit, slit, border, t, t.group[row], merged[row])


def _seams(
    table: pd.DataFrame, area: Floats, misfit: Floats, slit: NDArray[np.bool_], border: NDArray[np.bool_],
    t: Typical, group: IntArray, one: Floats,
) -> Floats:  # fmt: skip
    names = ("gain", "misfit", "share", "px", "width_px", "notch_low", "notch_high")
    f = {name: table[f"seam_{name}"].to_numpy().astype(float) for name in names}
    spread = np.maximum(t.spread[group], _LEAST_SPREAD)
    more = np.log(np.maximum(area, 1)) - t.log_area[group]
    small, large = _parts(more, f["share"], spread)
    columns = [
        f["gain"],
        f["misfit"],
        f["share"],
        f["px"] / np.maximum(f["width_px"], 1),
        f["notch_low"],
        f["notch_high"],
        f["px"] / np.sqrt(4 * np.maximum(area, 1) / np.pi),
        large,
        small,
        np.clip(one, -12, 12),
        misfit,
        border.astype(float),
        slit.astype(float),
        np.log1p(f["px"]),
        more / spread,
        f["notch_low"] * f["notch_high"],
        f["gain"] * f["notch_low"],
        f["misfit"] * f["share"],
        small * large,
    ]
    return np.nan_to_num(np.stack(columns, axis=1), copy=False) if len(area) else np.zeros((0, len(columns)))


def fits_as_cut(m: Measurements) -> NDArray[np.bool_]:
    """Say which cut singles obey the limits of `candidates`."""
    area = m.instances["area_px"].to_numpy()[m.cuts["instance"].to_numpy()]
    share = m.cuts["seam_share"].to_numpy()
    large = (share * area >= MIN_AREA_PX) & (share >= MIN_RATIO / (1 + MIN_RATIO))
    fits: NDArray[np.bool_] = large & (m.cuts["seam_px"].to_numpy() >= MIN_CONTACT_PX)
    return fits
