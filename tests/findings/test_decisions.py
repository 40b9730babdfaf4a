import json

import pytest

from audit.findings.decisions import Decision, DecisionsError, Verdict, apply_decisions, read_decisions
from audit.findings.finding import Finding, Severity
from audit.findings.reviews import count_reviews
from audit.findings.serialize import finding_record


def finding(rule, fingerprint):
    return Finding(rule, Severity.WARNING, "said", fingerprint=fingerprint)


def written(tmp_path, content):
    path = tmp_path / "decisions.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_decisions_reach_the_findings_with_their_fingerprint(tmp_path):
    given = {
        "a1": {"verdict": "real", "note": "twice"},
        "b2": {"verdict": "fine"},
        "zz": {"verdict": "unsure"},
    }
    path = written(tmp_path, {"schema_version": 1, "tool": "maskaudit", "decisions": given})
    found = list(
        apply_decisions(
            [finding("x.y", "a1"), finding("x.y", "b2"), finding("x.y", "c3")], read_decisions(path)
        )
    )
    assert [f.decision for f in found] == ["real", "fine", ""]
    assert [f.note for f in found] == ["twice", "", ""]
    assert finding_record(found[0])["decision"] == "real"
    assert "decision" not in finding_record(found[2])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not a file of decisions"),
        ([], "not a file of decisions"),
        ({"decisions": {}}, "missing required field `schema_version`"),
        ({"schema_version": 2, "decisions": {}}, "schema_version is 2, expected 1"),
        ({"schema_version": 1, "decisions": {"a": {"verdict": "wrong"}}}, "Invalid enum value 'wrong'"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(tmp_path, content, says):
    with pytest.raises(DecisionsError, match=says) as caught:
        read_decisions(written(tmp_path, content))
    assert "decisions.json" in str(caught.value)
    with pytest.raises(DecisionsError, match="cannot be read: No such file"):
        read_decisions(tmp_path / "absent.json")


def test_a_decision_says_where_who_and_when(tmp_path):
    whole = {
        "verdict": "real",
        "file_name": "a.png",
        "annotation_ids": [3, 4],
        "reviewer": "Ada",
        "date": "2026-01-31",
    }
    path = written(tmp_path, {"schema_version": 1, "decisions": {"a1": whole}})
    decision = read_decisions(path)["a1"]
    assert (decision.file_name, decision.annotation_ids) == ("a.png", (3, 4))
    assert (decision.reviewer, decision.date) == ("Ada", "2026-01-31")


@pytest.mark.parametrize("half", [rb"\ud83d", rb"\uDE00", b"\xed\xa0\xbd"])
def test_half_a_character_in_a_note_costs_nothing(tmp_path, half):
    path = tmp_path / "decisions.json"
    note = b'{"verdict": "fine", "note": "cut ' + half + b'"}'
    path.write_bytes(b'{"schema_version": 1, "decisions": {"a1": ' + note + b', "b2": {"verdict": "real"}}}')
    decisions = read_decisions(path)
    assert [decisions[key].verdict for key in ("a1", "b2")] == ["fine", "real"]
    assert decisions["a1"].note.startswith("cut \\ud")
    decisions["a1"].note.encode()
    path.write_bytes(b'{"schema_version": 1, "decisions": {"a1": ' + note + b', "b2": {"verdict": "odd"}}}')
    with pytest.raises(DecisionsError, match="Invalid enum value 'odd'"):
        read_decisions(path)


def test_precision_counts_what_was_decided():
    said = [finding("a.a", str(k)) for k in range(10)] + [finding("b.b", "x")]
    decided = {str(k): Decision(Verdict.REAL if k < 6 else Verdict.FINE) for k in range(8)}
    decided |= {"8": Decision(Verdict.UNSURE), "x": Decision(Verdict.UNSURE)}
    one, other = count_reviews(apply_decisions(said, decided))
    assert (one.rule, one.real, one.fine, one.unsure, one.precision) == ("a.a", 6, 2, 1, 0.75)
    assert (round(one.low, 4), round(one.high, 4)) == (0.4093, 0.9285)
    assert (other.unsure, other.low, other.high) == (1, 0.0, 1.0)
    assert other.precision != other.precision
