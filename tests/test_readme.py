"""The README says what is: its table of rules, its commands, its dependencies."""

import re
import tomllib
from pathlib import Path

import pytest

from audit.cli.main import main
from audit.cli.rules import markdown_table
from audit.gates.policy import parse_policy
from audit.pipeline.config import parse_config

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    set(
        re.findall(
            r"maskaudit (scan|compare|gate|baseline write|diff|sample|export|demo|rules|explain)\b([^`\n#]*)",
            TEXT,
        )
    )
)


def test_the_table_of_rules_is_the_catalogue():
    table = re.search(r"<!-- rules: begin.*?-->\n(.*?)<!-- rules: end -->", TEXT, re.DOTALL)
    assert table is not None
    assert table[1] == markdown_table(), "run `make readme`"


def test_every_dependency_says_what_it_earns():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[\w-]+", name)[0].lower() for name in project["dependencies"]}
    listed = re.search(r"## Dependencies\n(.*?)\n## ", TEXT, re.DOTALL)[1]
    rows = [line.split("|")[1] for line in listed.splitlines() if line.startswith("| ")][1:]
    assert {name.strip().lower() for row in rows for name in row.split(",")} == needed


def test_links_and_pictures_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize(("command", "rest"), COMMANDS)
def test_options_exist(command, rest, capsys):
    assert main([*command.split(), "--help"]) == 0
    known = capsys.readouterr().out
    for option in re.findall(r"--[a-z-]+", rest):
        assert option in known, option


def test_the_configuration_is_valid():
    block, _ = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    config = parse_config(tomllib.loads(block))
    assert config.options("overlap.partial").warn_share == 0.2
    assert config.fail_on == "error"


def test_the_policy_is_valid():
    _, block = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    policy = parse_policy(tomllib.loads(block)["gate"])
    assert [limit.max_rate for limit in policy.limits] == [None, 0.01]
    assert policy.waivers[0].category == "bottle cap"


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:`|^)make ([a-z]+)\b", TEXT, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
