"""Two annotators of the same pictures: objects matched one to one, splits, merges, shapes and names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from audit.agreement.krippendorff import MISSING, krippendorff_alpha
from audit.agreement.raters import Rater
from audit.carriers import dataclass
from audit.dataset.model import IntArray
from audit.diff.match_masks import MaskGroup, MaskMatches, match_masks
from audit.geometry.mask_pairs import MaskPairs
from audit.measure.cross_pairs import measure_cross_pairs


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two annotators on the pictures that both have."""

    annotator_a: str
    annotator_b: str
    n_images: int
    n_instances_a: int
    n_instances_b: int
    n_matched: int
    """Objects of IoU 0.5 or more, one to one."""
    mean_iou: float
    """Of the matched; NaN where there are none."""
    n_same_category: int
    """Of the matched."""
    n_splits: int
    """One mask of the first annotator is several of the second."""
    n_merges: int
    """Several masks of the first annotator are one of the second."""
    alpha: float
    """Krippendorff's alpha of the categories, *missing* being one; NaN where there is one category."""

    @property
    def f1(self) -> float:
        """Matched objects by the mean number of objects; NaN where there are none."""
        n_instances = self.n_instances_a + self.n_instances_b
        return 2 * self.n_matched / n_instances if n_instances else float("nan")


def compare_raters(raters: Sequence[Rater]) -> tuple[Agreement, ...]:
    """Compare every two raters that have pictures in common.

    Parameters
    ----------
    raters : sequence of Rater

    Returns
    -------
    tuple of Agreement
        In the order of the raters.

    Examples
    --------
    >>> from audit.agreement.raters import raters_of_files
    >>> from audit.testing import dataset, measured, scene
    >>> scenes = scene("aa.b", file_name="p"), scene("cc..", file_name="p")
    >>> panel = raters_of_files("AB", [(dataset(one), measured(one)) for one in scenes])
    >>> (agreement,) = compare_raters(panel.raters)
    >>> agreement.n_matched, agreement.f1 == 2 / 3, agreement.mean_iou
    (1, True, 1.0)
    >>> compare_raters([])
    ()
    """
    agreements = []
    for rater_a, rater_b in combinations(raters, 2):
        shared = np.intersect1d(rater_a.pictures, rater_b.pictures)
        if len(shared):
            agreements.append(_compare_two(rater_a.take(shared), rater_b.take(shared)))
    return tuple(agreements)


def _compare_two(rater_a: Rater, rater_b: Rater) -> Agreement:
    """Compare two raters of the same pictures."""
    pairs = measure_cross_pairs(rater_a.masks, rater_b.masks)
    overlaps = pairs.take(pairs.intersection > 0)
    matches = match_masks(overlaps)
    same = rater_a.category[matches.a] == rater_b.category[matches.b]
    units = _label_units(matches, overlaps, rater_a.category, rater_b.category)
    return Agreement(
        annotator_a=rater_a.name,
        annotator_b=rater_b.name,
        n_images=len(rater_a.pictures),
        n_instances_a=len(rater_a.masks),
        n_instances_b=len(rater_b.masks),
        n_matched=len(matches.a),
        mean_iou=float(matches.iou.mean()) if len(matches.iou) else float("nan"),
        n_same_category=int(same.sum()),
        n_splits=len(matches.splits),
        n_merges=len(matches.merges),
        alpha=krippendorff_alpha(np.stack(units, axis=1)),
    )


def _label_units(
    matches: MaskMatches, overlaps: MaskPairs, category_a: IntArray, category_b: IntArray
) -> tuple[IntArray, IntArray]:
    """Lay out what both annotators call every object.

    A split or merge is one object that both saw, named as its largest part is; what has no counterpart is
    *missing* for the other annotator.
    """
    groups = matches.splits, matches.merges
    a = np.concatenate([matches.a, *_representatives(*groups, overlaps, whole_first=True)])
    b = np.concatenate([matches.b, *_representatives(*groups, overlaps, whole_first=False)])
    used_a = np.concatenate([a, _list_parts(matches.merges)]).astype(np.int64)
    used_b = np.concatenate([b, _list_parts(matches.splits)]).astype(np.int64)
    unmatched_a, unmatched_b = np.delete(category_a, used_a), np.delete(category_b, used_b)
    return (
        np.concatenate([category_a[a], unmatched_a, np.full(len(unmatched_b), MISSING)]),
        np.concatenate([category_b[b], np.full(len(unmatched_a), MISSING), unmatched_b]),
    )


def _list_parts(groups: Sequence[MaskGroup]) -> IntArray:
    return np.array([part for group in groups for part in group.parts], dtype=np.int64)


def _representatives(
    splits: Sequence[MaskGroup], merges: Sequence[MaskGroup], overlaps: MaskPairs, *, whole_first: bool
) -> list[IntArray]:
    """Return one mask of either side for every split and every merge: the whole, or its largest part."""
    pairs = zip(overlaps.a.tolist(), overlaps.b.tolist(), strict=True)
    shared = dict(zip(pairs, overlaps.intersection.tolist(), strict=True))
    part_of_split = [
        max(split.parts, key=lambda part: (shared.get((split.whole, part), 0), -part)) for split in splits
    ]
    part_of_merge = [
        max(merge.parts, key=lambda part: (shared.get((part, merge.whole), 0), -part)) for merge in merges
    ]
    wholes = [[group.whole for group in groups] for groups in (splits, merges)]
    chosen = (wholes[0], part_of_merge) if whole_first else (part_of_split, wholes[1])
    return [np.array(rows, dtype=np.int64) for rows in chosen]
