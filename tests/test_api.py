"""What ``import audit`` and ``import maskaudit`` offer."""

import inspect
import subprocess
import sys
import typing

import pytest

import audit
import audit.pipeline.compare
import audit.pipeline.run
import maskaudit


@pytest.mark.parametrize(
    ("function", "counterpart", "result"),
    [
        (audit.scan, audit.pipeline.run.scan, audit.Scan),
        (audit.compare, audit.pipeline.compare.compare, audit.Comparison),
    ],
)
def test_scan_and_compare_are_plain_functions(function, counterpart, result):
    assert inspect.isfunction(function)
    assert not hasattr(function, "__wrapped__")
    assert typing.get_type_hints(function)["return"] is result
    assert inspect.signature(function).parameters == inspect.signature(counterpart).parameters
    documented = inspect.getdoc(function)
    for name in inspect.signature(function).parameters:
        assert f"\n{name} : " in documented or f", {name} : " in documented or f"\n{name}, " in documented


def test_arguments_reach_the_pipeline(monkeypatch):
    """Pass a value of its own for every parameter, and look at what comes out."""
    for name, module in (("scan", "scanning"), ("compare", "comparing")):
        function = getattr(audit, name)
        taken = {}

        def run(*args, taken=taken, **keywords):
            taken.update(keywords, positional=args)

        monkeypatch.setattr(f"audit.api.{module}.run_{name}", run)
        parameters = inspect.signature(function).parameters.values()
        positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        keywords = {p.name: p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
        function(*positional, **keywords)
        assert taken == {**keywords, "positional": tuple(positional)}


def test_dir_lists_the_public_names_and_no_others():
    names = {name for name in dir(audit) if not name.startswith("__")}
    assert names == set(audit.__all__)
    assert all(getattr(audit, name) is not None for name in names)
    with pytest.raises(AttributeError, match="no attribute 'scna'"):
        audit.scna  # noqa: B018


def test_maskaudit_is_audit():
    assert maskaudit.__version__ == audit.__version__
    for name in audit.__all__:
        assert getattr(maskaudit, name) is getattr(audit, name)


def test_both_packages_run_as_modules(tmp_path):
    for package in ("audit", "maskaudit"):
        command = [sys.executable, "-m", package, "--version"]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ran.stdout == f"maskaudit {audit.__version__}\n"
