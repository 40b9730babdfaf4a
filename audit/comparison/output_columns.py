"""The columns of the tables that a comparison writes: name and meaning, in one place.

A test holds the tables to these lists, and the documentation prints them.
"""

from __future__ import annotations

from collections.abc import Mapping

OVERLAPS: Mapping[str, str] = {
    "image_id": "id as in the labels' file",
    "prediction_a": "position in the results file, from 0",
    "prediction_b": "position of the other prediction",
    "iou": "IoU of the two masks",
    "ios": "shared pixels / pixels of the smaller mask",
    "box_iou": "IoU of the two boxes",
    "cause": "why the two overlap, such as gt_overlaps or nms_threshold",
    "group": "part of the pipeline to blame: labels, proposals, training, nms, undetermined",
    "confidence": "0.5 = a deciding number just reaches its limit, 1 = all are far beyond; 0 = undetermined",
    "symptom": "what the pixels show, such as unites_several, concentric_twin or spill",
    "score_a": "confidence of the model",
    "score_b": "confidence of the model",
    "annotation_a": "id of the label that a shows; -1 = none",
    "annotation_b": "id of the label that b shows; -1 = none",
    "label_iou_a": "IoU of a and its label",
    "label_iou_b": "IoU of b and its label",
    "label_ios": "how much the two labels overlap, as a share of the smaller",
    "covered_a": "labels that a covers",
    "covered_b": "labels that b covers",
    "same_category": "whether the two predictions have one category",
    "convention": "whether the labels draw what one of them shows now as one, now as several",
    "one_proposal": "only with --proposals: 1 = both came from one region, 0 = from two, -1 = not known",
}
"""``overlaps.parquet``: one row a pair of predictions that overlap."""

MATCHES: Mapping[str, str] = {
    "image_id": "id as in the labels' file",
    "prediction": "position in the results file, from 0",
    "category_id": "id as in the labels' file; -1 = unknown",
    "score": "confidence of the model",
    "annotation_id": "label that it matches by COCO's rule at IoU 0.5, within its category; -1 = none",
    "iou": "IoU with that label; NaN = none",
    "boundary_iou": "IoU of the two outlines; NaN = no match, or a crowd region",
}
"""``matches.parquet``: one row a prediction."""

ERRORS: Mapping[str, str] = {
    "image_id": "id as in the labels' file",
    "error": "TIDE's kind: cls (category), loc (place), both, dupe, bkg (nothing there), miss (missed label)",
    "prediction": "position in the results file, from 0; -1 = a missed label",
    "annotation_id": "the label that it is nearest to, or that was missed; -1 = none",
    "iou": "IoU with that label; NaN = none",
    "score": "confidence of the model; NaN = a missed label",
}
"""``errors.parquet``: one row a wrong prediction or a missed label."""

WHAT_IFS: Mapping[str, str] = {
    "family": "none (predictions as they are), nms, soft_nms, matrix_nms, merge (non-maximum merging), "
    "masks, ceiling (bound of recall)",
    "method": "what NMS compares (box, mask, mask_ios), or what is done to masks (open, close ...)",
    "per_class": "whether NMS looks at one category at a time",
    "parameter": "threshold, sigma or radius; NaN = none",
    "predictions": "predictions that are left",
    "overlapping_pairs": "pairs that still overlap",
    "duplicates_removed": "removed predictions that repeated a label which another one matches",
    "objects_lost": "labels that were matched at IoU 0.5 and are no longer",
    "ap": "COCO's mask AP",
    "f1": "F1 at IoU 0.5 of the predictions that are left",
    "pq": "panoptic quality",
    "boundary_iou": "mean over matches; NaN where outlines are not changed",
    "recall_ceiling": "of family ceiling: recall that perfect predictions could reach under this NMS",
}
"""``whatif.parquet``: one row a setting of NMS or of the masks, and what comes of it."""
