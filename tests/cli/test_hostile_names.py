"""Names of a dataset, files and rules' texts that are written to be obeyed by whatever shows or reads them."""

import ast
import json
from pathlib import Path

import pytest

import audit
from audit.cli.main import main

ATTACKS = (
    " ::stop-commands::x",
    "##[error]x ##vso[task.complete]x ##teamcity[x] section_start:1700000000:x\r\x1b[0K",
    "\r::warning::x\n::add-mask::x",
    "[/x] [bold]x",
)
LIMITS = '[[gate.limits]]\nrule = "*"\nmax_count = 0\n[[gate.waivers]]\nrule = "overlap.*"\nfile = "*"\nuntil = {}\nreason = {}\n'
COMMANDS = {
    "scan": ["scan", "LABELS", "--no-html"],
    "scan as JSON": ["scan", "LABELS", "--no-html", "--format", "json"],
    "scan with all that is logged": ["scan", "LABELS", "--no-html", "--debug", "--fail-on", "warning"],
    "compare": ["compare", "LABELS", "results.json", "--no-html"],
    "compare as JSON": ["compare", "LABELS", "results.json", "--no-html", "--format", "json"],
    "gate": ["gate", "LABELS", "--policy", "policy.toml", "--baseline", "baseline.json"],
    "gate by annotator": ["gate", "LABELS", "--group-by", "annotator", "--out", "OUT", "--no-html"],
    "gate by folder": ["gate", "LABELS", "--group-by", "folder"],
    "gate by source": ["gate", "LABELS", "--group-by", "source"],
    "gate by table": ["gate", "LABELS", "--group-by", "csv:groups.csv"],
    "gate by what is not there": ["gate", "LABELS", "--group-by", "ATTACK"],
    "gate as JSON": [
        "gate",
        "LABELS",
        "--policy",
        "policy.toml",
        "--group-by",
        "annotator",
        "--format",
        "json",
    ],
    "gate with a spoiled baseline": ["gate", "LABELS", "--baseline", "LABELS"],
    "gate with a spoiled policy": ["gate", "LABELS", "--policy", "typo.toml"],
    "diff": ["diff", "clean.json", "LABELS", "--out", "OUT"],
    "diff as JSON": ["diff", "clean.json", "LABELS", "--format", "json"],
    "sample": ["sample", "LABELS", "--no-html", "--out", "OUT"],
    "export": ["export", "LABELS", "--to", "csv", "--out", "OUT"],
    "baseline write": ["baseline", "write", "LABELS", "--out", "OUT.json"],
    "baseline show": ["baseline", "show", "hostile_baseline.json"],
    "baseline prune": ["baseline", "prune", "hostile_baseline.json", "LABELS"],
    "no such file": ["scan", "ATTACK"],
    "no such file, with a traceback": ["scan", "ATTACK", "--debug"],
    "no such rule": ["scan", "LABELS", "--select", "ATTACK"],
    "no such manual page": ["explain", "ATTACK"],
    "no such option": ["scan", "--ATTACK"],
    "spoiled labels": ["scan", "SPOILED"],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_command_prints_what_ci_obeys(here, capsys, document, ci_commands, attack):
    labels, spoiled, out = (f"{attack}{end}".replace("/", "_") for end in (".json", "-spoiled.json", "-out"))
    whole = document([[2, 2, 8, 2, 8, 8, 2, 8]], [[2, 2, 9, 2, 9, 8, 2, 8]], annotator=attack)
    whole["categories"][0]["name"] = attack
    whole["images"][0]["file_name"] = f"{attack}/{attack}"
    Path(labels).write_text(json.dumps(whole))
    Path(spoiled).write_text(json.dumps(whole)[:-9])
    result = {"image_id": 1, "category_id": 1, "bbox": [2, 2, 6, 6], "score": 0.9}
    Path("results.json").write_text(json.dumps([{**result, "segmentation": [[2, 2, 8, 2, 8, 8, 2, 8]]}] * 2))
    Path("policy.toml").write_text(LIMITS.format("2020-01-01", json.dumps(attack)))
    Path("typo.toml").write_text(f"[gate]\n{json.dumps(attack)} = 1\n")
    Path("groups.csv").write_text(f'image_id,group\n1,"{attack}"\n')
    assert main(["baseline", "write", labels, "--out", "baseline.json", "--quiet"]) == 0
    known = json.loads(Path("baseline.json").read_text())
    known["entries"] = [{**entry, "rule": attack} for entry in known["entries"]]
    Path("hostile_baseline.json").write_text(json.dumps(known))
    for what, command in COMMANDS.items():
        stands_for = {"LABELS": labels, "SPOILED": spoiled, "OUT": out, "ATTACK": attack}
        arguments = [
            argument.replace(word, value) if word in argument else argument
            for argument in command
            for word, value in [next(((w, v) for w, v in stands_for.items() if w in argument), ("", ""))]
        ]
        code = main(arguments)
        captured = capsys.readouterr()
        assert not ci_commands(captured.out), what
        assert not ci_commands(captured.err), what
        assert code in (0, 1, 2), f"{what}: {captured.err}"
        if "json" in arguments and code < 2:
            assert isinstance(json.loads(captured.out), dict)


@pytest.mark.parametrize("attack", ATTACKS)
def test_annotations_that_are_asked_for_are_commands_and_quote_none(
    here, capsys, document, ci_commands, attack
):
    whole = document([[2, 2, 8, 2, 8, 8, 2, 8]], [[2, 2, 9, 2, 9, 8, 2, 8]], annotator=attack)
    whole["images"][0]["file_name"] = attack
    Path("labels.json").write_text(json.dumps(whole))
    Path("policy.toml").write_text(LIMITS.format("2020-01-01", json.dumps(attack)))
    main(["gate", "labels.json", "--policy", "policy.toml", "--github", "--group-by", "annotator"])
    obeyed = ci_commands(capsys.readouterr().out)
    assert any(line.startswith("::error title=") for line in obeyed)
    for line in obeyed:
        assert line.startswith(("::error title=", "::error file=", "::warning file=", "::notice file="))
        assert not ci_commands(line.removeprefix("::"))


def test_json_on_the_terminal_keeps_every_name(here, capsys, document):
    Path("labels.json").write_text(
        json.dumps(document([[2, 2, 8, 2, 8, 8, 2, 8]], annotator="##[error]#### \\##x"))
    )
    main(["gate", "labels.json", "--group-by", "annotator", "--format", "json"])
    printed = capsys.readouterr().out
    assert "##" not in printed
    assert json.loads(printed)["groups"]["rates"][0]["group"] == "##[error]#### \\##x"


def test_nothing_is_printed_but_by_the_terminal_module():
    """Text reaches a terminal through `audit.cli.terminal` alone, where it is made harmless."""
    package = Path(audit.__file__).parent
    for path in sorted(package.rglob("*.py")):
        if path in (package / "cli" / "terminal.py", package / "__main__.py"):
            continue  # the latter writes one fixed line, before anything can be imported
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert name not in ("print", "typer.echo", "traceback.print_exc"), f"{path}:{node.lineno}"
            assert ".stdout.write" not in name, f"{path}:{node.lineno}"
            assert ".stderr.write" not in name, f"{path}:{node.lineno}"
