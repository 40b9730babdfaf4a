"""README and documentation say what is: commands, options, configuration, dependencies, links."""

import re
import tomllib
from pathlib import Path

import pytest

from audit.cli.main import main
from audit.gates.policy import parse_policy
from audit.pipeline.config import parse_config

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"README.md": README} | {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in sorted(ROOT.glob("docs/**/*.md"))
}
GENERATED = {"configuration.md", "outputs.md", "commands.md", "rules/index.md"}
"""Pages that `.ci/docs_hook.py` makes; the site's strict build checks links to them."""
COMMANDS = sorted(
    {
        found
        for text in PAGES.values()
        for found in re.findall(
            r"maskaudit (scan|compare|gate|baseline write|diff|sample|export|demo|rules new|rules|explain|bench labels)\b([^`\n#]*)",
            text,
        )
    }
)
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}")
    for page, text in PAGES.items()
    for number, block in enumerate(re.findall(r'```toml title="maskaudit.toml"\n(.*?)```', text, re.DOTALL))
]


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_every_dependency_says_what_it_earns():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[\w-]+", name)[0].lower() for name in project["dependencies"]}
    listed = re.search(r"## Dependencies\n(.*?)\n## ", README, re.DOTALL)[1]
    rows = [line.split("|")[1] for line in listed.splitlines() if line.startswith("| ")][1:]
    assert {name.strip().lower() for row in rows for name in row.split(",")} == needed


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_lead_somewhere(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGES[page]):
        if target in GENERATED or target.startswith("rules/"):
            continue
        assert (folder / target).exists(), target


@pytest.mark.parametrize(("command", "rest"), COMMANDS)
def test_options_exist(command, rest, capsys):
    assert main([*command.split(), "--help"]) == 0
    known = capsys.readouterr().out
    for option in re.findall(r"--[a-z-]+", rest):
        assert option in known, option


@pytest.mark.parametrize("block", BLOCKS)
def test_configurations_are_valid(block):
    table = tomllib.loads(block)
    parse_config(table)
    parse_policy(table.get("gate", {}))


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for text in PAGES.values():
        for target in set(re.findall(r"(?:`|^)make ([a-z]+)\b", text, re.MULTILINE)):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
