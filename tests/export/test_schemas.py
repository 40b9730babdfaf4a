"""JSON Schemas against what is really written, and against what really is refused."""

import copy
import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from audit.cli.main import main
from audit.cli.schema import Document
from audit.export.output_schemas import SCHEMAS
from audit.gates.policy import parse_policy
from audit.pipeline.config import Config, parse_config

SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]
NEARLY = [[2, 2, 9, 2, 9, 8, 2, 8]]
APART = [[12, 2, 18, 2, 18, 8, 12, 8]]


def labels(*masks, folder="a"):
    annotations = [
        {
            "id": k,
            "image_id": 1,
            "category_id": 1,
            "segmentation": mask,
            "iscrowd": 0,
            "annotator": f"ann{k % 2}",
        }
        for k, mask in enumerate(masks, start=1)
    ]
    return {
        "images": [{"id": 1, "file_name": f"{folder}/x.png", "height": 20, "width": 20}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cell"}],
    }


POLICY = """
[gate]
undecided = "pass"
[[gate.limits]]
rule = "overlap.*"
max_count = 0
[[gate.limits]]
severity = "warning"
max_rate = 0.2
per = "pair"
confidence = 0.9
min_sample = 3
[[gate.waivers]]
rule = "mask"
reason = "an old camera"
until = 2026-01-01
file = "*"
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Documents that the commands write, by name of the schema."""
    folder = tmp_path_factory.mktemp("written")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("old.json").write_text(json.dumps(labels(SQUARE, NEARLY, APART)))
        Path("new.json").write_text(json.dumps(labels(SQUARE, APART, [[1, 10, 4, 10, 4, 14, 1, 14]])))
        results = [
            {"image_id": 1, "category_id": 1, "segmentation": mask, "score": score}
            for mask, score in ((SQUARE, 0.9), (NEARLY, 0.8), (APART, 0.7))
        ]
        Path("results.json").write_text(json.dumps(results))
        Path("policy.toml").write_text(POLICY)

        def run(*arguments, code=0):
            assert main([*arguments, "--quiet"]) == code

        run("scan", "old.json", "--out", "scan", "--no-html")
        (first, *_) = json.loads(Path("scan/findings.json").read_text())["findings"]
        decided = {first["fingerprint"]: {"verdict": "real", "rule": first["rule"], "note": "seen"}}
        decisions = {"schema_version": 1, "tool": "maskaudit", "decisions": decided}
        Path("decisions.json").write_text(json.dumps(decisions))
        run("scan", "old.json", "--out", "decided", "--no-html", "--decisions", "decisions.json")
        run("compare", "old.json", "results.json", "--out", "compare", "--no-html")
        run("baseline", "write", "new.json", "--out", "baseline.json")
        run("sample", "old.json", "--out", "sample", "--no-html")
        review = Path("sample/review.csv")
        review.write_text(review.read_text().replace(",,,", ",real,,"))
        run(
            *("gate", "old.json", "--policy", "policy.toml", "--baseline", "baseline.json", "--ratchet"),
            *("--reviewed", "sample/review.csv", "--group-by", "annotator", "--decisions", "decisions.json"),
            *("--out", "gate", "--no-html", "--today", "2026-06-01"),
            code=1,
        )
        run("gate", "new.json", "--out", "plain", "--no-html", code=1)
        Path("lax.toml").write_text('[[gate.limits]]\nrule = "overlap.*"\nmax_count = 0\n')
        run("gate", "new.json", "--policy", "lax.toml", "--out", "passed", "--no-html")
        run("diff", "old.json", "new.json", "--out", "diff")
        run("trainer-view", "old.json", "--out", "trainer")
        run("history", "old.json", "new.json", "--out", "history")
        run("trend", "scan", "decided", "--out", "trend")
        run("agreement", "old.json", "new.json", "--out", "agreement")
        spoiled = labels(SQUARE, NEARLY, APART)
        spoiled["annotations"][0]["area"] = 5000
        Path("spoiled.json").write_text(json.dumps(spoiled))
        run("fix", "spoiled.json", "--out", "fixed/corrected.json", code=1)
        paths = {
            "findings": ["scan/findings.json", "decided/findings.json", "compare/findings.json"],
            "run": ["scan/run.json", "compare/run.json"],
            "metrics": ["compare/metrics.json"],
            "causes": ["compare/causes.json"],
            "gate": ["gate/gate.json", "plain/gate.json", "passed/gate.json"],
            "diff": ["diff/diff.json"],
            "changes": ["fixed/changes.json"],
            "history": ["history/history.json"],
            "trend": ["trend/trend.json"],
            "agreement": ["agreement/agreement.json"],
            "baseline": ["baseline.json"],
            "decisions": ["decisions.json"],
            "plan": ["sample/plan.json"],
            "trainer": ["trainer/trainer.json"],
        }
        return {name: [json.loads(Path(p).read_text()) for p in found] for name, found in paths.items()}


def errors(name, document):
    schema = SCHEMAS[name]()
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


def test_every_schema_has_a_document_that_was_written(written):
    assert {*written, "config"} == set(SCHEMAS) == {document.value for document in Document}


@pytest.mark.parametrize("name", sorted(set(SCHEMAS) - {"config"}))
def test_what_is_written_keeps_to_its_schema(written, name):
    for document in written[name]:
        assert errors(name, document) == []


@pytest.mark.parametrize("name", sorted(set(SCHEMAS) - {"config"}))
def test_a_document_with_a_member_more_or_without_a_needed_one_is_refused(written, name):
    for document in written[name]:
        assert errors(name, {**document, "nonsense": 1})
        for member in SCHEMAS[name]()["required"]:
            assert errors(name, {key: part for key, part in document.items() if key != member}), member


def test_the_written_documents_show_every_part(written):
    """A schema of a list says nothing where the list is empty."""
    gate, diff = written["gate"][0], written["diff"][0]
    assert gate["groups"]["rates"]
    assert gate["groups"]["agreements"]
    assert gate["limits"]
    assert gate["waivers"]
    assert gate["baseline"]["grown"]
    assert gate["acceptance"]["wrong"] == 1
    assert gate["reviews"]
    assert [document["exit_code"] for document in written["gate"]] == [1, 1, 0]
    assert {change["kind"] for change in diff["changes"]} >= {"added", "removed"}
    assert diff["findings_fixed"]
    assert written["findings"][1]["findings"][0]["decision"] == "real"
    assert written["metrics"][0]["causes"]["lines"]
    assert written["baseline"][0]["entries"]


def test_the_default_configuration_keeps_to_the_schema():
    """Every rule, every option and every report setting at its default."""
    assert errors("config", Config().effective()) == []
    assert errors("config", {}) == []


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ('select = ["overlap", "mask.tiny"]\nfail_on = "error"\nworkers = 2', True),
        ('ignroe = ["mask"]', False),
        ('fail_on = "errors"', False),
        ("workers = 0", False),
        ("workers = 1.5", False),
        ("[report]\nhtml = false\nmax_pages = 3", True),
        ('[report]\nhtml = "no"', False),
        ("[report]\npages = 3", False),
        ('[rules."overlap.duplicate"]\nmin_iou = 0.9\nseverity = "warning"\nenabled = true', True),
        ("[rules.overlap.duplicate]\nmin_iou = 0.9", True),
        ('[rules."overlap.duplicate"]\nmin_iou = 1.1', False),
        ('[rules."overlap.duplicate"]\nmin_iou = "0.9"', False),
        ('[rules."overlap.duplicate"]\nmin_ious = 0.9', False),
        ('[rules."overlap.duplicat"]\nenabled = false', False),
        ('[rules."overlap.duplicate"]\nseverity = "bad"', False),
        ('[[gate.limits]]\nrule = "overlap.*"\nmax_count = 0', True),
        ('[[gate.limits]]\nseverity = "error"\nmax_rate = 0.1\nper = "image"\nconfidence = 0.5', True),
        ('[[gate.limits]]\nrule = "overlap.*"', False),
        ("[[gate.limits]]\nmax_count = 0", False),
        ('[[gate.limits]]\nrule = "*"\nmax_count = 0\nmax_rate = 0.1', False),
        ('[[gate.limits]]\nrule = "*"\nmax_rate = 1.1', False),
        ('[[gate.limits]]\nrule = "*"\nmax_rate = 0.1\nconfidence = 0.49', False),
        ('[[gate.limits]]\nrule = "*"\nmax_rate = 0.1\nconfidence = 1', False),
        ('[[gate.limits]]\nrule = "*"\nmax_count = -1', False),
        ("[gate]\nlimits = []", False),
        ('[gate]\nundecided = "maybe"', False),
        ("[gate]\nratchet = true", True),
        ('[[gate.waivers]]\nrule = "mask"\nreason = "r"\nuntil = 2026-01-01\nfile = "*"', True),
        ('[[gate.waivers]]\nrule = "mask"\nreason = "r"\nfile = "*"', False),
        ('[[gate.waivers]]\nrule = "mask"\nreason = "r"\nuntil = 2026-01-01', False),
    ],
)
def test_the_schema_and_the_reader_agree(text, good):
    table = tomllib.loads(text)
    as_json = json.loads(json.dumps(copy.deepcopy(table), default=str))
    assert (errors("config", as_json) == []) is good
    if good:
        parse_policy(parse_config(table).gate)
    else:
        with pytest.raises(ValueError, match=r"\w"):
            parse_policy(parse_config(table).gate)


def test_options_have_units_and_defaults_in_the_schema():
    rules = SCHEMAS["config"]()["properties"]["rules"]["properties"]
    assert rules["overlap.duplicate"]["properties"]["min_iou"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0.8,
        "description": "least IoU of two masks that count as one object [IoU]",
    }
    assert "Default: error." in rules["overlap.duplicate"]["properties"]["severity"]["description"]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_command_prints_a_schema(capsys, name):
    assert main(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMAS[name]()


def test_an_unknown_schema_is_a_usage_error(capsys):
    assert main(["schema", "reasons"]) == 2
    assert "reasons" in capsys.readouterr().err
