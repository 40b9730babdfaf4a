"""Comparing: measure once, then matches, metrics, errors, causes and what-ifs from what was measured."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from audit.comparison import average_precision as ap
from audit.comparison.cause_summary import count_causes
from audit.comparison.causes import LabelConventions, estimate_nms_threshold, find_overlap_causes
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.label_maps import LabelMapBuilder, prepare_label_maps
from audit.comparison.measuring import measure_comparison, redrawn
from audit.comparison.metrics.boundary import measure_boundary_ious
from audit.comparison.metrics.label_maps import (
    adapted_rand,
    aggregated_jaccard,
    segments,
    splits_and_merges,
    variation_of_information,
)
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.options import CompareOptions
from audit.comparison.proposals import evaluate_proposals
from audit.comparison.recall_upper_bound import find_safe_threshold, recall_upper_bound
from audit.comparison.result import Comparison, Matches, NmsFacts
from audit.comparison.symptoms import find_symptoms, measure_calibration
from audit.comparison.tide_errors import find_tide_errors
from audit.comparison.whatif import (
    MAP_SCORE,
    Outcome,
    Recommendation,
    evaluate_baseline,
    evaluate_nms_grid,
    recommend_nms,
)
from audit.comparison.whatif_masks import MaskVariants, mask_variants
from audit.dataset.model import Dataset
from audit.geometry.mask_pairs import MaskPairs

CEILINGS = (("box", True), ("box", False), ("mask", True))
CEILING_GRID = (0.3, 0.4, 0.5, 0.6, 0.7)


def compare_datasets(
    labels: Dataset,
    predictions: Dataset,
    know_conventions: Callable[[ComparisonTables], LabelConventions],
    options: CompareOptions | None = None,
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
    options : CompareOptions, optional
    proposals : Dataset, optional
        Boxes with scores, with the same rows of images.
    step : callable
        Called with the name of each step when it begins.

    Examples
    --------
    >>> from audit.comparison.causes import unknown_conventions
    >>> from audit.dataset.model import empty_dataset
    >>> found = compare_datasets(empty_dataset(), empty_dataset(), unknown_conventions)
    >>> len(found.overlaps), len(found.errors)
    (0, 0)
    """
    o = options or CompareOptions()
    step("compare")
    m = measure_comparison(labels, predictions)
    given = labels, predictions
    labels, predictions = redrawn(labels, m.labels), redrawn(predictions, m.predictions)
    has_masks = bool(m.predictions.has_mask.any()) or len(m.predictions) == 0
    step("match")
    candidates = ap.mask_candidates(m)
    segm, bbox = (
        ap.evaluate_detections(m, candidates),
        ap.evaluate_detections(m, ap.box_candidates(m), boxes=True),
    )
    best = segm if has_masks else bbox
    matches, boundary = _matches(labels, predictions, m, candidates, segm)
    step("causes")
    nms = _nms(m, o)
    overlaps = find_overlap_causes(m, know_conventions(m), nms.safe, o)
    step("metrics")
    flat = prepare_label_maps(labels, predictions, m)
    maps = _map_numbers(m, flat, candidates, boundary) if has_masks else {}
    outcomes: tuple[Outcome, ...] = ()
    variants: MaskVariants | None = None
    recommendation: Recommendation | None = None
    if o.what_ifs and has_masks:
        step("what-ifs")
        at = evaluate_baseline(m, flat, o)
        grid = evaluate_nms_grid(at)
        recommendation = recommend_nms(at, grid)
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
        errors=find_tide_errors(m),
        overlaps=overlaps,
        causes=count_causes(overlaps),
        nms=nms,
        ceilings=tuple(
            recall_upper_bound(m, method=method, threshold=t, per_class=per_class)
            for method, per_class in CEILINGS for t in CEILING_GRID
        ),
        outcomes=outcomes,
        mask_images=(variants.images, variants.of) if variants else (0, 0),
        recommendation=recommendation,
        symptoms=find_symptoms(m, segm, matches.iou, matches.boundary_iou, _crowded(m, know_conventions(m))),
        calibration=measure_calibration(m.predictions.score, right),
        proposals=None
        if proposals is None
        else evaluate_proposals(labels, predictions, proposals, m, overlaps),
    )  # fmt: skip


def _nms(m: ComparisonTables, o: CompareOptions) -> NmsFacts:
    estimate, pairs = estimate_nms_threshold(m)
    given = o.nms_threshold
    return NmsFacts(
        estimate if given is None else given, given is not None, pairs, find_safe_threshold(m, o.safe_loss)
    )


def _crowded(m: ComparisonTables, known: LabelConventions) -> np.ndarray:
    """Say which labels touch or overlap another one."""
    crowded = known.touching.copy()
    overlapping = m.label_pairs.take(m.label_pairs.intersection > 0)
    crowded[overlapping.a] = crowded[overlapping.b] = True
    return crowded


def _matches(
    labels: Dataset, predictions: Dataset, m: ComparisonTables, candidates: MaskPairs, segm: ap.Evaluation
) -> tuple[Matches, np.ndarray]:
    """Measure the matches; and the boundary IoU of every candidate with an IoU of 0.5 or more."""
    matched = segm.matched[0]
    iou, boundary = np.full(len(matched), np.nan), np.full(len(matched), np.nan)
    mask_iou, no_crowd = candidates.iou, ~candidates.iscrowd
    chosen = np.flatnonzero((matched[candidates.b] == candidates.a) & no_crowd)
    iou[candidates.b[chosen]] = mask_iou[chosen]
    near = np.flatnonzero((mask_iou >= 0.5) & no_crowd)
    outline = np.full(len(candidates), np.nan)
    outline[near] = measure_boundary_ious(labels, predictions, m, candidates.a[near], candidates.b[near])
    boundary[candidates.b[chosen]] = outline[chosen]
    return Matches(matched, iou, boundary), outline


def _map_numbers(
    m: ComparisonTables, flat: LabelMapBuilder, candidates: MaskPairs, outline: np.ndarray
) -> dict[str, float]:
    maps = flat.maps(m.predictions.score >= MAP_SCORE, ap.rank_by_score(m))
    s = segments(m, maps)
    aji, aji_plus = aggregated_jaccard(s)
    split, merge = variation_of_information(s)
    error, precision, recall = adapted_rand(s)
    # Boundary AP: the smaller of mask and boundary IoU decides (Cheng et al., 2021, section 5).
    known = np.isfinite(outline)
    smaller = np.minimum(candidates.iou, np.where(known, outline, 1.0))
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
        "boundary_ap": ap.evaluate_detections(m, candidates, iou=smaller, areas=False).numbers()["AP"],
    }
