import numpy as np

from audit.detectors.registry import all_rules
from audit.findings.finding import Severity
from audit.report.importance import weigh_findings, weigh_images


def test_what_changes_the_number_of_objects_outweighs_what_nobody_can_measure():
    importance = {name: rule.importance for name, rule in all_rules().items()}
    assert importance["touching.merged"] > importance["image.unlabelled_object"] > importance["mask.off_edge"]
    assert importance["mask.off_edge"] > importance["mask.jagged"] > importance["mask.holes"]
    assert all(0 < weight <= 1 for weight in importance.values())


def test_a_finding_below_the_grade_of_its_rule_weighs_less(said):
    rules = all_rules()
    grades = [said("touching.merged", 1, severity=grade, score=0.5) for grade in Severity]
    error, warning, info = weigh_findings(grades, rules).tolist()
    assert error == warning == 0.5
    assert info == 0.5 * 0.3


def test_an_unknown_rule_weighs_what_its_severity_weighs(said):
    weights = weigh_findings([said("acme.stripe", 1, severity=grade) for grade in Severity], {})
    assert weights.tolist() == [1.0, 0.5, 0.1]


def test_a_finding_about_no_image_weighs_on_none(said):
    findings = [said("mask.tiny", image=2), said("dataset.small")]
    assert list(weigh_images(findings, np.ones(2))) == [1]
