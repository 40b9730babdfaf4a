"""What all tests share: the real datasets, Hypothesis' settings, and a word on what could not run."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# No deadline: machines are shared. CI draws the same examples every time.
settings.register_profile("maskaudit", deadline=None, max_examples=50, derandomize="CI" in os.environ)
settings.load_profile("maskaudit")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real datasets; use with ``@pytest.mark.shared``."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real datasets are not here (../shared/data)")
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED_DATA.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason="the real datasets are not here (../shared/data)"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last, and loudly, which checks this machine could not make."""
    skipped: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        skipped[reason] = skipped.get(reason, 0) + 1
    if not skipped:
        return
    terminalreporter.section("NOT CHECKED on this machine", sep="!", red=True, bold=True)
    for reason, tests in sorted(skipped.items()):
        terminalreporter.line(f"{tests} test{'s' if tests > 1 else ''}: {reason}", red=True)
