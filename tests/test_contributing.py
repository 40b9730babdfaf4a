import re
import sys
from pathlib import Path

import pytest

import audit.detectors.mask as family
from audit.detectors.registry import dataset_rules, reload_rules

TEXT = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
RULE, TEST = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


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
