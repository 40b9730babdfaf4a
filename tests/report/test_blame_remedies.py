"""What helps, by what was measured."""

from dataclasses import replace

import pytest

from audit.comparison.blame import Blame
from audit.comparison.cause_names import CauseGroup
from audit.comparison.conventions import unknown_conventions
from audit.comparison.options import CompareOptions
from audit.comparison.run import compare_datasets
from audit.report.blame_remedies import list_remedies
from audit.report.comparison_page import build_comparison_page
from audit.testing import compared, scene

ONE_TWICE = scene("aaaa...."), scene("pppp....", "qqq.....")


@pytest.fixture(scope="module")
def comparison():
    data = compared((scene("aabb"), scene("pppp", "qq..", "..rr")))
    return compare_datasets(*data, unknown_conventions, CompareOptions(what_ifs=False))


def remedies(comparison, *names, group="nms", candidates=()):
    return list(list_remedies(replace(comparison, blame=(Blame(group, 0.9, names, candidates),))))


@pytest.mark.parametrize("group", [group.value for group in CauseGroup])
def test_every_group_has_a_remedy(comparison, group):
    assert len(remedies(comparison, "overlapping_pairs", group=group)) == 1


@pytest.mark.parametrize(
    ("group", "name", "word"),
    [
        ("labels", "label_duplicates", "overlap.duplicate"),
        ("labels", "concentric_twins", "overlap.*"),
        ("labels", "whole_and_parts", "touching.*"),
        ("labels", "label_conventions", "touching.*"),
        ("labels", "label_overlaps", "overlap.*"),
        ("proposals", "proposal_reach", "anchors"),
        ("proposals", "boxes_apart", "box regression"),
        ("training", "cut_by_box", "mask head"),
        ("training", "unites_labels", "train longer"),
        ("training", "mask_size", "threshold"),
        ("training", "loss_spikes", "learning rate"),
        ("training", "loss_fall", "train longer"),
        ("training", "mask_loss", "mask head"),
        ("labels", "training_conventions", "labels of the training"),
        ("nms", "two_categories", "better score"),
        ("nms", "missed_by_nms", "Lower the threshold"),
        ("nms", "at_tile_seams", "tiles"),
        ("nms", "hidden_from_boxes", "compare masks"),
    ],
)
def test_remedies_fit_the_evidence(comparison, group, name, word):
    (remedy,) = remedies(comparison, name, group=group)
    assert word in remedy


def test_each_piece_of_evidence_is_advised_about_once(comparison):
    advice = remedies(comparison, "cut_by_box", "spills", "whole_and_parts", "mask_size", group="training")
    assert [words.split()[0] for words in advice] == ["Masks", "Predictions", "Masks"]


def test_tiles_are_not_told_to_lower_a_threshold(comparison):
    (remedy,) = remedies(comparison, "at_tile_seams")
    assert remedy.endswith("would drop one of two halves.") and "Lower" not in remedy


def test_merging_at_seams_is_advised_with_what_it_brings():
    halves = scene("a" * 30), scene("p" * 20 + "." * 10, "." * 10 + "q" * 20)
    comparison = compare_datasets(*compared(halves, scores={"q": 0.8}), unknown_conventions)
    (remedy,) = remedies(comparison, "at_tile_seams")
    assert remedy.endswith(
        "Merging where the IoU of the masks is over 0.3 leaves 0 of 1 overlapping pair (AP 1.000, now 0.400; "
        "F1 1.000, now 0.667)."
    )
    assert build_comparison_page(comparison).recommendation
    seams = replace(comparison, blame=(Blame("nms", 0.9, ("at_tile_seams",)),))
    assert build_comparison_page(seams).recommendation == ""


def test_no_threshold_is_lowered_where_nothing_suppressed_duplicates(comparison):
    def advise(threshold, is_given):
        nms = replace(comparison.nms, threshold=threshold, is_given=is_given)
        return remedies(replace(comparison, nms=nms), "missed_by_nms")[0]

    assert advise(0.98, False).startswith("Nothing suppressed duplicates")
    assert "DETR" in advise(0.98, False) and "Lower" not in advise(0.98, False)
    assert advise(0.98, True).startswith("Lower the threshold")
    assert advise(0.96, False).startswith("Lower the threshold")


def test_a_lower_threshold_is_advised_with_what_it_brings():
    comparison = compare_datasets(*compared(ONE_TWICE, scores={"q": 0.8}), unknown_conventions)
    (advice,) = remedies(comparison, "missed_by_nms")
    assert advice == (
        "Lower the threshold of NMS: at 0.5 it leaves 0 of 1 overlapping pair (AP 1.000, now 1.000; "
        "F1 1.000, now 0.667)."
    )
    worse = tuple(
        replace(outcome, ap=0.9) if outcome.family == "nms" else outcome for outcome in comparison.what_ifs
    )
    (advice,) = remedies(replace(comparison, what_ifs=worse), "missed_by_nms")
    assert "cost precision here (AP 0.900, now 1.000)" in advice and "Lower" not in advice


def test_nms_over_all_categories_is_no_remedy_where_precision_falls():
    comparison = compare_datasets(*compared(ONE_TWICE, scores={"q": 0.8}), unknown_conventions)
    assert "leaves 0 of 1" in remedies(comparison, "two_categories")[0]
    worse = tuple(
        outcome if outcome.per_class else replace(outcome, ap=outcome.ap - 0.01)
        for outcome in comparison.what_ifs
    )
    worse = (comparison.what_ifs[0], *worse[1:])
    (advice,) = remedies(replace(comparison, what_ifs=worse), "two_categories")
    assert "is no remedy here" in advice and "leaves" not in advice


def test_what_is_open_says_what_would_tell(comparison):
    either = remedies(comparison, "whole_and_parts", group="undetermined", candidates=("training", "labels"))
    assert "--training-labels" in either[0] and "--training-log" in either[0]
    boxes = remedies(comparison, "missed_by_nms", group="undetermined", candidates=("nms", "proposals"))
    assert "(bbox)" in boxes[0]


def test_predictions_where_no_label_is_unite_nothing(comparison):
    (advice,) = remedies(comparison, "nothing_there", group="undetermined", candidates=("training", "labels"))
    assert "no label is" in advice and "unite" not in advice
    united = ("nothing_there", "unites_labels")
    (advice,) = remedies(comparison, *united, group="undetermined", candidates=("training", "labels"))
    assert "unite" in advice


def test_what_was_given_is_not_asked_for(comparison):
    known = tuple(
        replace(one, value=1.0) if one.name in ("loss_rise", "training_conventions") else one
        for one in comparison.evidence
    )
    candidates = ("labels", "proposals", "training")
    given = replace(comparison, evidence=known)
    (advice,) = remedies(given, "unites_labels", group="undetermined", candidates=candidates)
    assert advice.endswith("What would tell: region proposals (--proposals).")
    (advice,) = remedies(given, "unites_labels", group="undetermined", candidates=("training", "labels"))
    assert "What would tell" not in advice
