from datetime import date

from audit.findings.finding import Finding, Severity
from audit.gates.policy import Waiver
from audit.gates.status import standings

TODAY = date(2026, 6, 1)
NAMES = {3: "bottle", 4: "cap"}


def finding(decision="", **fields):
    return Finding("overlap.partial", Severity.WARNING, "", decision=decision, **fields)


def waiver(until=TODAY, rule="overlap.*", **fields):
    return Waiver(rule, "a reason", until, **fields)


def standing(f, *waivers, known=False):
    return standings([f], [known], waivers, NAMES, TODAY).of[0].value


def test_the_first_that_applies():
    pardon = waiver(file="*")
    assert standing(finding("fine"), pardon, known=True) == "dismissed"
    assert standing(finding(), pardon, known=True) == "waived"
    assert standing(finding(), known=True) == "known"
    assert standing(finding("real")) == "new"
    assert standing(finding("unsure")) == "new"


def test_waivers_by_fingerprint_category_and_file():
    one = finding(fingerprint="0a", category_ids=(3, 4), file_name="batch_7/x.png")
    for own in (
        {"fingerprint": "0a"},
        {"category": "cap"},
        {"file": "batch_7/*"},
        {"file": "*.png", "category": "bottle"},
    ):
        assert standing(one, waiver(**own)) == "waived", own
    for own in (
        {"fingerprint": "0b"},
        {"category": "can"},
        {"file": "batch_8/*"},
        {"file": "*.png", "category": "can"},
    ):
        assert standing(one, waiver(**own)) == "new", own
    assert standing(one, waiver(rule="mask", file="*")) == "new"


def test_an_expired_waiver_forgives_nothing_and_says_how_much():
    old = waiver(until=date(2026, 5, 31), file="*")
    found = standings([finding(), finding()], [False, False], [old], NAMES, TODAY)
    assert [s.value for s in found.of] == ["new", "new"]
    assert found.waivers[0].expired
    assert found.waivers[0].findings == 2


def test_the_last_day_counts():
    assert standing(finding(), waiver(until=TODAY, file="*")) == "waived"


def test_counts_all_standings():
    found = standings([finding("fine"), finding()], [False, True], [], NAMES, TODAY)
    assert found.count() == {"dismissed": 1, "waived": 0, "known": 1, "new": 0}
    assert sum(standings([], [], [], NAMES, TODAY).count().values()) == 0
