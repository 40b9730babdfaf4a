"""Masks of one image mended after the model: smoothed, in one part, without holes, one owner a pixel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audit.carriers import dataclass
from audit.comparison.label_maps import make_exclusive
from audit.geometry.mask_input import Size, read_masks, to_numpy
from audit.geometry.morphology import close_masks, fill_holes, keep_largest_component, open_masks
from audit.geometry.pairs import find_mask_pairs
from audit.geometry.runs import Runs, runs_to_dense
from audit.geometry.shape import measure_areas

if TYPE_CHECKING:
    import pandas as pd

MAX_RADIUS = 1 << 16
"""Pixels: no image is so large that a larger square makes sense."""


@dataclass(frozen=True, slots=True)
class PostprocessedMasks:
    """Masks, and what was done to them."""

    masks: NDArray[np.bool_]
    """(N, H, W)."""
    changes: pd.DataFrame
    """One row a mask: ``area_before``, the pixels that each step took (-) or gave (+), ``area_after``."""


def postprocess_masks(
    masks: Any,
    scores: Any = None,
    *,
    opening: int = 0,
    closing: int = 0,
    largest_part: bool = False,
    holes: bool = False,
    one_owner: bool = False,
    threshold: float | None = None,
    layout: str | None = None,
    size: Size | None = None,
) -> PostprocessedMasks:
    """Mend the masks of one image, and say what that changed.

    The steps are taken in the order of their parameters. Nothing is done that is not asked for.

    Parameters
    ----------
    masks : array or sequence
        As `audit.overlap_matrix` takes them.
    scores : (N,) array, optional
        Needed for ``one_owner``.
    opening, closing : int
        Radius in pixels of a square (2 r + 1 pixels a side) that removes what is thinner, or fills what is
        narrower.
    largest_part : bool
        Keep the largest 8-connected part of each mask.
    holes : bool
        Fill what a mask encloses.
    one_owner : bool
        Give each pixel to the mask with the highest score; of equal ones, to the first.
    threshold, layout, size
        As of `audit.overlap_matrix`.

    Returns
    -------
    PostprocessedMasks
        Masks stay where they are in the list, also those that lost all their pixels.

    Raises
    ------
    ValueError
        If masks cannot be read, or scores are needed and not given.

    Examples
    --------
    >>> masks = np.zeros((2, 4, 6), dtype=bool)
    >>> masks[0, :, :4] = masks[1, :, 3:] = True
    >>> masks[0, 1, 1] = False
    >>> mended = postprocess_masks(masks, [0.9, 0.8], holes=True, one_owner=True)
    >>> mended.changes.to_dict("records")[1]
    {'area_before': 12, 'filled_holes': 0, 'given_away': -4, 'area_after': 8}
    >>> mended.masks.sum(axis=(1, 2)).tolist()
    [16, 8]
    >>> len(postprocess_masks([]).changes)
    0
    """
    import pandas as pd

    for name, radius in (("opening", opening), ("closing", closing)):
        if not 0 <= radius <= MAX_RADIUS:
            raise ValueError(f"{name} is a radius of 0 to {MAX_RADIUS} pixels, not {radius}")
    image_masks = read_masks(masks, threshold=threshold, layout=layout, size=size)
    runs = image_masks.as_runs()
    area = measure_areas(runs)
    columns = {"area_before": area}
    steps: tuple[tuple[str, bool, Callable[[], Runs]], ...] = (
        ("opened", opening > 0, lambda: open_masks(runs, np.full(runs.count, opening))),
        ("closed", closing > 0, lambda: close_masks(runs, np.full(runs.count, closing))),
        ("removed_parts", largest_part, lambda: keep_largest_component(runs)),
        ("filled_holes", holes, lambda: fill_holes(runs)),
        ("given_away", one_owner, lambda: _give_pixels_to_best(runs, scores)),
    )
    for name, is_wanted, change in steps:
        if is_wanted:
            runs = change()
            new_area = measure_areas(runs)
            columns[name], area = new_area - area, new_area
    columns["area_after"] = area
    return PostprocessedMasks(
        runs_to_dense(runs, image_masks.height, image_masks.width), pd.DataFrame(columns)
    )


def _give_pixels_to_best(runs: Runs, scores: Any) -> Runs:
    if scores is None:
        raise ValueError("one_owner gives pixels to the mask with the highest score: pass scores")
    score = np.asarray(to_numpy(scores), dtype=np.float64)
    if score.shape != (runs.count,) or np.isnan(score).any():
        raise ValueError(f"{runs.count} masks need as many scores, none of them NaN")
    rank = np.empty(runs.count, dtype=np.int64)
    rank[np.argsort(-score, kind="stable")] = np.arange(runs.count)
    pairs = find_mask_pairs(runs, np.zeros(runs.count, dtype=np.int64))
    return make_exclusive(runs, pairs, rank, 0)
