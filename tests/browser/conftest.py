"""A real headless Chromium for the tests marked ``browser``: it notes everything a page does wrong.

    def test_title(pages, report):
        page = pages.open(report / "index.html")
        assert page.title() == "maskaudit"

After the test, every console error, script error, CSP violation and request that is not ``file:`` or
``data:`` fails it.

A page is shown before its script has taken up what keys and clicks do. Tests go on when it is ready:
``pages.open``, ``pages.visit`` and ``pages.reload`` wait for that, ``pages.settle`` waits after a key or click
that leads to another page or view.

``form`` is a report of four small images, first as a folder, then as one file; a test that takes it
runs for both.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect, sync_playwright

from audit.findings.finding import Finding
from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan
from audit.report.image_page import ImagePage
from audit.report.importance import order_by_weight, weigh_findings
from audit.report.page_templates import PageLinks
from audit.report.report_data import ReportData
from audit.report.report_writer import write_report

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
PATIENCE = 60_000
"""Milliseconds after which something has gone wrong, on a machine however slow and busy."""
SLOWDOWN = float(os.environ.get("SLOWDOWN", "1"))
"""How many times slower than this machine Chromium is to run its scripts: the tests hold for 20 too."""
expect.set_options(timeout=PATIENCE)
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
    without_script: list[BrowserContext] = field(default_factory=list)

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
        if not options.get("java_script_enabled", True):
            self.without_script.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_CSP)
        context.on("console", lambda m: m.type == "error" and self.note("console", m.text))
        context.on("weberror", lambda e: self.note("script", str(e.error)))
        context.on("request", self._check_request)
        context.on("requestfailed", self._check_failure)
        page = context.new_page()
        page.on("websocket", lambda socket: self.note("request", socket.url))
        if SLOWDOWN > 1:
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        return self.visit(page, target.resolve().as_uri() if isinstance(target, Path) else target)

    def visit(self, page: Page, address: str) -> Page:
        """Go to an address afresh, also where only the fragment differs."""
        if page.url.split("#")[0] == address.split("#")[0]:
            page.goto("about:blank")
        page.goto(address)
        return self.settle(page)

    def reload(self, page: Page) -> Page:
        """Load the page again."""
        page.reload()
        return self.settle(page)

    def settle(self, page: Page) -> Page:
        """Wait until a page of a report listens to keys and clicks, if its script runs."""
        if page.locator("html[data-page]").count() and page.context not in self.without_script:
            expect(page.locator("html[data-ready]")).to_have_count(1)
        return page

    def note(self, kind: str, text: str) -> None:
        self.problems.append(f"{kind}: {text}")

    def forgive(self) -> list[str]:
        """Return the problems so far and forget them: for tests that expect some."""
        problems, self.problems = self.problems, []
        return problems

    def _check_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a reader who goes on does to a picture still loading
            self.note("request failed", request.url)

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


Box = tuple[int, int, int, int, int, int, int]
"""id, image id, category id, x, y, width, height."""
CATEGORIES = ("cell", "nucleus", " odd & name + more")
RULES = ["overlap", "mask.tiny"]
CELLS = {"a.png": (80, 60), "b 10.png": (80, 60), "b 2.png": (80, 60), "clean.png": (80, 60)}
PLATES = {"plate.png": (240, 180)}
CELL_BOXES: list[Box] = [
    (1, 1, 1, 5, 5, 20, 20), (2, 1, 1, 5, 5, 20, 20), (3, 1, 1, 40, 10, 20, 20), (4, 1, 2, 50, 20, 20, 20),
    (5, 1, 2, 70, 50, 2, 2), (6, 2, 1, 10, 10, 30, 30), (7, 2, 2, 15, 15, 10, 10), (8, 2, 1, 50, 20, 20, 20),
    (9, 2, 1, 50, 34, 20, 20), (10, 3, 3, 10, 10, 20, 20), (11, 3, 3, 26, 10, 20, 20), (12, 4, 1, 10, 10, 30, 30),
]  # fmt: skip
"""Two identical masks, two that overlap at a corner, a tiny one; one inside another, two more overlaps."""
PLATE_BOXES: list[Box] = [
    (100 + 2 * k + j, 1, 2, 5 + 40 * (k % 6) + 6 * j, 5 + 30 * (k // 6) + 3 * j, 18 + k % 5, 16)
    for k in range(30)
    for j in range(2)
]
"""Thirty pairs that overlap: more findings than one page of the list holds."""


def write_labels(
    path: Path,
    images: Mapping[str, tuple[int, int]],
    boxes: list[Box],
    categories: tuple[str, ...] = CATEGORIES,
) -> Path:
    """Write a COCO file; ids of images and categories count from 1.

    Rectangles that are large enough lack a corner: overlaps of masks that are boxes are said once, as an info.
    """
    cut = [2 * (w >= 10) for *_, w, _ in boxes]
    annotations = [
        {
            "id": k, "image_id": image, "category_id": category, "iscrowd": 0, "area": w * h - c * c / 2,
            "bbox": [x, y, w, h],
            "segmentation": [[x, y, x + w, y, x + w, y + h, *((x + c, y + h, x, y + h - c) if c else (x, y + h))]],
        }
        for (k, image, category, x, y, w, h), c in zip(boxes, cut, strict=True)
    ]  # fmt: skip
    sizes = [
        {"id": k, "file_name": n, "width": w, "height": h} for k, (n, (w, h)) in enumerate(images.items(), 1)
    ]
    named = [{"id": k, "name": name} for k, name in enumerate(categories, 1)]
    document = {"images": sizes, "annotations": annotations, "categories": named}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def write_pictures(folder: Path, images: Mapping[str, tuple[int, int]]) -> None:
    folder.mkdir(exist_ok=True)
    for k, (name, (width, height)) in enumerate(images.items()):
        pixels = np.random.default_rng(k).integers(90, 160, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name, "PNG")


@dataclass(frozen=True)
class Form:
    """A report in one of its two forms: what was found, and the addresses of its pages."""

    result: ScanResult
    out: Path
    single: bool
    labels: tuple[Path, ...]

    @property
    def by_importance(self) -> list[Finding]:
        """Return the findings in the order in which the list shows them."""
        weights = weigh_findings(self.result.findings, self.result.rules).round(4)
        return [self.result.findings[number] for number in order_by_weight(weights).tolist()]

    @property
    def pages(self) -> tuple[ImagePage, ...]:
        """Return the pages of images, worst first."""
        return ReportData.of(self.result, 200).pages

    def _at(self, address: str) -> str:
        file, _, rest = address.partition("#")
        base = (self.out / (file or "index.html")).resolve().as_uri()
        return f"{base}#{rest}" if rest else base

    def index(self) -> str:
        return self._at(PageLinks(single=self.single).index())

    def findings(self, **state: str) -> str:
        return self._at(PageLinks(single=self.single).findings(**state))

    def image(self, number: int, finding: str = "") -> str:
        """Return the address of the n-th worst image (from 0), with its k-th finding (from 1) chosen."""
        address = PageLinks(single=self.single).image(self.pages[number])
        if finding:
            address += f"/{finding}" if self.single else f"#finding-{finding}"
        return self._at(address)

    def rescan(self, **options: Any) -> ScanResult:
        """Scan the same labels again."""
        return scan(self.labels, images=self.labels[0].parent / "pictures", select=RULES, **options)


Reported = Callable[..., dict[str, Form]]


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    """Scan labels with the pictures beside them, and write both forms of the report."""

    def report(labels: tuple[Path, ...], **options: Any) -> dict[str, Form]:
        out = tmp_path_factory.mktemp("report")
        form = Form(
            scan(labels, images=labels[0].parent / "pictures", select=RULES, **options), out, False, labels
        )
        forms = {
            name: replace(form, out=out / name, single=name == "single") for name in ("folder", "single")
        }
        for each in forms.values():
            write_report(each.result, each.out, single_file=each.single)
        return forms

    return report


@pytest.fixture(scope="session")
def draw() -> Callable[..., Path]:
    """Write labels and their pictures, as far as a disk can hold files of these names."""

    def write(path: Path, images: Mapping[str, tuple[int, int]], boxes: list[Box], *categories: str) -> Path:
        possible = {
            name: size for name, size in images.items() if len(name) < 100 and not {"/", "\0"} & {*name}
        }
        write_pictures(path.parent / "pictures", possible)
        return write_labels(path, images, boxes, categories or CATEGORIES)

    return write


@pytest.fixture(scope="session")
def labels(draw: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("labels")
    return (
        draw(folder / "cells.json", CELLS, CELL_BOXES),
        draw(folder / "plates.json", PLATES, PLATE_BOXES),
    )


@pytest.fixture(scope="session")
def forms(labels: tuple[Path, Path], reported: Reported) -> dict[str, Form]:
    return reported(labels)


@pytest.fixture(params=["folder", "single"])
def form(request: pytest.FixtureRequest, forms: dict[str, Form]) -> Form:
    return forms[request.param]
