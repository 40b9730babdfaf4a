"""Comparing: measure once, then matches, metrics, errors, causes and what-ifs from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from audit.comparison.average_precision import (
    box_candidates,
    evaluate_detections,
    mask_candidates,
    rank_by_score,
)
from audit.comparison.blame import assign_blame
from audit.comparison.category_ids import read_category_ids
from audit.comparison.cause_summary import count_causes
from audit.comparison.causes import find_overlap_causes
from audit.comparison.coco_metrics import Evaluation
from audit.comparison.comparison_tables import ComparisonTables
from audit.comparison.conventions import LabelConventions
from audit.comparison.federated_detections import average_by_frequency
from audit.comparison.image_ids import ImageReading
from audit.comparison.label_maps import LabelMapBuilder, prepare_label_maps
from audit.comparison.matching import BoolArray
from audit.comparison.measuring import measure_comparison
from audit.comparison.metrics.aggregated_jaccard import aggregated_jaccard, count_splits_and_merges
from audit.comparison.metrics.panoptic import panoptic_quality
from audit.comparison.metrics.partitions import adapted_rand, variation_of_information
from audit.comparison.nms_threshold import find_nms_thresholds
from audit.comparison.options import CompareOptions
from audit.comparison.overlap_evidence import Evidence, measure_evidence
from audit.comparison.proposals import evaluate_proposals
from audit.comparison.recall_upper_bound import RecallUpperBound, recall_upper_bound
from audit.comparison.recommended_nms import Recommendation, recommend_nms
from audit.comparison.result import Comparison
from audit.comparison.symptoms import Calibration, find_symptoms, measure_calibration
from audit.comparison.tide_errors import find_tide_errors
from audit.comparison.whatif import MAP_SCORE, Outcome, evaluate_baseline, evaluate_nms_grid
from audit.comparison.whatif_masks import evaluate_mask_variants
from audit.dataset.model import Dataset, FloatArray, IntArray
from audit.geometry.mask_pairs import MaskPairs
from audit.measure.cross_pairs import measure_boundary_ious

BOUND_METHODS = (("box", True), ("box", False), ("mask", True))
"""What NMS compares, and whether within a category, for the upper bounds of recall."""
BOUND_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Thresholds of NMS that are in use."""
BOUNDARY_IOU_FLOOR = 0.5
"""Mask IoU below which no outline is measured: where it is below COCO's lowest threshold, the smaller of the
two IoUs cannot match either."""


def compare_datasets(
    labels: Dataset,
    predictions: Dataset,
    know_conventions: Callable[[ComparisonTables], LabelConventions],
    options: CompareOptions | None = None,
    proposals: Dataset | None = None,
    step: Callable[[str], object] = lambda _: None,
    training: Sequence[Evidence] = (),
    image_reading: ImageReading | None = None,
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
    training : sequence of Evidence
        About the training, where its labels or its loss curve are known.
    image_reading : ImageReading, optional
        How the results' image ids would fit, where they do not.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> from audit.comparison.conventions import unknown_conventions
    >>> from audit.testing import compared, scene
    >>> data = compared((scene("aaaa..bb"), scene("pppp....", ".qqq....")), scores={"q": 0.8})
    >>> comparison = compare_datasets(*data, unknown_conventions)
    >>> comparison.overlaps.cause.tolist(), comparison.errors.error_type.tolist()
    (['nms_threshold'], ['dupe', 'miss'])
    >>> nothing = compare_datasets(*compared(), unknown_conventions)
    >>> len(nothing.overlaps), len(nothing.errors)
    (0, 0)
    """
    options = options or CompareOptions()
    step("compare")
    tables = measure_comparison(labels, predictions, options.max_detections)
    has_masks = bool(tables.predictions.has_mask.any()) or len(tables.predictions) == 0
    step("match")
    candidates, rank = mask_candidates(tables), rank_by_score(tables)
    segm = evaluate_detections(tables, candidates, rank=rank)
    of_boxes = box_candidates(tables)
    bbox = evaluate_detections(tables, of_boxes, boxes=True, rank=rank)
    outline_iou = _measure_outlines(tables, candidates)
    matches, match_iou = segm, _of_matches(segm, candidates, candidates.iou)
    if not has_masks:  # boxes alone match as boxes, and nothing is said of masks
        matches, match_iou = bbox, _of_matches(bbox, of_boxes, of_boxes.box_iou)
    match_boundary_iou = _of_matches(segm, candidates, outline_iou)
    step("causes")
    nms, conventions = find_nms_thresholds(tables, options), know_conventions(tables)
    with_nms = replace(options, nms_threshold=nms.threshold)
    overlaps = find_overlap_causes(tables, conventions, nms.safe, with_nms)
    is_touching = _find_touching_labels(tables, conventions)
    regions = evaluate_proposals(proposals, tables, overlaps) if proposals is not None else None
    evidence = measure_evidence(
        tables, overlaps, conventions, segm.matched_label[0], regions, options, training
    )
    step("metrics")
    segm_summary, bbox_summary = (_summarize(judged, labels) for judged in (segm, bbox))
    map_builder = prepare_label_maps(tables)
    maps = _measure_maps(tables, map_builder, candidates, outline_iou, rank) if has_masks else {}
    what_ifs: tuple[Outcome, ...] = ()
    recommendation, mask_images = None, (0, 0)
    if options.what_ifs and has_masks:
        step("what-ifs")
        what_ifs, recommendation, mask_images = _try_what_ifs(tables, map_builder, options)
    return Comparison(
        labels=labels, predictions=predictions, tables=tables, options=options, has_masks=has_masks,
        segm=segm_summary if has_masks else {}, segm_by_category=segm.ap_by_category(),
        bbox=bbox_summary, bbox_by_category=bbox.ap_by_category(), label_map_metrics=maps,
        matched_label=matches.matched_label[0], match_iou=match_iou, match_boundary_iou=match_boundary_iou,
        errors=find_tide_errors(tables, boxes=not has_masks), overlaps=overlaps,
        causes=count_causes(overlaps),
        evidence=evidence, blame=assign_blame(evidence) if has_masks else (),
        nms=nms, recall_bounds=_bound_recall(tables),
        what_ifs=what_ifs, recommendation=recommendation, mask_images=mask_images,
        symptoms=find_symptoms(tables, segm, match_iou, match_boundary_iou, is_touching) if has_masks else (),
        calibration=_calibrate(tables, matches),
        proposals=regions,
        category_reading=read_category_ids(tables),
        image_reading=image_reading,
    )  # fmt: skip


def _measure_outlines(tables: ComparisonTables, candidates: MaskPairs) -> FloatArray:
    """Measure the boundary IoU of candidates that may match; NaN of the others and of crowd regions."""
    outline_iou = np.full(len(candidates), np.nan)
    is_near = (candidates.iou >= BOUNDARY_IOU_FLOOR) & ~candidates.iscrowd
    near = candidates.take(is_near)
    outline_iou[is_near] = measure_boundary_ious(tables.labels, tables.predictions, near.a, near.b)
    return outline_iou


def _of_matches(segm: Evaluation, candidates: MaskPairs, values: FloatArray) -> FloatArray:
    """Return a candidate's value for each prediction that matches it; NaN where there is none, or a crowd."""
    matched = segm.matched_label[0]
    is_match = (matched[candidates.b] == candidates.a) & ~candidates.iscrowd
    of_prediction = np.full(len(matched), np.nan)
    of_prediction[candidates.b[is_match]] = values[is_match]
    return of_prediction


def _summarize(evaluation: Evaluation, labels: Dataset) -> dict[str, float]:
    """Return COCO's numbers, with those by frequency where the labels are LVIS'."""
    return evaluation.summarize() | average_by_frequency(evaluation.precision, labels.federated)


def _calibrate(tables: ComparisonTables, evaluation: Evaluation) -> Calibration:
    """Compare scores with how often predictions match a label at IoU 0.5, but for what is excused."""
    matched, predictions = evaluation.matched_label[0], tables.predictions
    is_judged = ~np.r_[tables.labels.iscrowd, False][matched] & predictions.is_verified
    is_judged &= (matched >= 0) | ~predictions.is_excusable
    return measure_calibration(tables.predictions.score[is_judged], matched[is_judged] >= 0)


def _find_touching_labels(tables: ComparisonTables, conventions: LabelConventions) -> BoolArray:
    """Say which labels touch or overlap another one."""
    is_touching = conventions.touching.copy()
    overlapping = tables.label_pairs.take(tables.label_pairs.intersection > 0)
    is_touching[overlapping.a] = is_touching[overlapping.b] = True
    return is_touching


def _measure_maps(
    tables: ComparisonTables,
    map_builder: LabelMapBuilder,
    candidates: MaskPairs,
    outline_iou: FloatArray,
    rank: IntArray,
) -> dict[str, float]:
    """Work out the metrics on label maps and outlines, by the names of ``metrics.json``."""
    maps = map_builder.draw(tables.predictions.score >= MAP_SCORE, rank)
    pq, sq, rq = panoptic_quality(maps)
    instances = maps.without_crowds()
    aji, aji_plus = aggregated_jaccard(instances)
    voi_split, voi_merge = variation_of_information(instances)
    error, precision, recall = adapted_rand(instances)
    # Boundary AP: the smaller of mask and boundary IoU decides (Cheng et al., 2021, section 5).
    smaller_iou = np.fmin(candidates.iou, outline_iou)
    boundary = evaluate_detections(tables, candidates, iou=smaller_iou, rank=rank, by_area=False)
    return {
        "pq": pq,
        "sq": sq,
        "rq": rq,
        "aji": aji,
        "aji_plus": aji_plus,
        **count_splits_and_merges(instances),
        "voi_split": voi_split,
        "voi_merge": voi_merge,
        "adapted_rand_error": error,
        "adapted_rand_precision": precision,
        "adapted_rand_recall": recall,
        "boundary_ap": boundary.summarize()["AP"],
    }


def _try_what_ifs(
    tables: ComparisonTables,
    map_builder: LabelMapBuilder,
    options: CompareOptions,
) -> tuple[tuple[Outcome, ...], Recommendation | None, tuple[int, int]]:
    """Return all outcomes, the recommended NMS, and on how many images of how many masks were changed."""
    baseline = evaluate_baseline(tables, map_builder, options)
    grid = evaluate_nms_grid(baseline)
    variants, mask_images = evaluate_mask_variants(baseline)
    return (*grid, *variants), recommend_nms(baseline, grid), mask_images


def _bound_recall(tables: ComparisonTables) -> tuple[RecallUpperBound, ...]:
    return tuple(
        recall_upper_bound(tables, method=method, threshold=threshold, per_class=per_class)
        for method, per_class in BOUND_METHODS
        for threshold in BOUND_THRESHOLDS
    )
