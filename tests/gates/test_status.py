from datetime import date

from audit.findings.finding import Finding, Severity
from audit.gates.policy import Waiver
from audit.gates.status import assign_statuses

TODAY = date(2026, 6, 1)
NAMES = {3: "bottle", 4: "cap"}


def finding(decision="", **fields):
    return Finding("overlap.partial", Severity.WARNING, "", decision=decision, **fields)


def waiver(until=TODAY, rule="overlap.*", **fields):
    return Waiver(rule, "a reason", until, **fields)


def status(f, *waivers, known=False):
    return assign_statuses([f], [known], waivers, NAMES, TODAY)[0][0].value


def test_the_first_that_applies():
    pardon = waiver(file="*")
    assert status(finding("fine"), pardon, known=True) == "dismissed"
    assert status(finding(), pardon, known=True) == "waived"
    assert status(finding(), known=True) == "known"
    assert status(finding("real")) == "new"
    assert status(finding("unsure")) == "new"


def test_waivers_by_fingerprint_category_and_file():
    one = finding(fingerprint="0a", category_ids=(3, 4), file_name="batch_7/x.png")
    for own in (
        {"fingerprint": "0a"},
        {"category": "cap"},
        {"file": "batch_7/*"},
        {"file": "*.png", "category": "bottle"},
    ):
        assert status(one, waiver(**own)) == "waived", own
    for own in (
        {"fingerprint": "0b"},
        {"category": "can"},
        {"file": "batch_8/*"},
        {"file": "*.png", "category": "can"},
    ):
        assert status(one, waiver(**own)) == "new", own
    assert status(one, waiver(rule="mask", file="*")) == "new"


def test_an_expired_waiver_forgives_nothing_and_says_how_much():
    old = waiver(until=date(2026, 5, 31), file="*")
    statuses, n_waived = assign_statuses([finding(), finding()], [False, False], [old], NAMES, TODAY)
    assert [s.value for s in statuses] == ["new", "new"]
    assert old.has_expired(TODAY)
    assert n_waived == (2,)


def test_a_finding_counts_for_the_first_waiver_in_force_and_for_every_expired_one():
    expired, first, second = waiver(until=date(2026, 5, 31), file="*"), waiver(file="*"), waiver(file="*")
    for order, expected in (((expired, first, second), (1, 1, 0)), ((first, expired, second), (1, 1, 0))):
        statuses, n_waived = assign_statuses([finding()], [False], order, NAMES, TODAY)
        assert statuses[0].value == "waived"
        assert n_waived == expected


def test_the_last_day_counts():
    assert status(finding(), waiver(until=TODAY, file="*")) == "waived"
