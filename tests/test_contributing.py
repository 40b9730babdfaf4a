import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import audit.detectors.mask as family
from audit.cli.rule_template import RULE_TEMPLATE, render_test
from audit.detectors.registry import dataset_rules, reload_rules

TEXT = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
RULE, TEST = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def with_the_rule(tmp_path, monkeypatch):
    """Put the guide's rule beside the package's own, as a new file in the family's folder would be."""
    (tmp_path / "stripe.py").write_text(RULE, encoding="utf-8")
    monkeypatch.setattr(family, "__path__", [*family.__path__, str(tmp_path)])
    reload_rules()
    yield
    reload_rules()
    sys.modules.pop("audit.detectors.mask.stripe", None)
    vars(family).pop("stripe", None)


@pytest.mark.usefixtures("with_the_rule")
def test_the_rule_of_the_guide_is_found_and_its_tests_pass():
    assert dataset_rules()["mask.stripe"].title.startswith("A straight line of pixels")
    names = {}
    exec(compile(TEST, "CONTRIBUTING.md", "exec"), names)
    tests = [test for name, test in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


def test_the_guide_shows_what_the_command_writes():
    assert (RULE_TEMPLATE, render_test("mask.stripe")) == (RULE, TEST)


@pytest.mark.slow
def test_two_files_are_all_that_a_rule_needs(tmp_path):
    """In a copy of the project, with the two files, all tests that know of the rules pass."""
    for name in ("audit", "tests", "docs", "examples", ".ci", ".github", "benchmarks", "reports"):
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "gold")
            )
    for path in ROOT.glob("*"):
        if path.is_file():
            shutil.copy(path, tmp_path)
    # An editable install may find `audit` by a hook of its own, which goes before PYTHONPATH: the copy is meant.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.meta_path[:] = [x for x in sys.meta_path if 'ScikitBuild' not in type(x).__name__]\n"
    )
    run = partial(subprocess.run, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=True)
    run([sys.executable, "-m", "audit", "rules", "new", "mask.stripe"])
    run([sys.executable, "-m", "audit", "rules", "new", "habit.stripe"])  # and a new family
    tests = ["tests/detectors/test_contract.py", "tests/test_contributing.py", "tests/test_readme.py"]
    tests += ["tests/detectors/mask/test_stripe.py", "tests/detectors/habit/test_stripe.py"]
    quick = ["-q", "-p", "no:cacheprovider", "-m", "not slow and not browser"]
    run([sys.executable, "-m", "pytest", *tests, *quick])


def test_the_files_that_the_architecture_points_to_exist():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`([a-z_/]+\.py)`", text))
    assert len(paths) >= 15
    assert [
        path for path in sorted(paths) if not (ROOT / path).exists() and not (ROOT / "audit" / path).exists()
    ] == []
