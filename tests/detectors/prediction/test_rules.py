"""The rules that judge labels by predictions: found, silent, steered by options, exact."""

import pytest
from pictures import picture

from audit.comparison.label_evidence import collect_evidence
from audit.comparison.measuring import measure_comparison
from audit.dataset.shard import instance_rows
from audit.detectors.hit_findings import convert_hits
from audit.detectors.registry import prediction_rules
from audit.findings.finding import sort_findings
from audit.testing import compared, measured


def evidence_of(*pairs, scores=None):
    labels, predictions = compared(*pairs, scores=scores)
    m = measure_comparison(labels, predictions)
    return collect_evidence(
        m,
        instance_rows(labels)[m.labels.row],
        labels.categories.name,
        predictions.annotations.index[m.predictions.row],
    )


def hits(name, *pairs, scores=None, **options):
    rule = prediction_rules()[f"prediction.{name}"]
    return list(rule.detect(evidence_of(*pairs, scores=scores), rule.options(**options)))


LABELS = picture(a=(5, 5, 25, 25), b=(5, 40, 25, 60))
GOOD = picture(p=(5, 5, 25, 25), q=(5, 40, 25, 60))
CLEAN = (LABELS, GOOD)


@pytest.mark.parametrize("rule", prediction_rules())
def test_silent_on_clean_and_on_empty_input(rule):
    name = rule.removeprefix("prediction.")
    assert hits(name, CLEAN) == []
    assert hits(name, *[CLEAN] * 30) == []
    assert hits(name, (picture(), picture())) == []
    assert hits(name) == []


@pytest.mark.parametrize("rule", prediction_rules().values(), ids=list(prediction_rules()))
def test_manual_pages_are_whole(rule):
    for section in ("What it finds", "Why it matters", "When it is wrong", "Example", "Reference"):
        assert f"\n{section}\n{'-' * len(section)}\n" in rule.manual, section
    for option in rule.options.__dataclass_fields__.values():
        assert option.metadata["unit"] and option.metadata["help"]


def test_missing_label():
    (hit,) = hits("missing_label", (LABELS, picture(p=(5, 5, 25, 25), q=(5, 40, 25, 60), r=(30, 70, 50, 90))))
    assert hit.image == 0 and hit.instances == ()
    assert hit.evidence["prediction_ids"] == [2]
    assert hit.evidence["share_in_labels"] == 0.0
    assert hit.evidence["area_px"] == 400
    assert 0 < hit.score <= 1


def test_missing_label_is_said_once_for_one_place():
    twice = picture(p=(30, 70, 50, 90), q=(30, 71, 50, 91))
    (hit,) = hits("missing_label", (LABELS, twice), scores={"p": 0.8, "q": 0.9})
    assert hit.evidence["prediction_ids"] == [1]


def test_missing_label_needs_a_sure_prediction_outside_of_labels_and_crowds():
    away = picture(p=(30, 70, 50, 90))
    assert hits("missing_label", (LABELS, away), scores={"p": 0.6}) == []
    assert hits("missing_label", (LABELS, away), scores={"p": 0.6}, min_score=0.5)
    assert hits("missing_label", (picture(a=(30, 60, 60, 120), crowd="a"), away)) == []
    assert hits("missing_label", (picture(a=(30, 86, 60, 120)), away), max_over=0.1) == []
    assert hits("missing_label", (picture(a=(30, 86, 60, 120)), away), max_over=0.3)


def test_two_missing_labels_of_an_image_have_two_identities():
    pair = picture(a=(5, 5, 25, 25)), picture(p=(30, 70, 50, 90), q=(30, 10, 50, 30))
    rule = prediction_rules()["prediction.missing_label"]
    m = measured(pair[0])
    found = list(convert_hits(rule.id, rule.severity, rule.detect(evidence_of(pair), rule.options()), m))
    assert len({f.fingerprint for f in found}) == 2
    assert all(f.image_id == 1 and f.category_ids == (1,) and f.pointer == "/images/0" for f in found)
    assert sort_findings(found)


def test_spurious_label():
    known = picture(**{name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghij")})
    found = picture(**{name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghi")})
    (hit,) = hits("spurious_label", (known, found))
    assert hit.instances == (9,)
    assert hit.evidence["recall_of_kind"] == 0.9
    assert hit.evidence["labels_of_kind"] == 10
    assert hits("spurious_label", (known, found), min_recall=0.95) == []
    assert hits("spurious_label", (known, found), least=11) == []


def test_a_label_that_any_prediction_comes_near_is_not_spurious():
    known = picture(**{name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghij")})
    near = {name: (5, 5 + 11 * k, 15, 15 + 11 * k) for k, name in enumerate("abcdefghi")}
    assert hits("spurious_label", (known, picture(**near, j=(5, 107, 15, 117)))) == []


def test_category_swap():
    other = picture(p=(5, 5, 25, 25), q=(5, 40, 25, 60), categories={"p": "another"})
    (hit,) = hits("category_swap", (LABELS, other), scores={"p": 0.95})
    assert hit.instances == (0,)
    assert hit.evidence["iou"] == 1.0
    assert hit.score == pytest.approx(0.95)
    assert hit.field == "category_id"
    assert hits("category_swap", (LABELS, other), min_score=0.97, scores={"p": 0.95}) == []


def test_a_comparable_prediction_of_the_own_category_speaks_for_the_label():
    both = picture(p=(5, 5, 25, 25), q=(5, 5, 25, 25), categories={"p": "another"})
    assert hits("category_swap", (LABELS, both), scores={"p": 0.9, "q": 0.6}) == []
    assert hits("category_swap", (LABELS, both), scores={"p": 0.9, "q": 0.2})


def test_an_object_of_the_other_category_that_lies_there_is_no_swap():
    labels = picture(a=(5, 5, 25, 25), b=(5, 5, 25, 24), categories={"b": "another"})
    found = picture(p=(5, 5, 25, 24), categories={"p": "another"})
    assert hits("category_swap", (labels, found)) == []


def test_loose_mask():
    loose = picture(a=(5, 5, 25, 25)), picture(p=(5, 5, 25, 17))
    (hit,) = hits("loose_mask", *[CLEAN] * 10, loose)
    assert hit.instances == (20,)
    assert hit.evidence["iou"] == 0.6
    assert hit.evidence["usual_iou"] == 1.0
    assert hits("loose_mask", *[CLEAN] * 10, loose, min_drop=0.5) == []
    assert hits("loose_mask", *[CLEAN] * 10, loose, scores={"p": 0.6}) == []
    assert hits("loose_mask", loose) == []  # one match tells no habit


MERGED = picture(a=(5, 5, 25, 45)), picture(p=(5, 5, 25, 25), q=(5, 25, 25, 45))


def test_merged_label():
    (hit,) = hits("merged_label", MERGED, scores={"p": 0.9, "q": 0.8})
    assert hit.instances == (0,)
    assert hit.evidence == {
        "prediction_ids": [0, 1], "least_score": 0.8, "covered": 1.0, "overlap_px": 0, "whole_score": 0.0,
    }  # fmt: skip
    assert hit.score == pytest.approx(0.8)


def test_merged_label_needs_sure_parts_that_cover_it_and_keep_apart():
    assert hits("merged_label", MERGED, scores={"q": 0.4}) == []
    assert hits("merged_label", MERGED, scores={"q": 0.4}, min_score=0.3)
    label = picture(a=(5, 5, 25, 45))
    assert hits("merged_label", (label, picture(p=(5, 5, 25, 25), q=(5, 8, 25, 28)))) == []
    assert hits("merged_label", (label, picture(p=(5, 5, 25, 15), q=(5, 30, 25, 40)))) == []
    other = picture(p=(5, 5, 25, 25), q=(5, 25, 25, 45), categories={"q": "another"})
    assert hits("merged_label", (label, other)) == []


def test_a_prediction_of_the_whole_lowers_the_score_of_a_merged_label():
    whole = picture(p=(5, 5, 25, 25), q=(5, 25, 25, 45), r=(5, 5, 25, 45))
    (hit,) = hits("merged_label", (MERGED[0], whole), scores={"r": 0.6})
    assert hit.evidence["whole_score"] == 0.6
    assert hit.score == pytest.approx(0.9 * 0.7)


SPLIT = picture(a=(5, 5, 25, 25), b=(5, 25, 25, 45)), picture(p=(5, 5, 25, 45))


def test_split_label():
    (hit,) = hits("split_label", SPLIT)
    assert hit.instances == (0, 1)
    assert hit.evidence["covered"] == 1.0
    assert hit.score == pytest.approx(0.9)


def test_split_label_needs_labels_that_fill_the_prediction():
    assert hits("split_label", SPLIT, scores={"p": 0.4}) == []
    assert hits("split_label", (SPLIT[0], picture(p=(0, 0, 60, 60)))) == []
    nested = picture(a=(5, 5, 25, 45), b=(10, 10, 20, 20))
    assert hits("split_label", (nested, SPLIT[1])) == []


def test_predictions_of_the_pieces_lower_the_score_of_a_split_label():
    pieces = picture(p=(5, 5, 25, 45), q=(5, 5, 25, 25), r=(5, 25, 25, 45))
    (hit,) = hits("split_label", (SPLIT[0], pieces), scores={"q": 0.8, "r": 0.6})
    assert hit.evidence["single_score"] == pytest.approx(0.7)
    assert hit.score == pytest.approx(0.9 * 0.65)


def test_of_two_predictions_of_the_same_labels_the_better_is_said():
    twice = picture(p=(5, 5, 25, 45), q=(5, 5, 26, 45))
    (hit,) = hits("split_label", (SPLIT[0], twice), scores={"p": 0.7, "q": 0.95})
    assert hit.evidence["prediction_ids"] == [1]


def test_calibrated_scores_follow_what_was_right():
    wrong = picture(p=(5, 5, 25, 25), q=(40, 80, 50, 90))
    evidence = evidence_of(*[(picture(a=(5, 5, 25, 25)), wrong)] * 30, scores={"p": 0.9, "q": 0.6})
    assert evidence.calibrated_score[0] > 0.9 > 0.2 > evidence.calibrated_score[1]
