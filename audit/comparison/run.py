"""Comparing: measure once, then matches, metrics, errors, causes and what-ifs from what was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from audit.comparison import average_precision as ap
from audit.comparison.cause_summary import cause_table
from audit.comparison.causes import CauseOptions, Conventions, effective_threshold, find_causes
from audit.comparison.flat import Layers, layers
from audit.comparison.matching import Candidates
from audit.comparison.measuring import measure_both, redrawn
from audit.comparison.metrics.boundary import boundary_ious
from audit.comparison.metrics.label_maps import (
    adapted_rand,
    aggregated_jaccard,
    segments,
    splits_and_merges,
    variation_of_information,
)
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.objects import Measured
from audit.comparison.proposals import judge_proposals
from audit.comparison.recall_upper_bound import ceiling, safe_threshold
from audit.comparison.result import Comparison, Matches, NmsFacts
from audit.comparison.symptoms import calibration, find_symptoms
from audit.comparison.tide_errors import find_errors
from audit.comparison.whatif import MAP_SCORE, Outcome, Recommendation, nms_grid, recommend, stand
from audit.comparison.whatif_masks import MaskVariants, mask_variants
from audit.dataset.model import Dataset

CEILINGS = (("box", True), ("box", False), ("mask", True))
CEILING_GRID = (0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What shall be worked out."""

    options: CauseOptions = field(default_factory=CauseOptions)
    what_ifs: bool = True


def compare_datasets(
    labels: Dataset,
    predictions: Dataset,
    know_conventions: Callable[[Measured], Conventions],
    wishes: Wishes | None = None,
    proposals: Dataset | None = None,
    step: Callable[[str], object] = lambda _: None,
) -> Comparison:
    """Compare predictions with labels.

    Parameters
    ----------
    labels : Dataset
    predictions : Dataset
        With the same rows of images and categories.
    know_conventions : callable
        From what was measured to where annotators draw now one object, now several.
    wishes : Wishes, optional
    proposals : Dataset, optional
        Boxes with scores, with the same rows of images.
    step : callable
        Called with the name of each step when it begins.

    Examples
    --------
    >>> from audit.comparison.causes import no_conventions
    >>> from audit.dataset.model import empty_dataset
    >>> found = compare_datasets(empty_dataset(), empty_dataset(), no_conventions)
    >>> len(found.overlaps), len(found.errors)
    (0, 0)
    """
    wishes = wishes or Wishes()
    o = wishes.options
    step("compare")
    m = measure_both(labels, predictions)
    given = labels, predictions
    labels, predictions = redrawn(labels, m.labels), redrawn(predictions, m.predictions)
    has_masks = bool(m.predictions.has_mask.any()) or len(m.predictions) == 0
    step("match")
    candidates = ap.mask_candidates(m)
    segm, bbox = ap.evaluate(m, candidates), ap.evaluate(m, ap.box_candidates(m), boxes=True)
    best = segm if has_masks else bbox
    matches, boundary = _matches(labels, predictions, m, segm)
    step("causes")
    nms = _nms(m, o)
    overlaps = find_causes(m, know_conventions(m), nms.safe, o)
    step("metrics")
    flat = layers(labels, predictions, m)
    maps = _map_numbers(m, flat, candidates, boundary) if has_masks else {}
    outcomes: tuple[Outcome, ...] = ()
    variants: MaskVariants | None = None
    recommendation: Recommendation | None = None
    if wishes.what_ifs and has_masks:
        step("what-ifs")
        at = stand(m, flat, o)
        grid = nms_grid(at)
        recommendation = recommend(at, grid)
        variants = mask_variants(labels, predictions, at)
        outcomes = (*grid, *variants.outcomes)
    right = (best.matched[0] >= 0) & ~np.r_[m.labels.iscrowd, False][best.matched[0]]
    return Comparison(
        labels=given[0],
        predictions=given[1],
        measured=m,
        options=o,
        has_masks=has_masks,
        segm=segm.numbers() if has_masks else {},
        bbox=bbox.numbers(),
        segm_by_category=segm.by_category(),
        bbox_by_category=bbox.by_category(),
        maps=maps,
        matches=matches,
        errors=find_errors(m),
        overlaps=overlaps,
        causes=cause_table(overlaps),
        nms=nms,
        ceilings=tuple(
            ceiling(m, method=method, threshold=t, per_class=per_class)
            for method, per_class in CEILINGS for t in CEILING_GRID
        ),
        outcomes=outcomes,
        mask_images=(variants.images, variants.of) if variants else (0, 0),
        recommendation=recommendation,
        symptoms=find_symptoms(m, segm, matches.iou, matches.boundary_iou, _crowded(m, know_conventions(m))),
        calibration=calibration(m.predictions.score, right),
        proposals=None if proposals is None else judge_proposals(labels, predictions, proposals, m, overlaps),
    )  # fmt: skip


def _nms(m: Measured, o: CauseOptions) -> NmsFacts:
    estimate, pairs = effective_threshold(m)
    given = o.nms_threshold
    return NmsFacts(
        estimate if given is None else given, given is not None, pairs, safe_threshold(m, o.safe_loss)
    )


def _crowded(m: Measured, known: Conventions) -> np.ndarray:
    """Say which labels touch or overlap another one."""
    crowded = known.touching.copy()
    meet = m.among_labels.pixels > 0
    crowded[m.among_labels.a[meet]] = crowded[m.among_labels.b[meet]] = True
    return crowded


def _matches(
    labels: Dataset, predictions: Dataset, m: Measured, segm: ap.Evaluation
) -> tuple[Matches, np.ndarray]:
    """Measure the matches; and the boundary IoU of every candidate with an IoU of 0.5 or more."""
    candidates = ap.mask_candidates(m)
    matched = segm.matched[0]
    iou, boundary = np.full(len(matched), np.nan), np.full(len(matched), np.nan)
    own = np.flatnonzero(matched[candidates.detection] == candidates.label)
    plain = own[~m.labels.iscrowd[candidates.label[own]]]
    iou[candidates.detection[plain]] = candidates.iou[plain]
    near = np.flatnonzero((candidates.iou >= 0.5) & ~m.labels.iscrowd[candidates.label])
    outline = np.full(len(candidates.iou), np.nan)
    outline[near] = boundary_ious(labels, predictions, m, candidates.label[near], candidates.detection[near])
    boundary[candidates.detection[plain]] = outline[plain]
    return Matches(matched, iou, boundary), outline


def _map_numbers(m: Measured, flat: Layers, candidates: Candidates, outline: np.ndarray) -> dict[str, float]:
    maps = flat.maps(m.predictions.score >= MAP_SCORE, ap.by_score(m))
    s = segments(m, maps)
    aji, aji_plus = aggregated_jaccard(s)
    split, merge = variation_of_information(s)
    error, precision, recall = adapted_rand(s)
    # Boundary AP: the smaller of mask and boundary IoU decides (Cheng et al., 2021, section 5).
    known = np.isfinite(outline)
    worse = Candidates(
        candidates.detection, candidates.label,
        np.where(known, np.minimum(candidates.iou, np.where(known, outline, 1.0)), candidates.iou),
    )  # fmt: skip
    return {
        **panoptic_quality(m, maps).numbers(),
        "aji": aji,
        "aji_plus": aji_plus,
        **splits_and_merges(s),
        "voi_split": split,
        "voi_merge": merge,
        "adapted_rand_error": error,
        "adapted_rand_precision": precision,
        "adapted_rand_recall": recall,
        "boundary_ap": ap.evaluate(m, worse, areas=False).numbers()["AP"],
    }
