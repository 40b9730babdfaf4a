"""Two predictions that overlap for a known reason, made from one or two labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audit.carriers import dataclass
from audit.synthetic.mask_edits import (
    Mask,
    add_spur,
    draw_ellipse,
    jitter_outline,
    shift_mask,
    take_end,
    take_nearest_part,
    take_two_halves,
    unite_masks,
)

MIN_ELLIPSE_PX = 200
"""Least size of a prediction where nothing is."""

Drawn = tuple[Mask, Mask, Mask | None] | None
"""Two predictions, and the mask that the label is given, where labels are changed; None where the site does
not suit."""
Draw = Callable[[np.random.Generator, Mask, Mask, Mask], Drawn]
"""Draws from the masks of a label and its neighbour (or the label twice), and the pixels that belong to no
label and no prediction."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of overlapping predictions, and how it is planted."""

    draw: Draw
    paired: bool = False
    """Needs two labels that touch."""
    second_category: str = "label"
    """Category of the second prediction: that of the ``label``, of the ``neighbour``, or ``wrong``."""


def _overlap_labels(
    rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask
) -> Drawn:
    wider_label = label_mask | take_nearest_part(label_mask, neighbour_mask, 0.48)
    return jitter_outline(rng, wider_label), jitter_outline(rng, neighbour_mask), wider_label


def _merge_labels(
    rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask
) -> Drawn:
    united_mask = unite_masks(label_mask, neighbour_mask)
    smaller_mask = label_mask if label_mask.sum() <= neighbour_mask.sum() else neighbour_mask
    if not 0.2 < smaller_mask.sum() / united_mask.sum() < 0.47:
        return None
    return jitter_outline(rng, united_mask), jitter_outline(rng, smaller_mask), united_mask


def _cover_both(rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask) -> Drawn:
    united_mask = unite_masks(label_mask, neighbour_mask)
    return jitter_outline(rng, united_mask), jitter_outline(rng, label_mask), None


def _cut_up(rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask) -> Drawn:
    if rng.random() < 0.4:
        return *take_two_halves(rng, label_mask, 0.46), None
    return jitter_outline(rng, label_mask), take_end(rng, label_mask, 0.36), None


def _spill_over(rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask) -> Drawn:
    spilt_mask = label_mask | take_nearest_part(label_mask, neighbour_mask, 0.41)
    return spilt_mask, jitter_outline(rng, neighbour_mask), None


def _invent_object(
    rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask
) -> Drawn:
    ellipse = draw_ellipse(rng, free_pixels, max(int(label_mask.sum()), MIN_ELLIPSE_PX))
    if ellipse is None:
        return None
    moved_ellipse = shift_mask(rng, ellipse, 0.6)
    return None if moved_ellipse is None else (ellipse, moved_ellipse, None)


def _add_long_spur(
    rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask
) -> Drawn:
    """Make the boxes differ so much that no NMS by boxes sees the duplicate."""
    spurred_mask = add_spur(rng, label_mask, free_pixels)
    return None if spurred_mask is None else (jitter_outline(rng, label_mask), spurred_mask, None)


def _repeat_nearby(
    rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask
) -> Drawn:
    """Make the boxes overlap just less than NMS removes."""
    moved_mask = shift_mask(rng, label_mask, 0.67)
    return None if moved_mask is None else (label_mask, moved_mask, None)


def _repeat_with_wrong_category(
    rng: np.random.Generator, label_mask: Mask, neighbour_mask: Mask, free_pixels: Mask
) -> Drawn:
    return jitter_outline(rng, label_mask), jitter_outline(rng, label_mask), None


CAUSES = {
    "gt_overlaps": Cause(_overlap_labels, paired=True, second_category="neighbour"),
    "gt_convention": Cause(_merge_labels, paired=True),
    "region_covers_several": Cause(_cover_both, paired=True),
    "object_cut_up": Cause(_cut_up),
    "mask_spill": Cause(_spill_over, paired=True, second_category="neighbour"),
    "background": Cause(_invent_object),
    "nms_blind_spot": Cause(_add_long_spur),
    "nms_threshold": Cause(_repeat_nearby),
    "nms_cross_category": Cause(_repeat_with_wrong_category, second_category="wrong"),
}
"""What is planted, by the names that `maskaudit compare` gives the causes."""
