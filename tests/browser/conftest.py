"""A real headless Chromium for the tests marked ``browser``: it notes everything a page does wrong.

    def test_title(pages, report):
        page = pages.open(report / "index.html")
        assert page.title() == "maskaudit"

After the test, every console error, script error, CSP violation and request that is not ``file:`` or
``data:`` fails it.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root otherwise; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = ("file:", "data:")
REPORT_CSP = """
document.addEventListener("securitypolicyviolation", (e) =>
  console.error(`CSP ${e.violatedDirective} blocked ${e.blockedURI}`));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium(playwright: Playwright) -> str | None:
    """Return the first Chromium that starts: one on the PATH, else playwright's own."""
    candidates = [shutil.which(name) for name in NAMES]
    for path in [*candidates, playwright.chromium.executable_path]:
        if path and Path(path).exists():
            version = subprocess.run([path, "--version"], capture_output=True, check=False)
            if version.returncode == 0:
                return path
    return None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium; one a module, because playwright's event loop must not outlive the module."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            tell = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            tell("no Chromium on this machine, so no page was opened (apt-get install chromium)")
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Pages:
    """Opens pages and notes what they do wrong."""

    browser: Browser
    problems: list[str] = field(default_factory=list)
    """In the order in which they happened: ``console: ...``, ``script: ...``, ``request: ...``."""
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, target: Path | str, **options: Any) -> Page:
        """Open a page in a fresh, offline profile.

        Parameters
        ----------
        target : Path or str
            A file, or a ``file:`` URL where a fragment or query is needed.
        **options
            Of playwright's ``browser.new_context``: ``color_scheme="dark"``, ``viewport``,
            ``java_script_enabled=False``, ``reduced_motion`` ...
        """
        context = self.browser.new_context(offline=True, accept_downloads=True, **options)
        self.contexts.append(context)
        context.set_default_timeout(10_000)
        context.add_init_script(REPORT_CSP)
        context.on("console", lambda m: m.type == "error" and self.note("console", m.text))
        context.on("weberror", lambda e: self.note("script", str(e.error)))
        context.on("request", self._check_request)
        context.on("requestfailed", lambda r: self.note("request failed", r.url))
        page = context.new_page()
        page.on("websocket", lambda socket: self.note("request", socket.url))
        page.goto(target.resolve().as_uri() if isinstance(target, Path) else target)
        return page

    def note(self, kind: str, text: str) -> None:
        self.problems.append(f"{kind}: {text}")

    def forgive(self) -> list[str]:
        """Return the problems so far and forget them: for tests that expect some."""
        problems, self.problems = self.problems, []
        return problems

    def _check_request(self, request: Request) -> None:
        if not request.url.startswith(LOCAL):
            self.note("request", request.url)


@pytest.fixture
def pages(browser: Browser) -> Iterator[Pages]:
    """Give a factory of pages; what they did wrong fails the test."""
    pages = Pages(browser)
    yield pages
    for context in pages.contexts:
        context.close()
    assert not pages.problems, "the page did what it must not:\n" + "\n".join(pages.problems)
