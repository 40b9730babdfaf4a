"""Renew the README's picture of a report: ``python .ci/readme.py`` (needs Chromium)."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "examples" / "report.jpg"
WIDTH, HEIGHT = 1280, 800


def take_picture() -> None:
    """Make the demo's report and photograph its page with the most findings about overlaps."""
    import json

    from playwright.sync_api import sync_playwright

    import audit
    from audit.synthetic.make import make_demo

    chromium = next(
        (
            found
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (found := shutil.which(name))
        ),
        None,
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.chdir(folder)  # so that the page shows no path of this machine
        demo = make_demo(Path())
        scan = audit.scan(demo.instances, images=demo.pictures)
        scan.report("report")
        page_file, number = _best_overlap(Path("report"))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{page_file.resolve().as_uri()}#finding-{number}")
        page.wait_for_timeout(600)
        page.screenshot(path=str(PICTURE), type="jpeg", quality=88)
        browser.close()
    print(json.dumps({"picture": str(PICTURE), "bytes": PICTURE.stat().st_size}))


def _best_overlap(report: Path) -> tuple[Path, int]:
    """Find the overlap that shares most pixels, and which finding of its page it is."""
    found = []
    for page in sorted((report / "images").glob("*.html")):
        rules = re.findall(r'id="finding-(\d+)".*?data-rule="([^"]+)"', page.read_text(encoding="utf-8"))
        found += [(len(rules), page, int(number)) for number, rule in rules if rule == "overlap.partial"]
    return max(found)[1:]


if __name__ == "__main__":
    take_picture()
