"""``examples/plugin`` is installed beside maskaudit, and every part of it works."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PLUGIN = Path(__file__).resolve().parents[1] / "examples" / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Lay the package out as pip does: nothing is downloaded for it."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    target = tmp_path_factory.mktemp("site")
    shutil.copytree(PLUGIN / "acme_labels", target / "acme_labels")
    info = target / f"acme_labels-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()), ""]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return target


def run(installed, folder, *arguments):
    root = PLUGIN.parents[1]
    path = os.pathsep.join([str(installed), str(root), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


def test_command_reads_and_writes_the_plugins_formats(installed, tmp_path):
    example = str(PLUGIN / "example.outlines")
    done = run(installed, tmp_path, "audit", "export", "checklist", example, "--out", "out")
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    checklist = (tmp_path / "out" / "checklist.md").read_text()
    assert "## plate.png" in checklist
    assert "(cell): annotation.duplicate" in checklist or "overlap" in checklist


def test_rule_is_explained_and_judges(installed, tmp_path):
    explained = run(installed, tmp_path, "audit", "explain", "acme.stripe")
    assert explained.returncode == 0, explained.stderr
    assert "A straight line of pixels" in explained.stdout
    example = str(PLUGIN / "example.outlines")
    options = ["--select", "acme.stripe", "--no-html", "--quiet", "--out", "report"]
    done = run(installed, tmp_path, "audit", "scan", example, *options)
    assert done.returncode == 0, done.stderr
    (finding,) = json.loads((tmp_path / "report" / "findings.json").read_text())["findings"]
    assert (finding["rule"], finding["annotation_ids"], finding["evidence"]) == (
        "acme.stripe",
        [3],
        {"length_px": 16},
    )


def test_plugins_tests_pass(installed, tmp_path):
    arguments = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    done = run(installed, tmp_path, "pytest", *arguments, str(PLUGIN / "tests"))
    assert done.returncode == 0, done.stdout + done.stderr
