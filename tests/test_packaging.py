"""The wheel as a user gets it: built from the sdist, installed cleanly, run outside the checkout."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import audit

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def run(*command, cwd):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV_", "COVERAGE"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", out, ROOT, cwd=out)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The ``bin`` folder of an environment that holds the wheel and what it declares, and no more."""
    home = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", home / "venv", cwd=home)
    commands = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(commands / "python", "-m", "pip", "install", "--quiet", "--no-compile", wheel, cwd=home)
    return commands


def test_the_wheel_holds_the_package_under_both_names_with_the_report_assets(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.split("/")[0] for name in names}
    assert {name for name in packages if not name.endswith(".dist-info")} == {"audit", "maskaudit"}
    assets = {name.removeprefix("audit/report/assets/") for name in names if "/report/assets/" in name}
    checkout = {
        path.relative_to(ROOT / "reports").as_posix()
        for path in (ROOT / "reports").rglob("*")
        if path.is_file()
    }
    assert assets == checkout
    assert any(name.endswith(".html.j2") for name in assets)
    assert {"audit/py.typed", "maskaudit/py.typed"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "audit/native/libmaskaudit.so" in names
    assert not [name for name in names if name.endswith((".cpp", ".h", "CMakeLists.txt"))]


def test_the_installed_command_shows_its_help(installed, tmp_path):
    assert "scan" in run(installed / "maskaudit", "--help", cwd=tmp_path)


def test_the_installed_demo_writes_a_report(installed, tmp_path):
    out = tmp_path / "out"
    printed = run(installed / "maskaudit", "demo", "--out", out, cwd=tmp_path)
    assert "planted" in printed.lower()
    index = next(out.rglob("index.html"))
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', index.read_text(encoding="utf-8"))
    assert (index.parent / style).stat().st_size > 1000
    assert next(out.rglob("findings.json")).stat().st_size > 1000


def test_the_installed_package_is_the_wheel_and_not_the_checkout(installed, tmp_path):
    where = run(installed / "python", "-c", "import audit; print(audit.__file__)", cwd=tmp_path)
    assert not Path(where.strip()).is_relative_to(ROOT)


def test_the_installed_package_has_both_names(installed, tmp_path):
    code = "import audit, maskaudit; print(maskaudit.scan is audit.scan, maskaudit.__version__)"
    assert run(installed / "python", "-c", code, cwd=tmp_path).split() == ["True", audit.__version__]
    assert "scan" in run(installed / "python", "-m", "maskaudit", "--help", cwd=tmp_path)
