from dataclasses import replace

from audit.findings.finding import Severity
from audit.gates.plan_file import REVIEW_RULE
from audit.report.actions import MAX_ACTIONS, rank_actions
from audit.report.finding_crops import FindingCrop
from audit.report.scan_summary import summarize_scan
from audit.testing import scene


def test_what_concerns_the_whole_file_leads_with_its_own_words(result, said):
    file = said("image.missing", severity=Severity.ERROR, message="756 of the 803 pictures are not there.")
    findings = (said("overlap.partial", 1, image=1), file)
    first, second = rank_actions(result(scene("aa"), findings=findings), {})
    assert first.is_about_file
    assert first.count == "756 of the 803 pictures are not there."
    assert (second.rule, second.count) == ("overlap.partial", "1 finding in 1 image")


def test_few_things_are_named_the_weightiest_first(result, said):
    findings = [said(f"quiet.rule_{k}", 1, image=1, score=k / 10) for k in range(1, 10)]
    actions = rank_actions(result(scene("aa"), findings=tuple(findings)), {})
    assert [action.rule for action in actions] == [f"quiet.rule_{k}" for k in range(9, 9 - MAX_ACTIONS, -1)]


def test_trifles_are_nothing_to_begin_with(result, said):
    findings = tuple(said("quiet.rule", 1, image=1, severity=Severity.INFO, score=0.5) for _ in range(9))
    assert rank_actions(result(scene("aa"), findings=findings), {}) == ()


def test_a_card_says_how_many_of_its_findings_have_its_severity(result, said):
    mild = [said("overlap.partial", 1, image=1, severity=Severity.INFO) for _ in range(2)]
    strong = [said("overlap.partial", 1, image=1, severity=Severity.WARNING) for _ in range(2)]
    (action,) = rank_actions(result(scene("aa"), findings=(*mild, *strong)), {})
    assert (action.severity, action.count) == ("warning", "4 findings in 1 image, 2 warnings among them")
    (action,) = rank_actions(result(scene("aa"), findings=tuple(strong)), {})
    assert action.count == "2 findings in 1 image"


def test_pictures_are_of_different_images_first(result, said):
    findings = tuple(
        said("overlap.partial", 1, image=image, score=1 - 0.1 * image) for image in (1, 1, 1, 1, 2)
    )
    crops = {row: FindingCrop((row, 0, 1, 1), b"", ()) for row in range(5)}
    (action,) = rank_actions(result(scene("aa"), scene("aa"), findings=findings), crops)
    assert [spot.box[0] for spot in action.spots] == [0, 4, 1, 2]


def test_what_a_sample_was_drawn_for_is_a_task_and_no_finding(result, said):
    asked = said(REVIEW_RULE, image=1, severity=Severity.INFO)
    drawn = replace(
        result(scene("aa"), findings=(said("overlap.partial", 1, image=1), asked)), sampled_images=(0,)
    )
    first, second = rank_actions(drawn, {})
    assert (first.rule, first.severity, first.title) == (REVIEW_RULE, "", "Look at the 1 image of the sample")
    assert second.rule == "overlap.partial"
    summary = summarize_scan(drawn)
    assert [line.rule for line in summary.rules] == ["overlap.partial"]
    assert sum(line.findings for line in summary.severities) == 1
