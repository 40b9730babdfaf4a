"""From evidence to blame: what each combination of unusual numbers speaks against."""

import pytest

from audit.comparison.blame import MAX_BY_ELIMINATION, MAX_CONFIDENCE, assign_blame
from audit.comparison.overlap_evidence import Evidence
from audit.comparison.usual_values import USUAL_VALUES

NAN = float("nan")


def evidence(**bounds):
    """Make all evidence: unknown, but for what is given as (value, low, high)."""
    known = dict.fromkeys(USUAL_VALUES, (NAN, NAN, NAN)) | bounds
    return [Evidence(name, *known[name], 200, 4000) for name in USUAL_VALUES]


def blamed(**bounds):
    return [(blame.group, blame.candidates) for blame in assign_blame(evidence(**bounds))]


WHOLES = {"whole_and_parts": (3.0, 2.5, 3.6), "unites_labels": (2.5, 2.1, 3.0)}
BAD_BOXES = {"boxes_apart": (39.0, 35.0, 44.0), "box_fit": (0.56, 0.55, 0.57)}
MANY_PAIRS = {"overlapping_pairs": (10.0, 9.0, 11.0)}
FAR_REGIONS = {"proposal_reach": (0.43, 0.4, 0.46), "proposal_recall": (0.35, 0.33, 0.37)}
NEAR_REGIONS = {"proposal_reach": (0.55, 0.52, 0.58), "proposal_recall": (0.24, 0.21, 0.27)}
GOOD_REGIONS = {"proposal_reach": (0.94, 0.93, 0.95), "proposal_recall": (0.85, 0.83, 0.87)}


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, []),
        ({"overlapping_pairs": (5.4, 4.9, 6.0)}, []),
        (MANY_PAIRS, [("undetermined", ())]),
        ({"missed_by_nms": (15.0, 13.0, 17.0)}, [("nms", ())]),
        ({"two_categories": (6.4, 5.2, 7.9)}, [("nms", ())]),
        ({"label_duplicates": (9.0, 8.0, 10.0)}, [("labels", ())]),
        ({"overlaps_as_labels": (8.5, 6.0, 12.0)}, [("labels", ())]),
        ({"label_duplicates": (9, 8, 10), "overlaps_as_labels": (8.5, 6.0, 12.0)}, [("labels", ())]),
        (
            WHOLES | {"labels_take_whole": (0.42, 0.33, 0.52)},  # a weak model alone does that, too
            [("undetermined", ("labels", "training", "proposals"))],
        ),
        (
            WHOLES | {"labels_take_whole": (0.42, 0.33, 0.52), "label_conventions": (0.3, 0.27, 0.33)},
            [("labels", ())],
        ),
        (
            WHOLES | {"labels_take_whole": (0.13, 0.07, 0.25)},
            [("undetermined", ("training", "labels", "proposals"))],
        ),
        (
            WHOLES | {"labels_take_whole": (0.25, 0.1, 0.5), "divides_labels": (3.1, 2.6, 3.8)},
            [("undetermined", ("training", "labels", "proposals"))],
        ),
        (WHOLES | {"label_conventions": (0.5, 0.47, 0.53)}, [("labels", ())]),
        (
            WHOLES | {"label_conventions": (0.5, 0.47, 0.53), "labels_take_whole": (0.1, 0.05, 0.2)},
            [("undetermined", ("training", "labels", "proposals"))],
        ),
        (BAD_BOXES, [("proposals", ())]),
        (BAD_BOXES | {"concentric_twins": (2.6, 2.1, 3.2)}, [("proposals", ())]),
        (BAD_BOXES | WHOLES, [("undetermined", ("training", "proposals"))]),
        (FAR_REGIONS, [("proposals", ())]),
        (FAR_REGIONS | {"nothing_there": (2.0, 1.5, 2.6)}, [("undetermined", ("training", "proposals"))]),
        (NEAR_REGIONS, [("undetermined", ("training", "proposals"))]),
        (NEAR_REGIONS | {"label_duplicates": (9.0, 8.0, 10.0)}, [("labels", ())]),
        (BAD_BOXES | NEAR_REGIONS, [("undetermined", ("training", "proposals"))]),
        (BAD_BOXES | WHOLES | GOOD_REGIONS, [("proposals", ())]),
        ({"box_fit": (0.7, 0.69, 0.71)}, []),
        (
            {"concentric_twins": (1.9, 1.3, 2.6), "label_overlaps": (7.5, 6.4, 8.8)},
            [("labels", ())],
        ),
        (
            {"concentric_twins": (1.9, 1.3, 2.6), "label_overlaps": (0.0, 0.0, 0.1)},
            [("undetermined", ("labels", "training"))],
        ),
        (
            {"concentric_twins": (1.9, 1.3, 2.6), "training_overlaps": (0.0, 0.0, 0.1)},
            [("undetermined", ("training", "proposals"))],
        ),
        ({"concentric_twins": (1.9, 1.3, 2.6), "missed_by_nms": (15.0, 13.0, 17.0)}, [("nms", ())]),
        (MANY_PAIRS | {"label_overlaps": (7.5, 6.4, 8.8)}, [("labels", ())]),
        ({"label_overlaps": (7.5, 6.4, 8.8)}, []),  # nothing overlaps more than usual
        ({"cut_by_box": (0.036, 0.029, 0.044)}, [("training", ())]),
        ({"mask_size": (1.15, 1.14, 1.16)}, [("training", ())]),
        (MANY_PAIRS | {"spills": (1.0, 0.7, 1.3)}, [("undetermined", ("proposals", "training"))]),
        (WHOLES | {"spills": (1.0, 0.7, 1.3), "label_conventions": (0.5, 0.47, 0.53)}, [("labels", ())]),
        (MANY_PAIRS | {"size_recall": (0.47, 0.43, 0.51)}, [("undetermined", ("proposals", "training"))]),
        ({"size_recall": (0.47, 0.43, 0.51)}, []),
        (MANY_PAIRS | {"parts_of_object": (5.0, 4.0, 6.0)}, [("undetermined", ("proposals", "labels"))]),
    ],
)
def test_evidence_speaks_against(bounds, expected):
    assert blamed(**bounds) == expected


def test_a_lax_nms_does_not_hide_bad_labels():
    groups = [
        group
        for group, _ in blamed(missed_by_nms=(15.0, 13.0, 17.0), **WHOLES, label_conventions=(0.5, 0.4, 0.6))
    ]
    assert sorted(groups) == ["labels", "nms"]


@pytest.mark.parametrize(
    ("low", "confidence"), [(3.01, 0.5), (5.2, 0.75), (9.0, MAX_CONFIDENCE), (90.0, 0.95)]
)
def test_confidence_rises_with_the_distance_from_the_limit(low, confidence):
    (blame,) = assign_blame(evidence(missed_by_nms=(2 * low, low, 3 * low)))
    assert blame.confidence == pytest.approx(confidence, abs=0.005)


def test_a_handful_of_cases_convicts_nobody():
    lax = [Evidence("missed_by_nms", 40.0, 30.0, 50.0, n_cases, 10) for n_cases in (4, 5)]
    assert [one.is_high for one in lax] == [False, True]
    reached = [Evidence("proposal_recall", 0.0, 0.0, 0.4, 0, n_labels) for n_labels in (4, 5)]
    assert [one.is_low for one in reached] == [False, True]


def test_the_surest_comes_first():
    blames = assign_blame(evidence(missed_by_nms=(4, 3.2, 5), label_duplicates=(9.0, 8.0, 10.0)))
    assert [blame.group for blame in blames] == ["labels", "nms"]
    assert blames[0].confidence > blames[1].confidence
    assert blames[0].evidence == ("label_duplicates",)


def test_duplicates_hidden_by_spurs_are_a_matter_of_nms_unless_boxes_are_bad():
    spurs = {"hidden_from_boxes": (5.0, 4.0, 6.0)}
    assert blamed(**spurs) == [("nms", ())]
    assert blamed(**spurs, **BAD_BOXES) == [("proposals", ())]


def test_seams_of_tiles_are_a_matter_of_joining_results():
    (blame,) = assign_blame(evidence(at_tile_seams=(50.0, 40.0, 60.0)))
    assert (blame.group, blame.evidence) == ("nms", ("at_tile_seams",))


def test_without_the_models_boxes_straight_masks_leave_nms_in_doubt():
    lax = {"missed_by_nms": (30.0, 27.0, 34.0)}
    assert blamed(**lax, straight_sides=(0.03, 0.02, 0.04)) == [("nms", ())]
    assert blamed(**lax, straight_sides=(0.13, 0.12, 0.14)) == [("undetermined", ("nms", "proposals"))]
    united = WHOLES | {"boxes_apart": (39.0, 35.0, 44.0)}
    assert blamed(**lax, **united, straight_sides=(0.13, 0.12, 0.14)) == [
        ("undetermined", ("nms", "proposals", "training"))
    ]


KEPT = WHOLES | {"labels_take_whole": (0.05, 0.02, 0.1)}
CLEAN_TRAINING = {"training_conventions": (0.12, 0.1, 0.15)}


def test_the_labels_of_the_training_are_heard():
    assert blamed(**KEPT) == [("undetermined", ("training", "labels", "proposals"))]
    assert blamed(**KEPT, training_conventions=(0.4, 0.35, 0.45)) == [("labels", ())]
    assert blamed(**KEPT, training_conventions=(0.17, 0.14, 0.2)) == [
        ("undetermined", ("training", "labels", "proposals"))
    ]
    assert blamed(**KEPT, **GOOD_REGIONS) == [("undetermined", ("training", "labels"))]
    assert blamed(**KEPT, **CLEAN_TRAINING) == [("undetermined", ("training", "proposals"))]
    assert blamed(**KEPT, **CLEAN_TRAINING, **GOOD_REGIONS) == [("training", ())]
    assert blamed(training_duplicates=(9.0, 8.0, 10.0)) == [("labels", ())]
    assert blamed(training_conventions=(0.4, 0.35, 0.45)) == []  # nothing overlaps more than usual
    twins = {"concentric_twins": (1.9, 1.3, 2.6)}
    assert blamed(**twins, training_overlaps=(7.5, 6.4, 8.8)) == [("labels", ())]


GOOD_CURVE = {"loss_rise": (1.0, 0.9, 1.1), "loss_fall": (0.01, -0.02, 0.04)}
FALLING = GOOD_CURVE | {"loss_fall": (0.2, 0.15, 0.25)}
SPIKY = GOOD_CURVE | {"loss_spikes": (0.1, 0.08, 0.12)}


def test_the_loss_curve_decides_where_the_training_is_a_possible_cause():
    assert blamed(**KEPT, **FALLING) == [("undetermined", ("training", "labels", "proposals"))]
    assert blamed(**KEPT, **GOOD_CURVE) == [("undetermined", ("labels", "proposals", "training"))]
    assert blamed(**KEPT, **SPIKY) == [("training", ())]
    assert blamed(**MANY_PAIRS, **SPIKY) == [("training", ())]
    assert blamed(**MANY_PAIRS, **FALLING) == [("undetermined", ())]
    assert blamed(**MANY_PAIRS, **GOOD_CURVE) == [("undetermined", ())]
    assert blamed(**BAD_BOXES, **FALLING) == [("proposals", ())]
    assert blamed(**BAD_BOXES, **SPIKY) == [("training", ())]
    assert blamed(**FAR_REGIONS, **GOOD_CURVE, mask_loss=(0.5, 0.47, 0.53)) == [("training", ())]
    assert blamed(missed_by_nms=(15.0, 13.0, 17.0), **SPIKY) == [("nms", ())]
    assert blamed(**FALLING) == []  # a curve alone explains no overlaps, as there are none


def test_the_loss_curve_is_part_of_the_evidence():
    (blame,) = assign_blame(evidence(cut_by_box=(0.036, 0.029, 0.044), **SPIKY))
    assert (blame.group, blame.evidence) == ("training", ("cut_by_box", "loss_spikes"))
    (blame,) = assign_blame(evidence(**NEAR_REGIONS, **FALLING))
    assert (blame.candidates, blame.evidence) == (("training", "proposals"), ("proposal_recall", "loss_fall"))


def test_what_is_left_over_is_never_sure():
    """Much may not have been measured."""
    (blame,) = assign_blame(evidence(**KEPT, **CLEAN_TRAINING, **GOOD_REGIONS))
    assert (blame.group, blame.confidence) == ("training", MAX_BY_ELIMINATION)


def test_what_cannot_be_told_apart_lies_between_at_least_two_groups():
    many = dict.fromkeys(("overlapping_pairs", "parts_of_object", "nothing_there"), (10.0, 9.0, 11.0))
    ((group, candidates),) = blamed(**many)
    assert group == "undetermined" and len(candidates) >= 2


@pytest.mark.parametrize("name", ["whole_and_parts", "unites_labels", "parts_of_object"])
def test_bad_boxes_convict_the_regions_only_where_masks_are_sound(name):
    limit = USUAL_VALUES[name].high
    assert blamed(**BAD_BOXES, **{name: (0.9 * limit, 0.5 * limit, 1.5 * limit)}) == [("proposals", ())]
    assert blamed(**BAD_BOXES, **{name: (1.1 * limit, 0.8 * limit, 1.5 * limit)}) == [
        ("undetermined", ("training", "proposals"))
    ]
