"""Measure the HTML report of a large dataset: build, sizes, and what a reader waits for in Chromium.

    python benchmarks/report_size.py                      100,000 findings
    python benchmarks/report_size.py --findings 10000 --repeats 1
    python benchmarks/report_size.py --labels labels.json --images pictures/

Without ``--labels`` the labels are made up: every image has six heaps of four rectangles, and in a heap
each lies on each other, which gives six findings. The same arguments give the same labels. Waiting times
are medians; each is measured inside the page, from the start of loading or from the key stroke to the
first picture that shows the answer.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from audit.pipeline.result import ScanResult
from audit.pipeline.run import scan
from audit.report.report_writer import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEAPS_AN_IMAGE, IN_A_HEAP, FINDINGS_A_HEAP = 6, 4, 6
WIDTH, HEIGHT = 640, 480
CATEGORIES = 80
FIRST_ROW = """window.firstRow = new Promise((done) => {
  new MutationObserver((_, watcher) => {
    if (!document.querySelector("#list .row")) return;
    watcher.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now())));
  }).observe(document, { childList: true, subtree: true });
});"""
"""Milliseconds from the start of loading to the first row on the screen."""
CHANGE = """([id, value]) => new Promise((done) => {
  const field = document.getElementById(id);
  const list = document.getElementById("list");
  const begun = performance.now();
  new MutationObserver((_, watcher) => {
    watcher.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
  }).observe(list, { childList: true });
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
})"""
"""Milliseconds from a change of a filter to the new rows on the screen."""
PRESS = """(key) => new Promise((done) => {
  const begun = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
})"""
"""Milliseconds from a key to the next picture."""
LIMITS = {
    "first row": 1000,
    "index.html": 1_500_000,
    "findings.html": 6_000_000,
    "largest image page": 400_000,
}
LIMIT_OF_A_CHANGE = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One measured number."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    def __str__(self) -> str:
        number = f"{self.value:,.0f}" if self.value >= 100 else f"{self.value:.2f}"
        goal = "" if self.limit is None else f" | {self.limit:,.0f} {self.unit}"
        missed = " **missed**" if self.limit is not None and self.value > self.limit else ""
        return f"| {self.name} | {number} {self.unit}{goal or ' |'}{missed} |"


def labels(findings: int, path: Path, seed: int = 0) -> None:
    """Write a COCO file whose audit finds about so many things."""
    rng = np.random.default_rng(seed)
    heaps = -(-findings // FINDINGS_A_HEAP)
    count, n = -(-heaps // HEAPS_AN_IMAGE), heaps * IN_A_HEAP
    image = np.arange(n) // IN_A_HEAP // HEAPS_AN_IMAGE
    cell, turn = np.arange(n) // IN_A_HEAP % HEAPS_AN_IMAGE, np.arange(n) % IN_A_HEAP
    corner = np.stack([cell % 3 * 213, cell // 3 * 240], axis=1) + rng.integers(0, 12, (n, 2))
    x, y = (corner + turn[:, None] * np.array([20, 12])).T.tolist()
    w, h = rng.integers(80, 130, (2, n)).tolist()
    category = rng.integers(1, CATEGORIES + 1, n).tolist()
    annotations = [
        {
            "id": k + 1, "image_id": at + 1, "category_id": c, "iscrowd": 0,
            "area": w * h, "bbox": [x, y, w, h],
            "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
        }
        for k, (at, c, x, y, w, h) in enumerate(zip(image.tolist(), category, x, y, w, h, strict=True))
    ]  # fmt: skip
    size = {"width": WIDTH, "height": HEIGHT}
    images = [{"id": k + 1, "file_name": f"{k + 1:012d}.jpg", **size} for k in range(count)]
    categories = [{"id": k + 1, "name": f"category {k + 1:02d}"} for k in range(CATEGORIES)]
    document = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(document), encoding="utf-8")


def built(result: ScanResult, out: Path) -> Iterator[Line]:
    """Write both forms of the report and yield what that took."""
    for name, single in (("folder", False), ("single", True)):
        begun, used = perf_counter(), process_time()
        write_report(result, out / name, single_file=single)
        yield Line(f"build, {name}", perf_counter() - begun, "s")
        yield Line(f"build, {name}, CPU", process_time() - used, "s")


def sizes(out: Path) -> Iterator[Line]:
    """Yield the sizes of the pages."""
    folder = out / "folder"
    for name in ("index.html", "findings.html"):
        yield Line(name, (folder / name).stat().st_size, "bytes", LIMITS[name])
    pages = [page.stat().st_size for page in (folder / "images").glob("*.html")]
    if pages:
        yield Line("image pages", len(pages), "")
        yield Line("largest image page", max(pages), "bytes", LIMITS["largest image page"])
    total = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    yield Line("folder", total, "bytes")
    yield Line("single file", (out / "single" / "index.html").stat().st_size, "bytes", 20_000_000)


def waits(result: ScanResult, out: Path, repeats: int) -> Iterator[Line]:
    """Yield what a reader of the list waits for in Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield from _opened(browser, out / "folder" / "findings.html", "first row", repeats)
        page = _page(browser, out / "folder" / "findings.html")
        for name, change in _changes(result):
            yield Line(name, statistics.median(change(page) for _ in range(repeats)), "ms", LIMIT_OF_A_CHANGE)
        single = (out / "single" / "index.html").resolve().as_uri() + "#/findings"
        yield from _opened(browser, single, "first row, single file", repeats)
        browser.close()


def _opened(browser: Browser, target: Path | str, name: str, repeats: int) -> Iterator[Line]:
    times = []
    for _ in range(repeats):
        page = _page(browser, target)
        times.append(page.evaluate("firstRow"))
        page.context.close()
    yield Line(name, statistics.median(times), "ms", LIMITS["first row"])


def _page(browser: Browser, target: Path | str) -> Page:
    page = browser.new_context(offline=True).new_page()
    page.add_init_script(FIRST_ROW)
    address = target.resolve().as_uri() if isinstance(target, Path) else target
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#list .row")
    return page


def _changes(result: ScanResult) -> list[tuple[str, Callable[[Page], float]]]:
    """Return what a reader does with the list: each sets a filter, is timed, and takes it back."""
    rule = result.findings[-1].rule
    name = str(result.measurements.categories["name"].iloc[0])
    file = str(result.measurements.images["file_name"].iloc[-1])[:8]
    fields = [
        ("filter by rule", "rule", rule),
        ("filter by severity", "severity", result.findings[0].severity.value),
        ("filter by category", "category", name),
        ("filter by image", "image", file),
        ("filter by text (with 120 ms wait for typing)", "q", "pixels 12"),
        ("filter by score", "score", "0.5"),
        ("filter by decision", "said", "open"),
        ("sort by score", "sort", "-score"),
        ("sort by rule", "sort", "rule"),
        ("sort by image", "sort", "image"),
        ("sort by category", "sort", "category"),
    ]

    def changed(field: str, value: str) -> Callable[[Page], float]:
        def change(page: Page) -> float:
            took = float(page.evaluate(CHANGE, [f"filter-{field}", value]))
            page.evaluate(CHANGE, [f"filter-{field}", ""])
            return took

        return change

    def press(page: Page) -> float:
        page.locator("#list .row").first.focus()
        return float(page.evaluate(PRESS, "1"))

    return [*((name, changed(field, value)) for name, field, value in fields), ("decide by key", press)]


def measure(result: ScanResult, out: Path, repeats: int) -> Iterator[Line]:
    """Yield all numbers about a result's report."""
    yield Line("findings", len(result.findings), "")
    yield from built(result, out)
    yield from sizes(out)
    yield from waits(result, out, repeats)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line names; 1 if a limit was missed."""
    parser = argparse.ArgumentParser(description="Measure the HTML report of a large dataset.")
    parser.add_argument("--findings", type=int, default=100_000, help="about how many [default: 100,000]")
    parser.add_argument("--labels", type=Path, help="a COCO file instead of made-up labels")
    parser.add_argument("--images", type=Path, help="its pictures")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder that the reports stay in")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        out = options.keep or Path(temporary)
        out.mkdir(parents=True, exist_ok=True)
        file = options.labels
        if file is None:
            file = out / "labels.json"
            labels(options.findings, file)
        result = scan(file, images=options.images)
        lines = []
        print(f"{os.cpu_count()} cores, load before the run {os.getloadavg()[0]:.1f}\n")
        print("| what | measured | at most |\n|---|--:|--:|")
        for line in measure(result, out, options.repeats):
            print(line, flush=True)
            lines.append(line)
    return int(any(line.limit is not None and line.value > line.limit for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())
