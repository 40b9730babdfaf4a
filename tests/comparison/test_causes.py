from dataclasses import replace

import numpy as np
import pytest
from row_scenes import row

from audit.comparison.cause_names import Cause
from audit.comparison.cause_summary import count_causes, summarize_causes
from audit.comparison.causes import find_overlap_causes
from audit.comparison.conventions import LabelConventions, unknown_conventions
from audit.comparison.measuring import measure_comparison
from audit.comparison.nms_threshold import estimate_nms_threshold
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.testing import Scene, compared

SIZE = 40


def picture(categories=None, crowd="", **rectangles):
    """Draw rectangles given as (top, left, bottom, right), or as a list of these."""
    masks = {}
    for name, parts in rectangles.items():
        masks[name] = np.zeros((SIZE, 2 * SIZE), dtype=bool)
        for top, left, bottom, right in parts if isinstance(parts, list) else [parts]:
            masks[name][top:bottom, left:right] = True
    return Scene(SIZE, 2 * SIZE, masks, categories or {}, crowd)


def causes(labels, predictions, *, flagged=(), safe=0.3, scores=None, **options):
    m = measure_comparison(*compared((labels, predictions), scores=scores))
    conventions = unknown_conventions(m)
    if flagged:
        marks = np.isin(np.arange(len(m.labels)), flagged)
        conventions = LabelConventions(marks, marks, marks, np.zeros(m.categories, dtype=bool))
    return find_overlap_causes(m, conventions, safe, CompareOptions(**options))


TWO = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45))
CASES = {
    Cause.GT_OVERLAPS: (
        picture(a=(5, 5, 25, 25), b=(5, 15, 25, 35)),
        picture(p=(5, 5, 25, 25), q=(5, 15, 25, 35)),
    ),
    Cause.REGION_COVERS_SEVERAL: (TWO, picture(p=(5, 5, 25, 45), q=(5, 5, 25, 25))),
    Cause.OBJECT_CUT_UP: (picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 45), q=(5, 5, 25, 20))),
    Cause.MASK_SPILL: (TWO, picture(p=(5, 5, 25, 33), q=(5, 25, 25, 45))),
    Cause.BACKGROUND: (TWO, picture(p=(5, 50, 25, 70), q=(5, 55, 25, 75))),
    Cause.NMS_THRESHOLD: (picture(a=(5, 5, 25, 25)), picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28))),
    Cause.NMS_BLIND_SPOT: (
        picture(a=(5, 5, 25, 25)),
        picture(p=(5, 5, 25, 25), q=[(5, 5, 25, 25), (10, 25, 11, 55)]),
    ),
    Cause.NMS_CROSS_CATEGORY: (
        picture(a=(5, 5, 25, 25)),
        picture(p=(5, 5, 25, 25), q=(5, 6, 25, 26), categories={"q": "another"}),
    ),
    Cause.UNDETERMINED: (TWO, picture(p=(5, 5, 25, 25), q=(15, 15, 40, 25))),
}


@pytest.mark.parametrize("cause", CASES)
def test_each_cause_is_told_from_the_others(cause):
    labels, predictions = CASES[cause]
    found = causes(labels, predictions)
    assert found.cause.tolist() == [cause.value]
    assert (found.confidence[0] >= 0.5) == (cause is not Cause.UNDETERMINED)


@pytest.mark.parametrize("cause", [Cause.REGION_COVERS_SEVERAL, Cause.OBJECT_CUT_UP])
def test_a_doubtful_convention_explains_wholes_and_parts(cause):
    labels, predictions = CASES[cause]
    assert causes(labels, predictions, flagged=[0]).cause.tolist() == ["gt_convention"]


@pytest.mark.parametrize(
    ("cause", "merged", "split"),
    [(Cause.REGION_COVERS_SEVERAL, True, False), (Cause.OBJECT_CUT_UP, False, True)],
)
def test_merged_labels_explain_parts_and_split_ones_wholes(cause, merged, split):
    m = measure_comparison(*compared(CASES[cause]))
    all_, no = np.ones(len(m.labels), dtype=bool), np.zeros(1, dtype=bool)
    assert find_overlap_causes(
        m, LabelConventions(all_ & merged, all_ & split, all_, no), 0.3
    ).cause.tolist() == [cause.value]
    assert find_overlap_causes(
        m, LabelConventions(all_ & split, all_ & merged, all_, no), 0.3
    ).cause.tolist() == ["gt_convention"]


@pytest.mark.parametrize("cause", [Cause.NMS_THRESHOLD, Cause.MASK_SPILL, Cause.BACKGROUND])
def test_a_doubtful_convention_explains_nothing_else(cause):
    labels, predictions = CASES[cause]
    assert causes(labels, predictions, flagged=[0]).cause.tolist() == [cause.value]


def test_a_mixed_category_makes_touching_labels_doubtful():
    labels, predictions = CASES[Cause.REGION_COVERS_SEVERAL]
    m = measure_comparison(*compared((labels, predictions)))
    no, yes = np.zeros(2, dtype=bool), np.ones(2, dtype=bool)
    mixed = LabelConventions(no, no, yes, np.ones(1, dtype=bool))
    assert find_overlap_causes(m, mixed, 0.3).cause.tolist() == ["gt_convention"]
    assert find_overlap_causes(
        m, LabelConventions(no, no, no, np.ones(1, dtype=bool)), 0.3
    ).cause.tolist() != ["gt_convention"]


def test_evidence_is_exact():
    found = causes(*CASES[Cause.MASK_SPILL])
    assert found.pairs.iou.tolist() == [160 / 800]
    assert found.pairs.ios.tolist() == [160 / 400]
    assert found.pairs.box_iou.tolist() == [160 / 800]
    assert found.label_a.tolist() == [0] and found.label_b.tolist() == [1]
    assert found.label_iou_a.tolist() == [400 / 560]
    assert found.covered_a.tolist() == [1]


def test_labels_drawn_twice_count_as_overlapping_labels():
    twice = picture(a=(5, 5, 25, 25), b=(5, 5, 25, 25))
    assert causes(twice, picture(p=(5, 5, 25, 25), q=(5, 6, 25, 26))).cause.tolist() == ["gt_overlaps"]


def test_a_label_nested_in_another_is_not_one_of_several():
    labels = picture(a=(5, 5, 25, 25), b=(10, 10, 15, 15), categories={"b": "tie"})
    found = causes(labels, picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28)))
    assert found.covered_a.tolist() == [1]
    assert found.cause.tolist() == ["nms_threshold"]


def test_a_crowd_region_is_no_background():
    labels = picture(a=(0, 48, 40, 80), crowd="a")
    assert causes(labels, CASES[Cause.BACKGROUND][1]).cause.tolist() == ["undetermined"]


def test_a_threshold_that_is_safe_and_would_help_makes_the_difference():
    labels, predictions = CASES[Cause.NMS_THRESHOLD]
    assert causes(labels, predictions, safe=0.9).cause.tolist() == ["nms_blind_spot"]
    assert causes(labels, predictions, safe=0.9, duplicate_iou=0.95).cause.tolist() == ["undetermined"]


def test_the_given_threshold_of_nms_counts():
    labels, predictions = CASES[Cause.NMS_BLIND_SPOT]
    assert causes(labels, predictions, nms_threshold=0.2).cause.tolist() == ["nms_threshold"]


@pytest.mark.parametrize(
    "options", [{"score_floor": 0.95}, {"min_iou": 0.9, "min_ios": 0.9}], ids=["score", "overlap"]
)
def test_options_decide_what_is_a_pair(options):
    assert len(causes(*CASES[Cause.NMS_THRESHOLD], **options)) == 0


def test_the_effective_threshold_is_the_largest_that_survived():
    labels, predictions = CASES[Cause.NMS_THRESHOLD]
    m = measure_comparison(*compared((labels, predictions)))
    assert estimate_nms_threshold(m) == (17 / 23, 1)


def test_table_has_the_documented_columns():
    labels, predictions = compared(CASES[Cause.MASK_SPILL])
    labels = replace(labels, annotations=replace(labels.annotations, id=np.array([11, 12])))
    predictions = replace(predictions, annotations=replace(predictions.annotations, index=np.array([7, 9])))
    table = compare_datasets(labels, predictions, unknown_conventions).overlaps_table()
    (row,) = table.to_dict("records")
    assert [row[n] for n in ("image_id", "prediction_a", "prediction_b", "cause", "group")] == [
        1,
        7,
        9,
        "mask_spill",
        "training",
    ]
    assert (row["annotation_a"], row["annotation_b"]) == (11, 12)


def test_counts_by_group_and_cause():
    lines = count_causes(causes(*CASES[Cause.MASK_SPILL]))
    found = {line.cause or line.group: line for line in lines}
    assert found["training"].pairs == found["mask_spill"].pairs == 1
    assert found["labels"].pairs == 0
    assert found["training"].low == pytest.approx(0.2065, abs=1e-4)
    assert (
        summarize_causes(lines)
        == "Of 1 overlapping pair of predictions: 0 % labels, 0 % proposals, 100 % training, 0 % NMS, 0 % undetermined."
    )


def test_no_pairs():
    lines = count_causes(causes(TWO, picture()))
    assert summarize_causes(lines) == "No two predictions overlap."


def test_predictions_may_overlap_where_nothing_is_labelled():
    assert causes(picture(), CASES[Cause.BACKGROUND][1]).cause.tolist() == ["background"]


@pytest.mark.parametrize(("n_labels", "confidence"), [(2, 0.75), (3, 1.0), (4, 1.0)])
def test_a_region_over_more_labels_is_surer(n_labels, confidence):
    labels = picture(**{name: (5, 5 + 15 * k, 25, 20 + 15 * k) for k, name in enumerate("abcd"[:n_labels])})
    found = causes(labels, picture(p=(5, 5, 25, 5 + 15 * n_labels), q=(5, 5, 25, 20)))
    assert found.cause.tolist() == ["region_covers_several"]
    assert found.confidence.tolist() == [confidence]
    assert sorted([found.covered_a[0], found.covered_b[0]]) == [1, n_labels]


def test_a_learned_convention_is_half_sure():
    assert causes(*CASES[Cause.OBJECT_CUT_UP], flagged=[0]).confidence.tolist() == [0.75]


@pytest.mark.parametrize(
    ("columns", "cause", "confidence"),
    [
        ((5, 20), "object_cut_up", 1.0),
        ((40, 46), "object_cut_up", 0.833333),  # 5 of 6 columns lie in the label
        ((41, 49), "object_cut_up", 0.5),  # half of them do
        ((42, 50), "undetermined", 0.0),
    ],
)
def test_how_much_of_a_fragment_lies_in_the_label(columns, cause, confidence):
    found = causes(picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 45), q=(5, columns[0], 25, columns[1])))
    assert (found.cause.tolist(), found.confidence.tolist()) == ([cause], [confidence])


def test_two_masks_of_the_same_half_of_a_label_are_a_repetition_not_two_parts():
    labels, predictions = picture(a=(5, 5, 25, 85)), picture(p=(5, 5, 25, 37), q=(5, 7, 25, 37))
    assert causes(labels, predictions).cause.tolist() == ["nms_threshold"]
    two_parts = picture(p=(5, 5, 25, 37), q=(5, 25, 25, 57))
    assert causes(labels, two_parts).cause.tolist() == ["object_cut_up"]
    two_categories = picture(categories={"q": "another"}, p=(5, 5, 25, 37), q=(5, 7, 25, 37))
    assert causes(labels, two_categories).cause.tolist() == ["nms_cross_category"]


@pytest.mark.parametrize(
    ("labels", "ratio", "cause", "confidence"),
    [
        (((0, 20), (16, 36)), 0.5, "gt_overlaps", 0.5),
        (((0, 20), (16, 36)), 0.25, "gt_overlaps", 0.666667),
        (((0, 20), (16, 36)), 0.51, "mask_spill", 0.509804),
        (((0, 15), (17, 32)), 0.5, "mask_spill", 0.75),
    ],
)
def test_labels_overlap_as_much_from_a_part_of_what_predictions_do(labels, ratio, cause, confidence):
    # The predictions share 8 of 20 px, the labels 4 of 20, or none.
    predictions = row(40, p=(0, 20), q=(12, 32))
    found = causes(row(40, a=labels[0], b=labels[1]), predictions, label_overlap_ratio=ratio)
    assert (found.cause.tolist(), found.confidence.tolist()) == ([cause], [confidence])
    assert CompareOptions().label_overlap_ratio == 0.25


@pytest.mark.parametrize(
    ("score", "first", "options", "n_pairs"),
    [
        (0.3, 7, {}, 1),
        (0.299, 7, {}, 0),
        (0.9, 7, {"min_ios": 0.9}, 1),  # 3 of 20 px
        (0.9, 8, {"min_ios": 0.9}, 0),
        (0.9, 7, {"min_iou": 0.9}, 1),  # 3 of the smaller one's 10
        (0.9, 8, {"min_iou": 0.9}, 0),
    ],
)
def test_a_pair_at_each_limit_is_asked_about(score, first, options, n_pairs):
    predictions = row(30, p=(0, 10), q=(first, 20))
    assert len(causes(row(30), predictions, scores={"q": score}, **options)) == n_pairs


@pytest.mark.parametrize(
    ("options", "safe", "cause", "confidence"),
    [
        ({}, 0.9, "nms_blind_spot", 0.5),
        ({"duplicate_iou": 0.51}, 0.9, "undetermined", 0.0),
        ({}, 0.5, "nms_blind_spot", 0.5),  # boxes at the safe threshold are not over it
        ({}, 0.49, "nms_threshold", 0.509804),
    ],
)
def test_one_label_twice_at_each_limit(options, safe, cause, confidence):
    # Each prediction has 3 of the label's 4 px; 2 of 4 are shared.
    found = causes(row(20, a=(0, 4)), row(20, p=(0, 3), q=(1, 4)), safe=safe, **options)
    assert (found.cause.tolist(), found.confidence.tolist()) == ([cause], [confidence])


@pytest.mark.parametrize(("length", "cause"), [(14, "nms_threshold"), (15, "nms_blind_spot")])
def test_boxes_tell_far_less_below_three_fifths_of_the_masks_iou(length, cause):
    # A spur of 14 px: box IoU 400 / 680 by mask IoU 400 / 414 = 0.609; of 15 px: 0.593.
    predictions = picture(p=(5, 5, 25, 25), q=[(5, 5, 25, 25), (10, 25, 11, 25 + length)])
    assert causes(picture(a=(5, 5, 25, 25)), predictions).cause.tolist() == [cause]


@pytest.mark.parametrize(
    ("nms_threshold", "cause"), [(400 / 700, "nms_blind_spot"), (0.571, "nms_threshold")]
)
def test_boxes_at_the_models_threshold_were_allowed(nms_threshold, cause):
    predictions = picture(p=(5, 5, 25, 25), q=[(5, 5, 25, 25), (10, 25, 11, 40)])
    found = causes(picture(a=(5, 5, 25, 25)), predictions, nms_threshold=nms_threshold)
    assert found.cause.tolist() == [cause]


def test_two_categories_of_one_label_are_as_sure_as_the_worse_fits():
    found = causes(row(20, a=(0, 10)), row(20, p=(0, 10), q=(0, 6), categories={"q": "another"}))
    assert (found.cause.tolist(), found.confidence.tolist()) == (["nms_cross_category"], [0.6])


@pytest.mark.parametrize(("stop", "cause"), [(10, "nms_threshold"), (9, "object_cut_up")])
def test_a_prediction_with_an_iou_of_one_half_shows_the_whole(stop, cause):
    found = causes(row(20, a=(0, 20)), row(20, p=(0, 20), q=(0, stop)), safe=0.3)
    assert found.cause.tolist() == [cause]


def test_what_was_learned_is_named_beside_any_cause():
    assert causes(*CASES[Cause.NMS_THRESHOLD], flagged=[0]).convention.tolist() == [True]
    assert causes(*CASES[Cause.NMS_THRESHOLD]).convention.tolist() == [False]
    assert causes(*CASES[Cause.BACKGROUND], flagged=[1]).convention.tolist() == [False]


def test_either_prediction_may_be_the_one_that_covers_several():
    labels, predictions = CASES[Cause.REGION_COVERS_SEVERAL]
    turned = picture(p=(5, 5, 25, 25), q=(5, 5, 25, 45))
    assert causes(labels, turned).cause.tolist() == ["region_covers_several"]
    assert causes(labels, turned, flagged=[0]).cause.tolist() == ["gt_convention"]
    assert causes(labels, predictions, flagged=[1]).cause.tolist() == ["region_covers_several"]


def test_a_region_over_two_labels_does_not_explain_a_third():
    labels = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45), c=(5, 45, 25, 65))
    found = causes(labels, picture(p=(5, 5, 25, 50), q=(5, 40, 25, 65)))
    assert found.cause.tolist() == ["mask_spill"]
