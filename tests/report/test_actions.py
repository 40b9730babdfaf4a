from audit.findings.finding import Severity
from audit.report.actions import MAX_ACTIONS, rank_actions
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
