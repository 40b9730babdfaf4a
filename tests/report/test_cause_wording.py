from audit.comparison.cause_names import CAUSE_GROUPS, Cause, CauseGroup
from audit.comparison.cause_summary import CauseCount
from audit.report.cause_wording import cause_remedy, cause_title


def line(group, cause=""):
    return CauseCount(group, cause, 1, 2, 0.1, 0.9)


def test_every_cause_has_a_title_and_says_what_helps():
    causes = [cause for cause in Cause if cause is not Cause.UNDETERMINED]
    titles = [cause_title(line(CAUSE_GROUPS[cause].value, cause.value)) for cause in causes]
    remedies = [cause_remedy(line(CAUSE_GROUPS[cause].value, cause.value)) for cause in causes]
    assert len(set(titles)) == len(set(remedies)) == len(causes)
    assert all(remedy.endswith(".") for remedy in remedies)


def test_a_group_has_a_title_and_leaves_what_helps_to_its_causes():
    assert len({cause_title(line(group.value)) for group in CauseGroup}) == len(CauseGroup)
    assert {cause_remedy(line(group.value)) for group in CauseGroup} == {""}
