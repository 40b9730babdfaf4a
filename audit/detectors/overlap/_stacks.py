"""Stacks: so many masks of one image lie one in another that they are one fault, said once an image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.dataset.model import IntArray
from audit.detectors.base import Hit
from audit.detectors.classify_pairs import PairKind, PairThresholds, classify_pairs, flag_same_category
from audit.detectors.overlap._repeats import MAX_LISTED
from audit.findings.finding import Severity
from audit.geometry.sort_keys import group_rows
from audit.measure.schema import Measurements

MIN_STACKED = 2 * MAX_LISTED + 2
"""Masks of a stack, at least: of twelve, each in the next, every mask has more than `MAX_LISTED` partners,
and the pairs are more than `MAX_LISTED` for each."""


class Stack(NamedTuple):
    """Masks of one category in one image."""

    image: int
    """Row in images."""
    category: int
    """Row in categories; -1 = unknown."""
    masks: IntArray
    """Rows in instances, ascending."""


def find_stacks(measurements: Measurements, thresholds: PairThresholds) -> tuple[list[Stack], IntArray]:
    """Find masks that lie in, hold or repeat many others.

    A mask belongs to a stack where it has more than `MAX_LISTED` such partners of its own category. One
    large mask over many small ones is no stack, since the small ones have one partner each.

    Parameters
    ----------
    measurements : Measurements
    thresholds : PairThresholds
        They say when one mask lies in another, and when it repeats it.

    Returns
    -------
    stacks : list of Stack
    stack_of_pair : (pairs,) int64
        Position in ``stacks`` of the pair's two masks; -1 = not both belong to one.

    Examples
    --------
    >>> from audit.measure.schema import empty_measurements
    >>> find_stacks(empty_measurements(), PairThresholds())
    ([], array([], dtype=int64))
    """
    kinds = classify_pairs(measurements, thresholds)
    is_nested = (kinds == PairKind.DUPLICATE) | (kinds == PairKind.CONTAINED)
    is_nested &= flag_same_category(measurements)
    a, b = measurements.pairs["a"].to_numpy(), measurements.pairs["b"].to_numpy()
    image, category = (measurements.instances[name].to_numpy() for name in ("image", "category"))
    partners = np.bincount(np.concatenate([a[is_nested], b[is_nested]]), minlength=len(image))
    crowded = np.flatnonzero(partners > MAX_LISTED)
    first_rows, group, sizes = group_rows(image[crowded], category[crowded])
    is_stack = sizes >= MIN_STACKED
    number = np.where(is_stack, np.cumsum(is_stack) - 1, -1)
    stack_of_mask = np.full(len(image), -1, dtype=np.int64)
    stack_of_mask[crowded] = number[group]
    stack_of_pair = np.where(is_nested & (stack_of_mask[a] == stack_of_mask[b]), stack_of_mask[a], -1)
    stacks = [
        Stack(
            int(image[crowded[first_rows[k]]]),
            int(category[crowded[first_rows[k]]]),
            np.flatnonzero(stack_of_mask == number[k]),
        )
        for k in np.flatnonzero(is_stack).tolist()
    ]
    return stacks, stack_of_pair.astype(np.int64)


def report_stack(measurements: Measurements, stack: Stack, trait: str, severity: Severity) -> Hit:
    """Say once that many masks of an image lie one in another.

    Parameters
    ----------
    measurements : Measurements
    stack : Stack
    trait : str
        The end of a sentence: "lie one in another".
    severity : Severity

    Returns
    -------
    Hit
        It names all of them, the smallest and the largest first, so that rates of annotations count each.
    """
    area_px = measurements.instances["area_px"].to_numpy()[stack.masks]
    smallest, largest = int(area_px.argmin()), int(area_px.argmax())
    if smallest == largest:
        smallest, largest = 0, 1
    between = np.delete(stack.masks, [smallest, largest])
    names = measurements.categories["name"]
    objects = f"masks of “{names[stack.category]}”" if stack.category >= 0 else "masks"
    return Hit(
        f"{len(stack.masks):,} {objects} in this image {trait}, from {area_px[smallest]:,} to "
        f"{area_px[largest]:,} pixels; said once.",
        instances=(int(stack.masks[smallest]), int(stack.masks[largest]), *between.tolist()),
        evidence={
            "masks": len(stack.masks),
            "smallest_px": int(area_px[smallest]),
            "largest_px": int(area_px[largest]),
        },
        severity=severity,
    )
