"""From tables to what the classifiers see: every number relative to isolated objects of the same image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.geometry.mask_pairs import MaskPairs
from audit.geometry.runs import IntArray
from audit.measure.column_table import ColumnTable
from audit.measure.schema import Measurements
from audit.touching.reference_stats import ReferenceStats

SHAPE_FEATURES = (
    "excess",
    "excess_in_spreads",
    "two_to_one",
    "misfit",
    "misfit_excess",
    "solidity",
    "solidity_excess",
    "dent_1",
    "dent_2",
    "log_dent_1",
    "log_dent_2",
    "cut_gain",
    "cut_misfit",
    "cut_share",
    "cut_over_width",
    "log_cut_excess",
    "cut_notch_low",
    "cut_notch_high",
    "log_aspect",
    "log_minor_excess",
    "border",
    "spread",
    "log_area",
    "typical_log_area",
    "gain_by_excess",
    "dent_2_by_excess",
    "notch_by_gain",
    "notch_by_notch",
    "dent_by_dent",
)
"""What instances and unions are told apart by: the columns of `instance_features`."""
PAIR_FEATURES = (
    "gain",
    "misfit",
    "share",
    "px_over_width",
    "notch_low",
    "notch_high",
    "px_over_diameter",
    "large",
    "small",
    "whole_log_odds",
    "whole_misfit",
    "border",
    "slit",
    "log_px",
    "excess_in_spreads",
    "notch_by_notch",
    "gain_by_notch",
    "misfit_by_share",
    "small_by_large",
)
"""What pairs and cut objects are told apart by: the columns of `pair_features`."""
_SEVERAL = {"dent_by_dent": 1.0, "cut_gain": 1.0, "solidity_excess": -1.0, "two_to_one": 1.0}
"""Columns that speak for several objects whatever these look like, and with which sign."""
_MIN_INDEX, _MAX_INDEX = -3.0, 6.0  # spreads beyond which a column counts no further
ALL_ROWS = slice(None)
_MIN_SPREAD = 0.15  # smaller ones would make every deviation look large

Floats = NDArray[np.float64]


def _reaches_border(measurements: Measurements, pairs: MaskPairs, rows: slice) -> NDArray[np.bool_]:
    """Say where either mask reaches the image's border."""
    border = measurements.instances["border"].to_numpy()
    reaches: NDArray[np.bool_] = border[pairs.a[rows]] | border[pairs.b[rows]]
    return reaches


def instance_features(measurements: Measurements, stats: ReferenceStats, rows: IntArray) -> Floats:
    """Describe instances, to be told from unions.

    Parameters
    ----------
    measurements : Measurements
    stats : ReferenceStats
    rows : (n,) int64
        In ``instances``.

    Returns
    -------
    (n, k) float64
    """
    instances = measurements.instances
    area, solidity, border = (instances[name].to_numpy()[rows] for name in ("area_px", "solidity", "border"))
    shapes = measurements.shapes.take(rows)
    return _shape_features(shapes, area.astype(float), solidity, border, stats, stats.group[rows])


def union_features(
    measurements: Measurements, stats: ReferenceStats, pairs: MaskPairs, rows: slice = ALL_ROWS
) -> Floats:
    """Describe the unions of pairs in the same columns as `instance_features`.

    Parameters
    ----------
    measurements : Measurements
    stats : ReferenceStats
    pairs : MaskPairs
    rows : slice
        Of ``pairs``, those to describe.

    Returns
    -------
    (rows, k) float64
    """
    unions = measurements.unions.take(rows)
    area = unions["area_px"].to_numpy().astype(float)
    solidity = area / np.maximum(unions["hull_px"].to_numpy(), 1)
    border = _reaches_border(measurements, pairs, rows)
    return _shape_features(unions, area, solidity, border, stats, stats.group[pairs.a[rows]])


def _shape_features(
    shapes: ColumnTable,
    area: Floats,
    solidity: Floats,
    border: NDArray[np.bool_],
    stats: ReferenceStats,
    group: IntArray,
) -> Floats:
    shape = {
        name: shapes[name].to_numpy().astype(float) for name in shapes.columns if name != "shape_measured"
    }
    log_area, spread = np.log(np.maximum(area, 1)), np.maximum(stats.spread[group], _MIN_SPREAD)
    diameter = np.sqrt(4 * np.maximum(area, 1) / np.pi)
    excess = log_area - stats.log_area[group]
    small, large = _part_deviations(excess, shape["cut_share"], spread)
    dents = shape["dent_1_px"] / diameter, shape["dent_2_px"] / diameter
    # Log likelihood ratio of two typical areas against one, by normal distributions of the log area;
    # clipped, so that a single odd area does not outvote the form.
    two_to_one = np.clip((excess / spread) ** 2 / 2, 0, 30) - np.clip(small**2 / 2, 0, 15)
    two_to_one -= np.clip(large**2 / 2, 0, 15) + np.log(spread)
    columns = {
        "excess": excess,
        "excess_in_spreads": excess / spread,
        "two_to_one": two_to_one,
        "misfit": shape["misfit"],
        "misfit_excess": shape["misfit"] - stats.misfit[group],
        "solidity": solidity,
        "solidity_excess": solidity - stats.solidity[group],
        "dent_1": dents[0],
        "dent_2": dents[1],
        "log_dent_1": np.log1p(shape["dent_1_px"]),
        "log_dent_2": np.log1p(shape["dent_2_px"]),
        "cut_gain": shape["cut_gain"],
        "cut_misfit": shape["cut_misfit"],
        "cut_share": shape["cut_share"],
        "cut_over_width": shape["cut_px"] / np.maximum(shape["cut_width_px"], 1),
        "log_cut_excess": np.log(np.maximum(shape["cut_px"], 1)) - stats.log_minor[group],
        "cut_notch_low": shape["cut_notch_low"],
        "cut_notch_high": shape["cut_notch_high"],
        "log_aspect": np.log(np.maximum(shape["major_px"], 1) / np.maximum(shape["minor_px"], 1)),
        "log_minor_excess": np.log(np.maximum(shape["minor_px"], 1)) - stats.log_minor[group],
        "border": border.astype(float),
        "spread": stats.spread[group],
        "log_area": log_area,
        "typical_log_area": stats.log_area[group],
        "gain_by_excess": shape["cut_gain"] * excess,
        "dent_2_by_excess": dents[1] * excess,
        "notch_by_gain": shape["cut_notch_low"] * shape["cut_gain"],
        "notch_by_notch": shape["cut_notch_low"] * shape["cut_notch_high"],
        "dent_by_dent": dents[0] * dents[1],
    }
    return _stack_columns([columns[name] for name in SHAPE_FEATURES])


def several_index(features: Floats, solitary: NDArray[np.bool_], is_union: NDArray[np.bool_]) -> Floats:
    """Say how much more each example looks like several objects than objects that touch none do.

    The mean of a few columns that are larger for several objects of any form, each in spreads of the
    solitary objects. Cruder than what is learned, but nothing misleads it.

    Parameters
    ----------
    features : (n, k) float64
        Of instances, then of unions.
    solitary : (instances,) bool
    is_union : (n,) bool

    Returns
    -------
    (n,) float64
    """
    reference = np.concatenate([solitary, np.zeros(int(is_union.sum()), dtype=bool)])
    if not reference.any():
        reference = ~is_union
    columns = []
    for name, sign in _SEVERAL.items():
        value = sign * features[:, SHAPE_FEATURES.index(name)]
        if name == "dent_by_dent":
            value = np.sqrt(np.maximum(value, 0))  # a depth again
        median, high = np.percentile(value[reference], (50, 84)) if reference.any() else (0.0, 1.0)
        columns.append(np.clip((value - median) / (high - median + 1e-3), _MIN_INDEX, _MAX_INDEX))
    index: Floats = np.mean(columns, axis=0)
    return index


def _part_deviations(excess: Floats, share: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Say how far both parts' log areas are from an isolated object's, in spreads.

    Parameters
    ----------
    excess : (n,) float64
        Log area of the whole less that of an isolated object.
    share : (n,) float64
        Of the smaller part.
    spread : (n,) float64
    """
    small = excess + np.log(np.maximum(share, 1e-3))
    large = excess + np.log(np.maximum(1 - share, 1e-3))
    return small / spread, large / spread


def _stack_columns(columns: list[Floats]) -> Floats:
    features: Floats = np.stack(columns).T  # each column in one piece, as examples are kept
    return np.nan_to_num(features, copy=False) if len(features) else features


def pair_features(
    measurements: Measurements,
    stats: ReferenceStats,
    pairs: MaskPairs,
    union_log_odds: Floats,
    rows: slice = ALL_ROWS,
) -> Floats:
    """Describe pairs as they were drawn, to be told from isolated objects cut in two.

    Parameters
    ----------
    measurements : Measurements
    stats : ReferenceStats
    pairs : MaskPairs
    union_log_odds : (pairs,) float64
        Log odds that the union is several objects.
    rows : slice
        Of ``pairs``, those to describe.

    Returns
    -------
    (rows, k) float64
    """
    unions = measurements.unions.take(rows)
    area, misfit = (unions[name].to_numpy().astype(float) for name in ("area_px", "misfit"))
    border, group = _reaches_border(measurements, pairs, rows), stats.group[pairs.a[rows]]
    has_gap = pairs.gap[rows] > 0
    return _seam_features(unions, area, misfit, has_gap, border, stats, group, union_log_odds[rows])


def cut_features(
    measurements: Measurements, stats: ReferenceStats, merge_log_odds: Floats, rows: slice = ALL_ROWS
) -> Floats:
    """Describe isolated objects that were cut in two, in the same columns as `pair_features`.

    Parameters
    ----------
    measurements : Measurements
    stats : ReferenceStats
    merge_log_odds : (instances,) float64
        Log odds that an instance is several objects.
    rows : slice
        Of ``cuts``, those to describe.

    Returns
    -------
    (rows, k) float64
    """
    cuts, instances = measurements.cuts.take(rows), measurements.instances
    row = cuts["instance"].to_numpy()
    area = instances["area_px"].to_numpy()[row].astype(float)
    misfit = measurements.shapes["misfit"].to_numpy()[row].astype(float)
    border, slit = instances["border"].to_numpy()[row], cuts["slit"].to_numpy()
    return _seam_features(cuts, area, misfit, slit, border, stats, stats.group[row], merge_log_odds[row])


def _seam_features(
    seams: ColumnTable, area: Floats, misfit: Floats, slit: NDArray[np.bool_], border: NDArray[np.bool_],
    stats: ReferenceStats, group: IntArray, whole_log_odds: Floats,
) -> Floats:  # fmt: skip
    names = ("gain", "misfit", "share", "px", "width_px", "notch_low", "notch_high")
    seam = {name: seams[f"seam_{name}"].to_numpy().astype(float) for name in names}
    spread = np.maximum(stats.spread[group], _MIN_SPREAD)
    excess = np.log(np.maximum(area, 1)) - stats.log_area[group]
    small, large = _part_deviations(excess, seam["share"], spread)
    columns = {
        "gain": seam["gain"],
        "misfit": seam["misfit"],
        "share": seam["share"],
        "px_over_width": seam["px"] / np.maximum(seam["width_px"], 1),
        "notch_low": seam["notch_low"],
        "notch_high": seam["notch_high"],
        "px_over_diameter": seam["px"] / np.sqrt(4 * np.maximum(area, 1) / np.pi),
        "large": large,
        "small": small,
        "whole_log_odds": np.clip(whole_log_odds, -12, 12),
        "whole_misfit": misfit,
        "border": border.astype(float),
        "slit": slit.astype(float),
        "log_px": np.log1p(seam["px"]),
        "excess_in_spreads": excess / spread,
        "notch_by_notch": seam["notch_low"] * seam["notch_high"],
        "gain_by_notch": seam["gain"] * seam["notch_low"],
        "misfit_by_share": seam["misfit"] * seam["share"],
        "small_by_large": small * large,
    }
    return _stack_columns([columns[name] for name in PAIR_FEATURES])
