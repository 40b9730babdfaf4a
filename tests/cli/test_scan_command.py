"""``maskaudit scan``: its options, its files, and that they do not depend on how the work was done."""

import csv
import json
import os
from pathlib import Path

import pandas as pd
import pytest

TABLES = ("findings.json", "findings.csv", "findings.parquet")


def rules_of(folder="maskaudit-report"):
    return [f["rule"] for f in json.loads(Path(folder, "findings.json").read_text())["findings"]]


def bytes_of(folder):
    return {name: Path(folder, name).read_bytes() for name in TABLES}


def test_writes_what_it_promises(run, here):
    ran = run("scan", "bad.json")
    assert (ran.code, ran.err) == (0, "")
    report = here / "maskaudit-report"
    names = {str(path.relative_to(report)) for path in report.rglob("*") if path.is_file()}
    tables = {f"measurements/{name}.parquet" for name in ("images", "instances", "pairs")}
    assert names >= {*TABLES, *tables, "run.json", "index.html"}
    assert not any(".partial" in name for name in names)
    assert f"Report: {Path('maskaudit-report/index.html')}" in ran.out


def test_the_three_tables_say_the_same(run):
    run("scan", "bad.json", "--no-html")
    found = json.loads(Path("maskaudit-report/findings.json").read_text())
    assert found["schema_version"] == 1
    assert found["tool"] == "maskaudit"
    rules = [f["rule"] for f in found["findings"]]
    assert "polygon.too_few" in rules
    assert "overlap.duplicate" in rules
    assert found["summary"]["findings"] == len(rules)
    with Path("maskaudit-report/findings.csv").open(newline="") as file:
        assert [row["rule"] for row in csv.DictReader(file)] == rules
    assert pd.read_parquet("maskaudit-report/findings.parquet")["rule"].tolist() == rules


@pytest.mark.parametrize(
    "command", [("scan", "bad.json"), ("compare", "bad.json", "bad.json"), ("gate", "bad.json")]
)
def test_pictures_in_what_is_no_folder(run, here, command):
    os.mkfifo(here / "pipe")
    ran = run(*command, "--images", "pipe")
    assert (ran.code, ran.line) == (2, "maskaudit: pipe: there is no such folder of pictures")


@pytest.mark.parametrize(
    ("file", "fail_on", "code"),
    [
        ("clean.json", "error", 0),
        ("clean.json", "warning", 0),
        ("bad.json", "never", 0),
        ("bad.json", "warning", 1),
        ("bad.json", "error", 1),
    ],
)
def test_fail_on(run, file, fail_on, code):
    ran = run("scan", file, "--no-html", "--ignore", "image.empty,dataset", "--fail-on", fail_on)
    assert ran.code == code
    assert ran.err == "" or ran.line.endswith(f"findings are at or above {fail_on}")
    assert bool(ran.err) == bool(code)


def test_fail_on_error_lets_warnings_pass(run):
    only = ["--select", "overlap.duplicate", "--config", "c.toml", "--no-html"]
    Path("c.toml").write_text('[rules."overlap.duplicate"]\nseverity = "warning"\n')
    assert run("scan", "bad.json", *only, "--fail-on", "error").code == 0
    assert run("scan", "bad.json", *only, "--fail-on", "warning").code == 1


def test_fail_on_of_the_configuration(run):
    Path("maskaudit.toml").write_text('fail_on = "error"\n')
    assert run("scan", "bad.json", "--no-html").code == 1
    assert run("scan", "bad.json", "--no-html", "--fail-on", "never").code == 0


def test_quiet_says_nothing(run):
    ran = run("scan", "bad.json", "--quiet", "--no-html", "--fail-on", "error")
    assert (ran.code, ran.out, ran.err) == (1, "", "")


def test_json_summary(run):
    ran = run("scan", "bad.json", "--format", "json", "--no-html", "--fail-on", "error")
    summary = json.loads(ran.out)
    assert summary["failed"] == summary["summary"]["by_severity"]["error"] > 0
    assert summary["input"]["annotations"] == 4
    assert summary["report"] == "maskaudit-report"
    assert ran.code == 1


def test_debug_prints_times(run):
    ran = run("scan", "clean.json", "--debug", "--no-html")
    assert ran.code == 0
    assert any(line.endswith("s  measure") for line in ran.err.splitlines())


def test_select_and_ignore(run):
    run("scan", "bad.json", "--no-html", "--select", "overlap,polygon")
    chosen = rules_of()
    assert {rule.split(".")[0] for rule in chosen} == {"overlap", "polygon"}
    run("scan", "bad.json", "--no-html", "--select", "overlap", "--select", "polygon")
    assert rules_of() == chosen
    run("scan", "bad.json", "--no-html", "--select", "overlap,polygon", "--ignore", "overlap")
    assert {rule.split(".")[0] for rule in rules_of()} == {"polygon"}
    run("scan", "bad.json", "--no-html", "--select", "overlap.duplicate", "--ignore", "overlap")
    assert set(rules_of()) == {"overlap.duplicate"}


def test_no_html_removes_old_pages(run, here):
    run("scan", "bad.json")
    assert (here / "maskaudit-report/index.html").exists()
    mine = here / "maskaudit-report/notes.txt"
    mine.write_text("keep me")
    run("scan", "bad.json", "--no-html")
    assert not list((here / "maskaudit-report").rglob("*.html"))
    assert mine.read_text() == "keep me"


@pytest.mark.parametrize("more", [("--workers", "2"), ("--workers", "3"), ("--isolate", "--workers", "2")])
def test_workers_change_no_byte(run, tmp_path, document, more):
    whole = document()
    for k in range(60):
        whole["images"].append({"id": k + 2, "file_name": f"{k}.png", "height": 20, "width": 20})
        for n, shift in enumerate((0, k % 3, 9)):
            mask = [[2 + shift, 2, 8 + shift, 2, 8 + shift, 8 + k % 5, 2 + shift, 8]]
            record = document(mask)["annotations"][0]
            whole["annotations"].append(record | {"id": 3 * k + n + 1, "image_id": k + 2})
    Path("many.json").write_text(json.dumps(whole))
    assert run("scan", "many.json", "--no-html", "--out", "one", "--workers", "1").code == 0
    assert run("scan", "many.json", "--no-html", "--out", "more", *more).code == 0
    assert len(rules_of("one")) > 20
    assert bytes_of("one") == bytes_of("more")
    for table in ("images", "instances", "pairs"):
        one, more = (
            pd.read_parquet(Path(folder, "measurements", f"{table}.parquet")) for folder in ("one", "more")
        )
        pd.testing.assert_frame_equal(one, more)


def test_the_same_again_is_the_same(run):
    run("scan", "bad.json", "--out", "one")
    run("scan", "bad.json", "--out", "two")
    assert bytes_of("one") == bytes_of("two")
    assert Path("one/index.html").read_bytes() == Path("two/index.html").read_bytes()


def test_judging_stored_measurements_again_changes_no_byte(run):
    run("scan", "bad.json", "--no-html", "--out", "one")
    for given in ("one", "one/measurements"):
        ran = run("scan", "--from-measurements", given, "--no-html", "--out", "two")
        assert (ran.code, ran.err) == (0, "")
        assert bytes_of("one") == bytes_of("two")


def test_stored_measurements_are_judged_by_other_thresholds(run):
    run("scan", "bad.json", "--no-html", "--out", "one")
    Path("strict.toml").write_text('[rules."overlap.duplicate"]\nmin_iou = 0.99\n')
    run("scan", "--from-measurements", "one", "--no-html", "--out", "two", "--config", "strict.toml")
    assert "overlap.duplicate" in rules_of("one")
    assert "overlap.duplicate" not in rules_of("two")
    run("scan", "--from-measurements", "one", "--no-html", "--out", "two", "--select", "polygon")
    assert set(rules_of("two")) == {"polygon.too_few"}


def test_stored_measurements_make_a_report_without_pictures(run):
    run("scan", "bad.json", "--no-html", "--out", "one")
    ran = run("scan", "--from-measurements", "one", "--out", "two")
    assert (ran.code, ran.err) == (0, "")
    assert "overlap.duplicate" in Path("two/index.html").read_text()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "pairs.parquet").unlink(), "pairs.parquet is missing"),
        (lambda folder: (folder / "pairs.parquet").write_bytes(b"PAR1"), "cannot be read"),
        (lambda folder: (folder / "reader.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "reader.json").write_text('{"schema_version": 0}'), "schema version 0"),
    ],
)
def test_spoiled_measurements(run, spoil, says):
    run("scan", "bad.json", "--no-html", "--out", "one")
    spoil(Path("one/measurements"))
    ran = run("scan", "--from-measurements", "one", "--out", "two")
    assert ran.code == 2
    assert says in ran.line


def test_predictions(run):
    square = [[2, 2, 8, 2, 8, 8, 2, 8]]
    results = [{"image_id": 1, "category_id": 1, "segmentation": square, "score": s} for s in (0.9, 1.5)]
    Path("results.json").write_text(json.dumps(results))
    ran = run("scan", "clean.json", "--predictions", "results.json", "--no-html")
    assert (ran.code, ran.err) == (0, "")
    rules = rules_of()
    assert {"score.range", "results.format", "annotation.duplicate"} <= set(rules)
    assert "overlap.duplicate" not in rules  # one result twice is one finding
    assert not any(rule.startswith("dataset.") for rule in rules)
    assert Path("maskaudit-report/measurements/instances.parquet").exists()


def test_salvage(run, document):
    whole = json.dumps(document([[2, 2, 8, 2, 8, 8, 2, 8]], [[12, 2, 18, 2, 18, 8, 12, 8]]))
    order = json.loads(whole)
    text = json.dumps(
        {"images": order["images"], "categories": order["categories"], "annotations": order["annotations"]}
    )
    Path("cut.json").write_text(text[:-40])
    assert run("scan", "cut.json").code == 2
    ran = run("scan", "cut.json", "--salvage", "--no-html")
    assert ran.code == 0
    found = json.loads(Path("maskaudit-report/findings.json").read_text())
    assert found["input"]["annotations"] == 1
    (flaw,) = (f for f in found["findings"] if f["rule"] == "json.syntax")
    assert flaw["severity"] == "error"
    assert "what could be read was audited" in flaw["message"]


def decide(verdict):
    found = json.loads(Path("maskaudit-report/findings.json").read_text())["findings"]
    (duplicate,) = (f for f in found if f["rule"] == "overlap.duplicate")
    decisions = {duplicate["fingerprint"]: {"verdict": verdict, "note": "seen"}}
    Path("decisions.json").write_text(json.dumps({"schema_version": 1, "decisions": decisions}))


def test_decisions(run):
    only = ["scan", "bad.json", "--no-html", "--select", "overlap", "--fail-on", "error"]
    assert run(*only).code == 1
    decide("real")
    ran = run(*only, "--decisions", "decisions.json")
    assert ran.code == 1
    assert "Decisions: 1 real" in ran.out
    decide("fine")
    assert run(*only, "--decisions", "decisions.json").code == 0
    (finding,) = json.loads(Path("maskaudit-report/findings.json").read_text())["findings"]
    assert (finding["decision"], finding["note"]) == ("fine", "seen")
    assert run(*only, "--decisions", "decisions.json", "--hide-fine").code == 0
    assert rules_of() == []


def test_decisions_that_are_none(run):
    Path("decisions.json").write_text("[]")
    ran = run("scan", "bad.json", "--decisions", "decisions.json")
    assert ran.code == 2
    assert "decisions.json" in ran.line


def test_summary_as_markdown(run):
    run("scan", "bad.json", "--no-html", "--summary-md", "summary.md")
    text = Path("summary.md").read_text()
    assert "overlap.duplicate" in text
    assert text.endswith("\n")
    assert run("scan", "bad.json", "--no-html", "--summary-md", "no/such/folder.md").code == 3


def test_several_files_are_one_dataset(run):
    Path("more").mkdir()
    Path("clean.json").rename("more/clean.json")
    ran = run("scan", "bad.json", "more", "--no-html", "--format", "json")
    given = json.loads(ran.out)["input"]
    assert [source["name"] for source in given["sources"]] == ["bad.json", str(Path("more/clean.json"))]
    assert given["annotations"] == 6


def test_a_failed_run_leaves_the_old_report_whole(run, here, monkeypatch):
    run("scan", "bad.json")
    before = {p: p.read_bytes() for p in (here / "maskaudit-report").rglob("*") if p.is_file()}

    def fails(*_, **__):
        raise OSError(28, "No space left on device", "findings.parquet")

    monkeypatch.setattr("audit.pipeline.outputs.write_findings_parquet", fails)
    ran = run("scan", "clean.json")
    assert ran.code == 3
    assert ran.line == "maskaudit: findings.parquet: No space left on device"
    assert {p: p.read_bytes() for p in (here / "maskaudit-report").rglob("*") if p.is_file()} == before


def test_hostile_names_do_not_reach_the_terminal(run, document):
    whole = document([[2, 2, 8, 2, 8, 8, 2, 8]], [[2, 2, 9, 2, 9, 8, 2, 8]])
    whole["categories"][0]["name"] = "\x1b[2Jcell\u202e"
    whole["images"][0]["file_name"] = "a\x1b[31m.png"
    Path("hostile.json").write_text(json.dumps(whole))
    ran = run("scan", "hostile.json", "--no-html")
    assert ran.code == 0
    assert all(letter.isprintable() or letter == "\n" for letter in ran.out)


def test_a_large_dataset_is_written_in_parts_and_small_again_when_it_is_small(run, here):
    labels = json.loads(Path("bad.json").read_text())
    labels["images"].append({**labels["images"][0], "id": 77, "file_name": "other.png"})
    labels["annotations"].append({**labels["annotations"][0], "id": 77, "image_id": 77})
    Path("two.json").write_text(json.dumps(labels))
    assert run("scan", "two.json", "--no-html", "--partition-size", "1").code == 0
    expected = bytes_of("maskaudit-report")
    folder = Path("maskaudit-report/measurements/instances.parquet")
    assert len(list(folder.glob("part-*.parquet"))) > 1
    assert len(pd.read_parquet(folder)) == 5
    assert not list(here.glob(".*unfinished*"))
    assert run("scan", "two.json", "--no-html").code == 0
    assert bytes_of("maskaudit-report") == expected
    assert folder.is_file()
    assert run("scan", "--from-measurements", "maskaudit-report", "--out", "again", "--no-html").code == 0
    assert bytes_of("again")["findings.csv"] == expected["findings.csv"]


def test_what_is_kept_beside_the_report_is_removed_with_success_alone(run, here, monkeypatch):
    folder = here / ".maskaudit-report.unfinished"
    options = ("scan", "bad.json", "--no-html", "--partition-size", "1")
    with monkeypatch.context() as patch:
        patch.setattr("audit.pipeline.run.evaluate_rules", lambda *_: 1 / 0)
        run(*options)
        kept = sorted(folder.iterdir())
        assert kept
        assert run(*options, "--no-cache").code == 3
        assert sorted(folder.iterdir()) == kept
    assert run(*options).code == 0
    assert not folder.exists()
    assert run("scan", "none.json", "--no-html").code == 2
    assert not folder.exists()


def test_a_report_has_the_title_that_it_is_given(run, here):
    assert run("scan", "bad.json", "--title", "Batch <7>").code == 0
    index = Path("maskaudit-report/index.html").read_text()
    assert "<h1>Batch &lt;7&gt;</h1>" in index
    assert "<title>Batch &lt;7&gt; · maskaudit</title>" in index
    Path("maskaudit.toml").write_text('[report]\ntitle = "From the file"\n')
    assert run("scan", "bad.json", "--single-file").code == 0
    assert "<title>From the file · maskaudit</title>" in Path("maskaudit-report/index.html").read_text()
