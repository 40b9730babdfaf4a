import pytest
from evidence import LABELS, evidence_of, hits
from pictures import picture

from audit.detectors.hit_findings import convert_hits
from audit.detectors.registry import prediction_rules
from audit.findings.finding import Severity, sort_findings
from audit.testing import measured


def test_missing_label():
    (hit,) = hits("missing_label", (LABELS, picture(p=(5, 5, 25, 25), q=(5, 40, 25, 60), r=(30, 70, 50, 90))))
    assert hit.image == 0 and hit.instances == ()
    assert hit.evidence["prediction_ids"] == [2]
    assert hit.evidence["share_in_labels"] == 0.0
    assert hit.evidence["area_px"] == 400
    assert 0 < hit.score <= 1


def test_missing_label_is_said_once_for_one_place():
    twice = picture(p=(30, 70, 50, 90), q=(30, 71, 50, 91))
    (hit,) = hits("missing_label", (LABELS, twice), scores={"p": 0.8, "q": 0.9}, min_right=0.0)
    assert hit.evidence["prediction_ids"] == [1]


def test_missing_label_needs_a_sure_prediction_outside_of_labels_and_crowds():
    away = picture(p=(30, 70, 50, 90))
    assert hits("missing_label", (LABELS, away), scores={"p": 0.6}) == []
    assert hits("missing_label", (LABELS, away), scores={"p": 0.6}, min_score=0.5)


def test_a_weak_model_is_not_believed_but_told_of_once():
    wrong = [(LABELS, picture(p=(30, 70, 50, 90)))] * 3
    (hit,) = hits("missing_label", *wrong)
    assert hit.image is None and hit.severity == Severity.INFO
    assert hit.evidence["predictions"] == 3
    assert hit.evidence["share_right_at_this_score"] == pytest.approx(0.2)  # (0 + 1) / (3 + 2)
    assert "only 20 % of predictions" in hit.message
    assert len(hits("missing_label", *wrong, min_right=0.2)) == 3


def test_missing_label_leaves_alone_what_lies_in_labels_and_crowds():
    away = picture(p=(30, 70, 50, 90))
    assert hits("missing_label", (picture(a=(30, 60, 60, 120), crowd="a"), away)) == []
    assert hits("missing_label", (picture(a=(30, 86, 60, 120)), away), max_over=0.1) == []
    assert hits("missing_label", (picture(a=(30, 86, 60, 120)), away), max_over=0.3)


def test_two_missing_labels_of_an_image_have_two_identities():
    pair = picture(a=(5, 5, 25, 25)), picture(p=(30, 70, 50, 90), q=(30, 10, 50, 30))
    rule = prediction_rules()["prediction.missing_label"]
    m = measured(pair[0])
    found = list(
        convert_hits(rule.id, rule.severity, rule.detect(evidence_of(pair), rule.options(min_right=0.0)), m)
    )
    assert len({f.fingerprint for f in found}) == 2
    assert all(f.image_id == 1 and f.category_ids == (1,) and f.pointer == "/images/0" for f in found)
    assert sort_findings(found)
